"""Lists, whole and page by page (contract, section 1, pages)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.http import parse_list_header

from punt.database import now, transaction
from punt.extensions import db
from punt.models import Ticket
from tests.conftest import Answer, Person, details, new_ticket

TICKETS = "/projects/PUNT/tickets"
FIRST = f"{TICKETS}/1"
LISTS = [
    "/projects",
    "/projects/PUNT/members",
    "/projects/PUNT/columns",
    "/projects/PUNT/labels",
    "/projects/PUNT/sprints",
    TICKETS,
    f"{FIRST}/history",
    f"{FIRST}/comments",
    f"{FIRST}/links",
    "/me/sessions",
    "/me/tokens",
]
SORTS = ["order", "number", "priority", "createdAt", "updatedAt", "dueDate"]
SORTS += [f"-{sort}" for sort in SORTS]


@pytest.fixture
def board(app: Flask, project: str, ada: Person) -> list[str]:
    """Nine tickets in three columns, with and without all there is to sort by; their numbers."""
    columns = [each["id"] for each in ada.get("/projects/PUNT/columns").json]
    days = ["2024-05-02", None, "2024-05-01", "2024-05-02", None]
    for number in range(9):
        new_ticket(
            ada,
            f"Ticket {number % 4}",
            columnId=columns[number % 3],
            order=number % 2,
            priority=["High", "Low", "Medium", "High"][number % 4],
            type=["Bug", "Task"][number % 2],
            dueDate=days[number % 5],
        )
    with app.app_context(), transaction():
        same = {"created_at": now(), "updated_at": now()}
        db.session.execute(update(Ticket).where(Ticket.number > 4).values(same))
    return [each["id"] for each in ada.get(TICKETS).json]


@pytest.fixture
def lists(board: list[str], ada: Person) -> Person:
    """Ada, with at least three things on every list that she can see."""
    for number in range(3):
        name = f"N{number}"
        ada.post("/projects", {"name": name, "key": name})
        ada.post("/projects/PUNT/labels", {"name": name})
        ada.post("/projects/PUNT/sprints", {"name": name})
        ada.post("/me/tokens", {"name": name})
        ada.post(f"{FIRST}/comments", {"content": name})
        ada.post(f"{FIRST}/links", {"targetTicketId": str(number + 2), "linkType": "blocks"})
        ada.patch(FIRST, {"title": name, "description": name})
        body = {"username": "ada", "password": "Correct-horse-1"}
        ada.client.application.test_client().post("/api/auth/callback/credentials", json=body)
    return ada


def page(person: Person, path: str, **query: Any) -> Answer:
    response = person.get(path, query_string=query)
    assert response.status_code == 200, response.text
    return response


def next_of(response: Answer) -> str | None:
    """The path and query of the next page, below `/api`."""
    links = response.headers.getlist("Link")
    if not links:
        return None
    target, _, relation = links[0].partition("; ")
    assert (len(links), relation) == (1, 'rel="next"')
    assert (target[0], target[-1]) == ("<", ">")
    url = urlsplit(target[1:-1])
    assert url.netloc in ("", "localhost")
    return f"{url.path}?{url.query}".removeprefix("/api")


def walk(person: Person, path: str) -> list[list[Any]]:
    """All pages of a list, from a path that asks for the first one."""
    pages, following, totals = [], path, set()
    while following:
        response = person.get(following)
        assert response.status_code == 200, response.text
        totals.add(response.headers["X-Total-Count"])
        pages.append(response.json)
        following = next_of(response) or ""
        assert len(pages) < 50, "it never ends"
    assert totals == {str(sum(map(len, pages)))}
    return pages


def items(pages: list[list[Any]]) -> list[Any]:
    return [item for each in pages for item in each]


def test_a_list_is_whole_unless_a_page_is_asked_for(lists: Person) -> None:
    for path in LISTS:
        response = page(lists, path)
        assert isinstance(response.json, list)
        assert len(response.json) >= 3
        assert not {"Link", "X-Total-Count"} & set(response.headers.keys())


@pytest.mark.parametrize("path", LISTS)
def test_all_pages_together_are_the_list_in_order(lists: Person, path: str) -> None:
    whole = page(lists, path).json
    for limit in (1, 2, 3, len(whole) - 1, len(whole), len(whole) + 1, 500):
        pages = walk(lists, f"{path}?limit={limit}")
        assert items(pages) == whole
        assert all(len(each) == limit for each in pages[:-1])
        assert 1 <= len(pages[-1]) <= limit


@pytest.mark.parametrize("sort", SORTS)
def test_all_pages_of_tickets_are_the_list_in_every_order(
    ada: Person, board: list[str], sort: str
) -> None:
    whole = page(ada, TICKETS, sort=sort).json
    assert sorted(each["id"] for each in whole) == sorted(board)
    for limit in (1, 2, 4, 8, 9, 10):
        assert items(walk(ada, f"{TICKETS}?sort={sort}&limit={limit}")) == whole


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("type=bug", 5),
        ("type=bug,task", 9),
        ("type=bug&type=task", 9),
        ("type=bug&type=task&priority=low", 2),
        ("priority=high,low&sort=-number", 7),
        ("q=ticket%201", 2),
        ("q=%C3%A9", 0),
        ("q=a%26limit%3D9", 0),
        ("assigneeId=none&sort=dueDate", 9),
    ],
)
def test_the_next_page_is_filtered_like_the_first(
    ada: Person, board: list[str], query: str, count: int
) -> None:
    whole = ada.get(f"{TICKETS}?{query}").json
    assert len(whole) == count
    assert items(walk(ada, f"{TICKETS}?{query}&limit=2")) == whole


def test_a_page_tells_how_many_there_are(ada: Person, board: list[str]) -> None:
    response = page(ada, TICKETS, type="bug", limit=2)
    assert len(response.json) == 2
    assert response.headers["X-Total-Count"] == "5"


def test_the_last_page_has_no_next_one(ada: Person, board: list[str]) -> None:
    assert next_of(page(ada, TICKETS, limit=9)) is None
    assert next_of(page(ada, TICKETS, limit=8)) is not None


def test_a_list_with_nothing_on_it_is_a_page(ada: Person, project: str) -> None:
    for path in (TICKETS, "/projects/PUNT/labels"):
        response = page(ada, path, limit=5)
        assert response.json == []
        assert response.headers["X-Total-Count"] == "0"
        assert next_of(response) is None


def test_the_next_page_may_be_of_another_size(ada: Person, board: list[str]) -> None:
    query = parse_qs(urlsplit(next_of(page(ada, TICKETS, limit=2)) or "").query)
    cursor = query["cursor"][0]
    assert [each["id"] for each in page(ada, TICKETS, cursor=cursor, limit=3).json] == board[2:5]
    rest = page(ada, TICKETS, cursor=cursor)
    assert [each["id"] for each in rest.json] == board[2:]
    assert rest.headers["X-Total-Count"] == "9"


def test_a_page_is_of_the_project_by_whatever_name(ada: Person, board: list[str]) -> None:
    id_ = ada.get("/projects/PUNT").json["id"]
    for name in ("punt", "Punt", id_):
        found = items(walk(ada, f"/projects/{name}/tickets?limit=4"))
        assert [each["id"] for each in found] == board


# The list changes meanwhile


@pytest.mark.parametrize("sort", ["number", "-createdAt", "dueDate", "-priority"])
def test_what_is_deleted_meanwhile_makes_no_gap(ada: Person, board: list[str], sort: str) -> None:
    whole = [each["id"] for each in page(ada, TICKETS, sort=sort).json]
    following = next_of(page(ada, TICKETS, sort=sort, limit=3)) or ""
    for id_ in (whole[0], whole[2], whole[3]):
        ada.delete(f"{TICKETS}/{id_}")
    assert [each["id"] for each in items(walk_rest(ada, following))] == whole[4:]


def walk_rest(person: Person, path: str) -> list[list[Any]]:
    """The pages from one in the middle on."""
    pages = []
    while path:
        response = person.get(path)
        assert response.status_code == 200
        pages.append(response.json)
        path = next_of(response) or ""
    return pages


def test_what_is_added_meanwhile_shifts_nothing(ada: Person, board: list[str]) -> None:
    whole = [each["id"] for each in page(ada, TICKETS, sort="-number").json]
    following = next_of(page(ada, TICKETS, sort="-number", limit=4)) or ""
    new_ticket(ada, "Meanwhile")
    assert [each["id"] for each in items(walk_rest(ada, following))] == whole[4:]


# What is refused


def test_a_limit_that_is_none_is_refused(lists: Person) -> None:
    for path in LISTS:
        for limit in ("0", "501", "abc", "-1", "1.5", "1e2", "", " ", "0x1", "٣", "9" * 100):
            refused = lists.get(path, query_string={"limit": limit})
            told = details(refused)
            assert told == {"limit": "Limit must be a whole number from 1 to 500"}, (path, limit)


def test_the_least_and_the_largest_limit_are_taken(lists: Person) -> None:
    for path in LISTS:
        assert len(page(lists, path, limit=1).json) == 1
        assert page(lists, path, limit=500).json == page(lists, path).json


def cursor_of(person: Person, path: str, **query: Any) -> str:
    following = next_of(page(person, path, limit=1, **query))
    assert following
    return parse_qs(urlsplit(following).query)["cursor"][0]


def test_a_forged_cursor_is_refused(lists: Person) -> None:
    for path in LISTS:
        good = cursor_of(lists, path)
        head, _, tail = good.partition(".")
        other = ("B" if tail[0] == "A" else "A") + tail[1:]
        forged = [good[:-1], good[1:], f"x{good}", f"{good}.", f"{good} x", head, f".{tail}"]
        forged += [f"{head}.", f"{head}.{other}", f"Wzc3XQ.{tail}", "x", "1", "[]", "null", "é"]
        for cursor in [*forged, "' OR 1=1 --", "A" * 500]:
            refused = lists.get(path, query_string={"cursor": cursor})
            assert details(refused).keys() == {"cursor"}, (path, cursor)


def test_a_cursor_is_good_for_its_own_list_only(lists: Person) -> None:
    cursors = {path: cursor_of(lists, path) for path in LISTS}
    for path in LISTS:
        for other, cursor in cursors.items():
            response = lists.get(path, query_string={"cursor": cursor})
            assert response.status_code == (200 if other == path else 400), (path, other)


def test_a_cursor_of_another_project_or_ticket_is_refused(lists: Person) -> None:
    lists.post("/projects/N0/tickets", {"title": "Elsewhere"})
    tickets, history = cursor_of(lists, TICKETS), cursor_of(lists, f"{FIRST}/history")
    for path, cursor in (
        ("/projects/N0/tickets", tickets),
        ("/projects/N0/columns", cursor_of(lists, "/projects/PUNT/columns")),
        (f"{TICKETS}/2/history", history),
        ("/projects/N0/tickets/1/history", history),
    ):
        assert details(lists.get(path, query_string={"cursor": cursor})).keys() == {"cursor"}


@pytest.mark.parametrize(
    "query",
    [{"sort": "-number"}, {"type": "bug"}, {"q": "ticket"}, {"sort": "number", "type": "bug"}, {}],
)
def test_a_cursor_of_another_order_or_filter_is_refused(
    ada: Person, board: list[str], query: dict[str, str]
) -> None:
    cursor = cursor_of(ada, TICKETS, sort="number")
    refused = ada.get(TICKETS, query_string={**query, "cursor": cursor})
    assert details(refused).keys() == {"cursor"}


def test_a_cursor_is_no_way_in(
    ada: Person, ed: Person, anonymous: Person, board: list[str]
) -> None:
    query = {"cursor": cursor_of(ada, TICKETS)}
    assert ed.get(TICKETS, query_string=query).status_code == 403
    assert anonymous.get(TICKETS, query_string=query).status_code == 401


def test_the_history_of_one_ticket_is_paged_newest_first(ada: Person, board: list[str]) -> None:
    for number in range(5):
        ada.patch(FIRST, {"title": f"Title {number}", "description": f"Text {number}"})
    found = items(walk(ada, f"{FIRST}/history?limit=3"))
    titles = [each["newValue"] for each in found if each["field"] == "title"]
    assert titles == [f"Title {number}" for number in (4, 3, 2, 1, 0)]
    assert len({each["id"] for each in found}) == len(found) == 10


def test_a_link_names_what_a_browser_may_fetch(ada: Person, board: list[str]) -> None:
    header = page(ada, TICKETS, q='"<ticket>;, rel=x"', limit=1).headers.get("Link", "")
    assert header == ""
    for each in range(3):
        new_ticket(ada, f"<ticket>; {each}")
    header = page(ada, TICKETS, q="<ticket>;", limit=1).headers["Link"]
    assert header.count("<") == header.count(">") == 1
    assert len(parse_list_header(header)) == 1
