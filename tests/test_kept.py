"""What is kept from one request to the next is never older than the database."""

import sqlite3
from collections.abc import Iterator
from inspect import signature
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from punt.api.answers import Answer, Answers
from punt.extensions import db
from punt.kept import Kept
from punt.models import Project
from tests.conftest import Person, new_ticket, script

LIST = "/projects/PUNT/tickets"


@pytest.fixture
def elsewhere(app: Flask) -> Iterator[sqlite3.Connection]:
    """The database as another process has it open."""
    connection = sqlite3.connect(app.config["PUNT"].data_dir / "punt.db", isolation_level=None)
    yield connection
    connection.close()


# Who may, whatever process changes it


def test_a_session_that_another_process_ends_is_over_at_once(
    cy: Person, elsewhere: sqlite3.Connection
) -> None:
    assert cy.get("/me").status_code == 200
    elsewhere.execute("DELETE FROM sessions WHERE user_id = ?", (cy.id,))
    assert cy.get("/me").status_code == 401
    assert cy.get("/auth/session").json == {}


def test_a_token_that_another_process_revokes_is_over_at_once(
    app: Flask, cy: Person, elsewhere: sqlite3.Connection
) -> None:
    tool = script(app, cy)
    assert tool.get("/me").status_code == 200
    elsewhere.execute("DELETE FROM tokens")
    assert tool.get("/me").status_code == 401


def test_a_session_ends_when_its_time_has_come(cy: Person, elsewhere: sqlite3.Connection) -> None:
    assert cy.get("/me").status_code == 200
    elsewhere.execute("UPDATE sessions SET expires = '2020-01-01T00:00:00.000Z'")
    assert [cy.get("/me").status_code for _ in range(2)] == [401, 401]


def test_an_account_that_another_process_disables_is_locked_at_once(
    cy: Person, elsewhere: sqlite3.Connection
) -> None:
    assert cy.get("/me").status_code == 200
    elsewhere.execute("UPDATE users SET disabled_at = created_at WHERE id = ?", (cy.id,))
    assert cy.get("/me").status_code == 403


@pytest.mark.usefixtures("project")
def test_whoever_another_process_removes_sees_nothing_any_more(
    cy: Person, elsewhere: sqlite3.Connection
) -> None:
    assert cy.get(LIST).status_code == 200
    elsewhere.execute("DELETE FROM members WHERE user_id = ?", (cy.id,))
    assert cy.get(LIST).status_code == 403


@pytest.mark.usefixtures("project")
def test_nothing_is_kept_of_what_is_refused(app: Flask, ada: Person, ed: Person) -> None:
    new_ticket(ada)
    for person in (ada, ed):
        assert person.get("/me").status_code == 200
    finds = app.extensions["punt.kept"]._finds
    before = set(finds)
    for person, status in ((ada, 404), (ed, 403)):
        for reference in ("99", "A" * 1000):
            assert person.get(f"{LIST}/{reference}").status_code == status
    assert set(finds) == before
    assert ada.get(f"{LIST}/1").status_code == 200
    assert len(finds) == len(before) + 1


# What they see


@pytest.mark.usefixtures("project")
def test_each_change_is_in_the_next_answer(ada: Person, di: Person) -> None:
    for number in range(1, 4):
        assert len(di.get(LIST).json) == number - 1
        new_ticket(ada, f"Ticket {number}")
        assert [each["number"] for each in di.get(LIST).json] == list(range(1, number + 1))
        assert di.get(f"{LIST}/{number}").json["title"] == f"Ticket {number}"


@pytest.mark.usefixtures("project")
def test_what_is_shown_is_of_one_state_with_all_of_its_tag(
    app: Flask, ada: Person, elsewhere: sqlite3.Connection
) -> None:
    new_ticket(ada, "Old")
    old = ada.get(f"{LIST}/1")
    elsewhere.execute("UPDATE users SET name = 'Another'")
    ada.get(LIST)
    with app.app_context():
        engine = db.engine

    def change(_: Any) -> None:
        """After it was known of what state others have read, before anything is read."""
        elsewhere.execute("UPDATE projects SET revision = revision + 1")
        elsewhere.execute("UPDATE tickets SET title = 'New', revision = revision + 1")

    event.listen(engine, "begin", change, insert=True, once=True)
    new = ada.get(f"{LIST}/1")

    assert new.headers["ETag"] != old.headers["ETag"]
    assert new.json["title"] == "New"
    assert ada.get(f"{LIST}/1").headers["ETag"] == new.headers["ETag"]


@pytest.mark.usefixtures("project")
def test_a_ticket_that_goes_while_it_is_read_is_not_found(
    app: Flask, ada: Person, elsewhere: sqlite3.Connection
) -> None:
    new_ticket(ada)
    assert ada.get(f"{LIST}/1").status_code == 200
    app.extensions["punt.answers"].clear()
    with app.app_context():
        engine = db.engine

    def remove(_: Any) -> None:
        elsewhere.execute("DELETE FROM tickets")

    event.listen(engine, "begin", remove, insert=True, once=True)
    assert ada.get(f"{LIST}/1").status_code == 404


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("me", ["me", "ME", "%6de", "none,me", "none&assigneeId=me"])
def test_me_is_whoever_asks(ada: Person, bo: Person, me: str) -> None:
    own = ada.get("/projects/PUNT/members").json
    bos = next(each["id"] for each in own if each["userId"] == bo.id)
    ada.patch(f"/projects/PUNT/members/{bos}", {"role": "owner"})
    for person in (ada, bo):
        new_ticket(person, person.username, assigneeId="me")
    for person in (ada, bo, ada):
        (mine,) = person.get(f"{LIST}?assigneeId={me}").json
        assert mine["title"] == person.username


