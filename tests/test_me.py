"""One's own profile (contract, section 2, me)."""

import re
from typing import Any

import pytest
from flask import Flask

from punt.database import transaction
from punt.extensions import db
from punt.models import User
from punt.tracker import accounts
from tests.conftest import PASSWORD, Person, details

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_the_profile_is_shown(ada: Person) -> None:
    response = ada.get("/me")
    assert response.status_code == 200
    assert MOMENT.fullmatch(response.json["createdAt"])
    assert response.json == {
        "id": ada.id,
        "username": "ada",
        "email": None,
        "name": "ada",
        "avatar": None,
        "isSystemAdmin": True,
        "createdAt": response.json["createdAt"],
    }


def test_only_the_first_person_is_the_system_admin(ada: Person, bo: Person) -> None:
    assert ada.get("/me").json["isSystemAdmin"] is True
    assert bo.get("/me").json["isSystemAdmin"] is False


def test_the_profile_shows_the_address_that_was_registered(anonymous: Person) -> None:
    body = {"username": "fay", "password": PASSWORD, "name": "Fay", "email": "fay@example.com"}
    anonymous.post("/auth/register", body)
    anonymous.post("/auth/callback/credentials", body)
    shown = anonymous.get("/me").json
    assert (shown["name"], shown["email"]) == ("Fay", "fay@example.com")


def test_nobody_has_no_profile(anonymous: Person) -> None:
    for response in (anonymous.get("/me"), anonymous.patch("/me", {"name": "X"})):
        assert response.status_code == 401
        assert response.json == {"error": "Authentication required"}


@pytest.mark.parametrize("name", ["Ada Lovelace", " Ada Lovelace\n", "Å", "a" * 100, "愛" * 100])
def test_the_name_can_be_changed(ada: Person, event_count: Any, name: str) -> None:
    before, count = ada.get("/me").json, event_count()
    response = ada.patch("/me", {"name": name})
    assert response.status_code == 200
    assert response.json == {**before, "name": name.strip()}
    assert ada.get("/me").json == response.json
    assert ada.get("/auth/session").json["user"]["name"] == name.strip()
    assert event_count() == count + 1


def test_another_name_does_not_change_how_one_signs_in(ada: Person, anonymous: Person) -> None:
    ada.patch("/me", {"name": "Countess"})
    for login, status in (("ada", 200), ("Countess", 401)):
        body = {"username": login, "password": PASSWORD}
        assert anonymous.post("/auth/callback/credentials", body).status_code == status


def test_two_people_may_have_the_same_name(ada: Person, bo: Person) -> None:
    assert bo.patch("/me", {"name": "ada"}).json["name"] == "ada"
    assert ada.get("/me").json["name"] == "ada"


@pytest.mark.parametrize("body", [{}, {"name": "ada"}, {"name": " ada "}])
def test_what_is_so_already_is_no_change(
    ada: Person, event_count: Any, body: dict[str, str]
) -> None:
    before, count = ada.get("/me").json, event_count()
    response = ada.patch("/me", body)
    assert (response.status_code, response.json) == (200, before)
    assert ada.get("/me").json == before
    assert event_count() == count


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "Name may not be null"),
        ("", "Name is required"),
        (" \t\n", "Name is required"),
        ("a" * 101, "Name must be at most 100 characters"),
        (7, "Name must be text"),
        ("A\0da", "Name contains characters that are not allowed"),
    ],
)
def test_a_name_that_is_none_is_refused(
    ada: Person, event_count: Any, name: object, message: str
) -> None:
    count = event_count()
    assert details(ada.patch("/me", {"name": name})) == {"name": message}
    assert ada.get("/me").json["name"] == "ada"
    assert event_count() == count


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "01AAAAAAAAAAAAAAAAAAAAAAAA"),
        ("username", "bo"),
        ("email", "ada@example.com"),
        ("avatar", "/x.webp"),
        ("isSystemAdmin", True),
        ("is_system_admin", True),
        ("createdAt", "2024-01-15T10:30:00.000Z"),
        ("password", "Another-horse-2"),
        ("passwordHash", "x"),
        ("disabledAt", None),
        ("nmae", "Ada"),
    ],
)
def test_nothing_else_can_be_changed_here(
    ada: Person, bo: Person, event_count: Any, field: str, value: object
) -> None:
    before, count = bo.get("/me").json, event_count()
    assert details(bo.patch("/me", {"name": "Bob", field: value})).keys() == {field}
    assert bo.get("/me").json == before
    assert event_count() == count


def test_a_change_is_only_ones_own(ada: Person, bo: Person) -> None:
    ada.patch("/me", {"name": "Ada Lovelace"})
    assert bo.get("/me").json["name"] == "bo"


def test_a_disabled_account_cannot_change_its_name(
    app: Flask, ada: Person, bo: Person, event_count: Any
) -> None:
    with app.app_context(), transaction():
        accounts.disable(db.session.get_one(User, bo.id))
    count = event_count()
    assert bo.get("/me").status_code == 403
    assert bo.patch("/me", {"name": "Bob"}).status_code == 403
    with app.app_context():
        assert db.session.get_one(User, bo.id).name == "bo"
    assert event_count() == count


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_one_is_not_made_or_removed_here(ada: Person, method: str) -> None:
    response = getattr(ada, method)("/me", {"name": "Ada Lovelace"})
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) >= {"GET", "PATCH"}
    assert ada.get("/me").json["name"] == "ada"
