"""An inbox on the disk, filled as senders would, and looked at when a test says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from build_port import BOX, TestPort, moved, running_port
from web.inbox import Inbox

DAY = "2026-11-21"
CODECO = (
    b"UNB+UNOA:2+XMHT+PORT+261121:1900+77'UNH+1+CODECO:D:95B:UN:ITG13'BGM+34+X-1+9'EQD+CN+CSQU3054383+22G1:102:5++2+5'"
    b"DTM+7:202611211900:203'CNT+16:1'UNT+6+1'UNZ+1+77'"
)


@dataclass(slots=True)
class HandWatch:
    """A stop watch that goes when it is told."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(slots=True)
class TestInbox:
    """A port with an inbox; `XMHT` is a terminal with a key."""

    __test__ = False

    port: TestPort
    root: Path
    watch: HandWatch
    inbox: Inbox

    def drop(self, name: str, body: Any, *, sender: str = "XMHT", format: str = "gate") -> Path:
        """A file as its sender would write it, at once and whole."""
        folder = self.root / sender / format
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
        return path

    def look(self, *, times: int = 2, seconds: float = 10) -> None:
        """Look, with so many seconds between the looks: twice is what a finished file needs."""
        for _ in range(times):
            self.port.client.portal.call(self.inbox.look)
            self.watch.seconds += seconds

    def tree(self) -> list[str]:
        """Every file but the locks, relative to the inbox."""
        paths = (
            path for path in self.root.rglob("*") if path.is_symlink() or not (path.is_dir() or path.name == "lock")
        )
        return sorted(str(path.relative_to(self.root)) for path in paths)

    def receipt(self, path: str) -> dict[str, Any]:
        return json.loads((self.root / f"{path}.receipt.json").read_text())


@contextmanager
def running_inbox(url: str, root: Path, *, keys: tuple[str, ...] = ("XMHT",), **settings: Any) -> Iterator[TestInbox]:
    """A port on an empty database and a second inbox task's worth of looking, done by hand."""
    root.mkdir(exist_ok=True)
    with running_port(url, **settings) as port:
        for party in keys:
            port.key("terminal", party)
        watch = HandWatch()
        with looking(port, root, watch) as inbox:
            yield TestInbox(port, root, watch, inbox)


@contextmanager
def looking(port: TestPort, root: Path, watch: HandWatch) -> Iterator[Inbox]:
    """An inbox as one server process has it, whose task is not started."""

    async def made() -> Inbox:
        return Inbox(port.client.app.state.port, root, poll_seconds=3600, stable_seconds=5, tick=watch)

    inbox = port.client.portal.call(made)
    try:
        yield inbox
    finally:
        port.client.portal.call(inbox.stop)


def gated(message_id: str, *, box: str = BOX, **more: object) -> dict[str, object]:
    """A file that tells of one box at the gate."""
    return {"messageID": message_id, "events": [moved("GTIN", box=box, **more)]}
