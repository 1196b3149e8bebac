"""Completing a sprint: what is counted, and where the rest goes (contract, section 5)."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from punt.database import iso, now
from tests.conftest import Person, details, new_sprint, new_ticket
from tests.planning import (
    SETTINGS,
    SPRINTS,
    TICKETS,
    column_ids,
    complete,
    counts,
    extend,
    numbers_in,
    ok,
    planned,
    put,
    sprint,
    start,
    started,
    stays,
    ticket,
)

pytestmark = pytest.mark.usefixtures("project")

COUNTS = [
    "ticketCount", "completedTicketCount", "incompleteTicketCount", "completedStoryPoints",
    "incompleteStoryPoints",
]  # fmt: skip


@dataclass(frozen=True)
class Work:
    """An active sprint, a planned one, the columns; 1 and 2 are done, 3, 4 and 5 are not."""

    active: str
    following: str
    columns: list[str]
    tickets: dict[int, dict[str, Any]]


@pytest.fixture
def work(bo: Person, cy: Person) -> Work:
    """Five tickets in the active sprint, one in the planned one, and one in the backlog."""
    todo, doing, done = column_ids(bo)
    active, following = started(bo)["id"], planned(bo)["id"]
    tickets = [
        new_ticket(cy, sprintId=active, columnId=done, storyPoints=3),
        new_ticket(cy, sprintId=active, columnId=done),
        new_ticket(cy, sprintId=active, columnId=todo, storyPoints=5),
        new_ticket(cy, sprintId=active, columnId=doing),
        new_ticket(cy, sprintId=active, columnId=doing, storyPoints=8),
        new_ticket(cy, sprintId=following, columnId=todo, storyPoints=13),
        new_ticket(cy, columnId=done, storyPoints=21),
    ]
    return Work(active, following, [todo, doing, done], {each["number"]: each for each in tickets})


def carry_over(who: Person, work: Work) -> dict[str, Any]:
    """Complete the active sprint and send what is not done to the planned one."""
    to = {"incompleteAction": "moveToNextSprint", "nextSprintId": work.following}
    return ok(complete(who, work.active, **to))


def now_of(who: Person, work: Work) -> dict[int, dict[str, Any]]:
    """The tickets as they are now."""
    return {number: ticket(who, number) for number in work.tickets}


# What is counted


def test_it_ends_with_its_counts(bo: Person, work: Work) -> None:
    active = ok(bo.get(f"{SPRINTS}/active"))
    before = iso(now())
    response = bo.post(f"{SPRINTS}/{work.active}/complete")

    assert response.status_code == 200
    ended = response.json
    assert ended == active | {
        "status": "completed",
        "completedAt": ended["completedAt"],
        "updatedAt": ended["updatedAt"],
        "ticketCount": 5,
        "completedTicketCount": 2,
        "incompleteTicketCount": 3,
        "completedStoryPoints": 3,
        "incompleteStoryPoints": 13,
    }
    assert before <= ended["completedAt"] <= iso(now())
    assert bo.get(f"{SPRINTS}?status=completed").json == [ended]
    assert bo.get(f"{SPRINTS}/active").json is None


@pytest.mark.parametrize("action", ["moveToBacklog", "keepInSprint", "moveToNextSprint"])
def test_its_counts_are_of_the_moment_before_anything_moves(
    bo: Person, work: Work, action: str
) -> None:
    next_ = {"nextSprintId": work.following} if action == "moveToNextSprint" else {}
    ended = ok(complete(bo, work.active, incompleteAction=action, **next_))
    assert counts(ended) == counts(sprint(bo, work.active)) == (5, 2, 3, 3, 13)


def test_its_counts_stay_whatever_becomes_of_its_tickets(
    bo: Person, cy: Person, work: Work
) -> None:
    todo, _, done = work.columns
    ended = ok(complete(bo, work.active, incompleteAction="keepInSprint"))
    put(cy, 1, columnId=todo)
    put(cy, 3, columnId=done, storyPoints=100)
    put(cy, 2, sprintId=work.following, storyPoints=1)
    put(cy, 4, sprintId=None)
    assert cy.delete(f"{TICKETS}/5").status_code == 200
    ok(bo.patch(SETTINGS, {"doneColumnIds": [todo]}))
    shown = sprint(bo, work.active)
    assert {name: shown[name] for name in ended} == ended
    assert bo.get(f"{SPRINTS}?status=completed").json == [ended]


def test_without_tickets_it_ends_with_noughts(bo: Person) -> None:
    ended = ok(complete(bo, started(bo)["id"]))
    assert [ended[name] for name in COUNTS] == [0, 0, 0, 0, 0]


def test_with_everything_done_nothing_moves(bo: Person, work: Work) -> None:
    ok(bo.patch(SETTINGS, {"doneColumnIds": work.columns}))
    assert counts(carry_over(bo, work)) == (5, 5, 0, 16, 0)
    assert numbers_in(bo, work.active) == [1, 2, 3, 4, 5]
    assert numbers_in(bo, work.following) == [6]


# Where the rest goes


def test_what_is_not_done_moves_to_the_next_sprint(bo: Person, work: Work) -> None:
    carry_over(bo, work)
    ended = {"id": work.active, "name": "Sprint 1", "status": "completed"}
    after = now_of(bo, work)
    for number in (1, 2):
        assert after[number] == work.tickets[number] | {"sprint": ended}
    for number in (3, 4, 5):
        assert after[number] == work.tickets[number] | {
            "sprintId": work.following,
            "sprint": {"id": work.following, "name": "Sprint 2", "status": "planning"},
            "isCarriedOver": True,
            "carriedFromSprintId": work.active,
            "carriedOverCount": 1,
            "updatedAt": after[number]["updatedAt"],
        }
    assert (after[6], after[7]) == (work.tickets[6], work.tickets[7])
    assert counts(sprint(bo, work.following)) == (4, 0, 4, 0, 26)


def test_it_is_noted_how_each_ticket_left_and_came(bo: Person, work: Work) -> None:
    carry_over(bo, work)
    assert sorted(stays(bo, work.active)) == [
        (1, "added", "completed"),
        (2, "added", "completed"),
        (3, "added", "carried_over"),
        (4, "added", "carried_over"),
        (5, "added", "carried_over"),
    ]
    assert sorted(stays(bo, work.following)) == [
        (3, "carried_over", None),
        (4, "carried_over", None),
        (5, "carried_over", None),
        (6, "added", None),
    ]
    exits = [each["exitedAt"] for each in sprint(bo, work.active)["ticketHistory"]]
    assert all(exits)


def test_what_is_not_done_moves_to_the_backlog(bo: Person, work: Work) -> None:
    ok(complete(bo, work.active, incompleteAction="moveToBacklog"))
    after = now_of(bo, work)
    for number in (3, 4, 5):
        out = {"sprintId": None, "sprint": None, "updatedAt": after[number]["updatedAt"]}
        assert after[number] == work.tickets[number] | out
    assert numbers_in(bo, work.active) == [1, 2]
    assert numbers_in(bo, work.following) == [6]
    assert sorted(stays(bo, work.active)) == [
        (1, "added", "completed"),
        (2, "added", "completed"),
        (3, "added", "removed"),
        (4, "added", "removed"),
        (5, "added", "removed"),
    ]


def test_what_is_not_done_stays(bo: Person, work: Work) -> None:
    ok(complete(bo, work.active, incompleteAction="keepInSprint"))
    ended = {"id": work.active, "name": "Sprint 1", "status": "completed"}
    after = now_of(bo, work)
    for number in (1, 2, 3, 4, 5):
        assert after[number] == work.tickets[number] | {"sprint": ended}
    assert sorted(stays(bo, work.active)) == [
        (1, "added", "completed"),
        (2, "added", "completed"),
        (3, "added", None),
        (4, "added", None),
        (5, "added", None),
    ]


@pytest.mark.parametrize("action", ["MOVETONEXTSPRINT", "movetonextsprint"])
def test_an_action_comes_in_in_any_case(bo: Person, work: Work, action: str) -> None:
    ok(complete(bo, work.active, incompleteAction=action, nextSprintId=work.following))
    assert numbers_in(bo, work.following) == [3, 4, 5, 6]


def test_a_ticket_may_be_carried_over_again_and_again(bo: Person, cy: Person, work: Work) -> None:
    carry_over(bo, work)
    ok(start(bo, work.following))
    put(cy, 3, columnId=work.columns[2])
    third = planned(bo)["id"]
    to_third = {"incompleteAction": "moveToNextSprint", "nextSprintId": third}
    ok(complete(bo, work.following, **to_third))
    carried = [
        (each["sprintId"], each["carriedFromSprintId"], each["carriedOverCount"])
        for each in (ticket(cy, number) for number in (3, 4, 6))
    ]
    assert carried == [
        (work.following, work.active, 1),
        (third, work.following, 2),
        (third, work.following, 1),
    ]
    assert sorted(stays(cy, work.following)) == [
        (3, "carried_over", "completed"),
        (4, "carried_over", "carried_over"),
        (5, "carried_over", "carried_over"),
        (6, "added", "carried_over"),
    ]


def test_what_was_done_may_go_on_in_another_sprint_later(
    bo: Person, cy: Person, work: Work
) -> None:
    carry_over(bo, work)
    moved = put(cy, 1, sprintId=work.following)
    assert (moved["isCarriedOver"], moved["carriedOverCount"]) == (False, 0)
    assert (1, "added", "completed") in stays(cy, work.active)
    assert (1, "added", None) in stays(cy, work.following)


def test_what_stayed_may_go_on_in_another_sprint_later(bo: Person, cy: Person, work: Work) -> None:
    ok(complete(bo, work.active, incompleteAction="keepInSprint"))
    put(cy, 3, sprintId=work.following)
    assert (3, "added", "removed") in stays(cy, work.active)
    assert (3, "added", None) in stays(cy, work.following)


def test_what_was_taken_out_before_is_no_part_of_it(bo: Person, cy: Person, work: Work) -> None:
    put(cy, 3, sprintId=None)
    assert counts(carry_over(bo, work)) == (4, 2, 2, 3, 8)
    assert ticket(cy, 3)["isCarriedOver"] is False
    assert (3, "added", "removed") in stays(cy, work.active)


# Without an action


def test_by_default_the_rest_is_carried_over(bo: Person, work: Work) -> None:
    ok(complete(bo, work.active))
    assert numbers_in(bo, work.active) == [1, 2]
    assert numbers_in(bo, work.following) == [3, 4, 5, 6]
    assert ticket(bo, 3)["carriedFromSprintId"] == work.active
    assert (3, "added", "carried_over") in stays(bo, work.active)


def test_without_a_planned_sprint_the_rest_goes_to_the_backlog(bo: Person, work: Work) -> None:
    ok(bo.delete(f"{SPRINTS}/{work.following}"))
    ok(complete(bo, work.active))
    in_the_backlog(bo, work)


def test_with_carrying_over_off_the_rest_goes_to_the_backlog(bo: Person, work: Work) -> None:
    ok(bo.patch(SETTINGS, {"autoCarryOverIncomplete": False}))
    ok(complete(bo, work.active))
    in_the_backlog(bo, work)
    assert numbers_in(bo, work.following) == [6]


def test_the_planned_sprint_of_another_project_is_no_place_to_go(
    app: Flask, bo: Person, work: Work, other_project: str
) -> None:
    ok(bo.delete(f"{SPRINTS}/{work.following}"))
    new_sprint(app, project=other_project)
    ok(complete(bo, work.active))
    in_the_backlog(bo, work)


def in_the_backlog(who: Person, work: Work) -> None:
    """Asserts that the rest went to the backlog and is not carried over."""
    for number in (3, 4, 5):
        shown = ticket(who, number)
        assert (shown["sprintId"], shown["isCarriedOver"]) == (None, False)
        assert (shown["carriedFromSprintId"], shown["carriedOverCount"]) == (None, 0)
    assert numbers_in(who, work.active) == [1, 2]


def test_an_action_goes_before_the_settings(bo: Person, work: Work) -> None:
    ok(bo.patch(SETTINGS, {"autoCarryOverIncomplete": False}))
    carry_over(bo, work)
    assert numbers_in(bo, work.following) == [3, 4, 5, 6]


@pytest.mark.parametrize(
    ("starts", "earliest"),
    [
        ([None, None], 0),
        ([None, "2030-01-01"], 1),
        (["2030-01-02", "2030-01-01"], 1),
        (["2030-01-01", "2030-01-01"], 0),
        (["2030-01-01", None, "2029-12-31T23:59:59.999Z"], 2),
    ],
)
def test_the_earliest_planned_sprint_is_the_next(
    bo: Person, starts: list[str | None], earliest: int
) -> None:
    active = started(bo)["id"]
    new_ticket(bo, sprintId=active)
    ids = [planned(bo, startDate=each)["id"] for each in starts]
    ok(complete(bo, active))
    assert ticket(bo, 1)["sprintId"] == ids[earliest]


# Refusals


@pytest.mark.parametrize("which", ["active", "completed", "other", "unknown"])
def test_the_next_sprint_must_be_a_planned_one_of_the_project(
    app: Flask, bo: Person, work: Work, other_project: str, stored: Any, which: str
) -> None:
    ids = {
        "active": work.active,
        "completed": new_sprint(app, status="completed"),
        "other": new_sprint(app, project=other_project),
        "unknown": "01HZZZZZZZZZZZZZZZZZZZZZZZ",
    }
    before = stored()
    to = {"incompleteAction": "moveToNextSprint", "nextSprintId": ids[which]}
    assert details(complete(bo, work.active, **to)).keys() == {"nextSprintId"}
    assert stored() == before


def test_moving_to_the_next_sprint_takes_its_id(bo: Person, work: Work, stored: Any) -> None:
    before = stored()
    response = complete(bo, work.active, incompleteAction="moveToNextSprint")
    assert details(response) == {"nextSprintId": "Next sprint is required"}
    assert stored() == before


@pytest.mark.parametrize(
    "action",
    [{}, {"incompleteAction": "moveToBacklog"}, {"incompleteAction": "keepInSprint"}],
)
def test_a_next_sprint_without_moving_to_it_is_refused(
    bo: Person, work: Work, stored: Any, action: dict[str, str]
) -> None:
    before = stored()
    response = complete(bo, work.active, nextSprintId=work.following, **action)
    assert details(response).keys() == {"nextSprintId"}
    assert stored() == before


WRONG: dict[str, list[Any]] = {
    "incompleteAction": ["", "moveToNext", "move_to_backlog", 1, True, [], {}],
    "nextSprintId": ["", 5, True, [], {}, "x" * 65],
    "status": ["completed"],
    "completedTicketCount": [5],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_value_is_refused(bo: Person, work: Work, stored: Any, field: str) -> None:
    before = stored()
    for value in WRONG[field]:
        to = {"incompleteAction": "moveToNextSprint", "nextSprintId": work.following}
        assert details(complete(bo, work.active, **{**to, field: value})).keys() == {field}, value
    assert stored() == before


def test_a_planned_sprint_cannot_be_completed(bo: Person, work: Work, stored: Any) -> None:
    before = stored()
    response = complete(bo, work.following)
    assert (response.status_code, response.json.keys()) == (400, {"error"})
    assert "planning" in response.json["error"]
    assert stored() == before


def test_a_completed_sprint_stays_completed(bo: Person, work: Work, stored: Any) -> None:
    carry_over(bo, work)
    before = stored()
    for response in (
        complete(bo, work.active),
        complete(bo, work.active, incompleteAction="keepInSprint"),
        start(bo, work.active),
        extend(bo, work.active, "2999-01-01"),
        bo.delete(f"{SPRINTS}/{work.active}"),
    ):
        assert (response.status_code, response.json.keys()) == (400, {"error"})
        assert "completed" in response.json["error"]
    assert stored() == before


def test_members_cannot_complete_a_sprint(cy: Person, work: Work, stored: Any) -> None:
    before = stored()
    assert complete(cy, work.active).status_code == 403
    assert stored() == before
