"""Write the next revision from the models:  python -m port.migrations.generate "Say what changes"."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from alembic import command
from alembic.autogenerate.api import AutogenContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import MetaData, create_engine
from sqlalchemy.types import TypeDecorator

from port.migrations.declared import declared_tables
from port.schema import alembic_config, upgrade
from port.tables import VERSIONS


@click.command()
@click.argument("message")
def main(message: str) -> None:
    """Compare the models with the migrations so far and write what is missing as the next revision."""
    written = write_revision(message, declared_tables(), versions=VERSIONS)
    click.echo(f"wrote {written.name}: read it, it is only a draft (docs/operating.md, Changing the tables)")


def write_revision(message: str, declared: MetaData, *, versions: Path) -> Path:
    """The file of the next revision after those in `versions`: what brings their tables to `declared`."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'so-far.db'}")
        with engine.begin() as connection:
            upgrade(connection, versions=versions)
            config = alembic_config(connection, versions=versions)
            config.attributes |= {"metadata": declared, "render_item": _render}
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
            script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()
    assert isinstance(script, Script)
    _tidy(Path(script.path))
    return Path(script.path)


def _tidy(written: Path) -> None:
    lines = [line for line in written.read_text(encoding="utf-8").splitlines() if not line.strip().startswith("# ###")]
    written.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for ruff in (("format",), ("check", "--add-noqa")):
        subprocess.run([sys.executable, "-m", "ruff", *ruff, "--quiet", str(written)], check=True)


def _render(kind: str, item: object, context: AutogenContext) -> str | bool:
    # A revision names the column type that is stored, never our classes, which may change after it.
    if kind == "type" and isinstance(item, TypeDecorator) and context.opts:
        return re.sub(r"^(\w+)\(", r"sa.\1(", repr(item.impl))
    return False


if __name__ == "__main__":
    main()
