"""The counters behind the rate limits."""

import time

from limits import parse
from limits.strategies import FixedWindowRateLimiter

from punt.api.counters import TIDY_AFTER, Counters


def test_a_window_counts_to_its_end_and_begins_anew() -> None:
    counters = Counters()
    assert [counters.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert counters.incr("a", 60, amount=4) == counters.get("a") == 7
    assert counters.get("b") == 0
    assert counters.incr("b", 0.001) == 1
    while counters.get_expiry("b") > time.time():
        pass
    assert counters.get("b") == 0
    assert counters.incr("b", 60) == 1
    assert 55 < counters.get_expiry("b") - time.time() <= 60


def test_what_is_over_takes_no_memory() -> None:
    counters = Counters()
    for number in range(20 * TIDY_AFTER):
        counters.incr(f"address {number}", 0.000_001)
    assert len(counters._windows) <= TIDY_AFTER + 10


def test_what_is_not_over_is_not_forgotten() -> None:
    counters = Counters()
    for number in range(3 * TIDY_AFTER):
        counters.incr(f"address {number}", 60)
    assert all(counters.get(f"address {number}") == 1 for number in range(3 * TIDY_AFTER))


def test_they_can_be_cleared() -> None:
    counters = Counters()
    limiter, limit = FixedWindowRateLimiter(counters), parse("1 per minute")
    assert [limiter.hit(limit, "a") for _ in range(2)] == [True, False]
    counters.clear(limit.key_for("a"))
    assert limiter.hit(limit, "a")
    counters.reset()
    assert limiter.test(limit, "a")
