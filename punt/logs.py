"""The log: one line for each thing that happened, as `key=value`, on standard error."""

import json
import logging
import re
import sys
from typing import Any

from flask import g, has_request_context
from ulid import ULID

from punt.database import iso, now

SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
PLAIN = re.compile(r"[\w./:@+-]+")


class LineFormatter(logging.Formatter):
    """`time=... level=... event=... request=... key=value ...`, and a traceback below a failure."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": iso(now()),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if has_request_context() and "request_id" in g:
            fields["request"] = g.request_id
        fields |= getattr(record, "fields", {})
        line = " ".join(f"{name}={_quoted(value)}" for name, value in fields.items())
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def request_id(given: str) -> str:
    """The id of a request: what its client gave it, if that is sane, or a new one."""
    return given if SANE_REQUEST_ID.fullmatch(given) else str(ULID())


def _quoted(value: Any) -> str:
    """A value that cannot be mistaken for another field, nor for another line."""
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text)


def configure(level: int) -> None:
    """Log PUNT's own doings, and what its libraries warn of."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("punt").setLevel(level)
    # No line says by which code it was written, nor in which thread: do not find that out. Each
    # greenlet that logs would become known as a thread, for as long as it lives.
    logging._srcfile = None
    logging.logThreads = False
