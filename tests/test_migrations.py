"""port.schema and port.migrations: an empty database gets its tables, they are the declared ones, and may change."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, String, Table, inspect, text
from sqlalchemy.exc import DBAPIError

from build_released import releases, restore
from events.columns import UtcDateTime, WideInteger
from port.database import open_database
from port.migrations.declared import declared_tables, differences
from port.migrations.generate import write_revision
from port.schema import alone_in, migrate, migrate_if_empty, scripts, upgrade
from port.tables import VERSIONS, NotToBeMigrated, SchemaState, is_current, revisions, schema_state
from server import environment_for


def execute(url: str, statement: str) -> None:
    with closing(open_database(url)) as database, database.write() as connection:
        connection.execute(text(statement))


def test_an_empty_database_gets_its_tables_once(database_url: str) -> None:
    before = schema_state(database_url)
    found = [migrate_if_empty(database_url) for _ in range(2)]
    assert [before, *found] == [SchemaState.EMPTY, SchemaState.CURRENT, SchemaState.CURRENT]
    assert is_current(database_url)


def test_migrating_what_is_current_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)
    assert is_current(database_url)


def test_tables_of_a_newer_program_are_left_alone(database_url: str) -> None:
    migrate(database_url)
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    assert migrate_if_empty(database_url) is SchemaState.NEWER
    with pytest.raises(NotToBeMigrated, match="of a newer program"):
        migrate(database_url)


def test_tables_of_others_are_left_alone(database_url: str) -> None:
    execute(database_url, "CREATE TABLE theirs (n INTEGER)")
    assert migrate_if_empty(database_url) is SchemaState.FOREIGN
    with pytest.raises(NotToBeMigrated, match="tables of others"):
        migrate(database_url)


def test_two_processes_may_migrate_at_once(database_url: str) -> None:
    command = [sys.executable, "-c", "import sys; from port.schema import migrate; migrate(sys.argv[1])", database_url]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert is_current(database_url)


def test_the_migrations_lead_to_the_declared_tables(database_url: str) -> None:
    migrate(database_url)
    with closing(open_database(database_url)) as database, database.read() as connection:
        assert differences(connection, declared_tables()) == []


def test_the_migrations_make_the_same_clustered_tables_as_the_models(sqlite_url: str) -> None:
    # No comparison of Alembic's sees it, and a table that is rebuilt loses it.
    migrate(sqlite_url)
    with closing(open_database(sqlite_url)) as database, database.read() as connection:
        made = connection.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'")).scalars()
        clustered = {
            t.name for t in declared_tables().sorted_tables if t.dialect_options["sqlite"]["with_rowid"] is False
        }
        assert set(made) == clustered


def test_every_constraint_and_index_has_a_name() -> None:
    nameless = [
        (table.name, item)
        for table in declared_tables().sorted_tables
        for item in (*table.constraints, *table.indexes)
        if item.name is None
    ]
    assert nameless == []


def test_no_revision_imports_our_own_code_or_leads_back() -> None:
    unwanted = ("import events", "from events", "import port", "from port", "sqlmodel", "def downgrade")
    guilty = [
        path.name
        for path in VERSIONS.glob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in unwanted)
    ]
    assert guilty == []


def test_a_revision_s_file_is_named_by_its_number() -> None:
    # What a server knows of revisions without loading them.
    assert revisions() == sorted(script.revision for script in scripts().walk_revisions())
    assert scripts().get_heads() == revisions()[-1:]


def changed_tables() -> MetaData:
    """The tables as a next version might declare them."""
    tables = declared_tables()
    alerts = tables.tables["alert"]
    alerts.append_column(Column("read_at", UtcDateTime, nullable=True))
    Index(None, alerts.c.read_at)
    changes = tables.tables["key_change"]
    changes.append_column(Column("subject", String, nullable=False, server_default=""))
    tables.tables["party"].c.name.nullable = True
    Table(
        "endpoint",
        tables,
        Column("endpoint_id", String, primary_key=True),
        Column("party", String, ForeignKey("party.code"), nullable=False),
        Column("since", UtcDateTime, nullable=False),
        Column("position", WideInteger, CheckConstraint("position >= 0", name="position"), nullable=False),
    )
    return tables


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """A copy of the revisions, with the next one written into it."""
    folder = tmp_path / "versions"
    shutil.copytree(VERSIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    write_revision("what comes next", changed_tables(), versions=folder)
    return folder


def test_a_revision_written_from_the_models_leads_to_them_and_keeps_every_row(
    versions: Path, database_url: str
) -> None:
    release = releases()[0]
    restore(release, database_url)
    upgrade_alone(database_url, versions)
    with closing(open_database(database_url)) as database, database.read() as connection:
        assert differences(connection, changed_tables()) == []
        rows = connection.execute(text("SELECT subject FROM key_change")).scalars().all()
        assert rows == [""] * len(release.tables["key_change"])
    # To this program those tables are of a newer one.
    assert schema_state(database_url) is SchemaState.NEWER


def test_a_revision_continues_the_numbers_and_imports_nothing_of_ours(versions: Path) -> None:
    *known, written = sorted(path.name for path in versions.glob("*.py"))
    assert written == f"{len(known) + 1:04d}_what_comes_next.py"
    source = (versions / written).read_text(encoding="utf-8")
    assert "UtcDateTime" not in source
    assert 'sa.Column("read_at", sa.BigInteger(), nullable=True)' in source


def test_an_upgrade_that_fails_leaves_everything_as_it_was(versions: Path, database_url: str) -> None:
    restore(releases()[0], database_url)
    before = schema_state(database_url)
    written = max(versions.glob("*.py"))
    written.write_text(written.read_text(encoding="utf-8") + '    op.execute("SELECT no_such_column")\n')
    with pytest.raises(DBAPIError, match="no_such_column"):
        upgrade_alone(database_url, versions)
    with closing(open_database(database_url)) as database, database.read() as connection:
        assert "endpoint" not in inspect(connection).get_table_names()
    assert schema_state(database_url) is before


def upgrade_alone(url: str, versions: Path) -> None:
    with alone_in(url) as connection:
        upgrade(connection, versions=versions)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_program_older_than_the_database_says_so_and_does_nothing(database_url: str, command: str) -> None:
    migrate(database_url)
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", command],
        env=environment_for(database_url),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = "Error: the database is of a newer program: use that, or the copy kept before its upgrade"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (3, told)
