"""What the commands share: settings, an open database, answers as text or JSON, exit codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import Any, TypeVar

import click
import orjson
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from port.database import Database, is_sqlite, open_database, parse_url
from port.errors import PortError
from port.tables import ADVICE, NotToBeMigrated, SchemaState, schema_state
from web.settings import Settings, SettingsRefused, read_environment, unknown_variables
from web.wire import Wire

Command = TypeVar("Command", bound=Callable[..., Any])  # click decorates functions of any signature


class Failure(click.ClickException):
    """Ends the command with a sentence on standard error and exit code 1: it was refused."""


class WrongUsage(Failure):
    """What was given on the command line or in the environment cannot be."""

    exit_code = 2


class NoDatabase(Failure):
    """There is no database to work with, or not one of this version."""

    exit_code = 3


def json_option(command: Command) -> Command:
    """`--json`: the answer as one JSON value on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Answer with one JSON value.")(command)


def settings_from_environment(**overrides: str | int | None) -> Settings:
    """The settings, `overrides` from the command line before the environment; says so when a variable is unknown."""
    for name in unknown_variables():
        click.echo(f"warning: {name} is not a setting", err=True)
    try:
        return read_environment(overrides=overrides)
    except SettingsRefused as error:
        raise WrongUsage(str(error)) from None


def tell(answer: Wire, sentence: str, *, as_json: bool) -> None:
    """The answer on standard output."""
    click.echo(orjson.dumps(answer).decode() if as_json else sentence)


@contextmanager
def opened(settings: Settings, *, may_create: bool = True) -> Iterator[Database]:
    """The database with its tables; an empty one gets them first when `may_create`.  Failures end the command."""
    with failures_told():
        require_tables(settings, may_create=may_create)
        with closing(open_database(settings.database_url, readers=settings.readers)) as database:
            yield database


def require_tables(settings: Settings, *, may_create: bool) -> None:
    """End the command unless the tables are those of this program's version."""
    url = settings.database_url
    state = schema_state(url)
    if state is SchemaState.EMPTY and may_create:
        # By name, for this once: a server on tables that are there does without Alembic's memory.
        state = import_module("port.schema").migrate_if_empty(url)
    if state is not SchemaState.CURRENT:
        raise NoDatabase(ADVICE[state])


def is_embedded(settings: Settings) -> bool:
    """Whether the database is a file of our own."""
    return is_sqlite(parse_url(settings.database_url))


@contextmanager
def failures_told() -> Iterator[None]:
    """Errors of the port and the database end the command with a sentence instead of a traceback."""
    try:
        yield
    except PortError as error:
        raise Failure(f"{error}\n{error.fix}".strip()) from None
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise WrongUsage("\n".join(faults)) from None
    except NotToBeMigrated as error:
        raise NoDatabase(str(error)) from None
    except OperationalError as error:
        raise NoDatabase(f"the database does not answer: {error.orig}") from None
