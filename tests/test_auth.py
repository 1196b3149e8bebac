"""Registering, signing in and out (contract, section 2)."""

import logging
import re
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask, json
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select, update
from werkzeug.datastructures import Headers
from werkzeug.http import parse_date

from punt import logs
from punt.database import now, transaction
from punt.extensions import db
from punt.models import Session, User
from punt.tracker import accounts
from tests.arriving import slowly
from tests.conftest import PASSWORD, Answer, Person, details

COOKIE = "next-auth.session-token"
WRONG = "Wrong-horse-22"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def register(person: Person, **fields: Any) -> Answer:
    return person.post("/auth/register", {"username": "fay", "password": PASSWORD, **fields})


def sign_in(person: Person, username: str, password: str = PASSWORD, **options: Any) -> Answer:
    body = {"username": username, "password": password}
    return person.post("/auth/callback/credentials", body, **options)


def verify(person: Person, username: str, password: str = PASSWORD) -> Answer:
    return person.post("/auth/verify-credentials", {"username": username, "password": password})


def someone_else(app: Flask) -> Person:
    """Another browser, where nobody is signed in."""
    return Person("", "", app.test_client())


def cookie_of(response: Answer) -> dict[str, str]:
    """The attributes of the session cookie that a response sets, its value under its own name."""
    (header,) = response.headers.getlist("Set-Cookie")
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs}


def secret_in(app: Flask, cookie: str) -> str:
    """The secret that a session cookie carries; it is signed, not hidden."""
    signed = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signed
    return signed.loads(cookie)["_user_id"]


def cookie_in(person: Person) -> str:
    """The session cookie that someone's browser has."""
    cookie = person.client.get_cookie(COOKIE)
    assert cookie
    return cookie.value


def disable(app: Flask, person: Person) -> None:
    with app.app_context(), transaction():
        accounts.disable(db.session.get_one(User, person.id))


def change_sessions(app: Flask, person: Person, **values: Any) -> None:
    """Let time pass for someone's sessions."""
    with app.app_context(), transaction():
        db.session.execute(update(Session).where(Session.user_id == person.id).values(values))


def comparable(headers: Headers) -> dict[str, str]:
    """Headers without those that differ from request to request."""
    return {name: value for name, value in headers if name != "X-Request-Id"}


# Registering


def test_registering_answers_the_account(anonymous: Person) -> None:
    response = register(anonymous, name=" Fay Wray ", email=" Fay@Example.com ")

    assert response.status_code == 201
    id_ = response.json["id"]
    assert response.json == {
        "id": id_,
        "username": "fay",
        "email": "Fay@Example.com",
        "name": "Fay Wray",
        "isSystemAdmin": True,
    }
    assert "Set-Cookie" not in response.headers
    assert sign_in(anonymous, "fay").json["user"]["id"] == id_


@pytest.mark.parametrize("fields", [{}, {"name": None, "email": None}])
def test_the_name_defaults_to_the_username(anonymous: Person, fields: dict[str, None]) -> None:
    made = register(anonymous, **fields).json
    assert (made["name"], made["email"]) == ("fay", None)


def test_only_the_first_account_is_the_system_admin(anonymous: Person) -> None:
    made = [register(anonymous, username=name).json for name in ("fay", "gus", "hal")]
    assert [each["isSystemAdmin"] for each in made] == [True, False, False]


@pytest.mark.parametrize("username", ["abc", "a" * 30, "Fay_Wray-7", "---", "123"])
def test_a_username_of_the_right_form_is_taken(anonymous: Person, username: str) -> None:
    assert register(anonymous, username=username).json["username"] == username


@pytest.mark.parametrize(
    "username", ["", "  ", "ab", "a" * 31, "fay wray", "fay.w", "fay@x", "fäy", "fay\n1", "٣٣٣"]
)
def test_a_username_of_another_form_is_refused(anonymous: Person, username: str) -> None:
    assert details(register(anonymous, username=username)).keys() == {"username"}
    assert register(anonymous).json["isSystemAdmin"], "an account was made all the same"


@pytest.mark.parametrize("email", ["fay", "fay@", "@example.com", "fay@exam ple.com", "a@b@c.de"])
def test_what_is_no_address_is_refused(anonymous: Person, email: str) -> None:
    assert details(register(anonymous, email=email)).keys() == {"email"}
    assert register(anonymous).json["isSystemAdmin"]


