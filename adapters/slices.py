"""Slices: long work in a thread, cut so that the other threads of the process get their turn between.

A thread that computes keeps the interpreter for 5 ms each time another asks for it, and a request asks some twenty
times: reading one large interchange without a pause stops everybody else for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import sleep
from typing import TypeVar

T = TypeVar("T")

# A smaller body is read in one go, by the doors even on the event loop, where nothing may sleep.
_SLICED_FROM_BYTES = 32_768
_PAUSE_SECONDS = 0.001


def sliced(items: Iterable[T], body: bytes, *, every: int) -> Iterator[T]:
    """What is read of a body, with a pause after each `every` items where the body is large."""
    return iter(items) if len(body) < _SLICED_FROM_BYTES else pausing(items, every=every)


def pausing(items: Iterable[T], *, every: int) -> Iterator[T]:
    """The items as they come, with a pause after each `every` of them."""
    for count, item in enumerate(items, 1):
        yield item
        if count % every == 0:
            sleep(_PAUSE_SECONDS)
