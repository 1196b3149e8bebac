"""Making a project of what another one was exported as."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, cast

import orjson
from sqlalchemy import Table, bindparam, insert, select, update

from punt.database import Base, folded, new_id, now
from punt.errors import RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import (
    Attachment,
    Column,
    Comment,
    Label,
    Link,
    Member,
    Project,
    Sprint,
    SprintEntry,
    Ticket,
    TicketChange,
    User,
    ticket_labels,
    ticket_watchers,
)
from punt.tracker import ordering, projects
from punt.tracker.links import as_kept
from punt.tracker.permissions import OWNER
from punt.tracker.project_checks import Document, Values
from punt.tracker.segments import Place
from punt.tracker.tickets import search_text


def strangers(document: Document) -> list[str]:
    """The user names in a document that nobody has here."""
    known = _people()
    return sorted({name for name in _names(document) if name and folded(name) not in known})


def _names(document: Document) -> Iterable[str | None]:
    yield from (member["username"] for member in document.members)
    yield from (attachment["uploader"] for attachment in document.attachments)
    for ticket in document.tickets:
        yield from (ticket["creator"], ticket["assignee"], *ticket["watchers"])
        yield from (comment["author"] for comment in ticket["comments"])
        yield from (change["changed_by"] for change in ticket["history"])


def _people() -> dict[str, str]:
    rows: Any = db.session.execute(select(User.username_key, User.id))
    return dict(rows.all())


def write(document: Document, key: str, owner: User | None) -> Project:
    """A new project under `key`, with all that is in the document, which must have been checked.

    People are found by their user names; where one is not, nobody takes their place. `owner` is
    one in any case. `RuleBroken` when the key is taken, or nobody would own the project.
    """
    projects.require_free(key)
    project = Project(**{**document.project, "key": key})
    db.session.add(project)
    db.session.flush()
    writing = _Writing(document, project)
    actor = writing.members(owner)
    writing.board()
    writing.tickets()
    writing.around_tickets()
    _tell(project, actor)
    return project


def _tell(project: Project, actor: Actor) -> None:
    member = db.session.scalars(
        select(Member).where(Member.project_id == project.id, Member.user_id == actor.user_id)
    ).one()
    shown, recipients = projects.shown(project, member), projects.member_ids(project)
    event_id = log.record("project.created", shown, actor, project=project, recipients=recipients)
    theirs = update(Ticket).where(Ticket.project_id == project.id)
    db.session.execute(theirs.values(revision=event_id))


class _Writing:
    """The ids that things get, for what refers to them."""

    def __init__(self, document: Document, project: Project) -> None:
        self.document, self.project = document, project
        self.people = _people()
        self.column_ids = [new_id() for _ in document.columns]
        self.sprint_ids = [new_id() for _ in document.sprints]
        self.label_ids = {folded(label["name"]): new_id() for label in document.labels}
        numbers = sorted(ticket["number"] for ticket in document.tickets)
        self.ticket_ids = {number: new_id() for number in numbers}
        # In each column, from the top.
        self.places: dict[int, list[Place]] = {}

    def _person(self, username: str | None) -> str | None:
        return self.people.get(folded(username)) if username else None

    def _sprint(self, place: int | None) -> str | None:
        return None if place is None else self.sprint_ids[place]

    def members(self, owner: User | None) -> Actor:
        """The members who are known here; answers whose doing all this is."""
        within = {"project_id": self.project.id}
        rows: dict[str, Values] = {}
        for member in self.document.members:
            if user_id := self._person(member["username"]):
                rows[user_id] = {**member, **within, "user_id": user_id}
        if owner:
            kept = rows.get(owner.id, {"created_at": now()})
            rows[owner.id] = {**kept, **within, "user_id": owner.id, "role": OWNER}
        owners = [user_id for user_id, row in rows.items() if row["role"] == OWNER]
        if not owners:
            raise RuleBroken("None of its owners has an account here: name one with --owner")
        _insert(Member, rows.values())
        return Actor(owner.id if owner else owners[0])

    def board(self) -> None:
        """Columns, labels and sprints."""
        within = {"project_id": self.project.id}
        columns = zip(self.column_ids, self.document.columns, strict=True)
        _insert(
            Column,
            (
                {**column, **within, "id": id_, "position": place}
                for place, (id_, column) in enumerate(columns)
            ),
        )
        labels = zip(self.label_ids.items(), self.document.labels, strict=True)
        _insert(
            Label,
            ({**label, **within, "id": id_, "name_key": key} for (key, id_), label in labels),
        )
        sprints = zip(self.sprint_ids, self.document.sprints, strict=True)
        _insert(Sprint, ({**sprint, **within, "id": id_} for id_, sprint in sprints))

    def tickets(self) -> None:
        """The tickets, with what they carry and who watches them."""
        heights = Counter(ticket["column"] for ticket in self.document.tickets)
        for column, height in heights.items():
            self.places[column] = ordering.make_room(self.column_ids[column], None, height)
        tickets = sorted(self.document.tickets, key=lambda ticket: int(ticket["number"]))
        _insert(Ticket, map(self._ticket, tickets))
        children = [
            {"child": self.ticket_ids[each["number"]], "parent": self.ticket_ids[each["parent"]]}
            for each in tickets
            if each["parent"]
        ]
        if children:
            # Only now that all of them are there: a parent may have the higher number.
            own = update(_table(Ticket)).where(_table(Ticket).c.id == bindparam("child"))
            db.session.execute(own.values(parent_id=bindparam("parent")), children)
        _insert(ticket_labels, chain.from_iterable(map(self._labels, tickets)))
        _insert(ticket_watchers, chain.from_iterable(map(self._watchers, tickets)))

    def _labels(self, ticket: Values) -> Iterator[Values]:
        for name in ticket["labels"]:
            label_id = self.label_ids[folded(name)]
            yield {"ticket_id": self.ticket_ids[ticket["number"]], "label_id": label_id}

    def _watchers(self, ticket: Values) -> Iterator[Values]:
        for name in ticket["watchers"]:
            if user_id := self._person(name):
                yield {"ticket_id": self.ticket_ids[ticket["number"]], "user_id": user_id}

    def _ticket(self, ticket: Values) -> Values:
        return {
            **ticket,
            "id": self.ticket_ids[ticket["number"]],
            "project_id": self.project.id,
            "search_text": search_text(ticket["title"], ticket["description"]),
            "is_labelled": bool(ticket["labels"]),
            "column_id": self.column_ids[ticket["column"]],
            **self.places[ticket["column"]][ticket["order"]]._asdict(),
            "creator_id": self._person(ticket["creator"]),
            "assignee_id": self._person(ticket["assignee"]),
            "sprint_id": self._sprint(ticket["sprint"]),
            "carried_from_sprint_id": self._sprint(ticket["carried_from_sprint"]),
        }

    def around_tickets(self) -> None:
        """What was said and done, and the files."""
        tickets = self.document.tickets
        _insert(Comment, chain.from_iterable(map(self._comments, tickets)))
        _insert(TicketChange, chain.from_iterable(map(self._history, tickets)))
        _insert(SprintEntry, self._entries())
        _insert(Link, map(self._link, self.document.links))
        _insert(Attachment, map(self._attachment, self.document.attachments))

    def _comments(self, ticket: Values) -> Iterator[Values]:
        ticket_id = self.ticket_ids[ticket["number"]]
        for comment in ticket["comments"]:
            author_id = self._person(comment["author"])
            yield {**comment, "ticket_id": ticket_id, "author_id": author_id}

    def _history(self, ticket: Values) -> Iterator[Values]:
        for change in ticket["history"]:
            yield {
                "ticket_id": self.ticket_ids[ticket["number"]],
                "field": change["field"],
                "old_value": orjson.dumps(change["old_value"]).decode(),
                "new_value": orjson.dumps(change["new_value"]).decode(),
                "user_id": self._person(change["changed_by"]),
                "created_at": change["changed_at"],
            }

    def _entries(self) -> Iterator[Values]:
        for sprint_id, sprint in zip(self.sprint_ids, self.document.sprints, strict=True):
            for entry in sprint["entries"]:
                ticket_id = self.ticket_ids[entry["ticket"]]
                yield {**entry, "sprint_id": sprint_id, "ticket_id": ticket_id}

    def _link(self, link: Values) -> Values:
        ends = self.ticket_ids[link["source"]], self.ticket_ids[link["target"]]
        source_id, target_id, link_type = as_kept(*ends, link["link_type"])
        kept = {"source_id": source_id, "target_id": target_id, "link_type": link_type}
        return {**kept, "created_at": link["created_at"]}

    def _attachment(self, attachment: Values) -> Values:
        return {
            **attachment,
            "ticket_id": self.ticket_ids[attachment["ticket"]],
            "uploader_id": self._person(attachment["uploader"]),
        }


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _insert(into: type[Base] | Table, rows: Iterable[Values]) -> None:
    """Insert rows, of which what has no column is left out."""
    table = into if isinstance(into, Table) else _table(into)
    names = set(table.columns.keys())
    kept = [{name: row[name] for name in names & row.keys()} for row in rows]
    if kept:
        db.session.execute(insert(table), kept)
