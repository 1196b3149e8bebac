"""Whatever people do, sprints and tickets agree with each other (contract, section 5)."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Answer, Person, make_project
from tests.planning import counts

ACTIONS = ("moveToNextSprint", "moveToBacklog", "keepInSprint")

# Tickets and sprints are chosen by their place among those there are; -1 is the backlog.
TICKET, SPRINT, COLUMN = st.integers(0, 5), st.integers(0, 3), st.integers(0, 2)
POINTS = st.none() | st.sampled_from([0, 1, 5])
STEP = st.one_of(
    st.tuples(st.just("plan")),
    st.tuples(st.just("file"), st.integers(-1, 3), COLUMN, POINTS),
    st.tuples(st.just("assign"), TICKET, st.integers(-1, 3)),
    st.tuples(st.just("move"), TICKET, COLUMN),
    st.tuples(st.just("drop"), TICKET),
    st.tuples(st.just("start"), SPRINT),
    st.tuples(st.just("complete"), st.none() | st.sampled_from(ACTIONS), SPRINT),
    st.tuples(st.just("give_up"), SPRINT),
)
# Without these, few examples would come as far as completing a sprint with tickets in it.
BEGINNING: list[tuple[Any, ...]] = [
    ("plan",),
    ("plan",),
    ("file", 0, 0, 5),
    ("file", 0, 2, None),
    ("start", 0),
]
_examples = count(1)


@dataclass
class Team:
    """Someone who works in a project of their own, and what they remember of its sprints."""

    who: Person
    path: str
    columns: list[str] = field(default_factory=list)
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, step: tuple[Any, ...]) -> None:
        """Do something; what a rule forbids is refused, and nothing ever fails."""
        name, *arguments = step
        response = getattr(self, name)(*arguments)
        assert response is None or response.status_code in (200, 201, 400), response.text

    def plan(self) -> Answer:
        return self.who.post(f"{self.path}/sprints")

    def file(self, sprint: int, column: int, points: int | None) -> Answer:
        place = {"sprintId": self.sprint_id(sprint), "columnId": self.columns[column]}
        return self.who.post(f"{self.path}/tickets", {"title": "x", "storyPoints": points, **place})

    def assign(self, ticket: int, sprint: int) -> Answer | None:
        return self.change(ticket, {"sprintId": self.sprint_id(sprint)})

    def move(self, ticket: int, column: int) -> Answer | None:
        return self.change(ticket, {"columnId": self.columns[column]})

    def change(self, ticket: int, change: dict[str, Any]) -> Answer | None:
        path = self.ticket_path(ticket)
        return self.who.patch(path, change) if path else None

    def drop(self, ticket: int) -> Answer | None:
        path = self.ticket_path(ticket)
        return self.who.delete(path) if path else None

    def start(self, sprint: int) -> Answer | None:
        id_ = self.sprint_id(sprint)
        return self.who.post(f"{self.path}/sprints/{id_}/start") if id_ else None

    def complete(self, action: str | None, following: int) -> Answer | None:
        active = self.who.get(f"{self.path}/sprints/active").json
        if active is None:
            return None
        body = {"incompleteAction": action} if action else {}
        if action == "moveToNextSprint":
            body["nextSprintId"] = self.sprint_id(following) or ""
        response = self.who.post(f"{self.path}/sprints/{active['id']}/complete", body)
        if response.status_code == 200:
            self.ended[active["id"]] = response.json
        return response

    def give_up(self, sprint: int) -> Answer | None:
        id_ = self.sprint_id(sprint)
        return self.who.delete(f"{self.path}/sprints/{id_}") if id_ else None

    def sprint_id(self, place: int) -> str | None:
        every = self.who.get(f"{self.path}/sprints").json
        return every[place % len(every)]["id"] if every and place >= 0 else None

    def ticket_path(self, place: int) -> str | None:
        every = self.who.get(f"{self.path}/tickets").json
        return f"{self.path}/tickets/{every[place % len(every)]['id']}" if every else None


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=5, max_size=15))
def test_after_any_steps_sprints_and_tickets_agree(
    app: Flask, cy: Person, steps: list[tuple[Any, ...]]
) -> None:
    path = f"/projects/{make_project(app, f'P{next(_examples)}', {cy: 'owner'})}"
    team = Team(cy, path, [each["id"] for each in cy.get(f"{path}/columns").json])
    for step in BEGINNING + steps:
        team.take(step)
    assert_that_all_agree(team)


def assert_that_all_agree(team: Team) -> None:
    """One sprint is active at most, stays and counts are what the tickets say."""
    tickets = team.who.get(f"{team.path}/tickets").json
    listed = team.who.get(f"{team.path}/sprints").json
    sprints = [team.who.get(f"{team.path}/sprints/{each['id']}").json for each in listed]
    active = [each for each in listed if each["status"] == "active"]
    assert active in ([], [team.who.get(f"{team.path}/sprints/active").json])
    open_stays: Counter[tuple[str, str]] = Counter()
    for sprint in sprints:
        held = [ticket for ticket in tickets if ticket["sprintId"] == sprint["id"]]
        assert sprint["tickets"] == held
        assert_that_the_counts_are_right(team, sprint, held)
        open_stays.update(
            (stay["ticketId"], sprint["id"])
            for stay in sprint["ticketHistory"]
            if stay["exitedAt"] is None
        )
    places = {(ticket["id"], ticket["sprintId"]) for ticket in tickets if ticket["sprintId"]}
    under_way = {each["id"] for each in listed if each["status"] != "completed"}
    assert open_stays.keys() <= places
    assert open_stays.keys() >= {place for place in places if place[1] in under_way}
    assert set(open_stays.values()) <= {1}


def assert_that_the_counts_are_right(
    team: Team, sprint: dict[str, Any], held: list[dict[str, Any]]
) -> None:
    """Those of a completed sprint are what they were, those of another what a recount gives."""
    if sprint["id"] in team.ended:
        assert sprint == sprint | team.ended[sprint["id"]]
        return
    done, rest = (
        [each["storyPoints"] or 0 for each in held if (each["columnId"] == team.columns[2]) is side]
        for side in (True, False)
    )
    assert counts(sprint) == (len(held), len(done), len(rest), sum(done), sum(rest))
