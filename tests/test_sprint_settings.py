"""How a project runs its sprints (contract, section 5, settings)."""

from typing import Any

import pytest
from flask import Flask

from tests.conftest import Person, details, make_project, new_ticket
from tests.planning import SETTINGS, column_ids, complete, counts, ok, planned, sprint, started

pytestmark = pytest.mark.usefixtures("project")


def done_columns(who: Person) -> list[str]:
    """The names of the columns where work counts as complete."""
    names = {each["id"]: each["name"] for each in who.get("/projects/PUNT/columns").json}
    return [names[id_] for id_ in ok(who.get(SETTINGS))["doneColumnIds"]]


def mark_done(who: Person, *column_ids: str) -> None:
    """Make these the columns where work counts as complete."""
    ok(who.patch(SETTINGS, {"doneColumnIds": [*column_ids]}))


def test_a_project_starts_with_defaults(di: Person) -> None:
    response = di.get(SETTINGS)
    assert response.status_code == 200
    assert response.json == {
        "defaultSprintDuration": 2,
        "autoCarryOverIncomplete": True,
        "doneColumnIds": [column_ids(di)[2]],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"defaultSprintDuration": 1},
        {"defaultSprintDuration": 4},
        {"autoCarryOverIncomplete": False},
        {"defaultSprintDuration": 3, "autoCarryOverIncomplete": False},
    ],
)
def test_a_setting_changes_and_no_other(bo: Person, di: Person, change: dict[str, Any]) -> None:
    before = ok(bo.get(SETTINGS))
    assert ok(bo.patch(SETTINGS, change)) == before | change
    assert ok(di.get(SETTINGS)) == before | change


def test_several_columns_may_count_as_done(bo: Person) -> None:
    todo, doing, done = column_ids(bo)
    mark_done(bo, done, todo, done)
    assert done_columns(bo) == ["To Do", "Done"]
    mark_done(bo, doing)
    assert done_columns(bo) == ["In Progress"]


def test_done_columns_decide_what_is_counted_and_what_is_complete(bo: Person) -> None:
    todo, doing, done = column_ids(bo)
    id_ = started(bo)["id"]
    for points, column in enumerate((todo, doing, done), 1):
        new_ticket(bo, sprintId=id_, columnId=column, storyPoints=points)
    mark_done(bo, todo, doing)
    assert counts(sprint(bo, id_)) == (3, 2, 1, 3, 3)
    assert counts(ok(complete(bo, id_))) == (3, 2, 1, 3, 3)
    left = [each["number"] for each in sprint(bo, id_)["tickets"]]
    assert left == [1, 2]


def test_unless_marked_the_last_column_is_done_whichever_it_is(bo: Person) -> None:
    last = bo.post("/projects/PUNT/columns", {"name": "Released"}).json["id"]
    assert done_columns(bo) == ["Released"]
    ok(bo.patch(f"/projects/PUNT/columns/{last}", {"order": 0}))
    assert done_columns(bo) == ["Done"]


def test_a_marked_column_is_done_wherever_it_stands(bo: Person) -> None:
    done = column_ids(bo)[2]
    mark_done(bo, done)
    bo.post("/projects/PUNT/columns", {"name": "Released"})
    ok(bo.patch(f"/projects/PUNT/columns/{done}", {"order": 0}))
    assert done_columns(bo) == ["Done"]


def test_of_two_done_columns_one_may_be_deleted(bo: Person) -> None:
    todo, doing, _ = column_ids(bo)
    mark_done(bo, todo, doing)
    ok(bo.delete(f"/projects/PUNT/columns/{todo}"))
    assert done_columns(bo) == ["In Progress"]


def test_when_the_done_column_is_deleted_the_last_one_is_done(bo: Person) -> None:
    _, doing, done = column_ids(bo)
    id_ = planned(bo)["id"]
    new_ticket(bo, sprintId=id_, columnId=doing, storyPoints=5)
    mark_done(bo, doing)
    ok(bo.delete(f"/projects/PUNT/columns/{doing}?moveTicketsTo={done}"))
    assert done_columns(bo) == ["Done"]
    assert counts(sprint(bo, id_)) == (1, 1, 0, 5, 0)


def test_each_project_has_settings_of_its_own(app: Flask, bo: Person) -> None:
    make_project(app, "MINE", {bo: "owner"})
    before = ok(bo.get("/projects/MINE/sprints/settings"))
    ok(bo.patch(SETTINGS, {"defaultSprintDuration": 4, "autoCarryOverIncomplete": False}))
    mark_done(bo, column_ids(bo)[0])
    assert ok(bo.get("/projects/MINE/sprints/settings")) == before


def test_a_change_of_nothing_is_none(bo: Person, event_count: Any) -> None:
    mark_done(bo, column_ids(bo)[1])
    shown, events = ok(bo.get(SETTINGS)), event_count()
    for change in ({}, shown, {"defaultSprintDuration": 2}):
        assert ok(bo.patch(SETTINGS, change)) == shown
    assert event_count() == events


# Refusals

WRONG: dict[str, list[Any]] = {
    "defaultSprintDuration": [0, 5, -1, 1.5, 2.0, "2", True, None, [], {}, 2**63],
    "autoCarryOverIncomplete": [0, 1, "true", "", None, [], {}],
    "doneColumnIds": [[], None, "x", {}, 5, True],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_value_is_refused(bo: Person, stored: Any, field: str) -> None:
    before = stored()
    right = {"defaultSprintDuration": 4, "autoCarryOverIncomplete": False}
    for value in WRONG[field]:
        assert details(bo.patch(SETTINGS, right | {field: value})).keys() == {field}, value
    assert stored() == before


def test_the_columns_of_another_project_are_refused(
    bo: Person, ed: Person, other_project: str, stored: Any
) -> None:
    theirs = [each["id"] for each in ed.get("/projects/OTHER/columns").json]
    own = column_ids(bo)[0]
    before = stored()
    body = {"defaultSprintDuration": 4, "doneColumnIds": [own, theirs[2], "x"]}
    assert details(bo.patch(SETTINGS, body)).keys() == {"doneColumnIds.1", "doneColumnIds.2"}
    assert stored() == before


@pytest.mark.parametrize("value", [5, None, "", ["x"]])
def test_a_wrong_id_is_named_by_its_place(bo: Person, stored: Any, value: object) -> None:
    before = stored()
    body = {"doneColumnIds": [column_ids(bo)[0], value]}
    assert details(bo.patch(SETTINGS, body)).keys() == {"doneColumnIds.1"}
    assert stored() == before


def test_an_unknown_field_is_refused(bo: Person, stored: Any) -> None:
    before = stored()
    body = {"defaultSprintDuration": 4, "doneColumns": [], "name": "x", "sprintDuration": 2}
    assert details(bo.patch(SETTINGS, body)).keys() == {"doneColumns", "name", "sprintDuration"}
    assert stored() == before


@pytest.mark.parametrize("who", ["cy", "di"])
def test_members_and_viewers_cannot_change_them(
    request: pytest.FixtureRequest, stored: Any, who: str
) -> None:
    before = stored()
    response = request.getfixturevalue(who).patch(SETTINGS, {"defaultSprintDuration": 4})
    assert response.status_code == 403
    assert stored() == before
