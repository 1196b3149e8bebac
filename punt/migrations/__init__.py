"""The database's schema, step by step.

Alembic is imported when there is something for it to do: that takes as long as starting without it.
"""

import fcntl
from pathlib import Path

from flask import Flask
from sqlalchemy import URL, Connection, Engine, create_engine, inspect, text

from punt.config import Config, ConfigError
from punt.database import prepare
from punt.errors import RuleBroken
from punt.extensions import db

DIRECTORY = Path(__file__).parent

# A migration's file is named after its revision, and revisions are numbered.
NEWEST = max(path.name.partition("_")[0] for path in DIRECTORY.glob("versions/[0-9]*.py"))


class Newer(Exception):
    """A database was made by a newer version of this program."""


def upgrade(app: Flask, config: Config) -> None:
    """Bring the embedded database up to date, once, however many processes start together.

    Raises `ConfigError` when the database is newer than this program.
    """
    with (config.data_dir / "upgrade.lock").open("w") as lock, app.app_context():
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            _upgrade(app, db.engine)
        except Newer as error:
            raise ConfigError(
                f"PUNT_DATA_DIR: the database in {config.data_dir} is newer than this program"
            ) from error


def upgrade_file(app: Flask, database: Path) -> None:
    """Bring a database up to date that is not in use yet; `RuleBroken` when it is newer."""
    engine = create_engine(URL.create("sqlite", database=str(database)))
    prepare(engine)
    try:
        _upgrade(app, engine)
    except Newer as error:
        raise RuleBroken("It was made by a newer version of PUNT than this one") from error
    finally:
        engine.dispose()


def _upgrade(app: Flask, engine: Engine) -> None:
    with engine.connect() as connection:
        present = _revision_of(connection)
    if present == NEWEST:
        return
    if present and present > NEWEST:
        raise Newer
    bind(app)
    from alembic import command

    config = app.extensions["migrate"].migrate.get_config()
    config.attributes["engine"] = engine
    # Flask-Migrate's own upgrade would end the process instead of raising.
    command.upgrade(config, "head")


def bind(app: Flask) -> None:
    """Let Flask-Migrate's commands work on `app`."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(DIRECTORY))


def is_current() -> bool:
    """Whether the database has the schema that this program wants."""
    return _revision_of(db.session.connection()) == NEWEST


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)
