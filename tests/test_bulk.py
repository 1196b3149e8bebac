"""The same done to many tickets at once, to all or none (contract, section 4)."""

from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from punt.models import Attachment, Comment, Link, TicketChange
from tests.conftest import (
    Answer,
    Person,
    details,
    make_project,
    new_label,
    new_sprint,
    new_ticket,
)
from tests.listening import kinds, listen
from tests.test_ticket_order import board

TICKETS = "/projects/PUNT/tickets"
UNKNOWN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"

Tickets = list[dict[str, Any]]


pytestmark = pytest.mark.usefixtures("short_segments")


@pytest.fixture
def columns(cy: Person, project: str) -> dict[str, str]:
    """The columns by name."""
    return {each["name"]: each["id"] for each in cy.get("/projects/PUNT/columns").json}


@pytest.fixture(autouse=True)
def tickets(cy: Person, columns: dict[str, str]) -> Tickets:
    """1 to 4 in To Do, 5 and 6 in Done."""
    places = ["To Do"] * 4 + ["Done"] * 2
    return [new_ticket(cy, type="Bug", columnId=columns[name]) for name in places]


def change(person: Person, references: list[Any], **updates: Any) -> Answer:
    """Make the same changes to these tickets."""
    body = {"ticketIds": [str(each) for each in references], "updates": updates}
    return person.patch(TICKETS, body)


def numbers(found: Tickets) -> list[int]:
    """Which tickets these are."""
    return [each["number"] for each in found]


# Changing


def test_all_that_are_named_change_and_no_others(cy: Person, tickets: Tickets) -> None:
    response = change(cy, [5, 2], priority="HIGH", storyPoints=3)
    assert response.status_code == 200
    assert response.json.keys() == {"updated", "tickets"}
    assert response.json["updated"] == 2
    fields = {"priority": "High", "storyPoints": 3}
    expected = [tickets[4] | fields, tickets[1] | fields]
    for ticket, answered in zip(expected, response.json["tickets"], strict=True):
        assert answered == ticket | {"updatedAt": answered["updatedAt"]}
    listed = {each["number"]: each for each in cy.get(TICKETS).json}
    assert [listed[5], listed[2]] == response.json["tickets"]
    assert [listed[n] for n in (1, 3, 4, 6)] == [tickets[n - 1] for n in (1, 3, 4, 6)]


def test_they_are_named_by_id_key_or_number(cy: Person, tickets: Tickets) -> None:
    response = change(cy, [tickets[0]["id"], "PUNT-2", "punt-3", 4], title="Same")
    assert numbers(response.json["tickets"]) == [1, 2, 3, 4]


def test_one_that_is_named_twice_counts_once(
    app: Flask, cy: Person, di: Person, tickets: Tickets
) -> None:
    heard = listen(app, di, "PUNT")
    response = change(cy, [1, 2, "PUNT-1", tickets[0]["id"], 2], title="Same")
    assert response.json["updated"] == 2
    assert numbers(response.json["tickets"]) == [1, 2]
    assert kinds(heard) == ["ticket.updated"] * 2


def test_references_change_for_all(app: Flask, cy: Person, bo: Person) -> None:
    label, sprint = new_label(app, "ui"), new_sprint(app)
    updates = {"assigneeId": "me", "parentId": "6", "sprintId": sprint}
    answer = change(cy, [1, 2], labelIds=[label], watcherIds=[bo.id], **updates)
    assert answer.status_code == 200
    for ticket in answer.json["tickets"]:
        assert ticket["assignee"]["username"] == "cy"
        assert ticket["parent"]["key"] == "PUNT-6"
        assert ticket["sprint"]["id"] == sprint
        assert [each["name"] for each in ticket["labels"]] == ["ui"]
        assert [each["username"] for each in ticket["watchers"]] == ["bo"]


def test_null_clears_a_field_of_all(cy: Person) -> None:
    change(cy, [1, 2, 3], assigneeId="me", estimate="1d")
    cleared = change(cy, [1, 2, 3], assigneeId=None, estimate=None).json["tickets"]
    assert [(each["assigneeId"], each["estimate"]) for each in cleared] == [(None, None)] * 3


