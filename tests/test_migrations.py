"""port.schema and port.migrations: an empty database gets its tables, and they are the declared ones."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing

from sqlalchemy import text

from port.database import open_database
from port.migrations.declared import declared_tables, differences
from port.schema import MIGRATIONS, SchemaState, is_current, migrate, migrate_if_empty, schema_state


def test_an_empty_database_gets_its_tables_once(database_url: str) -> None:
    before = schema_state(database_url)
    found = [migrate_if_empty(database_url) for _ in range(2)]
    assert [before, *found] == [SchemaState.EMPTY, SchemaState.CURRENT, SchemaState.CURRENT]
    assert is_current(database_url)


def test_migrating_what_is_current_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)
    assert is_current(database_url)


def test_tables_of_another_version_are_left_alone(database_url: str) -> None:
    migrate(database_url)
    with closing(open_database(database_url)) as database, database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert migrate_if_empty(database_url) is SchemaState.OTHER


def test_two_processes_may_migrate_at_once(database_url: str) -> None:
    command = [sys.executable, "-c", "import sys; from port.schema import migrate; migrate(sys.argv[1])", database_url]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert is_current(database_url)


def test_the_migrations_lead_to_the_declared_tables(database_url: str) -> None:
    migrate(database_url)
    with closing(open_database(database_url)) as database, database.read() as connection:
        assert differences(connection, declared_tables()) == []


def test_every_constraint_and_index_has_a_name() -> None:
    nameless = [
        (table.name, item)
        for table in declared_tables().sorted_tables
        for item in (*table.constraints, *table.indexes)
        if item.name is None
    ]
    assert nameless == []


def test_no_revision_imports_our_own_code() -> None:
    ours = ("import events", "from events", "import port", "from port", "sqlmodel")
    guilty = [
        path.name
        for path in (MIGRATIONS / "versions").glob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in ours)
    ]
    assert guilty == []
