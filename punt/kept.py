"""What requests read, kept for as long as nobody writes: most of them read what others just did."""

from collections.abc import Callable, Hashable
from operator import itemgetter
from sqlite3 import Connection
from threading import Lock
from typing import Any, TypeVar, cast

from cachetools import LRUCache
from sqlalchemy import Engine, event

from punt.database import is_writing
from punt.extensions import db

MOST_FINDS = 10_000
MOST_ANSWER_BYTES = 32 * 1024 * 1024

Found = TypeVar("Found")


class Store:
    """A dictionary that forgets what was not asked for the longest, to stay within `most`."""

    def __init__(self, most: int) -> None:
        self._sized: LRUCache[Hashable, tuple[Any, int]] = LRUCache(most, getsizeof=itemgetter(1))
        self._lock = Lock()

    def get(self, key: Hashable) -> Any:
        """What was put there, or None."""
        with self._lock:
            return self._sized.get(key, (None, 0))[0]

    def put(self, key: Hashable, value: Any, size: int = 1) -> None:
        """Keep `value`, unless it alone would take a quarter of the room."""
        if size <= self._sized.maxsize / 4:
            with self._lock:
                self._sized[key] = value, size

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._sized.clear()


class Kept:
    """Remembers what was read from `engine`, under the state of the database it was read from.

    SQLite numbers these states, for all processes, and tells the number in a hundredth of the time
    that reading takes. PostgreSQL does not: there, everything is read each time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watcher: Connection | None = None
        self._finds = Store(MOST_FINDS)
        self.answers = Store(MOST_ANSWER_BYTES)
        event.listen(engine, "engine_disposed", self._forget)

    def get(self, key: Hashable, read: Callable[[], Found]) -> Found:
        """What `read` finds in the state that the request sees; it may be of an earlier request.

        What was found belongs to no session, unless one is being written in: that reads for itself.
        """
        if is_writing() or self._engine.dialect.name != "sqlite":
            return read()
        transaction = db.session().get_transaction()
        state = self._state() if transaction is None else _state_seen_by(transaction)
        kept = self._finds.get(key)
        if state is not None and kept and kept[0] == state:
            return cast(Found, kept[1])
        found = read()
        db.session.expunge_all()
        if transaction is None:
            # Reading began somewhere between then and now.
            state = state if self._state() == state else None
            db.session.info["seen"] = db.session().get_transaction(), state
        if state is not None and found is not None:
            self._finds.put(key, (state, found))
        return found

    def _state(self) -> int:
        """The number of the state that whoever begins to read now will see, or a later one."""
        if self._watcher is None:
            dialect = self._engine.dialect
            args, options = dialect.create_connect_args(self._engine.url)
            self._watcher = cast(Connection, dialect.connect(*args, **options))
        return int(self._watcher.execute("PRAGMA data_version").fetchone()[0])

    def _forget(self, _engine: Engine) -> None:
        self._finds.clear()
        self.answers.clear()
        if self._watcher:
            self._watcher.close()
            self._watcher = None


def _state_seen_by(transaction: object) -> int | None:
    """The state that the session sees in this transaction, if reading through us began it."""
    known_of, state = db.session.info.get("seen", (None, None))
    return state if known_of is transaction else None
