"""Who acts when rules are written or activated at a console: a person, by a key of hers, under the same four eyes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from port.actor import Actor, Role
from port.batch import Work
from port.keys import find_actor
from port.rulesets_read import Standing, Version, overview
from web import wire_rulesets
from web.app import open_port
from web.console import Failure, failures_told, require_tables, settings_from_environment, tell
from web.port import Port
from web.settings import Settings

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., Any])  # click decorates functions of any signature


@dataclass(frozen=True, slots=True)
class Desk:
    """An open port, and who sits before it."""

    port: Port
    actor: Actor

    def command(self, run: Callable[[Work], T]) -> T:
        """Run it in a transaction of its own; servers may run meanwhile."""
        return self.port.recorder.command_and_wait(run)

    def tell(self, made: Version, sentence: str, *, as_json: bool) -> None:
        """The version as it stands now, or the sentence."""
        with self.port.database.read() as connection:
            told = overview(connection, [made], now=self.port.clock())
        tell(wire_rulesets.version(told.standings[0], told.people), sentence, as_json=as_json)


def key_option(command: Command) -> Command:
    """`--key`: who acts."""
    told = "Your key; better in DIGITAL_PORT_KEY, or typed when asked for: a command line is seen by others."
    return click.option("--key", metavar="KEY", help=told)(command)


def why_option(command: Command) -> Command:
    """`--why`: each step says why."""
    return click.option("--why", required=True, metavar="TEXT", help="Why, in a sentence; kept with the step.")(command)


@contextmanager
def desk(key: str | None) -> Iterator[Desk]:
    """The port of the settings, with the officer whose key it is.  Failures end the command."""
    settings = settings_from_environment()
    with failures_told():
        require_tables(settings, may_create=True)
        port = open_port(settings)
        try:
            actor = _officer(port, key or _asked_for(settings))
            port.recorder.start()
            try:
                yield Desk(port, actor)
            finally:
                port.recorder.stop()
        finally:
            port.database.close()


def short(standing: Standing) -> str:
    """A version in a line."""
    told, counted = standing.version, standing.life.tests
    passed = "" if counted is None else f"  tests {counted[0]}/{sum(counted)}"
    shadow = "  in shadow" if standing.life.is_shadow else ""
    return f"{told.content_hash[:12]}  {told.name}  {standing.state}{shadow}{passed}  {told.note}".rstrip()


def _officer(port: Port, key: str) -> Actor:
    with port.database.read() as connection:
        found = find_actor(connection, key.strip())
    if found is None:
        raise Failure("this key opens nothing here")
    if found.role is not Role.CUSTOMS:
        raise Failure(f"rules are for customs officers, and this is a key of the role {found.role}")
    return found


def _asked_for(settings: Settings) -> str:
    if settings.key is not None:
        return settings.key.get_secret_value()
    typed: str = click.prompt("key", hide_input=True, err=True)
    return typed
