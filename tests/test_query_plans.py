"""No list reads a whole table: an index leads to the rows of the project, whatever is asked."""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from punt.extensions import db
from schemas.tickets import SORTS
from tests.conftest import PASSWORD, Person, new_label, new_sprint, new_ticket, sign_in

TICKETS = "/projects/PUNT/tickets"
FILTERS = (
    "",
    "columnId={column}",
    "sprintId={sprint}",
    "sprintId=none",
    "type=bug,task",
    "priority=high",
    "assigneeId=me",
    "assigneeId=none",
    "labelId={label}",
    "labelId=none",
    "parentId=1",
    "parentId=none",
    "q=ticket",
    "q=PUNT-1",
    "type=bug&assigneeId=me&labelId={label}&q=ticket",
)
LISTS = (
    "/projects",
    "/projects/PUNT/members",
    "/projects/PUNT/columns",
    "/projects/PUNT/labels",
    "/projects/PUNT/sprints",
    "/projects/PUNT/sprints/active",
    "/projects/PUNT/sprints/{sprint}",
    f"{TICKETS}/1",
    f"{TICKETS}/1/history",
    f"{TICKETS}/1/comments",
    f"{TICKETS}/1/links",
    f"{TICKETS}/1/attachments",
    "/me/sessions",
    "/me/tokens",
)

# But for what the statement itself has put together, and what an index of words has found.
SCAN = re.compile(r"SCAN (?!anon_|CONSTANT|ticket_search VIRTUAL TABLE INDEX 0:M)")

Statement = tuple[str, Any]


@pytest.fixture
def ids(app: Flask, project: str, ada: Person) -> dict[str, str]:
    """What the filters and paths name."""
    new_ticket(ada, "A ticket")
    column = ada.get("/projects/PUNT/columns").json[0]["id"]
    return {"column": column, "sprint": new_sprint(app), "label": new_label(app, "new")}


@pytest.fixture
def asked(app: Flask) -> Iterator[list[Statement]]:
    """Every SELECT that the database is asked."""
    statements: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if sql.startswith(("SELECT", "WITH")):
            statements.append((sql, values))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def steps_of(app: Flask, sql: str, values: Any) -> list[Any]:
    """How the database would answer: each step's number, that of what it is part of, and words."""
    with app.app_context(), db.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
    return [(row[0], row[1], row[3]) for row in rows]


def assert_no_scan(app: Flask, statements: list[Statement]) -> None:
    """What is read whole may only be what the statement itself has put together."""
    assert statements
    for sql, values in list(statements):
        steps = [words for _, _, words in steps_of(app, sql, values)]
        scanned = [words for words in steps if SCAN.match(words)]
        assert not scanned, f"{scanned} in {sql}"


def add_one_of_each(app: Flask, ada: Person, ids: dict[str, str], number: int) -> None:
    """One more of all that the lists show."""
    file = {"file": (BytesIO(b"plain text"), "a.txt")}
    other = new_ticket(ada, sprintId=ids["sprint"])["number"]
    link = {"targetTicketId": str(other), "linkType": "blocks"}
    person = sign_in(app, f"person-{number}", "")
    credentials = {"username": "ada", "password": PASSWORD}
    shown = ada.get(f"{TICKETS}/1").json
    labels = [*(each["id"] for each in shown["labels"]), new_label(app, f"carried {number}")]
    watchers = [*(each["id"] for each in shown["watchers"]), person.id]
    made = [
        ada.post("/projects", {"name": "Another", "key": f"P{number}"}),
        ada.post("/projects/PUNT/columns", {"name": "Another"}),
        ada.post("/projects/PUNT/labels", {"name": f"label {number}"}),
        ada.post("/projects/PUNT/sprints", {}),
        ada.post("/projects/PUNT/members", {"userId": person.id, "role": "member"}),
        ada.patch(f"{TICKETS}/1", {"labelIds": labels, "watcherIds": watchers}),
        ada.post(f"{TICKETS}/1/comments", {"content": "Hello"}),
        ada.post(f"{TICKETS}/1/links", link),
        ada.client.post(f"/api{TICKETS}/1/attachments", data=file),
        ada.post("/me/tokens", {"name": "script"}),
        Person("", "", app.test_client()).post("/auth/callback/credentials", credentials),
    ]
    assert {response.status_code for response in made} <= {200, 201}


