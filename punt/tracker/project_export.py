"""All that is in a project, in words that mean the same on another server: no ids."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import select

from punt.database import slices
from punt.extensions import db
from punt.models import (
    Attachment,
    Column,
    Comment,
    Label,
    Link,
    Member,
    Project,
    Segment,
    Sprint,
    SprintEntry,
    Ticket,
    TicketChange,
    User,
    ticket_labels,
    ticket_watchers,
)
from punt.tracker.segments import ORDER

Values = dict[str, Any]


def named(reference: str) -> Project | None:
    """The project with this key, in any case, or id."""
    found = (Project.key == reference.upper()) | (Project.id == reference)
    return db.session.scalar(select(Project).where(found))


class Export:
    """One project as it is now; what refers to something else does so by place, number or name."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._usernames = dict(self._rows(select(User.id, User.username)))
        self._columns = self._all(Column, Column.position)
        self._sprints = self._all(Sprint, Sprint.id)
        self._labels = self._all(Label, Label.name_key)
        self._column_places = {each.id: place for place, each in enumerate(self._columns)}
        self._sprint_places = {each.id: place for place, each in enumerate(self._sprints)}
        numbers = select(Ticket.id, Ticket.number).where(Ticket.project_id == project.id)
        self._numbers = dict(self._rows(numbers.order_by(Ticket.number)))

    @property
    def ticket_count(self) -> int:
        """How many tickets there are."""
        return len(self._numbers)

    def members(self) -> list[Values]:
        """Who belongs to it, in the order in which they joined."""
        return [
            vars(member) | {"username": self._usernames[member.user_id]}
            for member in self._all(Member, Member.id)
        ]

    def columns(self) -> list[Values]:
        """The columns from left to right."""
        return [vars(column) for column in self._columns]

    def labels(self) -> list[Values]:
        """The labels by name."""
        return [vars(label) for label in self._labels]

    def sprints(self) -> Iterator[Values]:
        """The sprints, oldest first, each with the stays in it."""
        for sprint in self._sprints:
            query = select(SprintEntry).where(SprintEntry.sprint_id == sprint.id)
            stays = db.session.scalars(query.order_by(SprintEntry.id))
            entries = [vars(stay) | {"ticket": self._numbers[stay.ticket_id]} for stay in stays]
            yield vars(sprint) | {"entries": entries}

    def tickets(self) -> Iterator[Values]:
        """The tickets by number, each with its comments and its history."""
        for some in slices(list(self._numbers)):
            beside = {
                "labels": self._labels_of(some),
                "watchers": self._watchers_of(some),
                "comments": self._comments_of(some),
                "history": self._history_of(some),
            }
            query = select(*Ticket.__table__.columns, ORDER.label("order"))
            query = query.join(Segment, Segment.id == Ticket.segment_id).where(Ticket.id.in_(some))
            for row in db.session.execute(query.order_by(Ticket.number)).mappings():
                own = {name: found[row["id"]] for name, found in beside.items()}
                yield self._ticket(row) | own

    def _ticket(self, row: Any) -> Values:
        return {
            **row,
            "column": self._column_places[row["column_id"]],
            "creator": self._usernames.get(row["creator_id"]),
            "assignee": self._usernames.get(row["assignee_id"]),
            "sprint": self._sprint_places.get(row["sprint_id"]),
            "carried_from_sprint": self._sprint_places.get(row["carried_from_sprint_id"]),
            "parent": self._numbers.get(row["parent_id"]),
        }

    def _labels_of(self, ids: Sequence[str]) -> dict[str, list[Any]]:
        names, table = {label.id: label.name for label in self._labels}, ticket_labels.c
        query = select(table.ticket_id, table.label_id).where(table.ticket_id.in_(ids))
        found = [(ticket_id, names[label_id]) for ticket_id, label_id in self._rows(query)]
        return _grouped(sorted(found, key=lambda pair: pair[1].casefold()))

    def _watchers_of(self, ids: Sequence[str]) -> dict[str, list[Any]]:
        table = ticket_watchers.c
        query = select(table.ticket_id, table.user_id).where(table.ticket_id.in_(ids))
        found = [(ticket_id, self._usernames[user_id]) for ticket_id, user_id in self._rows(query)]
        return _grouped(sorted(found, key=lambda pair: pair[1].casefold()))

    def _comments_of(self, ids: Sequence[str]) -> dict[str, list[Any]]:
        columns = Comment.__table__.columns
        query = select(*columns).where(Comment.ticket_id.in_(ids)).order_by(Comment.id)
        return _grouped(
            (row["ticket_id"], {**row, "author": self._usernames.get(row["author_id"])})
            for row in db.session.execute(query).mappings()
        )

    def _history_of(self, ids: Sequence[str]) -> dict[str, list[Any]]:
        columns = TicketChange.__table__.columns
        query = select(*columns).where(TicketChange.ticket_id.in_(ids)).order_by(TicketChange.id)
        return _grouped(
            (row["ticket_id"], self._change(row)) for row in db.session.execute(query).mappings()
        )

    def _change(self, row: Any) -> Values:
        return {
            "field": row["field"],
            "old_value": orjson.loads(row["old_value"]),
            "new_value": orjson.loads(row["new_value"]),
            "changed_by": self._usernames.get(row["user_id"]),
            "changed_at": row["created_at"],
        }

    def links(self) -> Iterator[Values]:
        """The links, oldest first."""
        query = select(Link).where(
            Link.source_id.in_(select(Ticket.id).where(Ticket.project_id == self.project.id))
        )
        for link in db.session.scalars(query.order_by(Link.id)):
            ends = self._numbers[link.source_id], self._numbers[link.target_id]
            # What reads the same from both ends is told from the older ticket.
            source, target = sorted(ends) if link.link_type == "relates_to" else ends
            yield vars(link) | {"source": source, "target": target}

    def attachments(self) -> Iterator[Values]:
        """The files on tickets, oldest first, without their content."""
        query = select(Attachment).join(Ticket, Ticket.id == Attachment.ticket_id)
        query = query.where(Ticket.project_id == self.project.id).order_by(Attachment.id)
        for each in db.session.scalars(query):
            yield vars(each) | {
                "ticket": self._numbers[each.ticket_id],
                "uploader": self._usernames.get(each.uploader_id),
            }

    def _all(self, model: Any, order: Any) -> Sequence[Any]:
        query = select(model).where(model.project_id == self.project.id).order_by(order)
        return db.session.scalars(query).all()

    def _rows(self, query: Any) -> Sequence[Any]:
        return db.session.execute(query).all()


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
