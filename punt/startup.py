"""Before the first request: the command line, a database that is ready, a word to a newcomer."""

import argparse
import errno
import logging

from flask import Flask
from sqlalchemy import exists, select
from sqlalchemy.exc import DBAPIError

from punt import __version__, migrations
from punt.config import SETTINGS, Config, ConfigError
from punt.extensions import db
from punt.models import User

logger = logging.getLogger("punt")

FIRST_ACCOUNT = "make the first with POST /api/auth/register or flask --app app create-admin NAME"


def read_arguments() -> None:
    """There are none but --help, which lists the settings, and --version; both end the process."""
    rows = [f"  {each.name} ({each.default})\n      {each.meaning}" for each in SETTINGS]
    parser = argparse.ArgumentParser(
        prog="wsgi.py",
        description="Serve PUNT until SIGTERM or Ctrl-C. README.md tells more.",
        epilog="\n".join(["settings, from the environment (and their defaults):", *rows]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"punt {__version__}")
    parser.parse_args()


def open_database(app: Flask, config: Config) -> None:
    """See that the database is there and up to date.

    Raises `ConfigError` when it is not, and cannot be made so.
    """
    variable = "PUNT_DATA_DIR" if config.embedded else "PUNT_DATABASE_URL"
    try:
        if config.embedded:
            migrations.upgrade(app, config)
        with app.app_context():
            is_current = migrations.is_current()
    except OSError as error:
        raise ConfigError(f"{variable}: cannot use {error.filename}: {error.strerror}") from error
    except DBAPIError as error:
        reason = str(error.orig).partition("\n")[0]
        raise ConfigError(f"{variable}: cannot use the database: {reason}") from error
    if not is_current:
        remedy = "run flask --app app db upgrade"
        raise ConfigError(f"{variable}: the database is not migrated: {remedy}")


def cannot_listen(config: Config, error: OSError) -> str:
    """What is wrong with the address, and what to do about it."""
    # gevent adds the address to some reasons, and not to others.
    reason = str(error.strerror).partition(": (")[0]
    remedy = {
        errno.EADDRINUSE: "; stop what listens there, or choose another port",
        errno.EACCES: "; choose a port from 1024 on",
    }.get(error.errno or 0, "")
    address = f"{config.host}:{config.port}"
    return f"PUNT_HOST, PUNT_PORT: cannot listen on {address}: {reason}{remedy}"


def greet(app: Flask, config: Config, url: str) -> None:
    """Log where we listen and where the data are; and while nobody has an account, how to begin."""
    fields = {"version": __version__, "url": url, "data": config.data_dir.resolve()}
    logger.info("listening", extra={"fields": fields})
    with app.app_context():
        has_accounts = db.session.scalar(select(exists(select(User.id))))
    if not has_accounts:
        logger.info("no accounts yet", extra={"fields": {"hint": FIRST_ACCOUNT}})