@pytest.mark.parametrize("path", [*LISTS, TICKETS, f"{TICKETS}?limit=500"])
def test_a_longer_list_asks_no_more(
    app: Flask, ada: Person, ids: dict[str, str], asked: list[Statement], path: str
) -> None:
    counts, lengths = [], []
    for numbers in (range(1), range(1, 4)):
        for number in numbers:
            add_one_of_each(app, ada, ids, number)
        asked.clear()
        response = ada.get(path.format(**ids))
        assert response.status_code == 200
        counts.append(len(asked))
        lengths.append(len(response.data))
    assert counts[0] == counts[1] > 0
    # Of active sprints there is never more than one.
    assert lengths[1] > lengths[0] + 100 or path.endswith("/active")


@pytest.mark.parametrize("narrowed", FILTERS)
def test_no_list_of_tickets_reads_them_all(
    app: Flask, ada: Person, ids: dict[str, str], asked: list[Statement], narrowed: str
) -> None:
    for sort, direction, paged in product(SORTS, ("", "-"), ("", "&limit=1")):
        query = f"{narrowed.format(**ids)}&sort={direction}{sort}{paged}"
        assert ada.get(f"{TICKETS}?{query.lstrip('&')}").status_code == 200
    assert_no_scan(app, asked)


def test_no_next_page_reads_them_all(
    app: Flask, ada: Person, ids: dict[str, str], asked: list[Statement]
) -> None:
    new_ticket(ada, "Another ticket")
    for sort, direction in product(SORTS, ("", "-")):
        first = ada.get(f"{TICKETS}?sort={direction}{sort}&limit=1")
        link = first.headers["Link"].partition(">")[0].partition("/api")[2]
        assert len(ada.get(link).json) == 1
    assert_no_scan(app, asked)


@pytest.mark.parametrize("narrowed", ["", "&columnId={column}", "&type=bug,task"])
@pytest.mark.parametrize("sort", ["order", "-order"])
def test_no_page_in_the_order_of_the_board_sorts_what_it_does_not_show(
    app: Flask,
    ada: Person,
    ids: dict[str, str],
    asked: list[Statement],
    sort: str,
    narrowed: str,
) -> None:
    new_ticket(ada, "Another ticket")
    first = ada.get(f"{TICKETS}?sort={sort}&limit=1{narrowed.format(**ids)}")
    link = first.headers["Link"].partition(">")[0].partition("/api")[2]
    assert len(ada.get(link).json) == 1
    for_pages = [steps_of(app, *each) for each in asked if " LIMIT " in each[0]]
    walks = [steps for steps in for_pages if chosen_by(steps)]
    assert len(walks) == 2
    for steps in walks:
        assert not [words for words in chosen_by(steps) if "TEMP B-TREE" in words]


def chosen_by(steps: list[Any]) -> list[str]:
    """The words of the steps that go from segment to segment."""
    walk = re.compile("SEARCH tickets USING INDEX ix_tickets_segment_id")
    whole = {part_of for _, part_of, words in steps if walk.match(words)}
    return [words for _, part_of, words in steps if part_of in whole]


# What leads to few tickets, and what has many in order.
FINDING = {
    "columnId={column}": "tickets USING INDEX ix_tickets_column_id_",
    "sprintId={sprint}": "tickets USING INDEX ix_tickets_sprint_id_",
    "type=bug": "tickets USING INDEX ix_tickets_project_id_type ",
    "priority=high": "tickets USING INDEX ix_tickets_project_id_priority_",
    "assigneeId=me": "tickets USING INDEX ix_tickets_assignee_id_",
    "labelId={label}": "tickets USING INDEX sqlite_autoindex_tickets_1 (id=?)",
    "labelId=none": "tickets USING INDEX ix_tickets_project_id_is_labelled ",
    "parentId=1": "tickets USING INDEX ix_tickets_project_id_parent_id ",
    "q=special": "tickets USING INDEX sqlite_autoindex_tickets_1 (id=?)",
    "q=special in": "tickets USING INDEX sqlite_autoindex_tickets_1 (id=?)",
}
WALKING = {
    "number": "sqlite_autoindex_tickets_2 (project_id=?",
    "priority": "ix_tickets_project_id_priority_number (project_id=?",
    "createdAt": "ix_tickets_project_id_created_at_number (project_id=?",
    "updatedAt": "ix_tickets_project_id_updated_at_number (project_id=?",
    "dueDate": "ix_tickets_project_id_due_date_number (project_id=? AND due_date>?)",
}
COUNTING = {
    "columnId={column}": "columns USING INDEX sqlite_autoindex_columns_1 (id=?)",
    "sprintId={sprint}": "tickets USING COVERING INDEX ix_tickets_sprint_id_",
    "type=bug": "tickets USING COVERING INDEX ix_tickets_project_id_type ",
    "priority=high": "tickets USING COVERING INDEX ix_tickets_project_id_priority_",
    "assigneeId=me": "tickets USING COVERING INDEX ix_tickets_assignee_id_",
    "labelId={label}": "ticket_labels USING COVERING INDEX ix_ticket_labels_label_id",
    "labelId=none": "tickets USING COVERING INDEX ix_tickets_project_id_is_labelled ",
    "parentId=1": "tickets USING COVERING INDEX ix_tickets_project_id_parent_id ",
}
# What all tickets but the special one are.
MANY = (
    "",
    "columnId={first}",
    "sprintId=none",
    "type=task",
    "priority=medium",
    "assigneeId=none",
    "labelId={usual}",
    "parentId=none",
    "q=ticket",
)


