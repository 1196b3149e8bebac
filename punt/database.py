"""The database: its types, how it is opened, and the one way to write to it."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from sqlite3 import Connection as SQLiteConnection
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Engine, MetaData, String, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import SmallInteger, TypeDecorator
from ulid import ULID

from punt.extensions import db

# Waiting inside sqlite3 stops every greenlet, so a writer that finds another process writing only
# waits there for a moment; then it lets others run and tries again, for so many seconds in all.
BUSY_MILLISECONDS = 50
BUSY_SECONDS = 10.0
PAUSE_SECONDS = 0.005

# Any number will do, as long as every PUNT process asks PostgreSQL for the same one.
ADVISORY_LOCK = 0x50554E54

IDS_AT_ONCE = 500

# Of an id, in characters.
ID_LENGTH = 26

# Marks a connection that writes: how many seconds it waits until other processes let it.
WRITE = {"punt_write": BUSY_SECONDS}

# Within a process, writers wait here, where waiting lets others run. Waiting inside sqlite3
# stops every greenlet, the one that would give up the lock included.
_writers_turn = threading.Lock()

_told: ContextVar[datetime | None] = ContextVar("told", default=None)


class Base(DeclarativeBase):
    """The declarative base of all tables; every constraint has a name that migrations can use."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Timestamp(TypeDecorator[datetime]):
    """A moment in UTC, kept as the text the API shows: it sorts, and needs no conversion in SQL."""

    impl = String(24)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else iso(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class Ranked(TypeDecorator[str]):
    """One of a fixed list of words, kept as its place in the list so that it sorts like it."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        return None if value is None else self.words.index(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words[value]


def now() -> datetime:
    """The present moment in UTC, to the millisecond that is kept."""
    moment = _told.get() or datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@contextmanager
def happening_at(moment: datetime) -> Iterator[None]:
    """Let the block tell of another time: `moment` is its `now()`."""
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)


def as_created(context: Any) -> datetime:
    """The default of `updated_at`: the very moment of `created_at`."""
    return cast(datetime, context.get_current_parameters()["created_at"])


def iso(moment: datetime) -> str:
    """`2024-01-15T10:30:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """A fresh id; ids sort by creation time."""
    return str(ULID())


def folded(name: str) -> str:
    """`name` as compared when letter case does not count."""
    return name.strip().casefold()


def slices(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """`ids`, a few at a time: as many as one statement may name on any database."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]


def engine_options(url: str) -> dict[str, Any]:
    """How SQLAlchemy is to connect to `url`."""
    # What fails is logged with its statement, whose values may be secrets.
    options: dict[str, Any] = {"pool_size": 20, "hide_parameters": True}
    if make_url(url).get_backend_name() == "sqlite":
        return options
    # A request reads more than once, and must see one state; writers ask for less below.
    return {**options, "pool_pre_ping": True, "isolation_level": "REPEATABLE READ"}


def prepare(engine: Engine) -> None:
    """Teach `engine` how PUNT's connections begin."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)


def _set_pragmas(connection: SQLiteConnection, _record: Any) -> None:
    # The driver would begin transactions by itself, late and never IMMEDIATE.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    seconds = connection.get_execution_options().get("punt_write")
    if seconds is None:
        connection.exec_driver_sql("BEGIN")
        return
    patience = time.monotonic() + seconds
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > patience:
                raise
        time.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311 - not a secret


@contextmanager
def transaction(patience: float | None = None) -> Iterator[None]:
    """Commit what the block does to `db.session`, or nothing of it.

    Writers take turns, on every database: what a block reads stays true until it commits, and
    ids of events are committed in ascending order. The block must not wait for anything.
    With `patience`, `TimeoutError` or `OperationalError` is raised when others write for longer
    than so many seconds.
    """
    db.session.rollback()
    with _turn(patience):
        try:
            _begin_writing(patience)
            db.session.info["writing"] = True
            yield
            db.session.commit()
        finally:
            db.session.info["writing"] = False
            db.session.rollback()


def has_session() -> bool:
    """Whether `db.session` is in use already: making one only to ask it costs more than asking."""
    return bool(db.session.registry.has())


def is_writing() -> bool:
    """Whether we are in a `transaction()`."""
    return has_session() and bool(db.session.info.get("writing"))


@contextmanager
def _turn(patience: float | None) -> Iterator[None]:
    if not _writers_turn.acquire(timeout=-1 if patience is None else patience):
        raise TimeoutError("others are writing")
    try:
        yield
    finally:
        _writers_turn.release()


def _begin_writing(patience: float | None) -> None:
    if db.engine.dialect.name != "postgresql":
        options = WRITE if patience is None else {"punt_write": patience}
        db.session.connection(execution_options=options)
        return
    # A snapshot taken before the lock is ours would not show what the last writer did.
    latest = {"isolation_level": "READ COMMITTED"}
    connection = db.session.connection(execution_options=latest)
    if patience is not None:
        connection.execute(text(f"SET LOCAL lock_timeout = {round(patience * 1000)}"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