@pytest.mark.parametrize("password", ["Abcdefghij-1", "Aa1" + "x" * 125, "Ünïcødé pässw0rd"])
def test_a_password_within_the_rules_is_taken(anonymous: Person, password: str) -> None:
    assert register(anonymous, password=password).status_code == 201
    assert sign_in(anonymous, "fay", password).status_code == 200


@pytest.mark.parametrize(
    ("password", "rules"),
    [
        ("Abcdefghi-1", {"12"}),
        ("Aa1" + "x" * 126, {"128"}),
        ("abcdefghijk-1", {"upper"}),
        ("ABCDEFGHIJK-1", {"lower"}),
        ("Abcdefghijk-x", {"digit"}),
        ("-----", {"12", "upper", "lower", "digit"}),
    ],
)
def test_each_broken_rule_of_a_password_is_told(
    anonymous: Person, password: str, rules: set[str]
) -> None:
    response = register(anonymous, password=password)
    assert details(response).keys() == {"password"}
    told = [each["message"] for each in response.json["details"]]
    assert len(told) == len(rules)
    assert all(any(rule in message for message in told) for rule in rules)
    assert register(anonymous).json["isSystemAdmin"]


def test_a_password_is_kept_as_typed(anonymous: Person) -> None:
    register(anonymous, password=f" {PASSWORD} ")
    assert sign_in(anonymous, "fay").status_code == 401
    assert sign_in(anonymous, "fay", f" {PASSWORD} ").status_code == 200


def test_all_problems_are_told_at_once(anonymous: Person) -> None:
    response = register(anonymous, username="x", email="y", name="z" * 101, password="Zz", admin=1)
    assert details(response).keys() == {"username", "email", "name", "password", "admin"}
    assert len(response.json["details"]) == 6
    assert details(anonymous.post("/auth/register", {})) == {
        "username": "Username is required",
        "password": "Password is required",
    }


@pytest.mark.parametrize("field", ["id", "isSystemAdmin", "createdAt", "avatar", "passwordHash"])
def test_an_account_cannot_be_given_what_registration_does_not_have(
    anonymous: Person, ada: Person, field: str
) -> None:
    assert details(register(anonymous, **{field: True})).keys() == {field}
    assert sign_in(anonymous, "fay").status_code == 401


@pytest.mark.parametrize("username", ["ada", "ADA", " Ada "])
def test_a_taken_username_is_refused(anonymous: Person, ada: Person, username: str) -> None:
    response = register(anonymous, username=username, password=WRONG)
    assert response.status_code == 400
    assert response.json == {"error": "Username already taken"}
    assert sign_in(anonymous, "ada").status_code == 200


@pytest.mark.parametrize("email", ["fay@example.com", "FAY@EXAMPLE.COM", " Fay@example.com "])
def test_a_taken_address_is_refused(anonymous: Person, email: str) -> None:
    register(anonymous, email="Fay@Example.com")
    response = register(anonymous, username="gus", email=email)
    assert response.status_code == 400
    assert response.json == {"error": "Email already registered"}
    assert sign_in(anonymous, "gus").status_code == 401


CLOSED = {"registration": "closed", "rate_limits": "off", "log_level": "error"}


@pytest.mark.parametrize("settings", [CLOSED])
def test_where_registration_is_closed_the_first_account_may_still_register(
    anonymous: Person,
) -> None:
    assert register(anonymous).json["isSystemAdmin"]
    response = register(anonymous, username="gus")
    assert (response.status_code, response.json) == (403, {"error": "Registration is closed"})
    assert sign_in(anonymous, "gus").status_code == 401


@pytest.mark.parametrize("settings", [CLOSED])
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/auth/register", {}),
        ("/auth/register", {"Origin": "http://localhost"}),
        ("/auth/register", {"X-Forwarded-For": "127.0.0.1"}),
        ("/auth/register", {"X-HTTP-Method-Override": "PUT"}),
        ("/auth/register/", {}),
        ("/auth//register", {}),
        ("/auth/Register", {}),
        ("/auth/%72egister", {}),
        ("/auth/callback/credentials", {}),
        ("/auth/verify-credentials", {}),
        ("/users", {}),
    ],
)
def test_closed_registration_is_closed_by_every_path(
    anonymous: Person, ada: Person, path: str, headers: dict[str, str]
) -> None:
    body = {"username": "fay", "password": PASSWORD}
    for person in (anonymous, ada):
        person.post(path, body, headers=headers)
        person.post(path, data=body, headers=headers)
        person.post(path, data=json.dumps(body), headers=headers)
    assert verify(anonymous, "fay").json == {"valid": False}


