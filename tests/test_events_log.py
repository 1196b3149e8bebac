"""The event log: what each write leaves in it (contract, section 6)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from punt.database import Base
from punt.extensions import db
from punt.models import Event, EventRecipient, Session, Token, User
from tests.conftest import (
    PASSWORD,
    Answer,
    Person,
    add,
    filled,
    new_label,
    new_sprint,
    new_ticket,
    project_id,
    rewrite,
)

pytestmark = pytest.mark.usefixtures("project")

News = Callable[[], list[Event]]


@pytest.fixture
def news(app: Flask, project: str) -> News:
    """Answers the events recorded since it was last asked, or since the project was made."""
    newest = 0

    def read() -> list[Event]:
        nonlocal newest
        with app.app_context():
            found = list(db.session.scalars(select(Event).where(Event.id > newest)))
        newest = max([newest, *(each.id for each in found)])
        return sorted(found, key=lambda each: each.id)

    read()
    return read


def data(event: Event) -> Any:
    """What an event shows."""
    return json.loads(event.data)


# One event for one write

PUNT = "/projects/PUNT"

# Ada's request, and the event it leaves; words in angle brackets stand for ids.
WRITES: list[tuple[str, str, Any, str]] = [
    ("PATCH", PUNT, {"name": "New"}, "project.updated"),
    ("PATCH", PUNT, {"description": "New", "color": "#123456"}, "project.updated"),
    ("POST", f"{PUNT}/tickets", {"title": "New"}, "ticket.created"),
    ("POST", f"{PUNT}/tickets", {"title": "New", "order": 0, "parentId": "1"}, "ticket.created"),
    ("PATCH", f"{PUNT}/tickets/1", {"title": "New"}, "ticket.updated"),
    ("PATCH", f"{PUNT}/tickets/1", {"labelIds": ["<label>"]}, "ticket.updated"),
    ("PATCH", f"{PUNT}/tickets/1", {"watcherIds": ["<cy>"]}, "ticket.updated"),
    ("PATCH", f"{PUNT}/tickets/1", {"sprintId": "<sprint>"}, "ticket.updated"),
    ("PATCH", f"{PUNT}/tickets/1", {"title": "New", "columnId": "<todo>"}, "ticket.updated"),
    ("PATCH", f"{PUNT}/tickets/1", {"columnId": "<done>"}, "ticket.moved"),
    ("PATCH", f"{PUNT}/tickets/1", {"order": 1}, "ticket.moved"),
    ("PATCH", f"{PUNT}/tickets/1", {"order": 1, "title": "New"}, "ticket.moved"),
    ("PATCH", f"{PUNT}/tickets", {"ticketIds": ["1"], "updates": {"title": "N"}}, "ticket.updated"),
    ("POST", f"{PUNT}/tickets/1/comments", {"content": "Hm"}, "comment.created"),
    ("POST", f"{PUNT}/tickets/1/links", {"targetTicketId": "2", "linkType": "blocks"},
     "link.created"),
    ("POST", f"{PUNT}/columns", {"name": "Review"}, "column.created"),
    ("PATCH", f"{PUNT}/columns/<todo>", {"name": "Later", "wipLimit": 3}, "column.updated"),
    ("POST", f"{PUNT}/labels", {"name": "new"}, "label.created"),
    ("PATCH", f"{PUNT}/labels/<label>", {"name": "new"}, "label.updated"),
    ("POST", f"{PUNT}/sprints", {}, "sprint.created"),
    ("PATCH", f"{PUNT}/sprints/<sprint>", {"goal": "New"}, "sprint.updated"),
    ("POST", f"{PUNT}/sprints/<sprint>/start", {}, "sprint.started"),
]  # fmt: skip


@pytest.fixture
def ids(app: Flask, ada: Person, cy: Person) -> dict[str, str]:
    """Two tickets in To Do, and the ids of what the writes refer to."""
    todo, _, done = (each["id"] for each in ada.get("/projects/PUNT/columns").json)
    label, sprint = new_label(app, "ui"), new_sprint(app)
    new_ticket(ada)
    ticket = new_ticket(ada)["id"]
    return {"todo": todo, "done": done, "label": label, "sprint": sprint, "ticket": ticket,
            "cy": cy.id}  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "type_"), WRITES)
def test_a_write_records_one_event_that_shows_its_answer(
    app: Flask, ada: Person, ids: dict[str, str], news: News,
    method: str, path: str, body: Any, type_: str,
) -> None:  # fmt: skip
    news()
    answer = write(ada, method, filled(path, ids), filled(body, ids))
    (event,) = news()
    assert (event.type, event.tab_id, event.user_id) == (type_, "tab-7", ada.id)
    assert event.project_id == project_id(app, "PUNT")
    shown = dict(answer["tickets"][0] if "tickets" in answer else answer)
    # Whoever reads a project's event gets their own role.
    assert data(event) == {name: shown[name] for name in shown if name != "role"}


def write(who: Person, method: str, path: str, body: Any) -> Any:
    """The answer to a write from tab 7 that succeeds."""
    call = getattr(who, method.lower())
    response: Answer = call(path, body, headers={"X-Tab-Id": "tab-7"})
    assert response.status_code in (200, 201), response.text
    return response.json


@pytest.mark.parametrize(
    ("path", "body", "type_", "what"),
    [
        (f"{PUNT}/tickets/2", None, "ticket.deleted", "ticket"),
        (f"{PUNT}/tickets", {"ticketIds": ["PUNT-2"]}, "ticket.deleted", "ticket"),
        (f"{PUNT}/columns/<done>", None, "column.deleted", "done"),
        (f"{PUNT}/labels/<label>", None, "label.deleted", "label"),
        (f"{PUNT}/sprints/<sprint>", None, "sprint.deleted", "sprint"),
    ],
)
def test_a_deletion_records_one_event_that_shows_the_id_only(
    app: Flask, ada: Person, ids: dict[str, str], news: News,
    path: str, body: Any, type_: str, what: str,
) -> None:  # fmt: skip
    news()
    write(ada, "DELETE", filled(path, ids), filled(body, ids))
    (event,) = news()
    assert (event.type, event.tab_id, event.user_id) == (type_, "tab-7", ada.id)
    assert event.project_id == project_id(app, "PUNT")
    assert data(event) == {"id": ids[what]}


def test_a_new_project_is_told_to_its_owner(app: Flask, ed: Person, news: News) -> None:
    made = write(ed, "POST", "/projects", {"name": "Mine", "key": "MINE"})
    (event,) = news()
    assert (event.type, event.tab_id, event.user_id) == ("project.created", "tab-7", ed.id)
    assert (event.project_id, data(event)) == (made["id"], without_role(made))
    assert recipients(app, event) == {ed.id}


def without_role(project: dict[str, Any]) -> dict[str, Any]:
    """A project as its events keep it."""
    return {name: value for name, value in project.items() if name != "role"}


def recipients(app: Flask, event: Event) -> set[str]:
    """Whose own streams an event goes to."""
    with app.app_context():
        query = select(EventRecipient.user_id).where(EventRecipient.event_id == event.id)
        return set(db.session.scalars(query))


def test_a_changed_project_is_told_to_its_members(
    app: Flask, ada: Person, bo: Person, cy: Person, di: Person, ed: Person, news: News
) -> None:
    write(bo, "PATCH", PUNT, {"name": "New"})
    (event,) = news()
    assert recipients(app, event) == {ada.id, bo.id, cy.id, di.id}


def test_a_renamed_person_is_told_to_who_shares_a_project(
    app: Flask, ada: Person, bo: Person, cy: Person, di: Person, ed: Person, news: News
) -> None:
    write(cy, "PATCH", "/me", {"name": "Cyrus"})
    (event,) = news()
    assert (event.type, event.tab_id, event.user_id) == ("user.updated", "tab-7", cy.id)
    assert event.project_id is None
    assert data(event) == {"id": cy.id, "username": "cy", "name": "Cyrus", "avatar": None}
    assert recipients(app, event) == {ada.id, bo.id, cy.id, di.id}


def test_what_happens_in_a_project_goes_to_no_stream_of_ones_own(
    app: Flask, cy: Person, news: News
) -> None:
    new_ticket(cy)
    (event,) = news()
    assert recipients(app, event) == set()


@pytest.mark.parametrize("tab", [None, "", "tab 1", "x" * 100, "é", '"};'])
def test_the_tab_is_kept_as_sent(cy: Person, news: News, tab: str | None) -> None:
    headers = {} if tab is None else {"X-Tab-Id": tab.encode().decode("latin-1")}
    cy.post(f"{PUNT}/tickets", {"title": "x"}, headers=headers)
    (event,) = news()
    assert event.tab_id == (headers.get("X-Tab-Id") or None)


def test_events_come_in_the_order_of_the_writes(cy: Person, bo: Person, news: News) -> None:
    for who, title in ((cy, "1"), (bo, "2"), (cy, "3")):
        new_ticket(who, title)
    events = news()
    told = [(data(each)["title"], each.user_id) for each in events]
    assert told == [("1", cy.id), ("2", bo.id), ("3", cy.id)]
    moments = [each.created_at for each in events]
    assert moments == sorted(moments)


def test_deleting_a_ticket_is_told_after_the_change_of_its_subtasks(cy: Person, news: News) -> None:
    parent = new_ticket(cy)
    for _ in range(2):
        new_ticket(cy, parentId="1")
    news()
    cy.delete(f"{PUNT}/tickets/1")
    *orphaned, deleted = news()
    assert sorted(data(each)["number"] for each in orphaned) == [2, 3]
    for each in orphaned:
        shown = cy.get(f"{PUNT}/tickets/{data(each)['id']}").json
        assert (each.type, each.user_id, data(each)) == ("ticket.updated", cy.id, shown)
    assert (deleted.type, data(deleted)) == ("ticket.deleted", {"id": parent["id"]})


# None


def test_a_read_records_nothing(ada: Person, ids: dict[str, str], event_count: Any) -> None:
    before = event_count()
    for path in ("/projects", PUNT, f"{PUNT}/columns", f"{PUNT}/tickets", f"{PUNT}/tickets/1",
                 f"{PUNT}/tickets/1/history", f"{PUNT}/tickets?q=x&limit=1", "/me",
                 "/auth/session"):  # fmt: skip
        assert ada.get(path).status_code == 200
    assert event_count() == before


@pytest.mark.parametrize(("method", "path", "body", "type_"), WRITES)
def test_a_refused_write_records_nothing(
    anonymous: Person, ed: Person, di: Person, ids: dict[str, str], stored: Any,
    method: str, path: str, body: Any, type_: str,
) -> None:  # fmt: skip
    before = stored()
    for who, status in ((anonymous, 401), (ed, 403), (di, 403)):
        call = getattr(who, method.lower())
        assert call(filled(path, ids), filled(body, ids)).status_code == status
    assert stored() == before


def test_an_invalid_write_records_nothing(ada: Person, ids: dict[str, str], stored: Any) -> None:
    before = stored()
    refused = {
        ada.patch(PUNT, {"name": ""}).status_code,
        ada.post(f"{PUNT}/tickets", {"title": ""}).status_code,
        ada.post(f"{PUNT}/tickets", {"title": "x", "parentId": "9"}).status_code,
        ada.patch(f"{PUNT}/tickets/1", {"title": "New", "columnId": "nosuch"}).status_code,
        ada.patch(f"{PUNT}/tickets/1", {"title": "New", "colour": "red"}).status_code,
        ada.post("/projects", {"name": "Twice", "key": "PUNT"}).status_code,
    }
    assert refused == {400}
    assert ada.delete(f"{PUNT}/tickets/9").status_code == 404
    stale = {"If-Match": '"1.1.x.y"'}
    assert ada.patch(f"{PUNT}/tickets/1", {"title": "New"}, headers=stale).status_code == 412
    assert ada.delete(f"{PUNT}/tickets/1", headers=stale).status_code == 412
    assert stored() == before


def test_a_change_of_nothing_records_nothing(
    ada: Person, ids: dict[str, str], event_count: Any
) -> None:
    before = event_count()
    shown = {path: ada.get(path).json for path in (PUNT, f"{PUNT}/tickets/1", "/me")}
    for path, names in ((PUNT, ["name", "description", "color"]), ("/me", ["name"]),
                        (f"{PUNT}/tickets/1", ["title", "columnId", "order", "type"])):  # fmt: skip
        for change in ({}, {name: shown[path][name] for name in names}):
            response = ada.patch(path, change)
            assert (response.status_code, response.json) == (200, shown[path])
    assert event_count() == before


# What goes with a project


def test_a_deleted_project_leaves_only_its_end(
    app: Flask, ada: Person, bo: Person, cy: Person, di: Person, ids: dict[str, str], news: News
) -> None:
    id_ = project_id(app, "PUNT")
    ada.patch(f"{PUNT}/tickets/1", {"title": "Secret"})
    write(ada, "DELETE", PUNT, None)
    kept = [each for each in news() if each.type != "access.ended"]
    (event,) = [each for each in kept if each.project_id == id_]
    assert (event.type, event.tab_id, event.user_id) == ("project.deleted", "tab-7", ada.id)
    assert data(event) == {"id": id_}
    assert recipients(app, event) == {ada.id, bo.id, cy.id, di.id}


def test_nothing_of_a_deleted_project_is_left_to_read(
    app: Flask, ada: Person, ed: Person, ids: dict[str, str], news: News
) -> None:
    ada.patch(PUNT, {"name": "Secret name", "description": "Secret plan"})
    added = ada.post(f"{PUNT}/members", {"username": "ed", "role": "member"}).json
    ada.patch(f"{PUNT}/members/{added['id']}", {"role": "viewer"})
    new_ticket(ada, "Secret ticket")
    ada.delete(PUNT)
    assert "Secret" not in everything(app, Event)


def test_a_deleted_project_leaves_the_events_of_others_alone(
    ada: Person, ed: Person, other_project: str, news: News
) -> None:
    ed.post("/projects/OTHER/tickets", {"title": "Stays"})
    (theirs,) = [each for each in news() if each.type == "ticket.created"]
    new_ticket(ada)
    ada.delete(PUNT)
    assert ed.patch("/projects/OTHER/tickets/1", {"title": "New"}).status_code == 200
    assert len(ed.get("/projects/OTHER/tickets/1/history").json) == 1
    assert data(theirs)["title"] == "Stays"


# Secrets


def test_no_event_tells_a_secret(
    app: Flask, anonymous: Person, ada: Person, bo: Person, cy: Person, ids: dict[str, str]
) -> None:
    for who in (ada, bo, cy):
        email = f"{who.username}@secret.test"
        rewrite(app, User, who.id, email=email, email_key=email)
    registration = {"username": "fay", "password": PASSWORD, "email": "fay@secret.test"}
    assert anonymous.post("/auth/register", registration).status_code == 201
    ada.post(f"{PUNT}/members", {"username": "fay", "role": "viewer"})
    cy.patch("/me", {"name": "Cyrus"})
    new_ticket(cy, assigneeId=bo.id, watcherIds=[ada.id, bo.id])
    bo.patch(f"{PUNT}/tickets/3", {"assigneeId": cy.id, "watcherIds": []})
    bo.post(f"{PUNT}/tickets/3/comments", {"content": "Hm"})
    add(app, Token(user_id=cy.id, name="t", scope="read", secret_hash="hash-of-a-token"))
    ada.patch(PUNT, {"name": "New"})
    text = everything(app, Event)
    assert "Cyrus" in text
    for secret in secrets(app):
        assert secret not in text


def secrets(app: Flask) -> list[str]:
    """What must never leave the tables of accounts."""
    with app.app_context():
        users = db.session.scalars(select(User)).all()
        hashes = [each.password_hash for each in users]
        hashes += db.session.scalars(select(Session.secret_hash))
        hashes += db.session.scalars(select(Token.secret_hash))
    return [PASSWORD, "@secret.test", "$argon2", *hashes]


def everything(app: Flask, model: type[Base]) -> str:
    """All that a table holds, as text."""
    with app.app_context():
        rows = db.session.execute(select(model.__table__)).all()
    return "\n".join(map(str, rows))