def test_each_that_changes_is_told_of_once_and_no_other(app: Flask, cy: Person, di: Person) -> None:
    change(cy, [2], priority="High")
    heard = listen(app, di, "PUNT")
    body = {"ticketIds": ["3", "2", "1"], "updates": {"priority": "High"}}
    answered = cy.patch(TICKETS, body, headers={"X-Tab-Id": "t1"}).json

    assert answered["updated"] == 3
    assert kinds(heard) == ["ticket.updated"] * 2
    assert [each["data"] for each in heard()] == [answered["tickets"][n] for n in (0, 2)]
    assert [each["tabId"] for each in heard()] == ["t1", "t1"]


def test_each_has_its_own_history(cy: Person) -> None:
    change(cy, [1, 2], priority="High", title="New")
    for number in (1, 2):
        entries = cy.get(f"{TICKETS}/{number}/history").json
        assert {each["field"] for each in entries} == {"priority", "title"}
        assert {each["changedBy"]["name"] for each in entries} == {"cy"}


@pytest.mark.parametrize("updates", [{}, {"type": "Bug", "title": "A ticket", "sprintId": None}])
def test_a_change_of_nothing_changes_nothing(
    cy: Person, tickets: Tickets, stored: Any, updates: dict[str, Any]
) -> None:
    before = stored()
    response = change(cy, [1, 2], **updates)
    assert response.json == {"updated": 2, "tickets": tickets[:2]}
    assert stored() == before


def test_five_hundred_change_at_once(cy: Person) -> None:
    for _ in range(494):
        new_ticket(cy)
    everyone = [*range(1, 501)]
    assert change(cy, everyone, priority="Low").json["updated"] == 500
    moved = change(cy, everyone[::-1], order=0, columnId=column_of(cy, 6)).json["tickets"]
    assert [each["order"] for each in moved] == [*range(500)]
    assert numbers(moved) == everyone[::-1]


def column_of(who: Person, number: int) -> str:
    """The column of a ticket."""
    return str(who.get(f"{TICKETS}/{number}").json["columnId"])


# Moving


@pytest.mark.parametrize(
    ("named", "column", "order", "expected"),
    [
        ([1, 2], "Done", None, {"To Do": [3, 4], "Done": [5, 6, 1, 2]}),
        ([2, 1], "Done", None, {"To Do": [3, 4], "Done": [5, 6, 2, 1]}),
        ([6, 2], "Done", None, {"To Do": [1, 3, 4], "Done": [5, 6, 2]}),
        ([5, 6], "Done", None, {"To Do": [1, 2, 3, 4], "Done": [5, 6]}),
        ([4, 1], "Done", 0, {"To Do": [2, 3], "Done": [4, 1, 5, 6]}),
        ([4, 1], "Done", 1, {"To Do": [2, 3], "Done": [5, 4, 1, 6]}),
        ([4, 6, 1], "Done", 0, {"To Do": [2, 3], "Done": [4, 6, 1, 5]}),
        ([5, 2, 6], "To Do", 1, {"To Do": [1, 5, 2, 6, 3, 4], "Done": []}),
        ([6, 1, 5], "To Do", 99, {"To Do": [2, 3, 4, 6, 1, 5], "Done": []}),
        ([3, 1], None, 0, {"To Do": [3, 1, 2, 4], "Done": [5, 6]}),
        ([1, 3], None, 1, {"To Do": [2, 1, 3, 4], "Done": [5, 6]}),
        ([2, 1], None, 3, {"To Do": [3, 4, 2, 1], "Done": [5, 6]}),
        ([1, 2], None, 2**31 - 1, {"To Do": [3, 4, 1, 2], "Done": [5, 6]}),
        ([4, 3, 2, 1], None, 2, {"To Do": [4, 3, 2, 1], "Done": [5, 6]}),
        ([5], None, 1, {"To Do": [1, 2, 3, 4], "Done": [6, 5]}),
    ],
)
def test_they_come_side_by_side_in_the_given_sequence(
    cy: Person,
    columns: dict[str, str],
    named: list[int],
    column: str | None,
    order: int | None,
    expected: dict[str, list[int]],
) -> None:
    updates: dict[str, Any] = {} if column is None else {"columnId": columns[column]}
    updates |= {} if order is None else {"order": order}
    response = change(cy, named, **updates)
    assert response.status_code == 200
    assert numbers(response.json["tickets"]) == named
    assert board(cy) == {"In Progress": [], **expected}
    listed = {each["id"]: each for each in cy.get(TICKETS).json}
    assert response.json["tickets"] == [listed[each["id"]] for each in response.json["tickets"]]


