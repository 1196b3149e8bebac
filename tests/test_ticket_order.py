"""The order of tickets: in each column 0 to n-1, whatever happens (contract, section 4)."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from punt.extensions import db
from punt.models import Segment, Ticket
from punt.tracker import segments
from tests.conftest import Answer, Person, make_project, new_ticket

pytestmark = pytest.mark.usefixtures("project", "short_segments")

Board = dict[str, list[int]]


def board(who: Person, project: str = "PUNT") -> Board:
    """The numbers of the tickets in each column, top to bottom; asserts that no place is amiss."""
    listed = who.get(f"/projects/{project}/tickets").json
    shown = who.get(f"/projects/{project}/columns").json
    columns = {each["id"]: each["name"] for each in shown}
    found: Board = {name: [] for name in columns.values()}
    for ticket in listed:
        column = found[columns[ticket["columnId"]]]
        assert ticket["order"] == len(column)
        column.append(ticket["number"])
    heights = {each["name"]: each["ticketCount"] for each in shown}
    assert heights == {name: len(column) for name, column in found.items()}
    assert who.get(f"/projects/{project}").json["ticketCount"] == len(listed)
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

ONE = st.lists(st.integers(0, 9), min_size=1, max_size=1)
SEVERAL = st.lists(st.integers(0, 9), min_size=1, max_size=6)
COLUMN = st.none() | st.integers(0, 2)
ORDER = st.none() | st.integers(0, 12)
NONE = st.none()
STEP = st.one_of(
    st.tuples(st.just("create"), ONE, COLUMN, ORDER),
    st.tuples(st.just("move"), ONE, COLUMN, ORDER),
    st.tuples(st.just("gather"), SEVERAL, st.integers(0, 2), ORDER),
    st.tuples(st.just("delete"), ONE, NONE, NONE),
    st.tuples(st.just("discard"), SEVERAL, NONE, NONE),
)
_examples = count(1)


@dataclass
class Lists:
    """What the columns of a project should hold."""

    columns: list[list[int]] = field(default_factory=lambda: [[], [], []])
    last_number: int = 0

    def chosen(self, places: list[int]) -> list[int]:
        """Some of the tickets that there are, by number, each once."""
        tickets = sorted(number for column in self.columns for number in column)
        return list(dict.fromkeys(tickets[place % len(tickets)] for place in places if tickets))

    def create(self, column: int | None, order: int | None) -> None:
        self.last_number += 1
        self._put([self.last_number], self.columns[column or 0], order)

    def move(self, numbers: list[int], column: int | None, order: int | None) -> None:
        target = self._of(numbers[0]) if column is None else self.columns[column]
        if order is None:
            numbers = [number for number in numbers if number not in target]
        self.delete(numbers)
        self._put(numbers, target, order)

    def delete(self, numbers: list[int]) -> None:
        for number in numbers:
            self._of(number).remove(number)

    def _of(self, number: int) -> list[int]:
        return next(each for each in self.columns if number in each)

    @staticmethod
    def _put(numbers: list[int], column: list[int], order: int | None) -> None:
        start = len(column) if order is None else order
        column[start:start] = numbers


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(filed=st.integers(0, 9), steps=st.lists(STEP, max_size=12))
def test_after_any_writes_the_columns_are_what_plain_lists_would_be(
    app: Flask, cy: Person, filed: int, steps: list[Any]
) -> None:
    key = make_project(app, f"P{next(_examples)}", {cy: "owner"})
    ids = [each["id"] for each in cy.get(f"/projects/{key}/columns").json]
    lists = Lists()
    for step in [("create", [0], None, None)] * filed + steps:
        take(step, cy, f"/projects/{key}/tickets", ids, lists)
        assert list(board(cy, key).values()) == lists.columns
        assert_segments(app, ids, lists)


def take(step: Any, who: Person, path: str, ids: list[str], lists: Lists) -> None:
    """Make one write through the API, and the same in the lists."""
    name, places, column, order = step
    numbers = lists.chosen(places)
    body = {} if column is None else {"columnId": ids[column]}
    body |= {} if order is None else {"order": order}
    if name == "create":
        lists.create(column, order)
        assert who.post(path, {"title": "x", **body}).json["number"] == lists.last_number
    elif not numbers:
        return
    elif name == "move":
        lists.move(numbers, column, order)
        assert who.patch(f"{path}/{numbers[0]}", body).status_code == 200
    elif name == "gather":
        lists.move(numbers, column, order)
        many = {"ticketIds": list(map(str, numbers)), "updates": body}
        assert who.patch(path, many).status_code == 200
    elif name == "delete":
        lists.delete(numbers)
        assert who.delete(f"{path}/{numbers[0]}").status_code == 200
    else:
        lists.delete(numbers)
        assert who.delete(path, {"ticketIds": list(map(str, numbers))}).status_code == 200


def assert_segments(app: Flask, ids: list[str], lists: Lists) -> None:
    """Each begins where the one above ends, and none is empty or should have been split."""
    with app.app_context():
        for column_id, column in zip(ids, lists.columns, strict=True):
            query = (
                select(Segment.base, func.count(Ticket.id))
                .outerjoin(Ticket, Ticket.segment_id == Segment.id)
                .where(Segment.column_id == column_id)
                .group_by(Segment.id)
            )
            bottom = 0
            for base, height in sorted(tuple(row) for row in db.session.execute(query)):
                assert base == bottom
                assert 0 < height < 2 * segments.SIZE
                bottom += height
            assert bottom == len(column)


# Page by page


@pytest.fixture
def standing(cy: Person, columns: dict[str, str]) -> list[int]:
    """Tickets in all three columns: their numbers in the order of the board."""
    for order in (0, 3, 1, 4, 4):
        new_ticket(cy, columnId=columns["In Progress"], order=order)
    cy.patch("/projects/PUNT/tickets/4", {"order": 1})
    return [number for column in board(cy).values() for number in column]


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages_in_the_order_of_the_board_make_the_whole(
    cy: Person, standing: list[int], limit: int
) -> None:
    assert paged(cy, f"sort=order&limit={limit}") == standing
    assert paged(cy, f"sort=-order&limit={limit}") == standing[::-1]


def test_pages_of_some_columns_hold_nothing_else(
    cy: Person, columns: dict[str, str], standing: list[int]
) -> None:
    middle, right = columns["In Progress"], columns["Done"]
    assert paged(cy, f"sort=order&limit=2&columnId={middle}") == standing[4:-2]
    assert paged(cy, f"sort=-order&limit=2&columnId={middle},{right}") == standing[:3:-1]
    assert paged(cy, f"sort=order&limit=2&columnId=none,{right}&type=task") == standing[-2:]


def test_a_page_goes_on_where_the_last_one_ended_though_tickets_moved(
    cy: Person, columns: dict[str, str], standing: list[int]
) -> None:
    link = following(cy.get("/projects/PUNT/tickets?limit=6"))
    assert link
    cy.patch(
        f"/projects/PUNT/tickets/{standing[-1]}", {"columnId": columns["In Progress"], "order": 0}
    )
    rest = [each["number"] for each in cy.get(link).json]
    assert rest == [standing[5], standing[6], standing[7], standing[8], standing[9]]


def paged(who: Person, query: str) -> list[int]:
    """The numbers of the tickets on all the pages of a list."""
    found, link = [], f"/projects/PUNT/tickets?{query}"
    while link:
        page = who.get(link)
        found += [each["number"] for each in page.json]
        link = following(page)
    return found


def following(page: Answer) -> str:
    """The path of the next page, or nothing."""
    return page.headers.get("Link", "").partition(">")[0].partition("/api")[2]
