"""Files that go out: piece by piece, and so that a browser cannot run what is in them."""

from pathlib import Path
from typing import IO

import gevent
from flask import Response, request
from werkzeug import Response as BaseResponse
from werkzeug.utils import send_file
from werkzeug.wsgi import FileWrapper

from punt.errors import NotFound

PIECE_BYTES = 64 * 1024


class Pieces(FileWrapper):
    """A file read piece by piece; however fast its reader is, others get their turn."""

    def __init__(self, file: IO[bytes], buffer_size: int = PIECE_BYTES) -> None:
        super().__init__(file, PIECE_BYTES)

    def __next__(self) -> bytes:
        gevent.sleep(0)
        return super().__next__()


def send(path: Path, mime_type: str, filename: str) -> BaseResponse:
    """The file at `path`, or the range of it that is asked for; its content never changes."""
    try:
        response = send_file(
            path,
            {**request.environ, "wsgi.file_wrapper": Pieces},
            mimetype=mime_type,
            as_attachment=True,
            download_name=filename,
            etag=path.name,
            response_class=Response,
        )
    except FileNotFoundError as error:
        raise NotFound("File") from error
    response.cache_control.private = True
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