def test_tickets_of_two_columns_need_one_to_be_ordered_in(cy: Person, stored: Any) -> None:
    before = stored()
    told = details(change(cy, [1, 5], order=0, title="New"))
    assert told == {"updates.order": "Order needs all the tickets in one column"}
    assert stored() == before


def test_only_what_moves_is_told_of_as_moved(
    app: Flask, cy: Person, di: Person, columns: dict[str, str]
) -> None:
    heard = listen(app, di, "PUNT")
    moved = change(cy, [6, 1, 2], columnId=columns["Done"]).json["tickets"]
    assert kinds(heard) == ["ticket.moved"] * 2
    assert [each["data"] for each in heard()] == moved[1:]

    heard = listen(app, di, "PUNT")
    change(cy, [6, 1], title="New", order=1)
    assert kinds(heard) == ["ticket.updated"] * 2


# Deleting


def remove(person: Person, *references: Any) -> Answer:
    """Delete these tickets."""
    return person.delete(TICKETS, {"ticketIds": [str(each) for each in references]})


def test_all_that_are_named_are_deleted_and_the_others_close_ranks(cy: Person) -> None:
    response = remove(cy, 3, "PUNT-1", 5, 3)
    assert response.status_code == 200
    assert response.json == {"success": True, "deleted": 3}
    assert board(cy) == {"To Do": [2, 4], "In Progress": [], "Done": [6]}
    assert cy.get(f"{TICKETS}/3").status_code == 404
    assert new_ticket(cy)["number"] == 7


def test_each_deletion_is_told_of_once(
    app: Flask, cy: Person, di: Person, tickets: Tickets
) -> None:
    heard = listen(app, di, "PUNT")
    remove(cy, 5, 1, 5)
    assert kinds(heard) == ["ticket.deleted"] * 2
    assert [each["data"] for each in heard()] == [{"id": tickets[n]["id"]} for n in (4, 0)]


@pytest.mark.parametrize("named", [[1, 2], [2, 1]])
def test_a_parent_and_its_child_go_together(
    app: Flask, cy: Person, di: Person, named: list[int]
) -> None:
    change(cy, [2, 3], parentId="1")
    heard = listen(app, di, "PUNT")
    assert remove(cy, *named).json["deleted"] == 2

    assert board(cy)["To Do"] == [3, 4]
    stays = cy.get(f"{TICKETS}/3").json
    assert (stays["parentId"], stays["parent"]) == (None, None)
    assert sorted(kinds(heard)) == ["ticket.deleted", "ticket.deleted", "ticket.updated"]
    assert stays in [each["data"] for each in heard()]
    (entry,) = cy.get(f"{TICKETS}/3/history?limit=1").json
    assert (entry["field"], entry["oldValue"], entry["newValue"]) == ("parentId", "PUNT-1", None)


def test_what_hangs_on_them_goes_with_them(cy: Person, stored: Any) -> None:
    for number in (1, 2):
        cy.post(f"{TICKETS}/{number}/comments", {"content": "x"})
        cy.patch(f"{TICKETS}/{number}", {"title": "New"})
    cy.post(f"{TICKETS}/1/links", {"targetTicketId": "2", "linkType": "blocks"})
    cy.post(f"{TICKETS}/2/links", {"targetTicketId": "3", "linkType": "blocks"})
    remove(cy, 1, 2)
    tables = [each.__tablename__ for each in (Comment, Link, Attachment, TicketChange)]
    assert [stored()[name] for name in tables] == [[]] * 4


