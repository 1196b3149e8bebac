"""The columns of a board (contract, section 3)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from punt.models import Column
from tests.conftest import Person, add, details, new_ticket, project_id
from tests.listening import kinds, listen

pytestmark = pytest.mark.usefixtures("project", "short_segments")


def test_a_new_project_has_three_empty_ones(di: Person) -> None:
    response = di.get("/projects/PUNT/columns")
    assert response.status_code == 200
    shown = [(each["name"], each["order"], each["ticketCount"]) for each in response.json]
    assert shown == [("To Do", 0, 0), ("In Progress", 1, 0), ("Done", 2, 0)]
    for each in response.json:
        assert each.keys() == {"id", "name", "order", "color", "wipLimit", "ticketCount"}
        assert each["wipLimit"] is None


def test_they_are_listed_from_left_to_right(bo: Person, di: Person) -> None:
    left, middle, right = (each["id"] for each in di.get("/projects/PUNT/columns").json)
    bo.put("/projects/PUNT/columns/order", {"columnIds": [middle, right, left]})
    listed = di.get("/projects/PUNT/columns").json
    assert [each["id"] for each in listed] == [middle, right, left]
    assert [each["order"] for each in listed] == [0, 1, 2]


def test_each_counts_its_tickets(cy: Person) -> None:
    columns = cy.get("/projects/PUNT/columns").json
    for column_id in (columns[0]["id"], columns[2]["id"], columns[2]["id"]):
        new_ticket(cy, columnId=column_id)
    counts = [each["ticketCount"] for each in cy.get("/projects/punt/columns").json]
    assert counts == [1, 0, 2]


def test_the_columns_of_another_project_are_not_among_them(
    app: Flask, di: Person, other_project: str
) -> None:
    theirs = Column(project_id=project_id(app, other_project), name="Secret", position=3)
    add(app, theirs)
    names = [each["name"] for each in di.get("/projects/PUNT/columns").json]
    assert names == ["To Do", "In Progress", "Done"]


def test_they_come_in_pages(di: Person) -> None:
    first = di.get("/projects/PUNT/columns?limit=2")
    assert [each["name"] for each in first.json] == ["To Do", "In Progress"]
    assert first.headers["X-Total-Count"] == "3"
    path = first.headers["Link"].partition("/api")[2].partition(">")[0]
    assert [each["name"] for each in di.get(path).json] == ["Done"]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "cursor=x", "nosuch=1"])
def test_an_unknown_or_wrong_parameter_is_refused(di: Person, query: str) -> None:
    refused = details(di.get(f"/projects/PUNT/columns?{query}"))
    assert refused.keys() == {query.partition("=")[0]}


# Writing

COLUMNS = "/projects/PUNT/columns"
UNKNOWN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def ids(ada: Person, project: str) -> dict[str, str]:
    """The ids of the columns by name."""
    return {each["name"]: each["id"] for each in ada.get(COLUMNS).json}


def board(who: Person) -> list[str]:
    """The names of the columns from left to right; asserts that no place is amiss."""
    listed = who.get(COLUMNS).json
    assert [each["order"] for each in listed] == list(range(len(listed)))
    return [each["name"] for each in listed]


def test_a_new_one_stands_on_the_right_with_only_a_name(bo: Person) -> None:
    response = bo.post(COLUMNS, {"name": "  Review "})
    assert response.status_code == 201
    assert response.json == {
        "id": response.json["id"],
        "name": "Review",
        "order": 3,
        "color": None,
        "wipLimit": None,
        "ticketCount": 0,
    }
    assert bo.get(COLUMNS).json[3] == response.json


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (0, ["Review", "To Do", "In Progress", "Done"]),
        (1, ["To Do", "Review", "In Progress", "Done"]),
        (3, ["To Do", "In Progress", "Done", "Review"]),
        (99, ["To Do", "In Progress", "Done", "Review"]),
    ],
)
def test_a_new_one_stands_where_it_says(bo: Person, order: int, expected: list[str]) -> None:
    made = bo.post(COLUMNS, {"name": "Review", "order": order}).json
    assert board(bo) == expected
    assert made["order"] == expected.index("Review")


def test_everything_may_be_said_at_once(bo: Person) -> None:
    body = {"name": "Review", "color": "#12aBcD", "wipLimit": 3, "order": 1}
    made = bo.post(COLUMNS, body).json
    assert made == body | {"id": made["id"], "ticketCount": 0}


WRONG: list[tuple[str, object]] = [
    ("name", ""),
    ("name", "  "),
    ("name", None),
    ("name", 5),
    ("name", "x" * 101),
    ("color", "red"),
    ("color", 5),
    ("wipLimit", 0),
    ("wipLimit", -1),
    ("wipLimit", 1.5),
    ("wipLimit", "3"),
    ("wipLimit", True),
    ("order", -1),
    ("order", None),
    ("order", "0"),
    ("order", 2**31),
    ("id", UNKNOWN_ID),
    ("projectId", UNKNOWN_ID),
    ("ticketCount", 1),
    ("isDone", True),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_wrong_value_is_refused(
    bo: Person, ids: dict[str, str], stored: Any, field: str, value: object
) -> None:
    before = stored()
    body = {"name": "Review", "order": 0, field: value}
    assert details(bo.post(COLUMNS, body)).keys() == {field}
    assert details(bo.patch(f"{COLUMNS}/{ids['Done']}", body)).keys() == {field}
    assert stored() == before


def test_a_new_one_needs_a_name(bo: Person, stored: Any) -> None:
    before = stored()
    assert details(bo.post(COLUMNS, {})) == {"name": "Name is required"}
    assert stored() == before


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("name", "  Finished ", "Finished"),
        ("name", "To Do", "To Do"),
        ("color", "#00ff00", "#00ff00"),
        ("color", None, None),
        ("wipLimit", 1, 1),
        ("wipLimit", None, None),
    ],
)
def test_a_field_changes_and_no_other(bo: Person, field: str, given: object, kept: object) -> None:
    body = {"name": "Review", "color": "#ffffff", "wipLimit": 5, "order": 1}
    made = bo.post(COLUMNS, body).json
    response = bo.patch(f"{COLUMNS}/{made['id']}", {field: given})
    assert (response.status_code, response.json) == (200, made | {field: kept})
    assert bo.get(COLUMNS).json[1] == response.json


@pytest.mark.parametrize(
    ("name", "order", "expected"),
    [
        ("To Do", 0, ["To Do", "In Progress", "Done"]),
        ("To Do", 1, ["In Progress", "To Do", "Done"]),
        ("To Do", 2, ["In Progress", "Done", "To Do"]),
        ("To Do", 99, ["In Progress", "Done", "To Do"]),
        ("Done", 0, ["Done", "To Do", "In Progress"]),
        ("Done", 1, ["To Do", "Done", "In Progress"]),
    ],
)
def test_one_moves_and_the_others_close_ranks(
    bo: Person, ids: dict[str, str], name: str, order: int, expected: list[str]
) -> None:
    moved = bo.patch(f"{COLUMNS}/{ids[name]}", {"order": order}).json
    assert board(bo) == expected
    assert moved["order"] == expected.index(name)


def test_a_change_of_nothing_changes_nothing(bo: Person, ids: dict[str, str], stored: Any) -> None:
    shown, before = bo.get(COLUMNS).json[2], stored()
    same = {name: shown[name] for name in ("name", "color", "wipLimit", "order")}
    for change in ({}, same, {"order": 99}):
        response = bo.patch(f"{COLUMNS}/{ids['Done']}", change)
        assert (response.status_code, response.json) == (200, shown)
    assert stored() == before


def test_tickets_show_the_new_name_of_their_column(bo: Person, ids: dict[str, str]) -> None:
    new_ticket(bo)
    tag = bo.get("/projects/PUNT/tickets/1").headers["ETag"]
    bo.patch(f"{COLUMNS}/{ids['To Do']}", {"name": "Backlog"})
    shown = bo.get("/projects/PUNT/tickets/1", headers={"If-None-Match": tag})
    assert shown.json["column"] == {"id": ids["To Do"], "name": "Backlog"}
    assert bo.get("/projects/PUNT/tickets").json == [shown.json]


def test_only_admins_and_owners_may_write(
    cy: Person, di: Person, ed: Person, ids: dict[str, str], stored: Any
) -> None:
    before = stored()
    for person in (cy, di, ed):
        answers = [
            person.post(COLUMNS, {"name": "Mine"}),
            person.patch(f"{COLUMNS}/{ids['Done']}", {"name": "Mine"}),
            person.delete(f"{COLUMNS}/{ids['Done']}"),
            person.put(f"{COLUMNS}/order", {"columnIds": [*ids.values()][::-1]}),
        ]
        assert [each.status_code for each in answers] == [403] * 4
    assert stored() == before


def test_a_column_of_another_project_is_not_found(
    ada: Person, ed: Person, other_project: str, stored: Any
) -> None:
    theirs = ed.get("/projects/OTHER/columns").json[0]["id"]
    before = stored()
    for id_ in (theirs, UNKNOWN_ID, "0"):
        for answer in (
            ada.patch(f"{COLUMNS}/{id_}", {"name": "Mine"}),
            ada.delete(f"{COLUMNS}/{id_}"),
        ):
            assert (answer.status_code, answer.json) == (404, {"error": "Column not found"})
    assert stored() == before


# All in another order


def test_all_are_put_in_another_order(bo: Person, ids: dict[str, str]) -> None:
    order = [ids["Done"], ids["To Do"], ids["In Progress"]]
    response = bo.put(f"{COLUMNS}/order", {"columnIds": order})
    assert response.status_code == 200
    assert [each["id"] for each in response.json] == order
    assert response.json == bo.get(COLUMNS).json
    assert board(bo) == ["Done", "To Do", "In Progress"]


def test_the_same_order_again_changes_nothing(bo: Person, ids: dict[str, str], stored: Any) -> None:
    before = stored()
    assert bo.put(f"{COLUMNS}/order", {"columnIds": [*ids.values()]}).status_code == 200
    assert stored() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda ids: ids[:-1], "columnIds"),
        (lambda ids: [], "columnIds"),
        (lambda ids: [*ids, ids[0]], "columnIds"),
        (lambda ids: [ids[0], ids[1], ids[0]], "columnIds"),
        (lambda ids: [*ids[::-1], UNKNOWN_ID], "columnIds.3"),
        (lambda ids: [ids[1], ids[1], UNKNOWN_ID], "columnIds.2"),
        (lambda ids: [ids[1], 7, ids[0]], "columnIds.1"),
        (lambda ids: [ids[1], None, ids[0]], "columnIds.1"),
        (lambda ids: ",".join(ids), "columnIds"),
        (lambda ids: None, "columnIds"),
    ],
)
def test_an_order_that_does_not_name_each_once_is_refused(
    bo: Person, ids: dict[str, str], stored: Any, change: Callable[[Any], Any], field: str
) -> None:
    before = stored()
    answer = bo.put(f"{COLUMNS}/order", {"columnIds": change([*ids.values()])})
    assert details(answer).keys() == {field}
    assert stored() == before


def test_an_order_takes_no_column_of_another_project(
    bo: Person, ed: Person, ids: dict[str, str], other_project: str, stored: Any
) -> None:
    theirs = ed.get("/projects/OTHER/columns").json[0]["id"]
    before = stored()
    answer = bo.put(f"{COLUMNS}/order", {"columnIds": [theirs, *[*ids.values()][1:]]})
    assert details(answer).keys() == {"columnIds.0"}
    assert stored() == before


# Removing


def test_an_empty_one_goes_and_the_others_close_ranks(bo: Person, ids: dict[str, str]) -> None:
    response = bo.delete(f"{COLUMNS}/{ids['To Do']}")
    assert (response.status_code, response.json) == (200, {"success": True})
    assert board(bo) == ["In Progress", "Done"]
    assert new_ticket(bo)["columnId"] == ids["In Progress"]


def test_an_empty_one_may_name_a_target_too(bo: Person, ids: dict[str, str]) -> None:
    answer = bo.delete(f"{COLUMNS}/{ids['Done']}?moveTicketsTo={ids['To Do']}")
    assert answer.status_code == 200
    assert board(bo) == ["To Do", "In Progress"]


@pytest.fixture
def tickets(cy: Person, ids: dict[str, str]) -> None:
    """1 to 3 in To Do, 4 and 5 in Done."""
    for name in ["To Do"] * 3 + ["Done"] * 2:
        new_ticket(cy, columnId=ids[name])


@pytest.mark.usefixtures("tickets")
def test_its_tickets_go_below_those_of_the_target(bo: Person, ids: dict[str, str]) -> None:
    bo.patch("/projects/PUNT/tickets/3", {"order": 0})
    answer = bo.delete(f"{COLUMNS}/{ids['To Do']}?moveTicketsTo={ids['Done']}")

    assert answer.status_code == 200
    listed = bo.get(f"/projects/PUNT/tickets?columnId={ids['Done']}").json
    assert [each["number"] for each in listed] == [4, 5, 3, 1, 2]
    assert [each["order"] for each in listed] == [0, 1, 2, 3, 4]
    counts = [(each["name"], each["ticketCount"]) for each in bo.get(COLUMNS).json]
    assert counts == [("In Progress", 0), ("Done", 5)]


@pytest.mark.usefixtures("tickets")
def test_each_of_its_tickets_is_told_of_and_has_it_in_its_history(
    app: Flask, bo: Person, ids: dict[str, str]
) -> None:
    heard = listen(app, bo, "PUNT")
    bo.delete(f"{COLUMNS}/{ids['Done']}?moveTicketsTo={ids['To Do']}")

    moved = bo.get("/projects/PUNT/tickets").json[3:]
    assert [each["data"] for each in heard() if each["type"] == "ticket.moved"] == moved
    assert kinds(heard) == ["ticket.moved", "ticket.moved", "column.deleted"]
    (change,) = [
        each
        for each in bo.get("/projects/PUNT/tickets/4/history").json
        if each["field"] == "columnId"
    ]
    assert (change["oldValue"], change["newValue"]) == ("Done", "To Do")
    assert change["changedBy"]["name"] == "bo"


@pytest.mark.usefixtures("tickets")
def test_one_that_holds_tickets_does_not_go_without_a_target(
    bo: Person, ids: dict[str, str], stored: Any
) -> None:
    before = stored()
    answer = bo.delete(f"{COLUMNS}/{ids['Done']}")
    assert answer.status_code == 400
    assert "moveTicketsTo" in answer.json["error"]
    assert stored() == before


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize("name", ["Done", "In Progress"])
def test_a_target_must_be_another_column_of_the_project(
    bo: Person, ed: Person, ids: dict[str, str], other_project: str, stored: Any, name: str
) -> None:
    theirs = ed.get("/projects/OTHER/columns").json[0]["id"]
    before = stored()
    for target in (theirs, ids[name], UNKNOWN_ID, "Done", "%20"):
        answer = bo.delete(f"{COLUMNS}/{ids[name]}?moveTicketsTo={target}")
        assert details(answer).keys() == {"moveTicketsTo"}
    assert stored() == before


def test_the_last_one_stays(bo: Person, ids: dict[str, str], stored: Any) -> None:
    for name in ("To Do", "Done"):
        bo.delete(f"{COLUMNS}/{ids[name]}")
    before = stored()
    path = f"{COLUMNS}/{ids['In Progress']}"
    for answer in (bo.delete(path), bo.delete(f"{path}?moveTicketsTo={ids['In Progress']}")):
        assert answer.status_code == 400
        assert answer.json == {"error": "The last column of a project cannot be removed"}
    assert stored() == before


# Where work counts as done

SETTINGS = "/projects/PUNT/sprints/settings"


def done(who: Person) -> list[str]:
    """The names of the columns where work counts as complete."""
    shown = {each["id"]: each["name"] for each in who.get(COLUMNS).json}
    return [shown[id_] for id_ in who.get(SETTINGS).json["doneColumnIds"]]


def test_unless_marked_the_rightmost_one_is_where_work_is_done(
    bo: Person, ids: dict[str, str]
) -> None:
    assert done(bo) == ["Done"]
    bo.post(COLUMNS, {"name": "Shipped"})
    assert done(bo) == ["Shipped"]
    bo.patch(f"{COLUMNS}/{ids['To Do']}", {"order": 99})
    assert done(bo) == ["To Do"]


def test_a_mark_stays_with_its_column_and_goes_with_it(bo: Person, ids: dict[str, str]) -> None:
    bo.patch(SETTINGS, {"doneColumnIds": [ids["In Progress"], ids["Done"]]})
    bo.patch(f"{COLUMNS}/{ids['In Progress']}", {"order": 0, "name": "Tested"})
    assert done(bo) == ["Tested", "Done"]
    bo.delete(f"{COLUMNS}/{ids['Done']}")
    assert done(bo) == ["Tested"]
    bo.delete(f"{COLUMNS}/{ids['In Progress']}")
    assert done(bo) == ["To Do"]


# Events


def test_a_new_column_and_those_that_make_room_are_told_of(app: Flask, bo: Person) -> None:
    heard = listen(app, bo, "PUNT")
    bo.post(COLUMNS, {"name": "Review", "order": 2}, headers={"X-Tab-Id": "t1"})
    assert kinds(heard) == ["column.created", "column.updated"]
    assert [each["data"] for each in heard()] == bo.get(COLUMNS).json[2:]
    assert [each["tabId"] for each in heard()] == ["t1", "t1"]


def test_each_column_that_changes_is_told_of_once(
    app: Flask, bo: Person, ids: dict[str, str]
) -> None:
    heard = listen(app, bo, "PUNT")
    change = {"name": "Finished", "order": 1, "wipLimit": 2}
    bo.patch(f"{COLUMNS}/{ids['Done']}", change)
    assert kinds(heard) == ["column.updated", "column.updated"]
    assert [each["data"] for each in heard()] == bo.get(COLUMNS).json[1:]

    heard = listen(app, bo, "PUNT")
    bo.put(f"{COLUMNS}/order", {"columnIds": [ids["Done"], ids["To Do"], ids["In Progress"]]})
    assert [each["data"] for each in heard()] == bo.get(COLUMNS).json[:2]


def test_a_removed_column_and_those_that_close_ranks_are_told_of(
    app: Flask, bo: Person, ids: dict[str, str]
) -> None:
    heard = listen(app, bo, "PUNT")
    bo.delete(f"{COLUMNS}/{ids['To Do']}")
    assert kinds(heard) == ["column.deleted", "column.updated", "column.updated"]
    assert [each["data"] for each in heard()] == [{"id": ids["To Do"]}, *bo.get(COLUMNS).json]


def test_each_change_makes_kept_answers_stale(bo: Person, ids: dict[str, str]) -> None:
    def tag() -> str | None:
        return bo.get(COLUMNS).headers["ETag"]

    tags = [tag()]
    bo.post(COLUMNS, {"name": "Review"})
    tags.append(tag())
    bo.patch(f"{COLUMNS}/{ids['Done']}", {"color": "#000000"})
    tags.append(tag())
    bo.delete(f"{COLUMNS}/{ids['Done']}")
    tags.append(tag())
    assert len(set(tags)) == 4
