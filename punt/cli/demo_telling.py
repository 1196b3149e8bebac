"""How the demo comes about: everything happens in its order, on a day of the past five weeks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select, update

from punt.cli import demo_story as story
from punt.database import happening_at, now
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Event, Project, Ticket, User
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
        title = title.removeprefix("> ")
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
        self.label_ids: dict[str, str] = {}
        self.last_title = ""

    def tell(self) -> None:
        """Let everything happen that was to happen until today."""
        newest = db.session.scalar(select(func.max(Event.id))) or 0
        for day, happen in sorted(self._scenes(), key=lambda scene: scene[0]):
            if day <= 0:
                with happening_at(self.today + timedelta(days=day)):
                    happen()
        # It was written today all the same, which is when it may be forgotten from.
        told = update(Event).where(Event.id > newest)
        db.session.execute(told.values(created_at=self.today))

    def _scenes(self) -> Iterator[Scene]:
        yield STARTS[0] - 1, self._found
        for number, start in enumerate(STARTS, 1):
            yield start - 0.5, partial(self._plan, number, start)
            yield start, partial(self._start, number)
            yield start + DAYS - 0.1, partial(self._complete, number)
            planned = self._of(number)
            for place, row in enumerate(planned):
                yield from self._work(row, start + 0.3 + place * (DAYS - 3) / len(planned))
        backlog = self._of(0)
        for place, row in enumerate(backlog):
            yield STARTS[0] * (1 - place / len(backlog)), partial(self._file, row)
            yield -1, partial(self._discuss, row)
        yield -0.5, self._link

    def _work(self, row: Row, begin: float) -> Iterator[Scene]:
        late = DAYS if row.title in story.LATE else 0
        yield begin, partial(self._move, row, "In Progress")
        yield begin + 0.6, partial(self._discuss, row)
        yield begin + late + REVIEWED, partial(self._move, row, "Review")
        yield begin + late + DONE, partial(self._move, row, "Done")

    def _of(self, sprint: int) -> list[Row]:
        return [row for row in self.rows if row.sprint == sprint]

    def _actor(self, who: str) -> Actor:
        return Actor(self.people[who].id)

    def _found(self) -> None:
        mira = self._actor("mira")
        made = projects.create(self.values, mira)
        self.project = db.session.get_one(Project, made["id"])
        own = members.list_of(self.project)[0]
        roles = [(self.people[who], story.PEOPLE[who][2]) for who in ("tom", "ines")]
        for user, role in [*roles, *([(self.fellow, "owner")] if self.fellow else [])]:
            members.add(self.project, own, {"user_id": user.id, "role": role}, mira)
        columns.create(self.project, {"name": "Review", "order": 2, "wip_limit": 3}, mira)
        self.column_ids = {each.name: each.id for each in columns.in_order(self.project)}
        for name in story.LABELS:
            self.label_ids[name] = labels.create(self.project, {"name": name}, mira).id
        for label, title in story.EPICS.items():
            self._file(Row(0, "Epic", "High", None, "mira", [label], title))

    def _plan(self, number: int, start: int) -> None:
        begin = self.today + timedelta(days=start)
        values = {
            "goal": story.GOALS[number - 1],
            "start_date": begin,
            "end_date": begin + timedelta(days=DAYS),
        }
        made = sprints.create(self.project, values, self._actor("tom"))
        self.sprint_ids[number] = made["id"]
        for row in self._of(number):
            self._file(row)

    def _start(self, number: int) -> None:
        sprint = sprints.get(self.project, self.sprint_ids[number])
        sprints.start(self.project, sprint, {}, self._actor("tom"))

    def _complete(self, number: int) -> None:
        sprint = sprints.get(self.project, self.sprint_ids[number])
        sprint_completion.complete(self.project, sprint, None, None, self._actor("tom"))

    def _file(self, row: Row) -> None:
        above = story.EPICS[row.labels[0]] if row.type != "Subtask" else self.last_title
        values = {
            "title": row.title,
            "type": row.type,
            "priority": row.priority,
            "story_points": row.points,
            "label_ids": [self.label_ids[name] for name in row.labels],
            "parent_id": self.ticket_ids.get(above),
            "sprint_id": self.sprint_ids.get(row.sprint),
        }
        made = tickets.create(self.project, values, self._actor(row.who))
        self.ticket_ids[row.title] = made["id"]
        self.last_title = row.title

    def _ticket(self, title: str) -> Ticket:
        return db.session.get_one(Ticket, self.ticket_ids[title])

    def _move(self, row: Row, column: str) -> None:
        actor = self._actor(row.who)
        values = {"column_id": self.column_ids[column], "assignee_id": actor.user_id}
        tickets.update(self.project, self._ticket(row.title), values, actor)

    def _discuss(self, row: Row) -> None:
        for who, text in story.COMMENTS.get(row.title, ()):
            comments.create(self.project, self._ticket(row.title), text, self._actor(who))

    def _link(self) -> None:
        for source, type_, target in story.LINKS:
            target_id = self.ticket_ids[target]
            actor = self._actor("mira")
            links.connect(self.project, self._ticket(source), target_id, type_, actor)
