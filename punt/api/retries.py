"""`Idempotency-Key`: a POST that is sent again does nothing again."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any

from flask import Response, make_response, request

from punt.database import transaction
from punt.errors import RuleBroken
from punt.extensions import db
from punt.tracker import retries

KEY = re.compile(r"[\x21-\x7e]{1,255}")

# The requests with a key that are under way outside a transaction, and who waits for each.
_under_way: dict[tuple[str, str], tuple[Lock, int]] = {}


@dataclass(frozen=True)
class Request:
    """A request as one that may have come before: whose it is, and how its view works."""

    user_id: str
    in_transaction: bool
    is_secret: bool

    def answer(self, view: Callable[[], Any]) -> Any:
        """The view's answer; or the one that it gave when the same request came first."""
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method != "POST":
            return view()
        if not KEY.fullmatch(key):
            raise RuleBroken("Idempotency-Key must be 1 to 255 visible ASCII characters")
        if self.in_transaction:
            return self._answer_once(key, view)
        with _one_at_a_time((self.user_id, key)):
            return self._answer_once(key, view)

    def _answer_once(self, key: str, view: Callable[[], Any]) -> Any:
        fingerprint = _fingerprint()
        kept = retries.first_answer(self.user_id, key, fingerprint)
        if kept:
            headers = {"Idempotency-Replayed": "true"}
            return Response(kept.body, kept.status, headers, mimetype="application/json")
        response = make_response(view())
        if response.status_code < 300:
            body = None if self.is_secret else response.get_data(as_text=True)
            with nullcontext() if self.in_transaction else transaction():
                retries.keep(self.user_id, key, fingerprint, response.status_code, body)
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


@contextmanager
def _one_at_a_time(who: tuple[str, str]) -> Iterator[None]:
    lock, waiting = _under_way.get(who, (Lock(), 0))
    _under_way[who] = lock, waiting + 1
    try:
        # What is read from here on must show what whoever we wait for has done.
        db.session.rollback()
        with lock:
            yield
    finally:
        lock, waiting = _under_way.pop(who)
        if waiting > 1:
            _under_way[who] = lock, waiting - 1
