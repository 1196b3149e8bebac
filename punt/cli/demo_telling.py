"""How the demo comes about: everything happens in its order, on a day of the past five weeks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, update

from punt.cli import demo_story as story
from punt.database import happening_at, now
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Event, Member, Project, Ticket, User
from punt.tracker import (
    columns,
    comments,
    labels,
    links,
    members,
    projects,
    sprint_completion,
    sprints,
    tickets,
)

# The days on which sprints begin, counted from today.
STARTS = (-37, -23, -9)
DAYS = 14

# How long after its beginning a ticket is looked at, and done.
REVIEWED = 1.4
DONE = 2.0

Scene = tuple[float, Callable[[], Any]]


@dataclass(frozen=True)
class Row:
    """A ticket of the story."""

    sprint: int
    type: str
    priority: str
    points: int | None
    who: str
    labels: list[str]
    title: str


def rows() -> Iterator[Row]:
    """The tickets of the story in their order."""
    for line in story.TICKETS.strip().splitlines():
        sprint, type_, priority, points, who, words, title = map(str.strip, line.split("|"))
        number = int(points) if points else None
        yield Row(int(sprint), type_, priority, number, who or "mira", words.split(), title)


class Telling:
    """A project that comes to be."""

    def __init__(
        self, values: dict[str, Any], people: dict[str, User], fellow: User | None
    ) -> None:
        self.values, self.people, self.fellow = values, people, fellow
        self.rows = list(rows())
        self.today = now()
        self.sprint_ids: dict[int, str] = {}
        self.ticket_ids: dict[str, str] = {}

    def tell(self) -> None:
        """Let everything happen that was to happen until today."""
        for day, happen in sorted(self._scenes(), key=lambda scene: scene[0]):
            if day <= 0:
                with happening_at(self.today + timedelta(days=day)):
                    happen()
        # It was written today all the same, which is when it may be forgotten from.
        told = update(Event).where(Event.project_id == self.project.id)
        db.session.execute(told.values(created_at=self.today))

    def _scenes(self) -> Iterator[Scene]:
        yield STARTS[0] - 1, self._found
        for number, start in enumerate(STARTS, 1):
            yield start - 0.5, partial(self._plan, number, start)
            yield start, partial(self._start, number)
            yield start + DAYS - 0.1, partial(self._complete, number)
            yield from self._work(number, start)
        backlog = self._of(0)
        for place, row in enumerate(backlog):
            yield STARTS[0] * (1 - place / len(backlog)), partial(self._file, row)
        yield -0.2, self._link

    def _of(self, sprint: int) -> list[Row]:
        return [row for row in self.rows if row.sprint == sprint]

    def _actor(self, who: str) -> Actor:
        return Actor(self.people[who])

    def _found(self) -> None:
        mira = self._actor("mira")
        made = projects.create(self.values, mira)
        self.project, own = projects.find(made["id"], mira.user)
        ...
