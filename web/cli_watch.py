"""`digital-port watch`: what changes, as it changes; a client of the port from outside."""

from __future__ import annotations

import asyncio
import difflib
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import click

from web import cli_watch_words as words
from web.cli_watch_words import Language
from web.client import (
    Cursor,
    Ended,
    Event,
    Following,
    Phase,
    PortClient,
    Refused,
    Snapshot,
    StreamEnded,
    Telling,
    codes,
    cursors_from_json,
    cursors_to_json,
)
from web.client.tellings import Wire

DEFAULT_URL = "http://127.0.0.1:8000"
_INTERRUPTED = 130
_WHOLE_KEYS = ("officers", "port")
_CONTAINER = "container:"


class _Over(click.ClickException):
    """The port refused, or has nothing more to tell; exit code 1."""


class _TooLate(click.ClickException):
    """What was waited for did not come in time."""

    exit_code = 4


class _Seconds(click.FloatRange):
    """A finite number above 0."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value!r} is no number of seconds.", param, ctx)
        return seconds


@dataclass(slots=True)
class Watch:
    """What to watch, how to tell it, and what was last seen under each key."""

    keys: tuple[str, ...]
    until: frozenset[str]
    as_json: bool
    language: Language
    cursor_file: Path | None
    seen: dict[str, Wire] = field(default_factory=dict)
    was_told: bool = False

    async def run(self, port: PortClient) -> None:
        """Tell until --until holds.  Raises _Over when every key has ended."""
        last = ""
        async with port.follow(*self.keys, since=self._cursors(), on_phase=self._phase) as following:
            async for telling in following:
                self.was_told = True
                click.echo(words.json_line(telling) if self.as_json else self._line(telling))
                self._keep(telling, following)
                if isinstance(telling, Ended):
                    last = telling.reason
                    if self.until:
                        break
                if self._is_reached():
                    return
        raise _Over(f"nothing is told any more: {last}")

    def _line(self, telling: Telling) -> str:
        return words.line(telling, self.seen.get(telling.key, {}), self.language)

    def _phase(self, phase: Phase, reason: str) -> None:
        click.echo(words.phase_line(phase, reason, self.language), err=True)

    def _keep(self, telling: Telling, following: Following) -> None:
        if isinstance(telling, Snapshot | Event):
            self.seen[telling.key] = telling.data
        if self.cursor_file is not None:
            part = self.cursor_file.with_name(f".{self.cursor_file.name}.part")
            try:
                part.write_text(cursors_to_json(following.cursors))
                part.replace(self.cursor_file)
            except OSError as error:
                raise _Over(f"cannot keep cursors in {self.cursor_file}: {error.strerror}") from None

    def _cursors(self) -> dict[str, Cursor]:
        if self.cursor_file is None or not self.cursor_file.exists():
            return {}
        try:
            return cursors_from_json(self.cursor_file.read_text())
        except ValueError:
            raise click.UsageError(f"{self.cursor_file} holds no cursors: name another file, or remove it") from None

    def _is_reached(self) -> bool:
        return bool(self.until) and all(_codes(self.seen.get(key, {})) & self.until for key in self.keys)


@click.command("watch")
@click.argument("containers", nargs=-1, required=True, metavar="CONTAINER...")
@click.option(
    "--url", default=DEFAULT_URL, envvar="DIGITAL_PORT_PUBLIC_URL", show_default=True, help="The port's address."
)
@click.option(
    "--key",
    required=True,
    envvar="DIGITAL_PORT_KEY",
    callback=lambda _ctx, _param, key: _readable(key),
    help="Your key; better in DIGITAL_PORT_KEY: a command line is seen by others.",
)
@click.option(
    "--until",
    metavar="CODE",
    multiple=True,
    help="End when every container shows one of these: the code of its headline or of a facet, as READY or GATED_OUT.",
)
@click.option("--timeout", type=_Seconds(0, min_open=True), metavar="SECONDS", help="End after so long.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for all that is told.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="As your locale says, unless given.")
@click.option(
    "--cursor-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Go on where this file says, and keep it up to date.",
)
def command(
    *,
    containers: tuple[str, ...],
    url: str,
    key: str,
    until: tuple[str, ...],
    timeout: float | None,
    as_json: bool,
    language: Literal["zh", "en"] | None,
    cursor_file: Path | None,
) -> None:
    """Tell what changes of up to 128 containers, live; how the line is goes to standard error.

    Anything with a colon is a key of the stream: vessel-call:..., instructions:XMHT; so are officers and port.

    \b
      digital-port watch CSQU3054383
      digital-port watch CSQU3054383 --until READY --timeout 3600 && echo "send the lorry"
      digital-port watch CSQU3054383 MSKU6011672 --json

    Exit codes: 0 --until came, or --timeout without it; 1 refused, or the right to see ended; 2 wrong usage;
    4 --timeout came before --until, or before anything was told; 130 interrupted.
    """
    keys = tuple(dict.fromkeys(_key_of(name) for name in containers))
    _check_until(until, keys, cursor_file)
    watch = Watch(
        keys=keys,
        until=frozenset(code.upper() for code in until),
        as_json=as_json,
        language=language or words.language_of_locale(),
        cursor_file=cursor_file,
    )
    try:
        asyncio.run(_within(timeout, watch, url=url, key=key))
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except (Refused, StreamEnded) as error:
        raise _Over(str(error)) from None


async def _within(seconds: float | None, watch: Watch, *, url: str, key: str) -> None:
    async with PortClient(url, key) as port:
        try:
            async with asyncio.timeout(seconds):
                await watch.run(port)
        except TimeoutError:
            if watch.until:
                raise _TooLate(f"{', '.join(sorted(watch.until))} did not come in time") from None
            if not watch.was_told and watch.cursor_file is None:
                raise _TooLate("nothing was told in time: is the port there?") from None


def _readable(key: str) -> str:
    if not key.isascii():
        raise click.UsageError(
            "a key has letters a to z, digits and _ only, as in dp_…: copy it whole, and nothing else"
        )
    return key.strip()


def _check_until(until: tuple[str, ...], keys: tuple[str, ...], cursor_file: Path | None) -> None:
    """What never comes is not waited for."""
    if cursor_file is not None and until:
        raise click.UsageError("--until looks at how things stand, which --cursor-file leaves out: give one of them")
    for code in until:
        if code.upper() not in codes.CODES:
            raise click.UsageError(f"--until: {code} is no code. {_known(code)}")
    others = [key for key in keys if not key.startswith(_CONTAINER)]
    if until and others:
        raise click.UsageError(f"--until looks at containers, and {others[0]} is none: watch it without")


def _known(code: str) -> str:
    near = difflib.get_close_matches(code.upper(), sorted(codes.CODES), n=1)
    plain, routes, steps = sorted(codes.HEADLINES | codes.FACETS), "|".join(codes.ROUTES), "|".join(codes.STEPS)
    meant = f"Did you mean {near[0]}? " if near else ""
    return f"{meant}There are: {', '.join(plain)}; and of instructions {routes}:{steps}."


def _key_of(name: str) -> str:
    return name if ":" in name or name in _WHOLE_KEYS else f"{_CONTAINER}{''.join(name.split()).upper()}"


def _codes(status: Wire) -> set[str]:
    """The codes a container shows."""
    facets = status.get("facets") or {}
    return {str(code) for code in (*facets.values(), (status.get("headline") or {}).get("code")) if code}
