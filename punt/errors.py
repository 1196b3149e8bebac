"""What can go wrong, and the one envelope in which a caller hears of it (contract, section 1)."""

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException

SENTENCES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    408: "The request body took too long to arrive",
    413: "The request body is too large",
    415: "The body must be sent as Content-Type: application/json",
    429: "Too many requests",
    500: "Internal server error",
    503: "The server cannot do this right now",
}


class PuntError(Exception):
    """A refusal that the caller is told about: one sentence and an HTTP status."""

    status = 400

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details: list[dict[str, str]] = []


class Invalid(PuntError):
    """Input that failed validation: every problem as a pair of field and message."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        super().__init__("Validation failed")
        self.details = [{"field": field, "message": message} for field, message in problems]


class RuleBroken(PuntError):
    """Input that is well formed, but asks for what a rule forbids."""


class AuthenticationRequired(PuntError):
    """No valid session or token came with the request."""

    status = 401

    def __init__(self, sentence: str = "Authentication required") -> None:
        super().__init__(sentence)


class Forbidden(PuntError):
    """The caller is known, and may not do this."""

    status = 403


class NotFound(PuntError):
    """There is no such thing, or it belongs to another project."""

    status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} not found")


class Stale(PuntError):
    """`If-Match` names a version that is no longer the present one."""

    status = 412

    def __init__(self) -> None:
        super().__init__("The ticket has changed since the version named in If-Match")


class TooLarge(PuntError):
    """A file that is larger than its type may be."""

    status = 413


class NotMultipart(PuntError):
    """An upload that did not come as a form."""

    status = 415

    def __init__(self) -> None:
        super().__init__("The body must be sent as Content-Type: multipart/form-data")


class TooMany(PuntError):
    """The caller holds as many of something as one may hold."""

    status = 429


class Unavailable(PuntError):
    """Not the caller's fault, and not for long: the disk is full, or the database away."""

    status = 503


def flatten(messages: Any, path: str = "") -> Iterable[tuple[str, str]]:
    """Each message of a marshmallow error tree, with its dotted field (`labelIds.2`)."""
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            step = "" if key == "_schema" else str(key)
            yield from flatten(value, ".".join(part for part in (path, step) if part))
    elif isinstance(messages, list):
        for value in messages:
            yield from flatten(value, path)
    else:
        yield path, str(messages)


def envelope(error: Exception) -> tuple[dict[str, Any], int]:
    """The body and status that answer `error`. What is not known here is a bug: a bare 500."""
    if isinstance(error, PuntError):
        body: dict[str, Any] = {"error": error.sentence}
        if error.details:
            body["details"] = error.details
        return body, error.status
    status = (error.code or 500) if isinstance(error, HTTPException) else 500
    return {"error": SENTENCES.get(status) or str(getattr(error, "name", "Error"))}, status
