"""A server that does nothing: punt.server with a bare Flask app (`python -m ... PORT`)."""

# Before anything else is imported, as in wsgi.py.
from gevent import monkey

monkey.patch_all()

import logging  # noqa: E402
import sys  # noqa: E402
from functools import cache  # noqa: E402

from flask import Flask, Response  # noqa: E402

from punt.server import Server  # noqa: E402

app = Flask("floor")


@app.get("/empty")
def empty() -> Response:
    """The least that an answer can be."""
    return Response(b"{}", mimetype="application/json")


@app.get("/bytes/<int:size>")
def constant(size: int) -> Response:
    """What it takes to send so many bytes."""
    return Response(_letters(size), mimetype="application/json")


@cache
def _letters(size: int) -> bytes:
    return b"x" * size


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(sys.argv[1])), app, logger=logging.getLogger("floor"))
    server.serve_until_signalled(lambda: None)
