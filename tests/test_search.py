"""The search for words in titles and descriptions, and for keys (contract, section 4)."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from punt import housekeeper
from punt.database import transaction
from punt.extensions import db
from punt.search_index import BACKLOG
from punt.tracker import ticket_search
from tests.conftest import Person, new_ticket

pytestmark = pytest.mark.usefixtures("project")

TICKETS = "/projects/PUNT/tickets"

Found = Callable[..., list[int]]


@pytest.fixture(params=["waiting", "entered"])
def found(app: Flask, request: pytest.FixtureRequest) -> Found:
    """Answers which tickets a search finds, before the index knows of them or after."""

    def find(who: Person, q: str, path: str = TICKETS) -> list[int]:
        if request.param == "entered":
            housekeeper.enter_in_index(app)
        return searched(who, q, path)

    return find


def searched(who: Person, q: str, path: str = TICKETS) -> list[int]:
    """Which tickets a search finds, which are the same on a page and in the whole list."""
    query = urlencode({"q": q, "sort": "number"})
    path += f"{'&' if '?' in path else '?'}{query}"
    whole, page = who.get(path), who.get(f"{path}&limit=500")
    assert whole.status_code == 200, whole.text
    assert page.json == whole.json
    assert page.headers["X-Total-Count"] == str(len(whole.json))
    return [each["number"] for each in whole.json]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("pump", [1, 2]),
        ("PUMP", [1, 2]),
        ("ump", [1, 2]),
        ("leaking pump", [1]),
        ("  pump \t leaking ", [1]),
        ("pump oil", [1, 2]),
        ("oil leaking", [1]),
        ("pump nosuch", []),
        ("ärger", [3]),
        ("ÄRGER", [3]),
        ("STRASSE", [3]),
        ("straße", [3]),
        ("ΌΔΟΣ", [3]),
        ("日本", [3]),
        ("cellar", []),
        ("pump,oil", []),
        ("' OR 1=1 --", []),
    ],
)
def test_every_word_must_stand_in_title_or_description(
    cy: Person, found: Found, q: str, expected: list[int]
) -> None:
    new_ticket(cy, "The Leaking Pump", description="needs Oil", environment="cellar")
    new_ticket(cy, "Oil the pump")
    new_ticket(cy, "Ärger in der Straße", description="όδος 日本")
    assert found(cy, q) == expected


@pytest.mark.parametrize(
    ("q", "expected"),
    [("100%", [1]), ("%", [1]), ("a_b", [3]), ("_", [3]), ("a\\b", [5]), ("\\", [5]), ("/", [6]),
     ("a/b", [6]), ("%%", []), ("\\%", []), ("/%", [])],
)  # fmt: skip
def test_wildcards_are_taken_literally(
    cy: Person, found: Found, q: str, expected: list[int]
) -> None:
    for title in ("100% sure", "1000 sure", "a_b", "axb", "a\\b", "a/b"):
        new_ticket(cy, title)
    assert found(cy, q) == expected


@pytest.mark.parametrize("q", ["PUNT-2", "punt-2", " Punt-2 "])
def test_a_key_finds_its_ticket_and_who_mentions_it(cy: Person, found: Found, q: str) -> None:
    for title in ("One", "Two", "Blocked by punt-2", "Four"):
        new_ticket(cy, title)
    assert found(cy, q) == [2, 3]


@pytest.mark.parametrize("q", ["PUNT-9", "PUNT-", "OTHER-1", "PUNT-999999999999999999999", "2"])
def test_what_is_no_key_of_a_ticket_finds_nothing(
    cy: Person, ed: Person, found: Found, other_project: str, q: str
) -> None:
    ed.post("/projects/OTHER/tickets", {"title": "Theirs"})
    new_ticket(cy, "One")
    new_ticket(cy, "Two")
    assert found(cy, q) == []


def test_it_follows_what_changes(cy: Person, found: Found) -> None:
    new_ticket(cy, "Old title", description="old text")
    cy.patch("/projects/PUNT/tickets/1", {"title": "New title"})
    assert [found(cy, q) for q in ("old title", "new", "old text")] == [[1], [1], [1]]
    cy.patch("/projects/PUNT/tickets/1", {"description": None})
    assert [found(cy, q) for q in ("old", "new", "text")] == [[], [1], []]


@pytest.mark.parametrize(
    "word",
    ["OR", "AND", "NOT", "NEAR(a", "b)", "NEAR", "text:abc", "abc*", "*", '"', '""', '"abc"',
     "'abc'", "^abc", "-abc", "a+b+c", "{abc}:", "(abc", "abc;--", "ticket_search",
     "rowid", "0x1234"],
)  # fmt: skip
def test_nothing_in_a_word_is_an_operator(cy: Person, found: Found, word: str) -> None:
    new_ticket(cy, f"before {word} behind")
    new_ticket(cy, "before abc a b c text behind")
    others = [2] if word.casefold() in "before abc a b c text behind" else []
    assert found(cy, word) == [1, *others]
    assert found(cy, f"{word} before") == [1, *others]


@pytest.mark.parametrize(
    ("q", "expected"),
    [("on", [1, 2]), ("on login", [1]), ("login on", [1]), ("on in", [1]), ("x login", []),
     ("語", [3]), ("日本", [3]), ("日本語", [3]), ("本語で", [3]), ("日語", []), ("日本語 の", []),
     ("🚀", [4]), ("🚀🛰🚀", [4]), ("a🚀🛰", [4]), ("🚀🚀🚀", []),
     ("👩\N{ZERO WIDTH JOINER}🚀", [4]), ("👩🚀", []),
     ("istanbul", []), ("İSTANBUL", [5]), ("i̇stanbul", [5]), ("STRASSE", [6]), ("ẞ", [6]),
     ("e\N{COMBINING ACUTE ACCENT}té", [7]), ("été", [])],
)  # fmt: skip
def test_words_may_be_short_and_of_any_script(
    cy: Person, found: Found, q: str, expected: list[int]
) -> None:
    for title in ("Login on demand", "Only once", "日本語で", "a🚀🛰🚀 by 👩\N{ZERO WIDTH JOINER}🚀",
                  "İstanbul", "Straße", "e\N{COMBINING ACUTE ACCENT}té"):  # fmt: skip
        new_ticket(cy, title)
    assert found(cy, q) == expected


def test_a_word_does_not_reach_from_the_title_into_the_description(
    cy: Person, found: Found
) -> None:
    new_ticket(cy, "over", description="flow")
    new_ticket(cy, "flow", description="over")
    assert (found(cy, "overflow"), found(cy, "over flow")) == ([], [1, 2])


def test_with_other_filters_each_must_hold(cy: Person, found: Found) -> None:
    for title, type_ in (("The pump", "bug"), ("A pump", "task"), ("A valve", "bug")):
        new_ticket(cy, title, type=type_)
    assert found(cy, "pump", f"{TICKETS}?type=bug") == [1]


def test_what_is_gone_is_not_found(cy: Person, found: Found) -> None:
    for _ in range(3):
        new_ticket(cy, "The pump")
    assert found(cy, "pump") == [1, 2, 3]
    cy.delete(f"{TICKETS}/2")
    assert found(cy, "pump") == [1, 3]
    cy.delete(TICKETS, {"ticketIds": [cy.get(f"{TICKETS}/1").json["id"]]})
    assert found(cy, "pump") == [3]


def test_an_imported_project_is_searched_like_any_other(
    cy: Person, ada: Person, run: Any, tmp_path: Path, found: Found
) -> None:
    new_ticket(cy, "The pump")
    new_ticket(cy, "A valve")
    assert run("export", "PUNT", tmp_path / "file").exit_code == 0
    assert run("import", tmp_path / "file", "--key", "AGAIN").exit_code == 0
    cy.patch(f"{TICKETS}/1", {"title": "The valve"})
    again = "/projects/AGAIN/tickets"
    assert (found(cy, "pump", again), found(cy, "valve", again)) == ([1], [2])
    assert (found(cy, "pump"), found(cy, "valve")) == ([], [1, 2])


# How the index keeps up


def waiting(app: Flask) -> int:
    """How many tickets the index does not know of as they are."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(BACKLOG)) or 0


