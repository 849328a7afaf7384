"""A port in this process: messages through intake, Recorder and commit, as a door passes them on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from adapters import intake
from adapters.seam import SenderProfile
from bench.story import FACILITY, Told, json_of
from port import instructing
from port.actor import Actor, Role
from port.draft import Draft, Receipt
from port.keys import KeyWanted, create_key
from port.schema import migrate
from web.app import open_port
from web.port import Port
from web.settings import Settings


@dataclass
class Hands:
    """A clock set by hand."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Inside:
    """A port without its doors."""

    port: Port
    clock: Hands

    def draft(self, told: Told) -> Draft:
        """The message decoded."""
        return intake.receive(
            json_of(told),
            format=told.format,
            sender=_profile(told.party, told.role),
            key_id="bench",
            received_at=told.at,
            content_type="application/json",
        )

    def record(self, told: Told) -> Receipt:
        """Record a message at its time; the terminal does at once what it is told."""
        self.clock.now = told.at
        receipt = self.port.recorder.submit_and_wait(self.draft(told))
        refused = [result.error for result in receipt.results if result.error is not None]
        assert not refused, refused[0]
        for result in receipt.results:
            if result.instruction is not None:
                self._carry_out(result.instruction.instruction_id)
        return receipt

    def _carry_out(self, instruction_id: str) -> None:
        terminal = actor("terminal")
        self.port.recorder.command_and_wait(lambda work: instructing.acknowledge(work, terminal, instruction_id))
        self.port.recorder.command_and_wait(lambda work: instructing.execute(work, terminal, instruction_id))


@contextmanager
def inside(url: str, *, now: datetime) -> Iterator[Inside]:
    """A port on that database, which gets its tables and a key per party if it is empty."""
    migrate(url)
    clock = Hands(now)
    port = open_port(Settings(database_url=url), clock=clock)
    _introduce(port, now=now)
    port.recorder.start()
    try:
        yield Inside(port, clock)
    finally:
        port.recorder.stop()
        port.database.close()


def actor(role: str, party: str = "") -> Actor:
    """Who asks, for the queries."""
    facilities = frozenset({FACILITY}) if role == "terminal" else frozenset()
    code = party or role.upper()
    return Actor(key_id="bench", party=code, party_name=code.title(), role=Role(role), facilities=facilities)


def _profile(party: str, role: str) -> SenderProfile:
    facilities = frozenset({FACILITY}) if role == "terminal" else frozenset()
    return SenderProfile(party=party, role=Role(role), facilities=facilities, known_facilities=frozenset({FACILITY}))


def _introduce(port: Port, *, now: datetime) -> None:
    with port.database.write() as connection:
        wanted = [
            KeyWanted(party="TERMINAL", name="Terminal", role=Role.TERMINAL, facilities=(FACILITY,)),
            KeyWanted(party="CUSTOMS", name="Customs", role=Role.CUSTOMS, facilities=()),
            KeyWanted(party="CARRIER", name="Carrier", role=Role.CARRIER, facilities=()),
        ]
        for one in wanted:
            create_key(connection, one, now=now, draw=secrets.token_bytes)
