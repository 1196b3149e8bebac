"""What requests read, kept for as long as nobody writes: most of them read what others just did."""

import sqlite3
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

from cachetools import LRUCache
from sqlalchemy import Engine, PoolProxiedConnection, event

from punt.database import has_session, is_writing
from punt.extensions import db

MOST_FINDS = 2000

Found = TypeVar("Found")


class Kept:
    """Remembers what was read from `engine` in its present state.

    SQLite numbers these states, for all processes, and tells the number in a hundredth of the time
    that reading takes. PostgreSQL does not: there, everything is read each time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watcher: PoolProxiedConnection | None = None
        self._finds: LRUCache[Hashable, Any] = LRUCache(MOST_FINDS)
        self._of_state: int | None = None
        self._lock = Lock()
        event.listen(engine, "engine_disposed", self._forget)

    def get(self, key: Hashable, read: Callable[[], Found]) -> Found:
        """What `read` finds in the database as it is, or as a transaction that has begun sees it.

        Only for plain values, small and not going to be changed, never for what belongs to a
        session: it may have been found for another request. What is read next may be newer.
        """
        if is_writing() or self._engine.dialect.name != "sqlite":
            return read()
        transaction = db.session().get_transaction() if has_session() else None
        state = self._state() if transaction is None else _state_seen_by(transaction)
        with self._lock:
            kept = self._finds.get((state, key))
        if state is not None and kept is not None:
            return cast(Found, kept)
        found = read()
        # Somebody may have written before reading began: then it is not known what state it shows.
        is_of_state = state is not None and self._state() == state
        if transaction is None:
            db.session.info["seen"] = db.session().get_transaction(), state if is_of_state else None
        if is_of_state and found is not None:
            self._keep(state, key, found)
        return found

    def _keep(self, state: int | None, key: Hashable, found: object) -> None:
        with self._lock:
            if state != self._of_state:
                self._finds.clear()
                self._of_state = state
            self._finds[state, key] = found

    def _state(self) -> int | None:
        """The number of the state that whoever begins to read now sees, or of one before it."""
        try:
            with self._lock:
                if self._watcher is None:
                    self._watcher = self._engine.raw_connection()
                    self._watcher.detach()
                connection = cast(sqlite3.Connection, self._watcher.dbapi_connection)
                return int(connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            return None

    def _forget(self, _engine: Engine) -> None:
        with self._lock:
            self._finds.clear()
            if self._watcher:
                self._watcher.close()
                self._watcher = None


def _state_seen_by(transaction: object) -> int | None:
    """The state that the session sees in this transaction, if reading through us began it."""
    known_of, state = db.session.info.get("seen", (None, None))
    return cast("int | None", state) if known_of is transaction else None
