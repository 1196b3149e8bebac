"""Rate limits: what every request counts for, and what every answer tells (contract, section 1)."""

import time

from flask import Flask, Response, current_app, g, request
from flask_limiter import RequestLimit
from limits import parse
from werkzeug.exceptions import TooManyRequests

from punt.api import counters  # noqa: F401 - where the limits count
from punt.api.callers import settings
from punt.extensions import caller_key, limiter

# When to try again what is refused for another reason than a limit's window.
RETRY_SECONDS = 30


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
    limit, bucket = current_app.extensions["punt.general_limit"], [caller_key(), "everything"]
    is_within = limiter.limiter.hit(limit, *bucket)
    g.general_limit = RequestLimit(limiter, limit, bucket, breached=not is_within, shared=True)
    if not is_within:
        raise TooManyRequests


def tell(response: Response) -> None:
    """Tell of the limit that is nearest to being reached."""
    wait = RETRY_SECONDS
    if "general_limit" in g:
        limits = [g.general_limit, *limiter.current_limits]
        nearest = min(limits, key=lambda limit: (not limit.breached, limit.remaining))
        response.headers["X-RateLimit-Limit"] = str(nearest.limit.amount)
        response.headers["X-RateLimit-Remaining"] = str(nearest.remaining)
        response.headers["X-RateLimit-Reset"] = str(nearest.reset_at)
        if nearest.breached:
            wait = nearest.reset_at - int(time.time())
    if response.status_code == 429:
        response.headers.setdefault("Retry-After", str(max(1, wait)))
