"""A container's story as judged last."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from events.types import Recorded
from port.naming import Naming
from port.vessel import Stays


class Story(Struct, frozen=True):
    """One container: its visits by name, its facts by event id, the port stays they name, and the latest fact to touch
    it.  Unless `is_whole`, without the visits that were sealed before."""

    container_number: str
    naming: Naming
    facts: Mapping[str, Recorded]
    stays: Stays
    trigger: Recorded
    is_whole: bool = True
