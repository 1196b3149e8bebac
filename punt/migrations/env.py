"""How Alembic reaches our tables and the app's database."""

from alembic import context
from flask import current_app

from punt import models  # noqa: F401
from punt.database import Base
from punt.extensions import db


def run() -> None:
    """Run the migrations over one connection, in one transaction.

    They go to the app's database, unless whoever runs them names another engine.
    """
    engine = context.config.attributes.get("engine", db.engine)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