# Signing in


def test_signing_in_answers_the_user_and_the_end_of_the_session(
    anonymous: Person, ada: Person
) -> None:
    before = now()
    response = sign_in(anonymous, "ada")
    assert response.status_code == 200
    assert response.json["user"] == {
        "id": ada.id,
        "username": "ada",
        "name": "ada",
        "email": None,
        "avatar": None,
        "isSystemAdmin": True,
    }
    assert MOMENT.fullmatch(response.json["expires"])
    expires = datetime.fromisoformat(response.json["expires"])
    assert before <= expires - timedelta(days=30) <= now()
    assert anonymous.get("/auth/session").json == response.json
    assert anonymous.get("/me").json["id"] == ada.id


@pytest.mark.parametrize("login", ["fay", "FAY", " fay ", "fay@example.com", "FAY@Example.COM"])
def test_one_signs_in_by_name_or_address_in_any_case(anonymous: Person, login: str) -> None:
    register(anonymous, email="Fay@example.com")
    assert sign_in(anonymous, login).json["user"]["username"] == "fay"


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_signs_in_with_a_form(anonymous: Person, ada: Person, form: str) -> None:
    body = {"username": "ada", "password": PASSWORD, "csrfToken": "x", "redirect": "false"}
    response = anonymous.post("/auth/callback/credentials", data=body, content_type=form)
    assert response.json["user"]["id"] == ada.id
    assert anonymous.get("/me").status_code == 200


def test_signing_in_ignores_fields_that_it_does_not_know(anonymous: Person, ada: Person) -> None:
    body = {"username": "ada", "password": PASSWORD, "json": True, "callbackUrl": ["//evil"]}
    response = anonymous.post("/auth/callback/credentials", body)
    assert response.json["user"]["id"] == ada.id


def test_signing_in_needs_a_name_and_a_password(anonymous: Person) -> None:
    for response in (
        anonymous.post("/auth/callback/credentials", {}),
        anonymous.post("/auth/callback/credentials", data={"name": "ada"}),
    ):
        assert details(response) == {
            "username": "Username is required",
            "password": "Password is required",
        }


def test_the_cookie_is_kept_from_scripts_and_other_sites(anonymous: Person, ada: Person) -> None:
    before = now().replace(microsecond=0)
    cookie = cookie_of(sign_in(anonymous, "ada"))
    assert cookie.pop(COOKIE)
    lasts = parse_date(cookie.pop("Expires"))
    assert lasts is not None
    assert before <= lasts - timedelta(days=30) <= now()
    assert cookie == {"HttpOnly": "", "SameSite": "Lax", "Path": "/"}


def test_the_cookie_is_secure_on_https(anonymous: Person, ada: Person) -> None:
    assert "Secure" in cookie_of(sign_in(anonymous, "ada", base_url="https://localhost"))


@pytest.mark.parametrize(
    ("settings", "secure"),
    [
        ({"rate_limits": "off", "trusted_proxies": 0}, False),
        ({"rate_limits": "off", "trusted_proxies": 1}, True),
    ],
)
def test_only_a_trusted_proxy_says_that_it_is_https(
    anonymous: Person, ada: Person, secure: bool
) -> None:
    response = sign_in(anonymous, "ada", headers={"X-Forwarded-Proto": "https"})
    assert ("Secure" in cookie_of(response)) == secure


def test_wrong_user_and_wrong_password_and_disabled_look_the_same(
    app: Flask, anonymous: Person, ada: Person, bo: Person
) -> None:
    disable(app, bo)
    attempts = [("nobody", PASSWORD), ("ada", WRONG), ("ada", "x"), ("ada", "x" * 500)]
    attempts += [("bo", PASSWORD), ("bo", WRONG), ("no@example.com", WRONG), ("'; --", WRONG)]
    answers = [sign_in(anonymous, *attempt) for attempt in attempts]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.text for answer in answers} == {answers[0].text}
    assert all(comparable(each.headers) == comparable(answers[0].headers) for each in answers)
    assert answers[0].json.keys() == {"error"}
    assert "Set-Cookie" not in answers[0].headers
    assert anonymous.get("/auth/session").json == {}


