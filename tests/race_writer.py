"""One of several processes that write at once: `python race_writer.py recorder|naive URL WHICH COUNT`.

`recorder` tells COUNT boxes through the Recorder of a process of its own, a few at a time; `naive` inserts COUNT rows
numbered by a sequence, each in a transaction that takes as long as a batch does.
"""

from __future__ import annotations

import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

# As `-m` has it: the source beside these tests.
sys.path.insert(0, str(Path(__file__).parent.parent))

import psycopg

from adapters import intake
from adapters.seam import SenderProfile
from port.actor import Role
from port.draft import Draft
from port.record import StoreUnavailable
from senders import gate_in
from web.app import open_port
from web.settings import Settings

AT_ONCE = 6


def tell(url: str, which: int, count: int) -> None:
    """Through the Recorder, as a server does; what is told 503 is told again."""
    port = open_port(Settings(database_url=url))
    port.recorder.start()

    def tell_one(number: int) -> None:
        draft = _draft(which * 100_000 + number)
        while True:
            try:
                port.recorder.submit_and_wait(draft)
            except StoreUnavailable:
                time.sleep(0.05)
            else:
                return

    with ThreadPoolExecutor(AT_ONCE) as senders:
        list(senders.map(tell_one, range(count)))
    port.recorder.stop()
    port.database.close()


def insert(url: str, which: int, count: int) -> None:
    """Rows numbered by a sequence."""
    chance = random.Random(which)
    with closing(psycopg.connect(url)) as connection:
        for _ in range(count):
            connection.execute("INSERT INTO naive DEFAULT VALUES")
            time.sleep(chance.uniform(0, 0.004))
            connection.commit()


def _draft(number: int) -> Draft:
    sender = SenderProfile(party="TERMINAL", role=Role.TERMINAL, facilities=frozenset({"XMHT"}))
    body = gate_in(number).body
    return intake.receive(body, format="gate", sender=sender, key_id="k", received_at=datetime.now(UTC))


if __name__ == "__main__":
    how, url, which, count = sys.argv[1:]
    {"recorder": tell, "naive": insert}[how](url, int(which), int(count))
