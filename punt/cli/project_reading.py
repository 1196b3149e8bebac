"""An exported project as it comes in: every part judged, every file on disk but in nobody's way."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from marshmallow import Schema, ValidationError

from punt.cli.json_items import Items
from punt.database import new_id
from punt.errors import Invalid, PuntError, RuleBroken, flatten
from punt.tracker import file_types
from punt.tracker.attachments import clean_name
from punt.tracker.project_checks import Document, Problem, problems
from schemas import transfer

FORMAT = "punt-project-1"
HEAD = ("format", "version", "exportedAt")

# Whoever has more has another problem.
MOST_PROBLEMS = 100

PARTS: dict[str, Schema] = {
    "project": transfer.ExportedProject(),
    "members": transfer.ExportedMember(),
    "columns": transfer.ExportedColumn(),
    "labels": transfer.ExportedLabel(),
    "sprints": transfer.ExportedSprint(),
    "tickets": transfer.ExportedTicket(),
    "links": transfer.ExportedLink(),
    "attachments": transfer.ExportedAttachment(),
}


class Reading:
    """A document that is being read; the files in it are put into `place`."""

    def __init__(self, file: IO[bytes], place: Path) -> None:
        self.items = Items(file)
        self.place = place
        self.document = Document()
        self._format: Any = None
        self._problems: list[Problem] = []

    def read_on(self) -> Iterator[int]:
        """Read it all; tells now and then how many bytes it has read."""
        try:
            for name, place, value in self.items:
                where = name if place is None else f"{name}.{place}"
                self._take(name, place, value, where)
                yield self.items.bytes_read
        except ValueError as error:
            raise RuleBroken(str(error)) from error
        if self._format != FORMAT:
            raise RuleBroken("it is no project that PUNT has exported")
        self._problems += [] if self._problems else problems(self.document)
        if self._problems:
            field, message = self._problems[0]
            more = f" (and {len(self._problems) - 1} more)" if len(self._problems) > 1 else ""
            raise RuleBroken(f"{field}: {message}{more}")

    def _take(self, name: str, place: int | None, value: Any, where: str) -> None:
        if name in HEAD:
            self._format = value if name == "format" else self._format
        elif name not in PARTS or (place is None) != (name == "project"):
            raise ValueError(f"{name} does not belong there")
        elif len(self._problems) < MOST_PROBLEMS:
            with self._judged(where):
                self._keep(name, PARTS[name].load(value))

    def _keep(self, name: str, part: dict[str, Any]) -> None:
        if name == "project":
            self.document.project = part
            return
        if name == "attachments":
            part = self._with_file(part)
        getattr(self.document, name).append(part)

    def _with_file(self, attachment: dict[str, Any]) -> dict[str, Any]:
        """The same with its content in a file, by whose name it goes from now on."""
        content = base64.b64decode(attachment.pop("content"), validate=True)
        attachment |= {"id": new_id(), "filename": clean_name(attachment["filename"])}
        with (self.place / attachment["id"]).open("x+b") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            recognized = file_types.recognize(attachment["filename"], file)
        if (len(content), recognized) != (attachment["size"], attachment["mime_type"]):
            raise Invalid([("content", "Content is not of the size and type it should be")])
        return attachment

    @contextmanager
    def _judged(self, where: str) -> Iterator[None]:
        try:
            yield
        except ValidationError as error:
            self._problems += flatten(error.messages, where)
        except ValueError as error:
            self._problems.append((f"{where}.content", f"Content must be base64: {error}"))
        except PuntError as error:
            messages = [each["message"] for each in error.details] or [error.sentence]
            self._problems += [(where, message) for message in messages]
