"""How Alembic reaches our tables and the app's database."""

from alembic import context
from flask import current_app

from punt import models  # noqa: F401
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
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
