"""Sprints: planning, reading, changing and giving them up (contract, section 5)."""

from typing import Any

import pytest
from flask import Flask

from punt import database
from tests.conftest import Person, details, new_sprint, new_ticket, project_id
from tests.planning import (
    SPRINTS,
    TICKETS,
    column_ids,
    complete,
    counts,
    numbers_in,
    ok,
    planned,
    put,
    sprint,
    started,
    stays,
    ticket,
)

pytestmark = pytest.mark.usefixtures("project")

UNKNOWN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
FULL = {
    "name": "The first one",
    "goal": "  Ship *it*.\n",
    "startDate": "2024-01-15T10:30:00.000Z",
    "endDate": "2024-01-29T10:30:00.000Z",
}


# Planning


def test_nothing_need_be_said_to_plan_one(app: Flask, bo: Person) -> None:
    response = bo.post(SPRINTS, {})

    assert response.status_code == 201
    made = response.json
    assert made == {
        "id": made["id"],
        "name": "Sprint 1",
        "goal": None,
        "startDate": None,
        "endDate": None,
        "status": "planning",
        "projectId": project_id(app, "PUNT"),
        "ticketCount": 0,
        "completedAt": None,
        "completedTicketCount": 0,
        "incompleteTicketCount": 0,
        "completedStoryPoints": 0,
        "incompleteStoryPoints": 0,
        "createdAt": made["createdAt"],
        "updatedAt": made["updatedAt"],
    }
    assert sprint(bo, made["id"]) == made | {"tickets": [], "ticketHistory": []}
    assert bo.get(SPRINTS).json == [made]


def test_not_even_a_body_is_needed(bo: Person) -> None:
    response = bo.post(SPRINTS)
    assert (response.status_code, response.json["name"]) == (201, "Sprint 1")


def test_every_field_may_be_given(bo: Person) -> None:
    made = planned(bo, **FULL)
    assert made == made | FULL
    assert sprint(bo, made["id"]) == made | {"tickets": [], "ticketHistory": []}


def test_dates_come_in_in_any_form_and_leave_as_utc(bo: Person) -> None:
    made = planned(bo, startDate="2024-01-15", endDate="2024-01-29T10:30:00+05:30")
    assert made["startDate"] == "2024-01-15T00:00:00.000Z"
    assert made["endDate"] == "2024-01-29T05:00:00.000Z"


@pytest.mark.parametrize(
    ("names", "following"),
    [
        (["Sprint 1"], "Sprint 2"),
        (["Sprint 2", "Sprint 1"], "Sprint 3"),
        (["Sprint 9", "Sprint 10"], "Sprint 11"),
        (["Sprint 7"], "Sprint 8"),
        (["Autumn", "My Sprint 5", "Sprint 5b", "Sprint -5", "Sprint"], "Sprint 1"),
    ],
)
def test_the_name_is_by_default_the_next_after_the_highest(
    bo: Person, names: list[str], following: str
) -> None:
    for name in names:
        planned(bo, name=name)
    assert planned(bo)["name"] == following


@pytest.mark.parametrize("name", [None, "", "  "])
def test_no_name_is_as_good_as_none_given(bo: Person, name: str | None) -> None:
    planned(bo)
    assert planned(bo, name=name)["name"] == "Sprint 2"


def test_names_count_up_in_each_project(app: Flask, bo: Person, other_project: str) -> None:
    new_sprint(app, "Sprint 7", project=other_project)
    assert planned(bo)["name"] == "Sprint 1"


def test_completed_sprints_keep_their_names(bo: Person) -> None:
    ok(complete(bo, started(bo)["id"]))
    assert planned(bo)["name"] == "Sprint 2"


def test_any_number_may_be_planned_while_one_is_active(bo: Person) -> None:
    started(bo)
    assert [planned(bo)["status"] for _ in range(2)] == ["planning", "planning"]


# Reading


@pytest.fixture
def one_of_each(bo: Person) -> dict[str, dict[str, Any]]:
    """A completed, an active and a planned sprint, in this order, by status."""
    completed = ok(complete(bo, started(bo)["id"]))
    return {"completed": completed, "active": started(bo), "planning": planned(bo)}


