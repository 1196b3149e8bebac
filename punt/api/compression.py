"""Answers are compressed for who can read them so, unless they are small, files or streams."""

import gzip

from flask import Flask, Response, g, request

LEAST_BYTES = 1024

# More would make a little less of it, at several times the cost.
LEVEL = 1

COMPRESSIBLE = {"application/json", "text/html", "text/css", "text/javascript"}


def install(app: Flask) -> None:
    """Compress what views answer."""
    app.after_request(_compress)


def compress(body: bytes) -> bytes:
    """`body` in fewer bytes."""
    return gzip.compress(body, LEVEL, mtime=0)


def _compress(response: Response) -> Response:
    if response.mimetype not in COMPRESSIBLE or response.is_streamed:
        return response
    response.vary.add("Accept-Encoding")
    if len(response.get_data()) < LEAST_BYTES or not request.accept_encodings["gzip"]:
        return response
    kept = g.get("kept_answer")
    response.set_data(kept.compressed if kept else compress(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    # The same resource, but not the same bytes.
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)
    return response
