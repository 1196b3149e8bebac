"""What others hear of sprints: events, history, ETags (contract, sections 1, 4, 5 and 6)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from punt.extensions import db
from punt.models import Event
from tests.conftest import Person, new_ticket
from tests.planning import (
    SETTINGS,
    SPRINTS,
    TICKETS,
    column_ids,
    complete,
    extend,
    ok,
    planned,
    put,
    start,
    started,
    ticket,
)

pytestmark = pytest.mark.usefixtures("project")

Told = list[tuple[str, Any]]


@pytest.fixture
def told(app: Flask, project: str) -> Callable[[], Told]:
    """Answers the types and data of the events since it was last asked."""
    seen = 0

    def read() -> Told:
        nonlocal seen
        with app.app_context():
            query = select(Event).where(Event.id > seen).order_by(Event.id)
            found = list(db.session.scalars(query))
        seen = found[-1].id if found else seen
        return [(each.type, json.loads(each.data)) for each in found]

    read()
    return read


@pytest.fixture
def active(bo: Person, cy: Person) -> str:
    """The id of an active sprint with 1 done, and 2 and 3 not."""
    id_ = started(bo)["id"]
    for column in (2, 0, 1):
        new_ticket(cy, sprintId=id_, columnId=column_ids(cy)[column])
    return id_


def test_each_step_of_a_sprint_is_told_as_it_was_answered(
    bo: Person, told: Callable[[], Told]
) -> None:
    made = planned(bo)
    assert told() == [("sprint.created", made)]
    path = f"{SPRINTS}/{made['id']}"
    renamed = ok(bo.patch(path, {"name": "New"}))
    assert told() == [("sprint.updated", renamed)]
    begun = ok(start(bo, made["id"]))
    assert told() == [("sprint.started", begun)]
    extended = ok(extend(bo, made["id"], "2999-01-01"))
    assert told() == [("sprint.updated", extended)]
    ended = ok(complete(bo, made["id"]))
    assert told() == [("sprint.completed", ended)]


@pytest.mark.parametrize("action", ["moveToNextSprint", "moveToBacklog"])
def test_completing_tells_of_each_ticket_that_moves_once(
    bo: Person, active: str, told: Callable[[], Told], action: str
) -> None:
    following = planned(bo)["id"]
    next_ = {"nextSprintId": following} if action == "moveToNextSprint" else {}
    told()
    ended = ok(complete(bo, active, incompleteAction=action, **next_))
    assert told() == [
        ("ticket.updated", ticket(bo, 2)),
        ("ticket.updated", ticket(bo, 3)),
        ("sprint.completed", ended),
    ]


def test_completing_by_the_settings_tells_the_same(
    bo: Person, active: str, told: Callable[[], Told]
) -> None:
    planned(bo)
    told()
    ok(complete(bo, active))
    types = [type_ for type_, _ in told()]
    assert types == ["ticket.updated", "ticket.updated", "sprint.completed"]


def test_of_tickets_that_stay_nothing_is_told(
    bo: Person, active: str, told: Callable[[], Told]
) -> None:
    told()
    ended = ok(complete(bo, active, incompleteAction="keepInSprint"))
    assert told() == [("sprint.completed", ended)]


def test_giving_up_tells_of_its_tickets_and_of_its_end(
    bo: Person, cy: Person, told: Callable[[], Told]
) -> None:
    id_ = planned(bo)["id"]
    new_ticket(cy, sprintId=id_)
    new_ticket(cy)
    told()
    ok(bo.delete(f"{SPRINTS}/{id_}"))
    assert told() == [("ticket.updated", ticket(bo, 1)), ("sprint.deleted", {"id": id_})]


def test_new_settings_are_told_as_a_change_of_the_project(
    bo: Person, told: Callable[[], Told]
) -> None:
    ok(bo.patch(SETTINGS, {"defaultSprintDuration": 4}))
    assert [type_ for type_, _ in told()] == ["project.updated"]


def test_every_event_of_a_completion_carries_the_tab(app: Flask, bo: Person, active: str) -> None:
    ok(bo.post(f"{SPRINTS}/{active}/complete", headers={"X-Tab-Id": "tab-7"}))
    with app.app_context():
        tabs = db.session.scalars(select(Event.tab_id).order_by(Event.id.desc()).limit(4)).all()
    assert tabs == ["tab-7", "tab-7", "tab-7", None]


# History


@pytest.mark.parametrize("action", ["moveToNextSprint", "moveToBacklog"])
def test_a_move_by_completion_stands_in_the_history(bo: Person, active: str, action: str) -> None:
    name = "Sprint 2" if action == "moveToNextSprint" else None
    next_ = {"nextSprintId": planned(bo)["id"]} if name else {}
    ok(complete(bo, active, incompleteAction=action, **next_))
    (entry,) = bo.get(f"{TICKETS}/2/history").json
    assert (entry["field"], entry["oldValue"], entry["newValue"]) == ("sprintId", "Sprint 1", name)
    assert entry["changedBy"] == {"id": bo.id, "name": "bo"}
    assert bo.get(f"{TICKETS}/1/history").json == []


def test_the_name_of_a_given_up_sprint_stays_in_the_history(bo: Person, cy: Person) -> None:
    id_ = planned(bo)["id"]
    new_ticket(cy)
    put(cy, 1, sprintId=id_)
    ok(bo.delete(f"{SPRINTS}/{id_}"))
    values = [(each["oldValue"], each["newValue"]) for each in bo.get(f"{TICKETS}/1/history").json]
    assert values == [("Sprint 1", None), (None, "Sprint 1")]


# ETags


def tags(who: Person, sprint_id: str) -> dict[str, str]:
    """The ETags of whatever shows a sprint."""
    paths = (
        SPRINTS,
        f"{SPRINTS}/active",
        SETTINGS,
        f"{SPRINTS}/{sprint_id}",
        TICKETS,
        f"{TICKETS}/1",
    )
    return {path: who.get(path).headers["ETag"] for path in paths}


STEPS: dict[str, Callable[[Person, str], Any]] = {
    "plan": lambda bo, id_: planned(bo),
    "rename": lambda bo, id_: ok(bo.patch(f"{SPRINTS}/{id_}", {"name": "New"})),
    "extend": lambda bo, id_: ok(extend(bo, id_, "2999-01-01")),
    "complete": lambda bo, id_: ok(complete(bo, id_)),
    "keep": lambda bo, id_: ok(complete(bo, id_, incompleteAction="keepInSprint")),
    "set": lambda bo, id_: ok(bo.patch(SETTINGS, {"doneColumnIds": column_ids(bo)})),
    "move": lambda bo, id_: put(bo, 3, sprintId=None),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_makes_kept_answers_stale(bo: Person, active: str, step: str) -> None:
    before = tags(bo, active)
    for path, tag in before.items():
        assert bo.get(path, headers={"If-None-Match": tag}).status_code == 304
    STEPS[step](bo, active)
    for path, tag in before.items():
        assert bo.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_starting_and_giving_up_make_kept_answers_stale(bo: Person, cy: Person) -> None:
    first, second = planned(bo)["id"], planned(bo)["id"]
    new_ticket(cy, sprintId=first)
    before = tags(cy, first)
    ok(start(bo, first))
    begun = tags(cy, first)
    ok(bo.delete(f"{SPRINTS}/{second}"))
    after = tags(cy, first)
    for path in before:
        assert len({before[path], begun[path], after[path]}) == 3


def test_a_ticket_that_a_completion_moved_has_changed_since(bo: Person, active: str) -> None:
    moved, stayed = (
        {"If-Match": bo.get(f"{TICKETS}/{number}").headers["ETag"]} for number in (2, 1)
    )
    ok(complete(bo, active))
    assert bo.patch(f"{TICKETS}/2", {"title": "New"}, headers=moved).status_code == 412
    assert bo.patch(f"{TICKETS}/1", {"title": "New"}, headers=stayed).status_code == 200


def test_refusals_are_not_told(bo: Person, active: str, told: Callable[[], Told]) -> None:
    told()
    for response in (
        start(bo, active),
        extend(bo, active, "2001-01-01"),
        bo.delete(f"{SPRINTS}/{active}"),
        complete(bo, active, incompleteAction="moveToNextSprint", nextSprintId=active),
    ):
        assert response.status_code == 400
    assert told() == []