def test_a_failed_sign_in_leaves_the_present_session_alone(ada: Person) -> None:
    assert sign_in(ada, "ada", WRONG).status_code == 401
    assert ada.get("/me").status_code == 200


def test_signing_in_issues_a_new_session_whatever_was_planted(
    app: Flask, ada: Person, ed: Person
) -> None:
    attacker, victim = someone_else(app), someone_else(app)
    planted = cookie_of(sign_in(attacker, "ed"))[COOKIE]
    victim.client.set_cookie(COOKIE, planted)

    issued = cookie_of(sign_in(victim, "ada"))[COOKIE]

    assert secret_in(app, issued) != secret_in(app, planted)
    assert victim.get("/me").json["id"] == ada.id
    assert attacker.get("/me").json["id"] == ed.id


@pytest.mark.parametrize("planted", ["known-to-me", "e30.aaaaaa.bbbbbb", "a" * 3000])
def test_a_made_up_session_is_replaced(anonymous: Person, ada: Person, planted: str) -> None:
    anonymous.client.set_cookie(COOKIE, planted)
    assert anonymous.get("/auth/session").json == {}
    assert anonymous.get("/me").status_code == 401
    assert cookie_of(sign_in(anonymous, "ada"))[COOKIE] != planted


def test_each_sign_in_is_a_session_of_its_own(app: Flask, ada: Person) -> None:
    one, other = someone_else(app), someone_else(app)
    secrets = {secret_in(app, cookie_of(sign_in(each, "ada"))[COOKIE]) for each in (one, other)}
    assert len(secrets) == 2
    one.post("/auth/signout")
    assert (one.get("/me").status_code, other.get("/me").status_code) == (401, 200)


def test_the_database_keeps_no_secret_in_clear(app: Flask, anonymous: Person, ada: Person) -> None:
    cookie = cookie_of(sign_in(anonymous, "ada"))[COOKIE]
    secret = secret_in(app, cookie)
    assert len(secret) >= 43, "less than 256 bits"

    files = [path for path in app.config["PUNT"].data_dir.rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files)
    assert ada.id.encode() in kept
    for clear in (secret, cookie, PASSWORD):
        assert clear.encode() not in kept


def test_the_log_keeps_no_secret(
    capsys: pytest.CaptureFixture[str], app: Flask, anonymous: Person
) -> None:
    logs.configure(logging.DEBUG)
    register(anonymous, email="fay@example.com")
    cookie = cookie_of(sign_in(anonymous, "fay"))[COOKIE]
    sign_in(anonymous, "fay", WRONG)
    anonymous.get(f"/auth/session?token={PASSWORD}")
    anonymous.post("/auth/signout")
    logged = capsys.readouterr().err
    assert "/api/auth/callback/credentials" in logged
    for secret in (PASSWORD, WRONG, cookie, secret_in(app, cookie), "fay@example.com", "argon2"):
        assert secret not in logged


# The session


def test_nobody_is_signed_in_at_first(anonymous: Person) -> None:
    response = anonymous.get("/auth/session")
    assert (response.status_code, response.json) == (200, {})
    assert anonymous.get("/me").json == {"error": "Authentication required"}


@pytest.mark.parametrize("change", [lambda cookie: cookie[:-2] + "xx", lambda cookie: "x" + cookie])
def test_a_tampered_cookie_is_worth_nothing(anonymous: Person, ada: Person, change: Any) -> None:
    cookie = cookie_of(sign_in(anonymous, "ada"))[COOKIE]
    anonymous.client.set_cookie(COOKIE, change(cookie))
    assert anonymous.get("/auth/session").json == {}
    assert anonymous.get("/me").status_code == 401


def test_a_session_ends_when_its_time_is_over(app: Flask, ada: Person, event_count: Any) -> None:
    change_sessions(app, ada, expires=now() - timedelta(seconds=1))
    count = event_count()
    assert ada.get("/auth/session").json == {}
    assert ada.get("/me").status_code == 401
    assert ada.patch("/me", {"name": "Ada"}).status_code == 401
    assert event_count() == count