def test_the_list_is_complete_and_oldest_first(
    app: Flask, di: Person, one_of_each: dict[str, Any], other_project: str
) -> None:
    new_sprint(app, project=other_project)
    assert di.get(SPRINTS).json == list(one_of_each.values())
    for each in one_of_each.values():
        shown = sprint(di, each["id"])
        assert shown == each | {"tickets": [], "ticketHistory": []}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("planning", ["planning"]),
        ("active", ["active"]),
        ("completed", ["completed"]),
        ("ACTIVE", ["active"]),
        ("planning,completed", ["completed", "planning"]),
        ("active, planning,completed", ["completed", "active", "planning"]),
    ],
)
def test_the_list_may_be_narrowed_by_status(
    di: Person, one_of_each: dict[str, Any], wanted: str, found: list[str]
) -> None:
    response = di.get(SPRINTS, query_string={"status": wanted})
    assert response.json == [one_of_each[status] for status in found]


def test_a_status_that_no_sprint_has_finds_none(bo: Person) -> None:
    planned(bo)
    response = bo.get(f"{SPRINTS}?status=active")
    assert (response.status_code, response.json) == (200, [])


@pytest.mark.parametrize("query", ["status=done", "status=", "nosuch=1", "limit=0", "cursor=x"])
def test_a_wrong_or_unknown_parameter_is_refused(di: Person, query: str) -> None:
    assert details(di.get(f"{SPRINTS}?{query}")).keys() == {query.partition("=")[0]}


def test_they_come_in_pages(di: Person, one_of_each: dict[str, Any]) -> None:
    first = di.get(f"{SPRINTS}?limit=2&status=completed,active,planning")
    assert first.json == [one_of_each["completed"], one_of_each["active"]]
    assert first.headers["X-Total-Count"] == "3"
    path = first.headers["Link"].partition("/api")[2].partition(">")[0]
    rest = di.get(path)
    assert rest.json == [one_of_each["planning"]]
    assert "Link" not in rest.headers


def test_the_active_one_has_an_address_of_its_own(
    di: Person, one_of_each: dict[str, Any], other_project: str
) -> None:
    response = di.get(f"{SPRINTS}/active")
    assert (response.status_code, response.json) == (200, one_of_each["active"])


def test_no_active_one_is_null(app: Flask, bo: Person, other_project: str) -> None:
    new_sprint(app, status="active", project=other_project)
    planned(bo)
    ok(complete(bo, started(bo)["id"]))
    response = bo.get(f"{SPRINTS}/active")
    assert (response.status_code, response.text.strip()) == (200, "null")
    assert response.mimetype == "application/json"


def test_it_shows_its_tickets_as_they_show_themselves(bo: Person, cy: Person) -> None:
    first, second = planned(bo), planned(bo)
    new_ticket(cy, sprintId=first["id"], columnId=column_ids(cy)[2])
    new_ticket(cy, sprintId=second["id"])
    new_ticket(cy)
    new_ticket(cy, sprintId=first["id"], watcherIds=[cy.id])
    # By column, then position: as on the board.
    assert sprint(cy, first["id"])["tickets"] == [ticket(cy, 4), ticket(cy, 1)]


def test_its_counts_follow_its_tickets(bo: Person, cy: Person) -> None:
    todo, doing, done = column_ids(cy)
    id_ = planned(bo)["id"]
    new_ticket(cy, sprintId=id_, storyPoints=5, columnId=doing)
    new_ticket(cy, sprintId=id_, columnId=done)
    new_ticket(cy, storyPoints=100, columnId=done)
    assert counts(sprint(cy, id_)) == (2, 1, 1, 0, 5)
    put(cy, 1, columnId=done)
    assert counts(sprint(cy, id_)) == (2, 2, 0, 5, 0)
    put(cy, 2, storyPoints=3)
    put(cy, 1, columnId=todo, storyPoints=None)
    assert counts(sprint(cy, id_)) == (2, 1, 1, 3, 0)
    assert cy.delete(f"{TICKETS}/2").status_code == 200
    put(cy, 3, sprintId=id_)
    assert counts(sprint(cy, id_)) == counts(bo.get(SPRINTS).json[0]) == (2, 1, 1, 100, 0)


