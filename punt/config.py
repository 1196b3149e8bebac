"""Every setting: variable, default, how it is read, what it means (contract, section 7)."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import click
from limits import parse_many as parse_limits
from sqlalchemy import make_url

SHORTEST_KEY = 16
DATABASE = "punt.db"

# As a browser writes it: nothing after the port, no name in front, no wildcard.
ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?")


class ConfigError(click.ClickException):
    """A setting that makes no sense; the message names its variable, on one line."""


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        digits = re.fullmatch("[0-9]{1,9}", value)
        if not (digits and least <= int(value) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError("must be one of: " + ", ".join(choices))
        return value.lower()

    return parse


def _database_url(value: str) -> str:
    try:
        make_url(value).get_dialect()
    except Exception as error:
        raise ValueError("must be a database URL such as postgresql://user@host/punt") from error
    return value


def _secret(value: str) -> str:
    if len(value) < SHORTEST_KEY:
        raise ValueError(f"must be at least {SHORTEST_KEY} characters long")
    return value


def _rate(value: str) -> str:
    try:
        (_,) = parse_limits(value)
        if not all(map(int, re.findall("[0-9]+", value))):
            raise ValueError("zero")
    except ValueError as error:
        raise ValueError("must be a rate such as '10 per 15 minutes'") from error
    return value


def _origins(value: str) -> tuple[str, ...]:
    return tuple(_origin(part.strip()) for part in value.split(","))


def _origin(value: str) -> str:
    origin = value.lower().removesuffix("/")
    form = ORIGIN.fullmatch(origin)
    if not form or int(form["port"] or 0) > 65535:
        raise ValueError("must be origins such as https://board.example.com, with commas between")
    return origin


def setting(default: Any, parse: Callable[[str], Any], meaning: str, shown: str = "") -> Any:
    """A field of `Config`, read from the variable `PUNT_<FIELD>`; `shown` documents the default."""
    return field(
        default=default,
        metadata={"parse": parse, "meaning": meaning, "shown": shown or str(default)},
    )


@dataclass(frozen=True)
class Config:
    """The settings of one server. Nothing needs setting."""

    host: str = setting("127.0.0.1", _text, "address to listen on")
    port: int = setting(3000, _whole(0, 65535), "port to listen on; 0 takes any free one")
    data_dir: Path = setting(
        Path("data"), lambda value: Path(_text(value)), "database, uploads, secret key", "./data"
    )
    database_url: str | None = setting(
        None, _database_url, "any SQLAlchemy URL", "SQLite in the data directory"
    )
    secret_key: str | None = setting(
        None, _secret, "signs the cookie", "made once, kept in the data directory"
    )
    trusted_proxies: int = setting(
        0, _whole(0, 10), "how many proxies' `X-Forwarded-*` headers to believe"
    )
    cors_origins: tuple[str, ...] = setting(
        (), _origins, "origins, with commas, that a browser may call from", "none"
    )
    registration: str = setting(
        "open", _one_of("open", "closed"), "`closed`: only the first account may register itself"
    )
    session_days: int = setting(30, _whole(1, 3650), "days until an unused session ends")
    rate_limits: str = setting("on", _one_of("on", "off"), "`off` for a load test")
    rate_limit_login: str = setting(
        "10 per 15 minutes", _rate, "sign-in and verify-credentials, per client address"
    )
    rate_limit_register: str = setting("5 per hour", _rate, "registration, per client address")
    rate_limit_password: str = setting(
        "5 per 15 minutes", _rate, "password and email change, per user"
    )
    rate_limit_account: str = setting("3 per hour", _rate, "account deletion, per user")
    rate_limit_upload: str = setting("60 per minute", _rate, "uploads, per user")
    rate_limit_stream: str = setting("60 per minute", _rate, "opening event streams, per user")
    rate_limit_general: str = setting(
        "600 per minute", _rate, "everything else, per user, or per address when signed out"
    )
    keepalive_seconds: int = setting(
        30, _whole(1, 3600), "seconds of silence before a comment on a stream"
    )
    event_retention_days: int = setting(7, _whole(1, 3650), "days that a stream can resume after")
    log_level: str = setting(
        "info", _one_of("debug", "info", "warning", "error"), "least level that is logged"
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Config":
        """The settings in `environ`; an empty variable counts as unset.

        Raises `ConfigError` for a value that makes no sense.
        """
        values = {}
        for each in fields(cls):
            given = environ.get(variable(each.name))
            if given:
                try:
                    values[each.name] = each.metadata["parse"](given)
                except ValueError as error:
                    raise ConfigError(f"{variable(each.name)} {error}") from error
        return cls(**values)

    @property
    def embedded(self) -> bool:
        """Whether the database is our own SQLite file in the data directory."""
        return self.database_url is None

    @property
    def sqlalchemy_url(self) -> str:
        """Where the database is, as SQLAlchemy wants to hear it."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / DATABASE}"

    @property
    def logging_level(self) -> int:
        """`log_level` as the logging module counts it."""
        return logging.getLevelNamesMapping()[self.log_level.upper()]


def variable(field_name: str) -> str:
    """The environment variable behind a field of `Config`."""
    return f"PUNT_{field_name.upper()}"


@dataclass(frozen=True)
class Setting:
    """One row of the configuration table."""

    name: str
    default: str
    meaning: str


SETTINGS = tuple(
    Setting(variable(each.name), each.metadata["shown"], each.metadata["meaning"])
    for each in fields(Config)
)