@pytest.mark.parametrize("method", ["get", "patch"])
def test_using_a_session_lengthens_it(app: Flask, ada: Person, method: str) -> None:
    near = now() + timedelta(days=1)
    change_sessions(app, ada, expires=near, last_used_at=near - timedelta(days=30))
    before = now().replace(microsecond=0)

    response = ada.get("/me") if method == "get" else ada.patch("/me", {"name": "Ada"})

    assert response.status_code == 200
    lasts = parse_date(cookie_of(response)["Expires"])
    assert lasts is not None
    assert lasts - timedelta(days=30) >= before
    expires = datetime.fromisoformat(ada.get("/auth/session").json["expires"])
    assert expires - timedelta(days=30) >= before


def test_a_session_just_used_is_not_written_again(ada: Person) -> None:
    first = ada.get("/auth/session")
    assert "Set-Cookie" not in first.headers
    assert ada.get("/auth/session").json == first.json


@pytest.mark.parametrize("settings", [{"rate_limits": "off", "session_days": 2}])
def test_the_operator_says_how_long_a_session_lasts(anonymous: Person) -> None:
    register(anonymous)
    before = now()
    expires = datetime.fromisoformat(sign_in(anonymous, "fay").json["expires"])
    assert before <= expires - timedelta(days=2) <= now()


def test_a_disabled_account_is_locked_out_at_once(
    app: Flask, anonymous: Person, ada: Person, bo: Person
) -> None:
    disable(app, bo)
    assert sign_in(anonymous, "bo").status_code == 401
    assert bo.get("/auth/session").json == {}
    for response in (bo.get("/me"), bo.get("/projects"), bo.patch("/me", {"name": "Bob"})):
        assert response.status_code == 403
        assert response.json.keys() == {"error"}
    assert bo.post("/projects", {"name": "Apollo", "key": "APO"}).status_code == 403
    assert ada.get("/projects/APO").status_code == 404


def test_an_account_enabled_again_can_sign_in(app: Flask, ada: Person, bo: Person) -> None:
    disable(app, bo)
    with app.app_context(), transaction():
        accounts.enable(db.session.get_one(User, bo.id))
    assert sign_in(someone_else(app), "bo").status_code == 200
    assert bo.get("/me").json["name"] == "bo"


# Signing out


def test_signing_out_ends_the_session_on_the_server(
    app: Flask, anonymous: Person, ada: Person
) -> None:
    kept = cookie_of(sign_in(anonymous, "ada"))[COOKIE]

    response = anonymous.post("/auth/signout")

    assert response.status_code == 302
    assert response.headers["Location"] == "/"
    cleared = cookie_of(response)
    assert (cleared[COOKIE], cleared["Path"], cleared["Max-Age"]) == ("", "/", "0")
    assert anonymous.get("/auth/session").json == {}
    thief = someone_else(app)
    thief.client.set_cookie(COOKIE, kept)
    assert thief.get("/auth/session").json == {}
    assert thief.get("/me").status_code == 401
    assert ada.get("/me").status_code == 200


