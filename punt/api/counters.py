"""Where the rate limits count: in memory, each window forgotten in passing once it is over."""

from threading import Lock
from time import time
from typing import Any

from limits.storage import Storage

TIDY_AFTER = 1000


class Counters(Storage):
    """Counts per key and window. The one that `limits` has starts a thread for each 10 ms."""

    STORAGE_SCHEME = ["counters"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: Any) -> None:
        super().__init__(uri, wrap_exceptions)
        self._windows: dict[str, tuple[float, int]] = {}
        self._tidy_at = TIDY_AFTER
        self._lock = Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, in a window of `expiry` seconds that begins with its first; answers the count."""
        now = time()
        with self._lock:
            end, count = self._windows.get(key, (0.0, 0))
            if end <= now:
                end, count = now + expiry, 0
            self._windows[key] = end, count + amount
            if len(self._windows) > self._tidy_at:
                self._forget_what_is_over(now)
        return count + amount

    def get(self, key: str) -> int:
        """The count of the present window."""
        end, count = self._windows.get(key, (0.0, 0))
        return count if end > time() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, as a Unix timestamp."""
        now = time()
        return max(now, self._windows.get(key, (now, 0))[0])

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int | None:
        """Forget all; answers how many counters that were."""
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._windows.pop(key, None)

    def _forget_what_is_over(self, now: float) -> None:
        self._windows = {key: each for key, each in self._windows.items() if each[0] > now}
        # As often as the number doubles: counting stays as cheap however many callers there are.
        self._tidy_at = TIDY_AFTER + 2 * len(self._windows)
