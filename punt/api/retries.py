"""`Idempotency-Key`: a POST that is sent again does nothing again."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from flask import Response, make_response, request

from punt.errors import RuleBroken
from punt.tracker import retries

KEY = re.compile(r"[\x21-\x7e]{1,255}")


class Replayed(Exception):  # noqa: N818 - nothing is wrong
    """The request came before: `response` is what it was answered, and nothing may be done now."""

    def __init__(self, status: int, body: str) -> None:
        headers = {"Idempotency-Replayed": "true"}
        self.response = Response(body, status, headers, mimetype="application/json")


class Request:
    """A request as one that may have come before.

    An upload takes a while to tell from others: for one, this is made before a transaction begins.
    """

    def __init__(self) -> None:
        self.key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        if self.key is None:
            return
        if not KEY.fullmatch(self.key):
            raise RuleBroken("Idempotency-Key must be 1 to 255 visible ASCII characters")
        self.fingerprint = _fingerprint()

    def answer(self, user_id: str, view: Callable[[], Any], *, is_secret: bool = False) -> Any:
        """The view's answer, kept in the transaction in which we are: no crash comes between.

        `Replayed` when the same request of this user came first.
        """
        if self.key is None:
            return view()
        kept = retries.first_answer(user_id, self.key, self.fingerprint)
        if kept:
            raise Replayed(*kept)
        response = make_response(view())
        if response.status_code < 300:
            body = None if is_secret else response.get_data(as_text=True)
            retries.keep(user_id, self.key, self.fingerprint, response.status_code, body)
        return response


def _fingerprint() -> str:
    """What the same request has in common with itself: all that it asks for."""
    body = request.get_data() if request.mimetype != "multipart/form-data" else _files()
    return sha256(request.full_path.encode() + b"\n" + body).hexdigest()


def _files() -> bytes:
    digests = []
    for name, file in sorted(request.files.items(multi=True)):
        content = sha256()
        while block := file.stream.read(65536):
            content.update(block)
        file.stream.seek(0)
        digests.append(f"{name} {file.filename} {content.hexdigest()}")
    return "\n".join(digests).encode()
