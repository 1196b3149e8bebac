"""What every request and every answer has in common (contract, section 1)."""

import logging
import time

import gevent
from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestTimeout

from punt import logs
from punt.api import compression, rate_limits, uploads
from punt.api.callers import SAFE_METHODS, settings
from punt.errors import Forbidden
from punt.extensions import db

requests_log = logging.getLogger("punt.requests")

BODY_SECONDS = 30

# What a frontend on another origin may read and send.
EXPOSED_HEADERS = (
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Retry-After",
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Total-Count",
)
ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "X-Request-Id",
    "X-Tab-Id",
)


def install(app: Flask) -> None:
    """Run these before and after every request."""
    app.after_request(_finish)
    compression.install(app)
    app.before_request(_begin)
    rate_limits.install(app)
    app.before_request(rate_limits.count)
    app.before_request(_refuse_cross_site)
    app.before_request(_receive_body)


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = logs.request_id(request.headers.get("X-Request-Id", ""))


def _refuse_cross_site() -> None:
    """A browser says where a request comes from; other clients do not, and cannot be tricked."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if origin and origin.lower() in settings().cors_origins:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        foreign = site not in ("same-origin", "none")
    else:
        foreign = origin is not None and origin.partition("://")[2] != request.host
    if foreign:
        raise Forbidden("Requests from another site are refused")


def _receive_body() -> None:
    """Have the whole body before anything else: a slow sender must not hold up a transaction."""
    is_none = not request.content_length and "Transfer-Encoding" not in request.headers
    if is_none or uploads.is_expected():
        return
    # A connection held while waiting here would be one that others wait for.
    db.session.rollback()
    with gevent.Timeout(BODY_SECONDS, RequestTimeout):
        if request.mimetype == "multipart/form-data":
            _ = request.files
        else:
            request.get_data()
            # Of a chunked body, `get_data` cuts off in silence what is over the limit.
            request.stream.read(1)


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    rate_limits.tell(response)
    _log(response)
    return response


def _log(response: Response) -> None:
    requests_log.info(
        "request",
        extra={
            "fields": {
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "ms": round((time.perf_counter() - g.began) * 1000, 1),
                "address": request.remote_addr,
                # As far as it is known: nothing may be looked up here, where nothing may fail.
                "user": getattr(g.get("_login_user"), "user_id", "-"),
            }
        },
    )
