"""Password hashing, off the main thread: it must stop neither streams nor other requests."""

from collections.abc import Callable
from typing import TypeVar, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from gevent.threadpool import ThreadPool

from punt.extensions import db

Result = TypeVar("Result")

# More than two at once would take 19 MiB each from a small server and gain nothing.
THREADS = 2
LONGEST = 128

PASSES = 2
MEMORY_KIB = 19 * 1024

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
_pool: ThreadPool | None = None

# Checked when there is no such user, so that the time taken tells nothing. No password is known
# that it is the hash of: its salt and digest are nothing but zeros.
_DUMMY = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1${'A' * 22}${'A' * 43}"


def hash_password(password: str) -> str:
    """The argon2id hash of `password`. Never call this inside a transaction."""
    return _off_thread(lambda: _hasher.hash(password))


def is_correct(password: str, hashed: str | None) -> bool:
    """Whether `hashed` is the hash of `password`; as slow when there is no hash to compare with."""
    right = _off_thread(lambda: _verifies(hashed or _DUMMY, password[:LONGEST]))
    return right and hashed is not None and len(password) <= LONGEST


def _verifies(hashed: str, password: str) -> bool:
    # gevent would log an exception that leaves the thread, with its traceback.
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _off_thread(work: Callable[[], Result]) -> Result:
    global _pool
    if _pool is None:
        _pool = ThreadPool(THREADS)
    # A connection held while waiting here would be one that others wait for.
    db.session.rollback()
    return cast(Result, _pool.apply(work))