def test_each_in_the_list_has_its_own_counts(
    app: Flask, bo: Person, cy: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "IDS_AT_ONCE", 2)
    todo, _, done = column_ids(cy)
    over = new_sprint(app, "Over", "active")
    new_ticket(cy, sprintId=over, storyPoints=8, columnId=done)
    assert bo.post(f"{SPRINTS}/{over}/complete").status_code == 200
    expected = {over: (1, 1, 0, 8, 0), planned(bo)["id"]: (0, 0, 0, 0, 0)}
    for points in (1, 2, 3):
        id_ = planned(bo)["id"]
        new_ticket(cy, sprintId=id_, storyPoints=points, columnId=done)
        for _ in range(points):
            new_ticket(cy, sprintId=id_, storyPoints=10, columnId=todo)
        expected[id_] = (1 + points, 1, points, points, 10 * points)
    assert {each["id"]: counts(each) for each in cy.get(SPRINTS).json} == expected


# The history of its tickets


def test_a_ticket_is_added_removed_and_added_again(bo: Person, cy: Person) -> None:
    id_ = planned(bo)["id"]
    made = new_ticket(cy)
    put(cy, 1, sprintId=id_)
    (stay,) = sprint(cy, id_)["ticketHistory"]
    assert stay == {
        "ticketId": made["id"],
        "entryType": "added",
        "enteredAt": stay["enteredAt"],
        "exitedAt": None,
        "exitStatus": None,
    }
    put(cy, 1, sprintId=None)
    put(cy, 1, sprintId=id_)
    ended, again = sprint(cy, id_)["ticketHistory"]
    assert ended == stay | {"exitedAt": ended["exitedAt"], "exitStatus": "removed"}
    assert again == stay | {"enteredAt": again["enteredAt"]}
    assert stay["enteredAt"] <= ended["exitedAt"] <= again["enteredAt"]


def test_a_ticket_filed_into_a_sprint_is_added_too(bo: Person, cy: Person) -> None:
    id_ = planned(bo)["id"]
    new_ticket(cy, sprintId=id_)
    assert stays(cy, id_) == [(1, "added", None)]


def test_a_ticket_that_changes_sprints_leaves_one_and_enters_the_other(
    bo: Person, cy: Person
) -> None:
    first, second = planned(bo)["id"], started(bo)["id"]
    new_ticket(cy, sprintId=first)
    put(cy, 1, sprintId=second)
    assert stays(cy, first) == [(1, "added", "removed")]
    assert stays(cy, second) == [(1, "added", None)]


def test_tickets_moved_together_are_all_noted(bo: Person, cy: Person) -> None:
    first, second = planned(bo)["id"], planned(bo)["id"]
    for sprint_id in (first, None, second):
        new_ticket(cy, sprintId=sprint_id)
    ok(cy.patch(TICKETS, {"ticketIds": ["1", "2", "3"], "updates": {"sprintId": second}}))
    assert stays(cy, first) == [(1, "added", "removed")]
    assert sorted(stays(cy, second)) == [(1, "added", None), (2, "added", None), (3, "added", None)]


def test_what_else_happens_to_a_ticket_is_no_coming_or_going(bo: Person, cy: Person) -> None:
    id_ = planned(bo)["id"]
    new_ticket(cy, sprintId=id_)
    before = sprint(cy, id_)["ticketHistory"]
    put(cy, 1, title="New", columnId=column_ids(cy)[2], sprintId=id_)
    assert sprint(cy, id_)["ticketHistory"] == before


def test_a_refused_change_of_sprint_is_not_noted(bo: Person, cy: Person, stored: Any) -> None:
    id_ = planned(bo)["id"]
    new_ticket(cy)
    before = stored()
    assert cy.patch(f"{TICKETS}/1", {"sprintId": id_, "title": ""}).status_code == 400
    assert stored() == before


