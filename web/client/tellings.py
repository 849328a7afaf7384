"""What a follower of the port is told: frozen values, one class per kind of telling, each under a key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Wire = dict[str, Any]  # JSON as it came: what is in it differs from key to key


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to where a key was told: versions count within an epoch and mean nothing in another."""

    epoch: str
    version: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All there is to see under a key; `data` is empty, and the version 0, while there is nothing for you."""

    key: str
    cursor: Cursor
    data: Wire


@dataclass(frozen=True, slots=True)
class Event:
    """The next version of a key, and what is to see at it.

    `event_id` is None, and `type` UPDATED, where the cause is not yours to know.
    """

    key: str
    cursor: Cursor
    event_id: str | None
    type: str
    data: Wire


@dataclass(frozen=True, slots=True)
class Stub:
    """The next version of a key, in which nothing changed that you may see."""

    key: str
    cursor: Cursor
    at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The key is no longer told: it was refused, or the right to see it ended."""

    key: str
    reason: str
    message: str = ""


class Fault(StrEnum):
    """What was wrong with what the port told."""

    HOLE = "HOLE"
    """a version was left out"""
    REPEAT = "REPEAT"
    """a version came again"""
    HEAD = "HEAD"
    """a heartbeat, or an answer, names another version than was told"""
    ORDER = "ORDER"
    """a frame that could not come there"""


@dataclass(frozen=True, slots=True)
class Gap:
    """The port told a key wrongly; it was asked for anew, and a Snapshot follows.

    `cursor` is what was told last, `version` what the port named instead.
    """

    key: str
    fault: Fault
    cursor: Cursor | None
    version: int | None


Telling = Snapshot | Event | Stub | Ended | Gap


class Phase(StrEnum):
    """How the line to the port is."""

    CONNECTING = "CONNECTING"
    LIVE = "LIVE"
    WAITING = "WAITING"


def cursors_to_json(cursors: Mapping[str, Cursor]) -> str:
    """Cursors to be kept, so that another process goes on where this one was."""
    return json.dumps({key: [cursor.epoch, cursor.version] for key, cursor in cursors.items()})


def cursors_from_json(text: str) -> dict[str, Cursor]:
    """What `cursors_to_json` wrote.  Raises ValueError for anything else."""
    try:
        return {key: Cursor(str(epoch), int(version)) for key, (epoch, version) in json.loads(text).items()}
    except (AttributeError, TypeError) as error:
        raise ValueError(f"these are no cursors: {error}") from None