# Refusals


@pytest.mark.parametrize(
    ("ids", "fields"),
    [
        (None, {"ticketIds"}),
        ([], {"ticketIds"}),
        ("1", {"ticketIds"}),
        ({"0": "1"}, {"ticketIds"}),
        (["1", 2], {"ticketIds.1"}),
        (["1", None], {"ticketIds.1"}),
        (["1", ""], {"ticketIds.1"}),
        ([["1"], "2", {"id": "3"}], {"ticketIds.0", "ticketIds.2"}),
        (["1", "77"], {"ticketIds.1"}),
        (["77", "1", "1", UNKNOWN_ID], {"ticketIds.0", "ticketIds.3"}),
        (["1", "OTHER-1"], {"ticketIds.1"}),
        (["1"] * 501, {"ticketIds"}),
    ],
)
def test_what_names_no_tickets_is_refused(
    cy: Person, stored: Any, ids: object, fields: set[str]
) -> None:
    before = stored()
    body = {"ticketIds": ids, "updates": {"title": "New"}}
    assert details(cy.patch(TICKETS, body)).keys() == fields
    assert details(cy.delete(TICKETS, {"ticketIds": ids})).keys() == fields
    assert stored() == before


def test_tickets_of_two_projects_do_not_mix(app: Flask, cy: Person, stored: Any) -> None:
    make_project(app, "MINE", {cy: "owner"})
    mine = cy.post("/projects/MINE/tickets", {"title": "Mine too"}).json["id"]
    before = stored()
    for answer in (change(cy, [1, mine], title="New"), remove(cy, 1, mine)):
        assert details(answer) == {"ticketIds.1": "Ticket is not in this project"}
    assert stored() == before


@pytest.mark.parametrize(
    ("updates", "fields"),
    [
        ({"priority": "Urgent"}, {"updates.priority"}),
        ({"title": "", "storyPoints": 101}, {"updates.title", "updates.storyPoints"}),
        ({"title": None}, {"updates.title"}),
        ({"columnId": None}, {"updates.columnId"}),
        ({"columnId": UNKNOWN_ID, "order": 0}, {"updates.columnId"}),
        ({"order": -1}, {"updates.order"}),
        ({"assigneeId": UNKNOWN_ID, "parentId": "77"}, {"updates.assigneeId", "updates.parentId"}),
        ({"labelIds": [UNKNOWN_ID]}, {"updates.labelIds.0"}),
        ({"labelIds": "ui"}, {"updates.labelIds"}),
        ({"watcherIds": ["me", "me", UNKNOWN_ID]}, {"updates.watcherIds.2"}),
        ({"sprintId": {"id": "x"}}, {"updates.sprintId"}),
        ({"startDate": "2024-02-01", "dueDate": "2024-01-01"}, {"updates.dueDate"}),
        ({"titel": "New"}, {"updates.titel"}),
        ({"number": 9}, {"updates.number"}),
        ({"creatorId": UNKNOWN_ID}, {"updates.creatorId"}),
        ({"projectId": UNKNOWN_ID}, {"updates.projectId"}),
        (None, {"updates"}),
        ([], {"updates"}),
        (5, {"updates"}),
    ],
)
def test_wrong_updates_are_refused(
    cy: Person, stored: Any, updates: object, fields: set[str]
) -> None:
    before = stored()
    answer = cy.patch(TICKETS, {"ticketIds": ["1", "2"], "updates": updates})
    assert details(answer).keys() == fields
    assert stored() == before


def test_all_problems_are_told_as_a_person_would_say_them(cy: Person) -> None:
    assert details(cy.patch(TICKETS, {})) == {
        "ticketIds": "Tickets is required",
        "updates": "Updates is required",
    }
    told = details(cy.patch(TICKETS, {"ticketIds": [], "updates": None, "all": True}))
    assert told["updates"] == "Updates may not be null"
    assert told.keys() == {"ticketIds", "updates", "all"}
    told = details(cy.patch(TICKETS, {"ticketIds": ["1"], "updates": "all"}))
    assert told == {"updates": "Updates must be an object"}