def known(app: Flask) -> set[str]:
    """All that the index has of any ticket."""
    with app.app_context():
        connection = db.session.connection()
        what = "fts5vocab(main, ticket_search, row)"
        connection.exec_driver_sql(f"CREATE VIRTUAL TABLE temp.known USING {what}")
        terms = set(connection.exec_driver_sql("SELECT term FROM temp.known").scalars())
        connection.exec_driver_sql("DROP TABLE temp.known")
        return terms


def test_no_batch_is_long(app: Flask, cy: Person) -> None:
    """Nothing else runs while one is entered."""
    for number in range(3):
        new_ticket(cy, f"Ticket number {number}", description="A long story. " * 4000)
    for number in range(150):
        new_ticket(cy, f"A short one, {number:03}")
    left = [waiting(app)]
    while left[-1]:
        with app.app_context(), transaction():
            ticket_search.index_waiting()
        left.append(waiting(app))
    assert [before - after for before, after in pairwise(left)] == [1, 1, 100, 51]
    assert searched(cy, "number") == [1, 2, 3]
    assert searched(cy, "149") == [153]


def test_only_other_words_make_a_ticket_wait(app: Flask, cy: Person) -> None:
    new_ticket(cy, "The pump")
    housekeeper.enter_in_index(app)
    for change in (
        {"priority": "high"},
        {"title": "The pump"},
        {"title": "The PUMP"},
        {"order": 0},
    ):
        assert cy.patch(f"{TICKETS}/1", change).status_code == 200
    assert waiting(app) == 0
    cy.patch(f"{TICKETS}/1", {"title": "The pumps"})
    assert waiting(app) == 1


