"""Moves and hours: what a way of diverting costs in lifts, hauls and time, by discrete-event simulation.

Pure like the rest of the diversion: seeds and the day come in as arguments.  `parameters`, `paths`, `boxes` and
`recorded` are light; `simulation` and what it runs on imports SimPy and belongs in a process of its own.
"""

from __future__ import annotations