def test_signing_out_when_signed_out_is_no_mistake(anonymous: Person) -> None:
    response = anonymous.post("/auth/signout")
    assert (response.status_code, response.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("body", [{"json": {}}, {"json": {"callbackUrl": None}}, {"data": {}}])
def test_signing_out_needs_no_callback(ada: Person, body: dict[str, Any]) -> None:
    assert ada.client.post("/api/auth/signout", **body).headers["Location"] == "/"
    assert ada.get("/me").status_code == 401


@pytest.mark.parametrize("kind", ["json", "data"])
@pytest.mark.parametrize(
    "path", ["/", "/projects", "/projects/PUNT?tab=1&x=%2F#top", "/a//b", "/%2F%2Fevil.example"]
)
def test_signing_out_goes_to_a_path_on_this_site(anonymous: Person, kind: str, path: str) -> None:
    body: dict[str, Any] = {kind: {"callbackUrl": path}}
    response = anonymous.client.post("/api/auth/signout", **body)
    assert (response.status_code, response.headers["Location"]) == (302, path)


@pytest.mark.parametrize("kind", ["json", "data"])
@pytest.mark.parametrize(
    "url",
    [
        "//evil.example",
        "///evil.example",
        " //evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https://evil.example",
        "http://localhost@evil.example",
        "http://localhost.evil.example/",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "projects",
        "?x",
        "/x\r\nSet-Cookie: a=b",
    ],
)
def test_signing_out_never_leaves_this_site(ada: Person, kind: str, url: str) -> None:
    body: dict[str, Any] = {kind: {"callbackUrl": url}}
    response = ada.client.post("/api/auth/signout", **body)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert ada.get("/me").status_code == 401


def test_only_a_post_signs_out(ada: Person) -> None:
    assert ada.get("/auth/signout").status_code == 405
    assert ada.get("/me").status_code == 200


def test_signing_out_does_not_take_what_it_does_not_know(ada: Person) -> None:
    assert details(ada.post("/auth/signout", {"callbackURL": "/"})).keys() == {"callbackURL"}
    assert ada.get("/me").status_code == 200


# A session that ends while a request is still arriving


# The limiter asks who calls before the body is there.
LIMITED = pytest.mark.parametrize("settings", [{"log_level": "error"}], ids=[""])


@LIMITED
def test_signing_out_twice_at_once_is_no_mistake(app: Flask, ada: Person) -> None:
    other_tab = someone_else(app)
    other_tab.client.set_cookie(COOKIE, cookie_in(ada))
    first: list[int] = []

    def meanwhile() -> None:
        # In a thread of its own: a request within a request would share its context.
        thread = Thread(target=lambda: first.append(other_tab.post("/auth/signout").status_code))
        thread.start()
        thread.join()

    assert ada.post("/auth/signout", **slowly(b"{}", meanwhile)).status_code == 302
    assert first == [302]
    assert ada.get("/me").status_code == 401


@LIMITED
@pytest.mark.parametrize(("ended", "status"), [("session", 401), ("account", 403)])
def test_a_request_that_began_in_time_is_refused(
    app: Flask, ada: Person, bo: Person, event_count: Any, ended: str, status: int
) -> None:
    past = now() - timedelta(seconds=1)
    count = event_count()

    def meanwhile() -> None:
        if ended == "session":
            change_sessions(app, bo, expires=past)
        else:
            disable(app, bo)

    response = bo.patch("/me", **slowly(b'{"name": "Bob"}', meanwhile))
    assert response.status_code == status
    assert event_count() == count + (ended == "account")
    with app.app_context():
        assert db.session.get_one(User, bo.id).name == "bo"


# Verifying


def test_right_credentials_are_valid_and_start_no_session(anonymous: Person, ada: Person) -> None:
    response = verify(anonymous, "ADA")
    assert response.status_code == 200
    user = {"id": ada.id, "username": "ada", "name": "ada"}
    assert response.json == {"valid": True, "user": user}
    assert "Set-Cookie" not in response.headers
    assert anonymous.get("/auth/session").json == {}


def test_verifying_leaves_no_session_behind(app: Flask, anonymous: Person, ada: Person) -> None:
    with app.app_context():
        before = db.session.scalars(select(Session.id)).all()
    verify(anonymous, "ada")
    with app.app_context():
        assert db.session.scalars(select(Session.id)).all() == before


def test_wrong_credentials_look_the_same_whatever_is_wrong(
    app: Flask, anonymous: Person, ada: Person, bo: Person
) -> None:
    disable(app, bo)
    attempts = [("nobody", PASSWORD), ("ada", WRONG), ("bo", PASSWORD), ("bo", WRONG)]
    answers = [verify(anonymous, *attempt) for attempt in attempts]
    assert all(answer.status_code == 200 for answer in answers)
    assert all(answer.json == {"valid": False} for answer in answers)
    assert all(comparable(each.headers) == comparable(answers[0].headers) for each in answers)


def test_verifying_refuses_what_it_does_not_know(anonymous: Person, ada: Person) -> None:
    body = {"username": "ada", "password": PASSWORD, "csrfToken": "x"}
    assert details(anonymous.post("/auth/verify-credentials", body)).keys() == {"csrfToken"}
    assert details(anonymous.post("/auth/verify-credentials", {})).keys() == {
        "username",
        "password",
    }


def test_the_zone_of_every_moment_is_utc(ada: Person) -> None:
    assert datetime.fromisoformat(ada.get("/auth/session").json["expires"]).tzinfo == UTC