def test_what_the_index_still_has_is_not_believed(app: Flask, cy: Person) -> None:
    for title in ("The pump", "A pump", "Pumps", "The valve"):
        new_ticket(cy, title)
    housekeeper.enter_in_index(app)
    cy.patch(f"{TICKETS}/1", {"title": "A valve"})
    cy.patch(f"{TICKETS}/2", {"description": "It leaks"})
    cy.delete(f"{TICKETS}/3")
    assert (searched(cy, "pump"), searched(cy, "valve")) == ([2], [1, 4])


def test_the_index_forgets_what_no_ticket_says(app: Flask, cy: Person) -> None:
    for title in ("abc", "bcde", "cdef"):
        new_ticket(cy, title)
    housekeeper.enter_in_index(app)
    assert known(app) == {"abc", "bcd", "cde", "def"}
    cy.patch(f"{TICKETS}/1", {"title": "xyz"})
    cy.delete(f"{TICKETS}/2")
    housekeeper.enter_in_index(app)
    assert known(app) == {"xyz", "cde", "def"}


def test_nothing_is_left_of_a_project(app: Flask, ada: Person, cy: Person) -> None:
    for title in ("abc", "def"):
        new_ticket(cy, title)
        housekeeper.enter_in_index(app)
    new_ticket(cy, "ghi")
    assert ada.delete("/projects/PUNT").status_code == 200
    assert waiting(app) == 3
    housekeeper.enter_in_index(app)
    assert (waiting(app), known(app)) == (0, set())


def test_a_new_project_has_nothing_of_one_that_is_gone(
    app: Flask, ada: Person, found: Found
) -> None:
    new_ticket(ada, "The pump")
    housekeeper.enter_in_index(app)
    ada.delete("/projects/PUNT")
    ada.post("/projects", {"name": "Another", "key": "PUNT"})
    new_ticket(ada, "The valve")
    assert (found(ada, "pump"), found(ada, "valve")) == ([], [1])


TEXT = st.text(st.sampled_from("aAbßİı日本😀\"'*%_\\-:( \n"), min_size=1, max_size=12)
SAID = TEXT.filter(str.strip)
WRITING = st.tuples(st.integers(1, 3), SAID, TEXT)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(writings=st.lists(WRITING | st.none(), max_size=6), q=SAID)
def test_it_finds_what_says_each_word(
    app: Flask, cy: Person, writings: list[tuple[int, str, str] | None], q: str
) -> None:
    said = {}
    for number in (1, 2, 3):
        if cy.get(f"{TICKETS}/{number}").status_code == 404:
            new_ticket(cy, "A ticket")
        cy.patch(f"{TICKETS}/{number}", {"title": "A ticket", "description": None})
        said[number] = "A ticket"
    for writing in writings:
        if writing is None:
            housekeeper.enter_in_index(app)
            continue
        number, title, description = writing
        answer = cy.patch(f"{TICKETS}/{number}", {"title": title, "description": description})
        assert answer.status_code == 200, answer.text
        said[number] = f"{title}\n{description}"
    words = q.casefold().split()
    expected = [n for n, text in said.items() if all(word in text.casefold() for word in words)]
    assert searched(cy, q) == expected