# Changing


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("name", " The second one ", "The second one"),
        ("goal", "None", "None"),
        ("goal", None, None),
        ("startDate", "2024-01-16", "2024-01-16T00:00:00.000Z"),
        ("startDate", None, None),
        ("endDate", "2024-01-28T10:30:00+01:00", "2024-01-28T09:30:00.000Z"),
        ("endDate", None, None),
    ],
)
def test_a_field_changes_and_no_other(bo: Person, field: str, given: object, kept: object) -> None:
    made, other = planned(bo, **FULL), planned(bo, **FULL)
    changed = ok(bo.patch(f"{SPRINTS}/{made['id']}", {field: given}))
    assert changed == made | {field: kept, "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] >= made["updatedAt"]
    assert bo.get(SPRINTS).json == [changed, other]


def test_it_may_be_renamed_whatever_its_status(bo: Person, one_of_each: dict[str, Any]) -> None:
    for status, each in one_of_each.items():
        renamed = ok(bo.patch(f"{SPRINTS}/{each['id']}", {"name": status.upper()}))
        assert renamed == each | {"name": status.upper(), "updatedAt": renamed["updatedAt"]}


def test_its_tickets_show_its_new_name(bo: Person, cy: Person) -> None:
    id_ = planned(bo)["id"]
    new_ticket(cy, sprintId=id_)
    ok(bo.patch(f"{SPRINTS}/{id_}", {"name": "New"}))
    assert ticket(cy, 1)["sprint"] == {"id": id_, "name": "New", "status": "planning"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        FULL,
        {"name": " The first one "},
        {"startDate": "2024-01-15T12:30:00.000900+02:00", "endDate": "2024-01-29T10:30Z"},
    ],
)
def test_a_change_of_nothing_is_none(bo: Person, stored: Any, change: dict[str, Any]) -> None:
    made = planned(bo, **FULL)
    before = stored()
    assert ok(bo.patch(f"{SPRINTS}/{made['id']}", change)) == made
    assert stored() == before


# Giving up


def test_a_planned_sprint_is_given_up(bo: Person) -> None:
    given_up, kept = planned(bo), planned(bo)
    path = f"{SPRINTS}/{given_up['id']}"
    assert ok(bo.delete(path)) == {"success": True}
    assert bo.get(path).status_code == bo.delete(path).status_code == 404
    assert bo.get(SPRINTS).json == [kept]


def test_the_tickets_of_a_given_up_sprint_go_to_the_backlog(bo: Person, cy: Person) -> None:
    given_up, kept = planned(bo)["id"], planned(bo)["id"]
    for sprint_id in (given_up, kept, given_up):
        new_ticket(cy, sprintId=sprint_id)
    before = [ticket(cy, number) for number in (1, 2, 3)]
    ok(bo.delete(f"{SPRINTS}/{given_up}"))
    after = [ticket(cy, number) for number in (1, 2, 3)]
    out = {"sprintId": None, "sprint": None}
    assert after[0] == before[0] | out | {"updatedAt": after[0]["updatedAt"]}
    assert after[1] == before[1]
    assert after[2] == before[2] | out | {"updatedAt": after[2]["updatedAt"]}
    assert stays(cy, kept) == [(2, "added", None)]


def test_a_carried_over_ticket_of_a_given_up_sprint_remembers_where_it_came_from(
    bo: Person, cy: Person
) -> None:
    first, second = started(bo)["id"], planned(bo)["id"]
    new_ticket(cy, sprintId=first)
    ok(complete(bo, first, incompleteAction="moveToNextSprint", nextSprintId=second))
    ok(bo.delete(f"{SPRINTS}/{second}"))
    left = ticket(cy, 1)
    assert (left["sprintId"], left["carriedFromSprintId"]) == (None, first)
    assert stays(cy, first) == [(1, "added", "carried_over")]


@pytest.mark.parametrize("status", ["active", "completed"])
def test_only_a_planned_sprint_can_be_given_up(
    bo: Person, cy: Person, one_of_each: dict[str, Any], stored: Any, status: str
) -> None:
    new_ticket(cy, sprintId=one_of_each["active"]["id"])
    before = stored()
    response = bo.delete(f"{SPRINTS}/{one_of_each[status]['id']}")
    assert response.status_code == 400
    assert status in response.json["error"]
    assert stored() == before


# Refusals


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-01-15", "2024-01-15"),
        ("2024-01-15", "2024-01-14T23:59:59.999Z"),
        ("2024-01-15T00:00:00+02:00", "2024-01-14T22:00:00Z"),
        # Moments are kept to the millisecond, and these are the same one.
        ("2024-01-15T10:30:00.0001Z", "2024-01-15T10:30:00.0009Z"),
    ],
)
def test_the_end_must_be_after_the_start(bo: Person, stored: Any, start: str, end: str) -> None:
    dates = {"startDate": start, "endDate": end}
    ids = [planned(bo, **given)["id"] for given in ({}, {"startDate": start}, {"endDate": end})]
    before = stored()
    assert details(bo.post(SPRINTS, dates)).keys() == {"endDate"}
    for id_, change in zip(ids, (dates, {"endDate": end}, {"startDate": start}), strict=True):
        response = bo.patch(f"{SPRINTS}/{id_}", {"name": "New", **change})
        assert details(response)["endDate"] == "End date must be after the start date"
    assert stored() == before


