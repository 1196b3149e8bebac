"""How Alembic reaches our tables and the app's database."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from punt import (
    models,  # noqa: F401 - they fill the metadata
    search_index,
)
from punt.database import WRITE, Base
from punt.extensions import db


def run() -> None:
    """Run the migrations over one connection, in one transaction.

    They go to the app's database, unless whoever runs them names another engine.
    """
    engine = context.config.attributes.get("engine", db.engine)
    with engine.connect().execution_options(**WRITE) as connection:
        if engine.dialect.name == "sqlite":
            # It alters a table by making another and dropping the first, which must not delete what
            # refers to it. No one else may get this connection.
            connection.detach()
            connection.connection.execute("PRAGMA foreign_keys = OFF")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            # SQLite has it, but Alembic does not know how we open it.
            transactional_ddl=True,
            include_name=_is_of_models,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            _run_without_triggers(connection)


def _is_of_models(name: str | None, type_: str, _parents: Any) -> bool:
    return type_ != "table" or not str(name).startswith(search_index.NAME)


def _run_without_triggers(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        context.run_migrations()
        return
    # A table that is made anew has none of those that were there before.
    search_index.put_triggers_away(connection)
    context.run_migrations()
    search_index.put_triggers_back(connection)


run()
