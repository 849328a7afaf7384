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
from alembic.script import Script
from sqlalchemy import create_engine
from sqlalchemy.types import TypeDecorator

from port.migrations.declared import declared_tables
from port.schema import alembic_config, migrate, scripts


@click.command()
@click.argument("message")
def main(message: str) -> None:
    """Compare the models with the migrations so far and write what is missing as the next revision."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'so-far.db'}"
        migrate(url)
        written = _write_revision(url, message)
    _tidy(written)
    click.echo(f"wrote {written.name}: read it, it is only a draft")


def _write_revision(url: str, message: str) -> Path:
    number = f"{len(list(scripts().walk_revisions())) + 1:04d}"
    engine = create_engine(url)
    with engine.connect() as connection:
        config = alembic_config(connection)
        config.attributes |= {"metadata": declared_tables(), "render_item": _render}
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        script = command.revision(config, message, autogenerate=True, rev_id=number)
    engine.dispose()
    assert isinstance(script, Script)
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