def test_what_else_an_answer_depends_on_is_known(app: Flask) -> None:
    """Only these show, within a project, something of who asks: see `conditional`."""
    asked = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "project_id" in rule.arguments
    ]
    given = {each: signature(app.view_functions[each]).parameters.keys() for each in asked}
    personal = {each for each in asked if given[each] & {"actor", "caller", "own"}}
    assert personal == {"tickets.list_tickets", "projects.show_project", "events.stream_project"}


@pytest.mark.usefixtures("project")
def test_each_sees_their_own_role(ada: Person, bo: Person, cy: Person, di: Person) -> None:
    people = (ada, bo, cy, di, ada)
    roles = [person.get("/projects/PUNT").json["role"] for person in people]
    assert roles == ["owner", "admin", "member", "viewer", "owner"]


@pytest.mark.usefixtures("project")
def test_each_is_sent_on_to_the_host_they_came_to(app: Flask, ada: Person) -> None:
    tool = script(app, ada)
    for number in range(2):
        new_ticket(ada, f"Ticket {number}")
    for host in ("punt.example", "localhost:3000"):
        link = tool.get(f"{LIST}?limit=1", base_url=f"http://{host}").headers["Link"]
        assert link.startswith(f"<http://{host}/")


@pytest.mark.usefixtures("project")
def test_a_refused_query_is_refused_again(ada: Person) -> None:
    for _ in range(2):
        assert ada.get(f"{LIST}?limit=0").status_code == 400
        assert ada.get(f"{LIST}/99").status_code == 404


# The rule itself


def keys_of_all() -> list[str]:
    return list(db.session.scalars(select(Project.key)))


def keys(kept: Kept) -> Any:
    return kept.get("keys", keys_of_all)


def begin(*, reading: bool) -> None:
    """Begin anew, and if `reading`, see the database as it is now from here on."""
    db.session.rollback()
    if reading:
        db.session.scalars(select(Project.id)).all()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("reading", [False, True])
def test_what_an_older_view_shows_is_not_kept_as_the_present(
    app: Flask, elsewhere: sqlite3.Connection, reading: bool
) -> None:
    with app.app_context():
        kept: Kept = app.extensions["punt.kept"]
        begin(reading=reading)
        first = keys(kept)
        elsewhere.execute("UPDATE projects SET key = 'NEW'")
        assert first == keys(kept) == ["PUNT"], "a request sees one state"
        begin(reading=False)
        assert keys(kept) == ["NEW"]
        begin(reading=reading)
        assert keys(kept) == ["NEW"]


@pytest.mark.usefixtures("project")
def test_what_is_newer_than_a_view_is_not_shown_in_it(
    app: Flask, elsewhere: sqlite3.Connection
) -> None:
    kept: Kept = app.extensions["punt.kept"]
    with app.app_context():
        begin(reading=True)
        elsewhere.execute("UPDATE projects SET key = 'NEW'")
        with app.app_context():
            assert keys(kept) == ["NEW"]
        assert keys(kept) == ["PUNT"]


@pytest.mark.usefixtures("project")
def test_a_view_begun_anew_is_not_taken_for_the_one_before(
    app: Flask, elsewhere: sqlite3.Connection
) -> None:
    with app.app_context():
        kept: Kept = app.extensions["punt.kept"]
        assert keys(kept) == ["PUNT"]
        elsewhere.execute("UPDATE projects SET key = 'NEW'")
        begin(reading=True)
        assert keys(kept) == ["NEW"]


@pytest.mark.usefixtures("project")
def test_what_is_written_while_reading_begins_is_not_taken_for_older(
    app: Flask, elsewhere: sqlite3.Connection
) -> None:
    kept: Kept = app.extensions["punt.kept"]

    def read_too_late() -> list[str]:
        elsewhere.execute("UPDATE projects SET key = 'NEW'")
        return keys_of_all()

    with app.app_context():
        assert kept.get("another", keys_of_all) == ["PUNT"]
        with app.app_context():
            assert kept.get("keys", read_too_late) == ["NEW"]
        assert keys(kept) == ["PUNT"]


# Answers


def answer(size: int) -> Answer:
    return Answer(b"", [], size)


def test_those_not_asked_for_the_longest_are_forgotten() -> None:
    answers = Answers(8)
    for name in "abcd":
        answers.keep(name, answer(2))
    assert answers.get("a")
    answers.keep("e", answer(2))
    answers.keep("too much for one", answer(3))
    assert [bool(answers.get(name)) for name in "abe"] == [True, False, True]
    assert not answers.get("too much for one")


@pytest.mark.usefixtures("project")
def test_neither_long_answers_nor_long_urls_fill_the_memory(app: Flask, ada: Person) -> None:
    for number in range(100):
        unknown = ",".join(f"{number:013}{place:013}" for place in range(50))
        assert ada.get(f"{LIST}?assigneeId={unknown}").json == []
    assert app.extensions["punt.answers"]._kept.currsize > 100 * 50 * 26