@pytest.fixture
def first_step(app: Flask, ada: Person, asked: list[Statement]) -> Any:
    """Answers how the database comes by the tickets of a page."""

    def plan(query: str) -> str:
        asked.clear()
        assert ada.get(f"{TICKETS}?limit=1&{query}").status_code == 200
        page = next(each for each in asked if "LIMIT" in each[0] and "json" in each[0])
        return next(words for _, _, words in steps_of(app, *page) if " tickets USING" in words)

    return plan


@pytest.fixture
def special(app: Flask, ada: Person, ids: dict[str, str]) -> dict[str, str]:
    """Ten tickets, of which one is like no other in anything."""
    other = ada.get("/projects/PUNT/columns").json[1]["id"]
    usual = new_label(app, "usual")
    for _ in range(8):
        new_ticket(ada, labelIds=[usual])
    new_ticket(ada, "A special one in all", type="bug", priority="high", columnId=other,
               sprintId=ids["sprint"], labelIds=[ids["label"]], assigneeId="me", parentId="1",
               dueDate="2026-01-01")  # fmt: skip
    return ids | {"column": other, "first": ids["column"], "usual": usual}


@pytest.mark.parametrize("narrowed", FINDING)
def test_few_tickets_are_found_and_sorted(
    special: dict[str, str], first_step: Any, narrowed: str
) -> None:
    for sort, direction in product(WALKING, ("", "-")):
        query = f"{narrowed.format(**special)}&sort={direction}{sort}"
        assert FINDING[narrowed] in first_step(query), query


@pytest.mark.parametrize("narrowed", MANY)
def test_many_tickets_are_met_on_the_way(
    special: dict[str, str], first_step: Any, narrowed: str
) -> None:
    for sort, direction in product(WALKING, ("", "-")):
        query = f"{narrowed.format(**special)}&sort={direction}{sort}"
        assert f"INDEX {WALKING[sort]}" in first_step(query), query


@pytest.mark.parametrize("narrowed", COUNTING)
def test_tickets_are_counted_without_a_look_at_them(
    app: Flask, ada: Person, special: dict[str, str], asked: list[Statement], narrowed: str
) -> None:
    assert (
        ada.get(f"{TICKETS}?limit=1&{narrowed.format(**special)}").headers["X-Total-Count"] == "1"
    )
    count, *_ = (each for each in asked if re.match("SELECT (count|coalesce)", each[0]))
    assert COUNTING[narrowed] in steps_of(app, *count)[0][2]


@pytest.mark.parametrize("path", LISTS)
def test_no_other_list_reads_more_than_it_shows(
    app: Flask, ada: Person, ids: dict[str, str], asked: list[Statement], path: str
) -> None:
    assert ada.get(path.format(**ids)).status_code == 200
    assert_no_scan(app, asked)


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("path", ["/projects/PUNT/events", "/projects/events", "/users/events"])
def test_no_stream_reads_the_whole_log(
    app: Flask, ada: Person, listen: Any, asked: list[Statement], path: str
) -> None:
    add_events(ada)
    messages = listen(ada, path, headers={"Last-Event-ID": "1"})
    asked.clear()
    assert next(messages)
    assert_no_scan(app, asked)


def add_events(person: Person) -> None:
    """Something for each stream."""
    new_ticket(person, "Another ticket")
    person.patch("/projects/PUNT", {"name": "Another name"})
    person.patch("/me", {"name": "Somebody else"})
