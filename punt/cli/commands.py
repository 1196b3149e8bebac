"""What all commands have in common: how they fail, and how they come by the data."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError

from punt import data_dir, migrations
from punt.config import Config
from punt.errors import PuntError, RuleBroken, flatten
from punt.extensions import db


class Command(click.Command):
    """A command that says in one line on standard error why it failed, and is quiet otherwise."""

    def invoke(self, ctx: click.Context) -> Any:
        logger = logging.getLogger("punt")
        logger.setLevel(max(logger.level, logging.WARNING))
        try:
            return super().invoke(ctx)
        except PuntError as error:
            messages = [each["message"] for each in error.details] or [error.sentence]
        except ValidationError as error:
            messages = [message for _, message in flatten(error.messages)]
        except DBAPIError as error:
            messages = [f"The database cannot be used: {error.orig}"]
        except BrokenPipeError:
            raise
        except OSError as error:
            messages = [f"{error.filename or 'I/O'}: {error.strerror or error}"]
        raise click.ClickException("; ".join(messages))


class Commands(AppGroup):
    """The commands of one module."""

    command_class = Command


def settings() -> Config:
    """The settings from the environment."""
    return cast(Config, current_app.config["PUNT"])


def app() -> Flask:
    """The app itself, which `current_app` stands for."""
    return cast(Flask, cast(Any, current_app)._get_current_object())


@contextmanager
def opened() -> Iterator[None]:
    """The data are there, up to date, and nobody replaces them for the length of the block."""
    config = settings()
    if config.embedded and not _is_current():
        # A server that runs would not know what has become of its tables.
        with data_dir.hold_alone(config):
            migrations.upgrade(app(), config)
    with data_dir.hold(config):
        if not _is_current():
            raise RuleBroken("The database is not up to date: flask --app app db upgrade")
        yield


def _is_current() -> bool:
    try:
        return migrations.is_current()
    finally:
        db.session.rollback()


def require_place(file: Path, force: bool) -> None:
    """Refuse a file that cannot be written, or is there already, unless by force."""
    if not file.parent.is_dir():
        raise RuleBroken(f"{file.parent} is not a directory")
    if file.is_dir():
        raise RuleBroken(f"{file} is a directory")
    if file.exists() and not force:
        raise RuleBroken(f"{file} exists already: --force overwrites it")
