"""The database's schema, step by step."""

import fcntl
from pathlib import Path

from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import URL, Connection, Engine, create_engine

from punt.config import Config, ConfigError
from punt.database import prepare
from punt.errors import RuleBroken
from punt.extensions import db

DIRECTORY = str(Path(__file__).parent)


def upgrade(app: Flask, config: Config) -> None:
    """Bring the embedded database up to date, once, however many processes start together.

    Raises `ConfigError` when the database is newer than this program.
    """
    with (config.data_dir / "upgrade.lock").open("w") as lock, app.app_context():
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            _upgrade(app, db.engine)
        except CommandError as error:
            raise ConfigError(
                f"PUNT_DATA_DIR: the database in {config.data_dir} is newer than this program"
            ) from error


def upgrade_file(app: Flask, database: Path) -> None:
    """Bring a database up to date that is not in use yet; `RuleBroken` when it is newer."""
    engine = create_engine(URL.create("sqlite", database=str(database)))
    prepare(engine)
    try:
        _upgrade(app, engine)
    except CommandError as error:
        raise RuleBroken("It was made by a newer version of PUNT than this one") from error
    finally:
        engine.dispose()


def _upgrade(app: Flask, engine: Engine) -> None:
    with engine.connect() as connection:
        if _is_current(connection):
            return
    config = app.extensions["migrate"].migrate.get_config()
    config.attributes["engine"] = engine
    # Flask-Migrate's own upgrade would end the process instead of raising.
    command.upgrade(config, "head")


def is_current() -> bool:
    """Whether the database has the schema that this program wants."""
    return _is_current(db.session.connection())


def _is_current(connection: Connection) -> bool:
    head = ScriptDirectory(DIRECTORY).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
