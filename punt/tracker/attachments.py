"""Files on tickets (contract, section 4)."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from punt.database import new_id
from punt.errors import RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Attachment, Project, Ticket
from punt.tracker import file_types, files, finding

MOST_ON_A_TICKET = 20
LONGEST_NAME = 255

# Control characters, marks that nobody sees, and what ends a line.
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@dataclass(frozen=True)
class Received:
    """A file that is what it says it is and in its place on disk, but belongs to nothing yet."""

    id: str
    filename: str
    mime_type: str
    size: int


@contextmanager
def received(filename: str, file: IO[bytes]) -> Iterator[Received]:
    """Judge an incoming file and put it in its place; it stays there if the block succeeds."""
    filename = clean_name(filename)
    mime_type = file_types.recognize(filename, file)
    found = Received(new_id(), filename, mime_type, file_types.size_of(file))
    with files.kept(file, found.id):
        yield found


def clean_name(filename: str) -> str:
    """A client's name for a file as people are shown it: no path, nothing unseen, cut to fit."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    seen = "".join(each for each in name if unicodedata.category(each) not in UNSEEN)
    stem, dot, extension = seen.strip(". ").rpartition(".")
    if not dot:
        return extension[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}"


def list_of(project: Project, ticket: Ticket) -> list[dict[str, Any]]:
    """The files on a ticket, oldest first."""
    query = (
        select(Attachment)
        .options(joinedload(Attachment.uploader))
        .where(Attachment.ticket_id == ticket.id)
        .order_by(Attachment.id)
    )
    return [_shown(project, attachment) for attachment in db.session.scalars(query)]


def _shown(project: Project, attachment: Attachment) -> dict[str, Any]:
    ticket = f"/api/projects/{project.id}/tickets/{attachment.ticket_id}"
    return {
        "id": attachment.id,
        "filename": attachment.filename,
        "mime_type": attachment.mime_type,
        "size": attachment.size,
        "url": f"{ticket}/attachments/{attachment.id}/content",
        "uploader": attachment.uploader,
        "created_at": attachment.created_at,
    }


def get(ticket: Ticket, attachment_id: str) -> Attachment:
    """The attachment of a ticket with this id; `NotFound` otherwise."""
    return finding.one(
        Attachment, Attachment.id == attachment_id, Attachment.ticket_id == ticket.id
    )


def create(project: Project, ticket: Ticket, file: Received, actor: Actor) -> dict[str, Any]:
    """Attach a received file to a ticket."""
    query = select(func.count()).where(Attachment.ticket_id == ticket.id)
    if (db.session.scalar(query) or 0) >= MOST_ON_A_TICKET:
        raise RuleBroken(f"A ticket may have at most {MOST_ON_A_TICKET} attachments")
    attachment = Attachment(
        id=file.id,
        ticket_id=ticket.id,
        uploader_id=actor.user_id,
        filename=file.filename,
        mime_type=file.mime_type,
        size=file.size,
    )
    db.session.add(attachment)
    db.session.flush()
    shown = _shown(project, attachment)
    log.record("attachment.created", shown, actor, project=project, ticket=ticket)
    return shown


def delete(project: Project, ticket: Ticket, attachment: Attachment, actor: Actor) -> None:
    """Take a file off a ticket."""
    files.discard([attachment.id])
    log.record("attachment.deleted", attachment, actor, project=project, ticket=ticket)
    db.session.delete(attachment)
    db.session.flush()


def discard_files(tickets: ColumnElement[bool]) -> None:
    """Let the files of these tickets go with them: the database knows only of the rows."""
    query = select(Attachment.id).join(Ticket, Ticket.id == Attachment.ticket_id).where(tickets)
    files.discard(db.session.scalars(query))
