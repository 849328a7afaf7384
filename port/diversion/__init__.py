"""The diversion: where a container goes when it leaves the vessel or enters the gate.  Pure: no clock, no chance."""

from __future__ import annotations
