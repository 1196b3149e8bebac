"""Uploads: received only from who may make them, within bounds, next to where they will stay."""

from contextlib import suppress
from typing import IO, Any

import flask
import gevent
from flask import current_app, request
from werkzeug.exceptions import RequestTimeout

from punt.errors import NotMultipart
from punt.extensions import db, limiter
from punt.tracker import files

# 50 MB in this time is less than one Mbit a second.
SECONDS = 600

# What a multipart form adds to its file.
OVERHEAD_BYTES = 64 * 1024
MOST_PARTS = 10

limit = limiter.shared_limit(lambda: current_app.config["PUNT"].rate_limit_upload, scope="uploads")


def is_expected() -> bool:
    """Whether this request is for a view that takes an upload: `access` has it received."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "takes_upload", False)


def receive(most_bytes: int) -> None:
    """Have the whole form, with a file of up to `most_bytes` in it."""
    if request.mimetype != "multipart/form-data":
        raise NotMultipart
    # A connection held while waiting here would be one that others wait for.
    db.session.rollback()
    request.max_content_length = most_bytes + OVERHEAD_BYTES
    request.max_form_parts = MOST_PARTS
    with gevent.Timeout(SECONDS, RequestTimeout):
        _ = request.files


class Request(flask.Request):
    """A request, whose uploads are received where they may stay: elsewhere may be no room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._incoming: list[IO[bytes]] = []

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> IO[bytes]:
        if not is_expected():
            return super()._get_file_stream(*args, **kwargs)
        self._incoming.append(files.incoming())
        return self._incoming[-1]

    def close(self) -> None:
        super().close()
        for file in self._incoming:
            # On a full disk this fails a second time; the file goes all the same.
            with suppress(OSError):
                file.close()
