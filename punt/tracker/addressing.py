"""What callers call a project and a ticket of it (contract, section 1, addressing)."""

import re
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, or_, select

from punt.database import ID_LENGTH
from punt.errors import NotFound
from punt.extensions import db
from punt.models import Member, Project, Ticket

# A number beyond this was never given out, and may not fit the database.
MOST_DIGITS = 9

_NUMBER = re.compile(rf"(?:([a-z0-9]+)-)?([0-9]{{1,{MOST_DIGITS}}})", re.IGNORECASE | re.ASCII)

_PROJECTS = cast(Table, Project.__table__)
_MEMBERS = cast(Table, Member.__table__)
_TICKETS = cast(Table, Ticket.__table__)

_OF_USER = _PROJECTS.outerjoin(
    _MEMBERS,
    and_(_MEMBERS.c.project_id == _PROJECTS.c.id, _MEMBERS.c.user_id == bindparam("user_id")),
)


@dataclass(frozen=True)
class Place:
    """A project, what a user is in it, a ticket of it if there is one, and their revisions."""

    project_id: str
    project_revision: int
    role: str | None
    ticket_id: str | None
    ticket_revision: int | None


class TicketName(NamedTuple):
    """What a ticket is called: by its id, or by its number, alone or after its project's key."""

    is_number: bool
    name: str | int
    key: str


def ticket_name(text: str) -> TicketName:
    """How `text` calls a ticket."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return TicketName(False, text, "")
    return TicketName(True, int(found[2]), (found[1] or "").upper())


def _is_named(*, by_id: bool) -> ColumnElement[bool]:
    return (_PROJECTS.c.id if by_id else _PROJECTS.c.key) == bindparam("project")


def _loading(*, by_id: bool) -> Select[Project, Member]:
    return select(Project, Member).select_from(_OF_USER).where(_is_named(by_id=by_id))


def _placing(*, by_id: bool, by_number: bool) -> Select[Any]:
    named = and_(
        _TICKETS.c.project_id == _PROJECTS.c.id,
        (_TICKETS.c.number if by_number else _TICKETS.c.id) == bindparam("ticket"),
        or_(bindparam("key") == "", _PROJECTS.c.key == bindparam("key")),
    )
    told = (_PROJECTS.c.id, _PROJECTS.c.revision, _MEMBERS.c.role)
    of_ticket = (_TICKETS.c.id, _TICKETS.c.revision)
    where = _OF_USER.outerjoin(_TICKETS, named)
    return select(*told, *of_ticket).select_from(where).where(_is_named(by_id=by_id))


# Made once: every request in a project asks one of these.
_LOADING = {by_id: _loading(by_id=by_id) for by_id in (False, True)}
_PLACING = {
    (by_id, by_number): _placing(by_id=by_id, by_number=by_number)
    for by_id, by_number in product((False, True), repeat=2)
}


def project(reference: str, user_id: str) -> tuple[Project, Member | None]:
    """The project with this id or key (in any case), and the membership of a user in it."""
    by_id, name = _read(reference)
    row = db.session.execute(_LOADING[by_id], {"project": name, "user_id": user_id}).one_or_none()
    if row is None:
        raise NotFound("Project")
    found, member = row
    return found, member


def place(reference: str, ticket: str | None, user_id: str) -> Place:
    """The same and a ticket (by id, key or number), as far as tells whether there is news."""
    by_id, name = _read(reference)
    named = ticket_name(ticket or "")
    values = {"project": name, "user_id": user_id, "ticket": named.name, "key": named.key}
    statement = _PLACING[by_id, named.is_number]
    row = db.session.connection().execute(statement, values).one_or_none()
    if row is None:
        raise NotFound("Project")
    return Place(*row)


def _read(reference: str) -> tuple[bool, str]:
    """Whether `reference` is the id of a project, and what to look for."""
    if not reference.isascii():
        # Some letters of other scripts would become ours in upper case.
        raise NotFound("Project")
    is_id = len(reference) == ID_LENGTH
    return is_id, reference if is_id else reference.upper()
