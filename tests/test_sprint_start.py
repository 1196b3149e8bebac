"""Starting a sprint, and giving it more time (contract, section 5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from punt.database import iso, now
from tests.conftest import Answer, Person, details, new_sprint, new_ticket
from tests.planning import (
    SETTINGS,
    SPRINTS,
    complete,
    extend,
    ok,
    planned,
    sprint,
    start,
    started,
    ticket,
)

pytestmark = pytest.mark.usefixtures("project")

DATES = {"startDate": "2024-01-15T10:30:00.000Z", "endDate": "2024-01-29T10:30:00.000Z"}
OTHER_DATES = {"startDate": "2024-02-01T00:00:00.000Z", "endDate": "2024-02-03T00:00:00.000Z"}


def dates(shown: dict[str, Any]) -> dict[str, str]:
    """When a sprint begins and ends."""
    return {name: shown[name] for name in DATES}


def length(shown: dict[str, Any]) -> timedelta:
    """How long a sprint takes."""
    begin, end = (datetime.fromisoformat(shown[name]) for name in DATES)
    return end - begin


def test_it_starts_now_and_takes_two_weeks(bo: Person) -> None:
    made = planned(bo, goal="Ship it")
    before = iso(now())
    response = bo.post(f"{SPRINTS}/{made['id']}/start")

    assert response.status_code == 200
    begun = response.json
    changed = {"status": "active", "updatedAt": begun["updatedAt"], **dates(begun)}
    assert begun == made | changed
    assert before <= begun["startDate"] <= iso(now())
    assert length(begun) == timedelta(weeks=2)
    assert sprint(bo, made["id"]) == begun | {"tickets": [], "ticketHistory": []}
    assert bo.get(f"{SPRINTS}/active").json == begun


@pytest.mark.parametrize("weeks", [1, 2, 3, 4])
def test_it_takes_as_long_as_the_project_says(bo: Person, weeks: int) -> None:
    ok(bo.patch(SETTINGS, {"defaultSprintDuration": weeks}))
    assert length(started(bo)) == timedelta(weeks=weeks)


def test_planned_dates_are_kept(bo: Person) -> None:
    assert dates(ok(start(bo, planned(bo, **DATES)["id"]))) == DATES


def test_given_dates_go_before_planned_ones(bo: Person) -> None:
    id_ = planned(bo, **DATES)["id"]
    assert dates(ok(start(bo, id_, **OTHER_DATES))) == OTHER_DATES
    assert dates(sprint(bo, id_)) == OTHER_DATES


@pytest.mark.parametrize("name", DATES)
def test_one_given_date_leaves_the_other_as_planned(bo: Person, name: str) -> None:
    change = {name: "2024-01-20T00:00:00.000Z"}
    assert dates(ok(start(bo, planned(bo, **DATES)["id"], **change))) == DATES | change


def test_a_given_start_is_what_the_duration_counts_from(bo: Person) -> None:
    begun = ok(start(bo, planned(bo)["id"], startDate="2024-02-20"))
    assert begun["endDate"] == "2024-03-05T00:00:00.000Z"


def test_a_planned_start_is_what_the_duration_counts_from(bo: Person) -> None:
    begun = started(bo, startDate="2024-02-20")
    assert dates(begun) == {
        "startDate": "2024-02-20T00:00:00.000Z",
        "endDate": "2024-03-05T00:00:00.000Z",
    }


@pytest.mark.parametrize("when", ["planned", "given"])
def test_with_an_end_only_it_starts_now(bo: Person, when: str) -> None:
    end = {"endDate": "2999-01-01T00:00:00.000Z"}
    before = iso(now())
    begun = started(bo, **end) if when == "planned" else ok(start(bo, planned(bo)["id"], **end))
    assert begun["endDate"] == end["endDate"]
    assert before <= begun["startDate"] <= iso(now())


def test_its_tickets_show_that_it_is_active_and_are_otherwise_untouched(
    bo: Person, cy: Person
) -> None:
    id_ = planned(bo)["id"]
    made = new_ticket(cy, sprintId=id_)
    history = sprint(cy, id_)["ticketHistory"]
    ok(start(bo, id_))
    active = {"id": id_, "name": "Sprint 1", "status": "active"}
    assert ticket(cy, 1) == made | {"sprint": active}
    assert cy.get("/projects/PUNT/tickets/1/history").json == []
    assert sprint(cy, id_)["ticketHistory"] == history


def test_when_one_is_completed_the_next_may_start(bo: Person) -> None:
    ok(complete(bo, started(bo)["id"]))
    assert started(bo)["status"] == "active"


def test_each_project_has_an_active_sprint_of_its_own(
    app: Flask, bo: Person, other_project: str
) -> None:
    new_sprint(app, status="active", project=other_project)
    assert started(bo)["status"] == "active"


# Refusals


@pytest.mark.parametrize("status", ["active", "completed"])
def test_only_a_planned_sprint_can_be_started(bo: Person, stored: Any, status: str) -> None:
    id_ = started(bo)["id"]
    if status == "completed":
        ok(complete(bo, id_))
    before = stored()
    refused(start(bo, id_), status)
    refused(start(bo, id_, **OTHER_DATES), status)
    assert stored() == before


def test_a_second_sprint_cannot_be_active(bo: Person, stored: Any) -> None:
    active, waiting = started(bo, name="The first one"), planned(bo)
    before = stored()
    refused(start(bo, waiting["id"]), "The first one")
    assert stored() == before
    assert bo.get(f"{SPRINTS}/active").json == active


def refused(response: Answer, naming: str) -> None:
    """Asserts that a rule forbids it, and says why."""
    assert (response.status_code, response.json.keys()) == (400, {"error"})
    assert naming in response.json["error"]


@pytest.mark.parametrize(
    ("plan", "given"),
    [
        ({}, {"startDate": "2024-01-15", "endDate": "2024-01-15"}),
        ({}, {"startDate": "2024-01-15", "endDate": "2024-01-14"}),
        # It would start now.
        ({}, {"endDate": "2001-01-01"}),
        ({"endDate": "2001-01-01"}, {}),
        (DATES, {"startDate": DATES["endDate"]}),
        (DATES, {"endDate": DATES["startDate"]}),
    ],
)
def test_the_end_must_be_after_the_start(
    bo: Person, stored: Any, plan: dict[str, str], given: dict[str, str]
) -> None:
    id_ = planned(bo, **plan)["id"]
    before = stored()
    assert details(start(bo, id_, **given)).keys() == {"endDate"}
    assert stored() == before


@pytest.mark.parametrize("when", ["planned", "given"])
def test_a_start_at_the_end_of_time_is_refused(bo: Person, stored: Any, when: str) -> None:
    late = {"startDate": "9999-12-31"}
    id_ = planned(bo, **late if when == "planned" else {})["id"]
    before = stored()
    assert details(start(bo, id_, **late if when == "given" else {})).keys() == {"startDate"}
    assert stored() == before


@pytest.mark.parametrize("field", DATES)
def test_a_wrong_date_is_refused(bo: Person, stored: Any, field: str) -> None:
    id_ = planned(bo)["id"]
    before = stored()
    values: list[Any] = ["", "soon", "2024-02-30", 1705312800, True, [], {}]
    for value in values:
        assert details(start(bo, id_, **{field: value})).keys() == {field}, value
    assert stored() == before


def test_an_unknown_field_is_refused(bo: Person, stored: Any) -> None:
    id_ = planned(bo)["id"]
    before = stored()
    assert details(start(bo, id_, status="active", newEndDate="2030-01-01")).keys() == {
        "status", "newEndDate"
    }  # fmt: skip
    assert stored() == before


# More time


@pytest.mark.parametrize("end", ["2024-01-29T10:30:00.001Z", "2024-02-01", "9999-12-31"])
def test_an_active_sprint_is_given_more_time(bo: Person, end: str) -> None:
    begun = started(bo, **DATES)
    extended = ok(extend(bo, begun["id"], end))
    assert extended["endDate"].startswith(end.removesuffix("Z"))
    changed = {"endDate": extended["endDate"], "updatedAt": extended["updatedAt"]}
    assert extended == begun | changed
    assert bo.get(f"{SPRINTS}/active").json == extended


@pytest.mark.parametrize("end", ["2024-01-29T10:30:00Z", "2024-01-29T10:30:00.0009Z", "2024-01-29"])
def test_more_time_means_a_later_end(bo: Person, stored: Any, end: str) -> None:
    id_ = started(bo, **DATES)["id"]
    before = stored()
    assert details(extend(bo, id_, end)).keys() == {"newEndDate"}
    assert stored() == before


def test_an_end_that_was_taken_back_is_given_anew_after_the_start(bo: Person, stored: Any) -> None:
    id_ = started(bo, **DATES)["id"]
    ok(bo.patch(f"{SPRINTS}/{id_}", {"endDate": None}))
    before = stored()
    assert details(extend(bo, id_, DATES["startDate"])).keys() == {"newEndDate"}
    assert stored() == before
    assert ok(extend(bo, id_, "2024-01-16"))["endDate"] == "2024-01-16T00:00:00.000Z"


@pytest.mark.parametrize("status", ["planning", "completed"])
def test_only_an_active_sprint_can_be_given_more_time(bo: Person, stored: Any, status: str) -> None:
    id_ = planned(bo, **DATES)["id"]
    if status == "completed":
        ok(start(bo, id_))
        ok(complete(bo, id_))
    before = stored()
    refused(extend(bo, id_, "2030-01-01"), status)
    assert stored() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"newEndDate": None},
        {"newEndDate": ""},
        {"newEndDate": "soon"},
        {"newEndDate": 1705312800},
    ],
)
def test_more_time_takes_a_date(bo: Person, stored: Any, body: dict[str, Any]) -> None:
    id_ = started(bo, **DATES)["id"]
    before = stored()
    assert details(bo.post(f"{SPRINTS}/{id_}/extend", body)).keys() == {"newEndDate"}
    assert stored() == before


def test_more_time_takes_nothing_else(bo: Person, stored: Any) -> None:
    id_ = started(bo, **DATES)["id"]
    before = stored()
    body = {"newEndDate": "2030-01-01", "endDate": "2030-01-01"}
    assert details(bo.post(f"{SPRINTS}/{id_}/extend", body)).keys() == {"endDate"}
    assert stored() == before