def test_what_belongs_to_another_project_is_refused(
    app: Flask, cy: Person, ed: Person, other_project: str, stored: Any
) -> None:
    theirs: dict[str, Any] = {
        "columnId": ed.get("/projects/OTHER/columns").json[0]["id"],
        "sprintId": new_sprint(app, project=other_project),
        "parentId": ed.post("/projects/OTHER/tickets", {"title": "Theirs"}).json["id"],
        "assigneeId": ed.id,
    }
    label = new_label(app, "secret", other_project)
    before = stored()
    told = details(change(cy, [1, 2], title="New", labelIds=[label], watcherIds=[ed.id], **theirs))
    fields = [*theirs, "labelIds.0", "watcherIds.0"]
    assert told.keys() == {f"updates.{field}" for field in fields}
    assert stored() == before


@pytest.mark.parametrize(
    ("updates", "field"),
    [
        ({"parentId": "3", "title": "New"}, "updates.parentId"),
        ({"dueDate": "2024-01-01", "priority": "High"}, "updates.dueDate"),
    ],
)
def test_what_one_of_them_may_not_be_none_becomes(
    cy: Person, stored: Any, updates: dict[str, Any], field: str
) -> None:
    cy.patch(f"{TICKETS}/3", {"startDate": "2024-06-01"})
    before = stored()
    assert details(change(cy, [1, 2, 3], **updates)).keys() == {field}
    assert stored() == before


def test_viewers_and_strangers_change_nothing(di: Person, ed: Person, stored: Any) -> None:
    before = stored()
    for person in (di, ed):
        assert change(person, [1, 2], title="New").status_code == 403
        assert remove(person, 1, 2).status_code == 403
    assert stored() == before


def test_tickets_to_delete_are_not_named_in_the_query(cy: Person, stored: Any) -> None:
    before = stored()
    answer = cy.delete(f"{TICKETS}?ticketIds=1", {"ticketIds": ["2"]})
    assert details(answer).keys() == {"ticketIds"}
    assert stored() == before


# Any sequence of moves, against plain lists

_examples = count(1)
Columns = list[list[int]]
STEP = st.tuples(
    st.lists(st.integers(1, 6), min_size=1, max_size=6, unique=True),
    st.none() | st.integers(0, 2),
    st.none() | st.integers(0, 7),
)


def moved(lists: Columns, named: list[int], column: int | None, order: int | None) -> Columns:
    """What the columns should hold after a bulk move."""
    if column is None:
        if order is None:
            return lists
        column = next(place for place, each in enumerate(lists) if named[0] in each)
    if order is None:
        named = [number for number in named if number not in lists[column]]
    others = [[number for number in each if number not in named] for each in lists]
    place = len(others[column]) if order is None else order
    others[column][place:place] = named
    return others


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=8))
@example(steps=[([1, 2], 1, None), ([3, 1], None, 0)])
def test_after_any_moves_the_columns_are_what_plain_lists_would_be(
    app: Flask, cy: Person, steps: list[Any]
) -> None:
    key = make_project(app, f"P{next(_examples)}", {cy: "owner"})
    for _ in range(6):
        cy.post(f"/projects/{key}/tickets", {"title": "x"})
    lists: Columns = [[1, 2, 3, 4, 5, 6], [], []]
    for named, column, order in steps:
        answer = move(cy, key, named, column, order)
        apart = sum(bool(set(named) & set(each)) for each in lists) > 1
        if column is None and order is not None and apart:
            assert details(answer).keys() == {"updates.order"}
        else:
            assert answer.status_code == 200
            lists = moved(lists, named, column, order)
        assert list(board(cy, key).values()) == lists


def move(who: Person, key: str, named: list[int], column: int | None, order: int | None) -> Answer:
    """Make a bulk move in a project."""
    updates: dict[str, Any] = {} if order is None else {"order": order}
    if column is not None:
        updates["columnId"] = who.get(f"/projects/{key}/columns").json[column]["id"]
    body = {"ticketIds": [str(number) for number in named], "updates": updates}
    return who.patch(f"/projects/{key}/tickets", body)
