"""The tables that the models declare: what the migrations must lead to."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlmodel import SQLModel

import events
import port

# Every constraint has a name, so that a later migration can drop it on both databases.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def declared_tables() -> MetaData:
    """All tables of `events` and `port`, their constraints named by one convention."""
    for package in (events, port):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith("port.migrations."):
                importlib.import_module(module.name)
    named = MetaData(naming_convention=_NAMES)
    for table in SQLModel.metadata.sorted_tables:
        table.to_metadata(named)
    return named


def differences(connection: Connection, declared: MetaData) -> list[Any]:  # Alembic's own nested tuples
    """What would have to be migrated for this database to be as declared; [] when it is."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, declared))
