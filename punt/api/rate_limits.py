"""Rate limits: what every request counts for, and what every answer tells (contract, section 1)."""

import time
from typing import NamedTuple

from flask import Flask, Response, current_app, g, request
from flask_limiter import RequestLimit
from limits import parse
from werkzeug.exceptions import TooManyRequests

from punt.api import counters  # noqa: F401 - where the limits count
from punt.api.callers import settings
from punt.extensions import caller_key, limiter

# When to try again what is refused for another reason than a limit's window.
RETRY_SECONDS = 30


class Window(NamedTuple):
    """What is left of a limit, and until when (Unix seconds)."""

    is_full: bool
    left: int
    limit: int
    ends: int


def install(app: Flask) -> None:
    """Bind the limiter, which looks after the routes that have a limit of their own."""
    # As if it had its hooks already: they would search all limits at each request.
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)
    app.extensions["punt.general_limit"] = parse(app.config["PUNT"].rate_limit_general)


def count() -> None:
    """Count a call of the API in the bucket for everything; `TooManyRequests` when it is full.

    Flask-Limiter can do this by itself, for ten times what it costs here.
    """
    if settings().rate_limits == "off" or not f"{request.path}/".startswith("/api/"):
        return
    limit, bucket = current_app.extensions["punt.general_limit"], f"everything {caller_key()}"
    used = limiter.storage.incr(bucket, limit.get_expiry())
    left, ends = limit.amount - used, int(limiter.storage.get_expiry(bucket) + 1)
    g.general_window = Window(left < 0, max(0, left), limit.amount, ends)
    if left < 0:
        raise TooManyRequests


def tell(response: Response) -> None:
    """Tell of the limit that is nearest to being reached."""
    wait = RETRY_SECONDS
    if "general_window" in g:
        windows = [g.general_window, *map(_window, limiter.current_limits)]
        nearest = min(windows, key=lambda window: (not window.is_full, window.left))
        response.headers["X-RateLimit-Limit"] = str(nearest.limit)
        response.headers["X-RateLimit-Remaining"] = str(nearest.left)
        response.headers["X-RateLimit-Reset"] = str(nearest.ends)
        if nearest.is_full:
            wait = nearest.ends - int(time.time())
    if response.status_code == 429:
        response.headers.setdefault("Retry-After", str(max(1, wait)))


def _window(of: RequestLimit) -> Window:
    return Window(of.breached, of.remaining, of.limit.amount, of.reset_at)
