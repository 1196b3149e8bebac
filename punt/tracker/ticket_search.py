"""Which tickets a search finds: the meaning of `q` (contract, section 4)."""

import re
from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from punt.database import folded
from punt.extensions import db
from punt.models import Project, Ticket
from punt.search_index import BACKLOG, INDEX, SHORTEST_WORD, is_of, number_of, serial_of
from punt.tracker.filtering import Filter
from punt.unindexed import unindexed

# Little enough that entering it holds up nobody for long: nothing else runs meanwhile.
ROWS_AT_ONCE = 100
CHARACTERS_AT_ONCE = 100_000

_WAITING = (
    select(
        BACKLOG.c.id,
        func.coalesce(func.length(BACKLOG.c.indexed), 0)
        + func.coalesce(func.length(Ticket.search_text), 0),
    )
    .select_from(BACKLOG)
    .outerjoin(Project, Project.serial == serial_of(BACKLOG.c.id))
    .outerjoin(
        Ticket, and_(Ticket.project_id == Project.id, Ticket.number == number_of(BACKLOG.c.id))
    )
    .limit(ROWS_AT_ONCE)
)


def search(project: Project, text: str) -> Filter:
    """Every word stands in title or description, or the text is the ticket's key."""
    words = folded(text).split()
    key = re.fullmatch(rf"{project.key}-([0-9]{{1,9}})", text.strip(), re.IGNORECASE)
    number = int(key[1]) if key else None
    checks = _says(words)
    if number is not None:
        checks = or_(checks, unindexed(Ticket.number) == number)
    known = [word for word in words if len(word) >= SHORTEST_WORD]
    if not known or db.engine.dialect.name != "sqlite":
        return Filter(and_(Ticket.project_id == project.id, checks), checks)
    found = _found(project, known, number).subquery()
    hit = aliased(Ticket)
    hits = select(hit.id).join(found, found.c.number == hit.number)
    finds = Ticket.id.in_(hits.where(hit.project_id == project.id))
    if known == words:
        return Filter(finds, checks, counts=select(func.count()).select_from(found))
    return Filter(and_(finds, checks), checks)


def index_waiting() -> int:
    """Bring the index up to date about some of the tickets that wait for it; answers how many."""
    some: list[int] = []
    characters = 0
    for id_, length in db.session.execute(_WAITING):
        characters += length
        if some and characters > CHARACTERS_AT_ONCE:
            break
        some.append(id_)
    db.session.execute(delete(BACKLOG).where(BACKLOG.c.id.in_(some)))
    return len(some)


def is_behind() -> bool:
    """Whether there are tickets that wait for the index."""
    if db.engine.dialect.name != "sqlite":
        return False
    return bool(db.session.scalar(select(exists(select(BACKLOG.c.id)))))


def _says(words: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(Ticket.search_text.contains(word, autoescape=True) for word in words))


def _found(project: Project, words: Sequence[str], number: int | None) -> CompoundSelect[int]:
    """The numbers of the tickets that say all of `words`, and `number` if there is one."""
    ours = select(Ticket.number).where(Ticket.project_id == project.id)
    indexed = select(number_of(INDEX.c.rowid).label("number")).where(
        INDEX.c.text.match(" ".join(map(_phrase, words))),
        is_of(project.serial, INDEX.c.rowid),
        INDEX.c.rowid.not_in(select(BACKLOG.c.id)),
    )
    waiting = select(number_of(BACKLOG.c.id)).where(is_of(project.serial, BACKLOG.c.id))
    read = ours.where(Ticket.number.in_(waiting), _says(words))
    if number is None:
        # No ticket is in both.
        return indexed.union_all(read)
    return union(indexed, read, ours.where(Ticket.number == number))


def _phrase(word: str) -> str:
    """A word as the index takes nothing in it for an operator."""
    return '"' + word.replace('"', '""') + '"'