def test_both_dates_may_pass_what_stood_there_before(bo: Person) -> None:
    path = f"{SPRINTS}/{planned(bo, **FULL)['id']}"
    ok(bo.patch(path, {"startDate": "2025-01-01", "endDate": "2025-01-01T00:00:00.001Z"}))
    ok(bo.patch(path, {"startDate": None, "endDate": "2023-01-01"}))


NO_TEXT: list[Any] = ["nul\0", 5, True, [], {"text": "x"}]
NO_DATE: list[Any] = ["", "soon", "2024-02-30", 1705312800, True, [], {}]
WRONG: dict[str, list[Any]] = {
    "name": ["x" * 101, *NO_TEXT],
    "goal": NO_TEXT,
    "startDate": NO_DATE,
    "endDate": NO_DATE,
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_value_is_refused(bo: Person, stored: Any, field: str) -> None:
    path = f"{SPRINTS}/{planned(bo)['id']}"
    before = stored()
    for value in WRONG[field]:
        assert details(bo.post(SPRINTS, {field: value})).keys() == {field}, value
        assert details(bo.patch(path, {"name": "New", field: value})).keys() == {field}, value
    assert stored() == before


@pytest.mark.parametrize("name", [None, "", "   "])
def test_a_name_cannot_be_cleared(bo: Person, stored: Any, name: str | None) -> None:
    path = f"{SPRINTS}/{planned(bo)['id']}"
    before = stored()
    assert details(bo.patch(path, {"name": name})).keys() == {"name"}
    assert stored() == before


NOT_SETTABLE = [
    "id", "status", "projectId", "ticketCount", "completedAt", "completedTicketCount",
    "incompleteTicketCount", "completedStoryPoints", "incompleteStoryPoints", "createdAt",
    "updatedAt", "tickets", "ticketHistory", "ticketIds", "start_date", "Name",
]  # fmt: skip


@pytest.mark.parametrize("field", NOT_SETTABLE)
def test_a_field_that_may_not_be_set_is_refused(bo: Person, stored: Any, field: str) -> None:
    path = f"{SPRINTS}/{planned(bo)['id']}"
    before = stored()
    for value in ("completed", None, 1):
        assert details(bo.post(SPRINTS, {field: value})).keys() == {field}
        assert details(bo.patch(path, {"name": "New", field: value})).keys() == {field}
    assert stored() == before


def test_a_sprint_of_another_project_is_not_found(
    app: Flask, bo: Person, other_project: str, stored: Any
) -> None:
    theirs = new_sprint(app, project=other_project)
    before = stored()
    for id_ in (theirs, UNKNOWN_ID, "1", "x"):
        path = f"{SPRINTS}/{id_}"
        for response in (
            bo.get(path),
            bo.patch(path, {"name": "New"}),
            bo.delete(path),
            bo.post(f"{path}/start"),
            bo.post(f"{path}/complete"),
            bo.post(f"{path}/extend", {"newEndDate": "2030-01-01"}),
        ):
            assert (response.status_code, response.json.keys()) == (404, {"error"})
    assert stored() == before


@pytest.mark.parametrize("who", ["cy", "di"])
def test_members_and_viewers_look_but_do_not_plan(
    request: pytest.FixtureRequest, bo: Person, stored: Any, who: str
) -> None:
    person: Person = request.getfixturevalue(who)
    path = f"{SPRINTS}/{planned(bo)['id']}"
    before = stored()
    assert person.get(path).status_code == 200
    for response in (
        person.post(SPRINTS, {}),
        person.patch(path, {"name": "New"}),
        person.delete(path),
        person.post(f"{path}/start"),
    ):
        assert response.status_code == 403
    assert stored() == before


def test_no_ticket_enters_a_completed_sprint(bo: Person, cy: Person, stored: Any) -> None:
    id_ = ok(complete(bo, started(bo)["id"]))["id"]
    new_ticket(cy)
    before = stored()
    for response in (
        cy.post(TICKETS, {"title": "x", "sprintId": id_}),
        cy.patch(f"{TICKETS}/1", {"sprintId": id_}),
    ):
        assert details(response).keys() == {"sprintId"}
    bulk = cy.patch(TICKETS, {"ticketIds": ["1"], "updates": {"sprintId": id_}})
    assert details(bulk).keys() == {"updates.sprintId"}
    assert stored() == before
    assert numbers_in(cy, id_) == []
