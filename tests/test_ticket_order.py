"""The order of tickets: in each column 0 to n-1, whatever happens (contract, section 4)."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Person, make_project, new_ticket

pytestmark = pytest.mark.usefixtures("project")

Board = dict[str, list[int]]


def board(who: Person, project: str = "PUNT") -> Board:
    """The numbers of the tickets in each column, top to bottom; asserts that no place is amiss."""
    columns = {each["id"]: each["name"] for each in who.get(f"/projects/{project}/columns").json}
    found: Board = {name: [] for name in columns.values()}
    for ticket in who.get(f"/projects/{project}/tickets").json:
        column = found[columns[ticket["columnId"]]]
        assert ticket["order"] == len(column)
        column.append(ticket["number"])
    return found


@pytest.fixture
def columns(cy: Person) -> dict[str, str]:
    """The columns by name, To Do with 1 to 4 in it, and Done with 5 and 6."""
    ids = {each["name"]: each["id"] for each in cy.get("/projects/PUNT/columns").json}
    for column in ["To Do"] * 4 + ["Done"] * 2:
        new_ticket(cy, columnId=ids[column])
    assert board(cy) == {"To Do": [1, 2, 3, 4], "In Progress": [], "Done": [5, 6]}
    return ids


@pytest.mark.parametrize(
    ("order", "place", "expected"),
    [
        (None, 4, [1, 2, 3, 4, 7]),
        (0, 0, [7, 1, 2, 3, 4]),
        (2, 2, [1, 2, 7, 3, 4]),
        (4, 4, [1, 2, 3, 4, 7]),
        (5, 4, [1, 2, 3, 4, 7]),
        (2**31 - 1, 4, [1, 2, 3, 4, 7]),
    ],
)
def test_a_new_ticket_goes_to_the_bottom_or_where_it_says(
    cy: Person, columns: dict[str, str], order: int | None, place: int, expected: list[int]
) -> None:
    given_order: dict[str, Any] = {} if order is None else {"order": order}
    assert new_ticket(cy, **given_order)["order"] == place
    assert board(cy)["To Do"] == expected


@pytest.mark.parametrize(
    ("number", "order", "place", "expected"),
    [
        (1, 0, 0, [1, 2, 3, 4]),
        (1, 1, 1, [2, 1, 3, 4]),
        (1, 3, 3, [2, 3, 4, 1]),
        (1, 99, 3, [2, 3, 4, 1]),
        (2, 2, 2, [1, 3, 2, 4]),
        (3, 0, 0, [3, 1, 2, 4]),
        (4, 0, 0, [4, 1, 2, 3]),
        (4, 2, 2, [1, 2, 4, 3]),
        (4, 4, 3, [1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("names_column", [False, True])
def test_a_ticket_moves_within_its_column(
    cy: Person,
    columns: dict[str, str],
    number: int,
    order: int,
    place: int,
    expected: list[int],
    names_column: bool,
) -> None:
    change: dict[str, Any] = {"order": order}
    if names_column:
        change["columnId"] = columns["To Do"]
    answer = cy.patch(f"/projects/PUNT/tickets/{number}", change)
    assert (answer.status_code, answer.json["order"]) == (200, place)
    assert board(cy) == {"To Do": expected, "In Progress": [], "Done": [5, 6]}


@pytest.mark.parametrize(
    ("order", "place", "done"),
    [
        (None, 2, [5, 6, 2]),
        (0, 0, [2, 5, 6]),
        (1, 1, [5, 2, 6]),
        (2, 2, [5, 6, 2]),
        (3, 2, [5, 6, 2]),
        (2**31 - 1, 2, [5, 6, 2]),
    ],
)
def test_a_ticket_moves_to_another_column_and_the_others_close_ranks(
    cy: Person, columns: dict[str, str], order: int | None, place: int, done: list[int]
) -> None:
    change: dict[str, Any] = {"columnId": columns["Done"]}
    if order is not None:
        change["order"] = order
    moved = cy.patch("/projects/PUNT/tickets/2", change).json
    assert (moved["column"]["name"], moved["order"]) == ("Done", place)
    assert board(cy) == {"To Do": [1, 3, 4], "In Progress": [], "Done": done}


def test_naming_the_column_it_is_in_leaves_a_ticket_where_it_is(
    cy: Person, columns: dict[str, str]
) -> None:
    stays = cy.patch("/projects/PUNT/tickets/2", {"columnId": columns["To Do"]}).json
    assert stays["order"] == 1
    assert board(cy)["To Do"] == [1, 2, 3, 4]


def test_an_empty_column_takes_its_first_ticket_at_the_top(
    cy: Person, columns: dict[str, str]
) -> None:
    change = {"columnId": columns["In Progress"], "order": 7}
    assert cy.patch("/projects/PUNT/tickets/4", change).json["order"] == 0
    assert board(cy) == {"To Do": [1, 2, 3], "In Progress": [4], "Done": [5, 6]}


def test_a_move_changes_nothing_else_in_any_ticket(cy: Person, columns: dict[str, str]) -> None:
    before = {each["number"]: each for each in cy.get("/projects/PUNT/tickets").json}
    moved = cy.patch("/projects/PUNT/tickets/1", {"columnId": columns["Done"], "order": 0}).json
    after = {each["number"]: each for each in cy.get("/projects/PUNT/tickets").json}
    assert after.pop(1) == moved
    orders = {2: 0, 3: 1, 4: 2, 5: 1, 6: 2}
    assert after == {number: before[number] | {"order": orders[number]} for number in orders}


@pytest.mark.parametrize(("number", "expected"), [(1, [2, 3, 4]), (2, [1, 3, 4]), (4, [1, 2, 3])])
def test_the_others_close_ranks_behind_a_deleted_ticket(
    cy: Person, columns: dict[str, str], number: int, expected: list[int]
) -> None:
    cy.delete(f"/projects/PUNT/tickets/{number}")
    assert board(cy) == {"To Do": expected, "In Progress": [], "Done": [5, 6]}


def test_a_refused_move_moves_nothing(
    cy: Person, columns: dict[str, str], ed: Person, other_project: str, stored: Any
) -> None:
    before = stored()
    theirs = ed.get("/projects/OTHER/columns").json[0]["id"]
    for change in (
        {"order": -1},
        {"columnId": theirs, "order": 0},
        {"columnId": columns["Done"], "order": 0, "title": ""},
        {"columnId": columns["Done"], "order": 0, "parentId": "77"},
    ):
        assert cy.patch("/projects/PUNT/tickets/1", change).status_code == 400
    assert stored() == before


# Any sequence of writes, against plain lists

OPTIONAL_COLUMN = st.none() | st.integers(0, 2)
OPTIONAL_ORDER = st.none() | st.integers(0, 6)
STEP = st.one_of(
    st.tuples(st.just("create"), OPTIONAL_COLUMN, OPTIONAL_ORDER),
    st.tuples(st.just("move"), st.integers(0, 9), OPTIONAL_COLUMN, OPTIONAL_ORDER),
    st.tuples(st.just("delete"), st.integers(0, 9)),
)
_examples = count(1)


@dataclass
class Lists:
    """What the columns of a project should hold."""

    columns: list[list[int]] = field(default_factory=lambda: [[], [], []])
    last_number: int = 0

    def tickets(self) -> list[int]:
        """Every ticket, by number."""
        return sorted(number for column in self.columns for number in column)

    def create(self, column: int | None, order: int | None) -> int:
        self.last_number += 1
        self._put(self.last_number, self.columns[column or 0], order)
        return self.last_number

    def move(self, number: int, column: int | None, order: int | None) -> None:
        present = next(each for each in self.columns if number in each)
        target = present if column is None else self.columns[column]
        if target is present and order is None:
            return
        present.remove(number)
        self._put(number, target, order)

    def delete(self, number: int) -> None:
        next(each for each in self.columns if number in each).remove(number)

    @staticmethod
    def _put(number: int, column: list[int], order: int | None) -> None:
        column.insert(len(column) if order is None else order, number)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=15))
def test_after_any_writes_the_columns_are_what_plain_lists_would_be(
    app: Flask, cy: Person, steps: list[Any]
) -> None:
    key = make_project(app, f"P{next(_examples)}", {cy: "owner"})
    ids = [each["id"] for each in cy.get(f"/projects/{key}/columns").json]
    lists = Lists()
    for step in steps:
        take(step, cy, f"/projects/{key}/tickets", ids, lists)
        assert list(board(cy, key).values()) == lists.columns


def take(step: Any, who: Person, path: str, ids: list[str], lists: Lists) -> None:
    """Make one write through the API, and the same in the lists."""
    name, *rest = step
    if name != "create":
        tickets = lists.tickets()
        if not tickets:
            return
        number = tickets[rest.pop(0) % len(tickets)]
    if name == "delete":
        lists.delete(number)
        assert who.delete(f"{path}/{number}").status_code == 200
        return
    column, order = rest
    body = {} if column is None else {"columnId": ids[column]}
    body |= {} if order is None else {"order": order}
    if name == "create":
        assert who.post(path, {"title": "x", **body}).json["number"] == lists.create(column, order)
    else:
        lists.move(number, column, order)
        assert who.patch(f"{path}/{number}", body).status_code == 200
