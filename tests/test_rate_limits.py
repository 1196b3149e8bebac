"""Rate limits: what is counted, for whom, and how the caller is told (contract, section 1)."""

import time
from contextlib import ExitStack
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import text

from punt.database import transaction
from punt.extensions import db
from tests.conftest import PASSWORD, Answer, Person

MINUTE = 60
FEW = {"rate_limit_login": "3 per minute", "log_level": "error"}
BEHIND_ONE = {**FEW, "trusted_proxies": 1}


@pytest.fixture
def settings() -> dict[str, Any]:
    """The limits of the contract."""
    return {"log_level": "error"}


def limits(**changed: str) -> pytest.MarkDecorator:
    """Other limits for one test."""
    return pytest.mark.parametrize("settings", [{"log_level": "error", **changed}], ids=[""])


def told(response: Answer) -> tuple[int, int]:
    """The limit and what remains of it; asserts that all three headers make sense."""
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    values = [response.headers.getlist(name) for name in names]
    assert [len(each) for each in values] == [1, 1, 1], response.headers
    limit, remaining, reset = (int(each[0]) for each in values)
    assert 0 <= remaining <= limit
    assert time.time() - 5 <= reset <= time.time() + 3605
    return limit, remaining


def assert_limited(response: Answer, limit: int, seconds: int) -> None:
    assert response.status_code == 429
    assert response.json.keys() == {"error"}
    assert told(response) == (limit, 0)
    wait = int(response.headers["Retry-After"])
    assert 1 <= wait <= seconds + 1, "rounded up"
    assert abs(int(response.headers["X-RateLimit-Reset"]) - time.time() - wait) < 5


def at(address: str, **headers: str) -> dict[str, Any]:
    """Options of a request that comes from another address."""
    return {"environ_overrides": {"REMOTE_ADDR": address}, "headers": headers}


def guess(person: Person, **options: Any) -> Answer:
    """A sign-in that fails, without the cost of hashing a password."""
    return person.post("/auth/callback/credentials", {}, **options)


def sign_in(person: Person, username: str, **options: Any) -> Answer:
    body = {"username": username, "password": PASSWORD}
    return person.post("/auth/callback/credentials", body, **options)


def register(person: Person, username: str, **options: Any) -> Answer:
    body = {"username": username, "password": PASSWORD}
    return person.post("/auth/register", body, **options)


# Headers


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/auth/session", {}, 200),
        ("HEAD", "/auth/session", {}, 200),
        ("OPTIONS", "/auth/session", {}, 200),
        ("POST", "/auth/signout", {}, 302),
        ("GET", "/me", {}, 401),
        ("PATCH", "/projects/PUNT", {}, 401),
        ("GET", "/projects/events", {}, 401),
        ("GET", "", {}, 404),
        ("GET", "/", {}, 404),
        ("GET", "/nothing", {}, 404),
        ("OPTIONS", "/nothing", {}, 404),
        ("DELETE", "/auth/session", {}, 405),
        ("GET", "/auth/register", {}, 405),
        ("GET", "/auth/session?x=1", {}, 400),
        ("POST", "/auth/register", {"json": {}}, 400),
        ("POST", "/auth/register", {"data": "{", "content_type": "application/json"}, 400),
        ("POST", "/auth/register", {"data": "x" * 3_000_000}, 413),
        ("POST", "/auth/register", {"data": "x"}, 415),
        ("POST", "/auth/register", {"headers": {"Origin": "https://evil.example"}}, 403),
    ],
)
def test_every_answer_tells_the_limit(
    anonymous: Person, method: str, path: str, options: Any, status: int
) -> None:
    response = anonymous.client.open("/api" + path, method=method, **options)
    assert response.status_code == status
    told(cast(Answer, response))
    assert "Retry-After" not in response.headers


def test_a_crash_tells_the_limit(app: Flask, anonymous: Person, ada: Person) -> None:
    with app.app_context(), transaction():
        db.session.execute(text("UPDATE users SET created_at = 'rubbish'"))
    response = sign_in(anonymous, "ada")
    assert response.status_code == 500
    assert told(response)[0] == 10


def test_answers_about_a_project_tell_the_limit(ada: Person, di: Person, project: str) -> None:
    made = ada.post("/projects/PUNT/tickets", {"title": "The first"})
    etag = ada.get("/projects/PUNT").headers["ETag"]
    same = ada.get("/projects/PUNT", headers={"If-None-Match": etag})
    stale = ada.patch("/projects/PUNT/tickets/1", {}, headers={"If-Match": '"x"'})
    refused = di.post("/projects/PUNT/tickets", {"title": "The second"})
    answers = (made, same, stale, refused)
    assert [each.status_code for each in answers] == [201, 304, 412, 403]
    assert all(told(each)[0] == 600 for each in answers)


@pytest.mark.parametrize("path", ["/projects/events", "/users/events", "/projects/PUNT/events"])
def test_streams_tell_the_limit(ada: Person, project: str, path: str) -> None:
    stream = ada.get(path)
    with stream:
        assert stream.status_code == 200
        assert told(stream) == (60, 59)
        assert "Retry-After" not in stream.headers


# The limit of everything else


def test_everything_counts_together(ada: Person, project: str) -> None:
    assert told(ada.get("/me")) == (600, 599)
    assert told(ada.get("/projects/PUNT/tickets")) == (600, 598)
    assert told(ada.patch("/me", {"name": 7})) == (600, 597)
    assert told(ada.get("/nothing")) == (600, 596)


@limits(rate_limit_general="4 per minute")
def test_who_asks_too_often_is_refused(ada: Person, event_count: Any) -> None:
    for path in ("/me", "/projects", "/nothing", "/me?x=1"):
        assert ada.get(path).status_code != 429
    count = event_count()
    for response in (
        ada.get("/me"),
        ada.patch("/me", {"name": "Ada"}),
        ada.post("/projects", {"name": "Apollo", "key": "APO"}),
        ada.get("/nothing"),
        ada.get("/projects/events"),
        ada.delete("/auth/session"),
    ):
        assert_limited(response, 4, MINUTE)
    assert event_count() == count


@limits(rate_limit_general="2 per minute")
def test_the_signed_in_are_counted_by_user(ada: Person, bo: Person, anonymous: Person) -> None:
    ada.get("/me", **at("192.0.2.1"))
    ada.get("/me", **at("192.0.2.2"))
    assert_limited(ada.get("/me", **at("192.0.2.3")), 2, MINUTE)
    assert bo.get("/me", **at("192.0.2.1")).status_code == 200
    assert anonymous.get("/auth/session", **at("192.0.2.1")).status_code == 200


@limits(rate_limit_general="2 per minute")
def test_the_signed_out_are_counted_by_address(ada: Person, anonymous: Person) -> None:
    for _ in range(2):
        assert anonymous.get("/auth/session", **at("192.0.2.1")).status_code == 200
    assert_limited(anonymous.get("/auth/session", **at("192.0.2.1")), 2, MINUTE)
    assert anonymous.get("/auth/session", **at("192.0.2.2")).status_code == 200
    assert anonymous.get("/auth/session", **at("2001:db8::1")).status_code == 200
    assert ada.get("/me", **at("192.0.2.1")).status_code == 200


@limits(rate_limit_general="2 per minute")
def test_a_cookie_that_is_none_does_not_make_another_caller(anonymous: Person) -> None:
    for name in "ab":
        anonymous.client.set_cookie("next-auth.session-token", name)
        assert anonymous.get("/auth/session").status_code == 200
    anonymous.client.set_cookie("next-auth.session-token", "c")
    assert_limited(anonymous.get("/auth/session"), 2, MINUTE)


@limits(rate_limit_general="1 per second")
def test_after_the_time_that_was_told_it_goes_on(ada: Person) -> None:
    answers = (ada.get("/me") for _ in range(100))
    limited = next(each for each in answers if each.status_code == 429)
    time.sleep(int(limited.headers["Retry-After"]))
    assert ada.get("/me").status_code == 200


# Signing in


def test_ten_sign_ins_and_verifications_are_let_through(anonymous: Person) -> None:
    for number in range(10):
        verify = number % 2
        path = "/auth/verify-credentials" if verify else "/auth/callback/credentials"
        response = anonymous.post(path, {})
        assert response.status_code == 400
        assert told(response) == (10, 9 - number)
    assert_limited(guess(anonymous), 10, 15 * MINUTE)
    assert_limited(anonymous.post("/auth/verify-credentials", {}), 10, 15 * MINUTE)


@limits(rate_limit_login="3 per minute")
def test_right_and_wrong_sign_ins_are_counted_alike(anonymous: Person, ada: Person) -> None:
    answers = [sign_in(anonymous, name) for name in ("nobody", "ada", "ada")]
    assert [each.status_code for each in answers] == [401, 200, 200]
    assert_limited(sign_in(anonymous, "ada"), 3, MINUTE)


@limits(rate_limit_login="3 per minute")
def test_one_address_failing_does_not_lock_another_out(
    app: Flask, anonymous: Person, ada: Person
) -> None:
    for _ in range(5):
        body = {"username": "ada", "password": "x"}
        anonymous.post("/auth/callback/credentials", body, **at("203.0.113.9"))
    assert_limited(sign_in(anonymous, "ada", **at("203.0.113.9")), 3, MINUTE)
    assert sign_in(anonymous, "ada", **at("192.0.2.1")).status_code == 200
    assert ada.get("/me", **at("203.0.113.9")).status_code == 200


@limits(rate_limit_login="3 per minute")
def test_a_session_does_not_buy_more_sign_ins(ada: Person, bo: Person, anonymous: Person) -> None:
    for person in (ada, bo, anonymous):
        assert guess(person).status_code == 400
    for person in (ada, bo, anonymous):
        assert_limited(guess(person), 3, MINUTE)


@limits(rate_limit_login="3 per minute")
def test_what_is_no_sign_in_does_not_count_as_one(anonymous: Person) -> None:
    path = "/api/auth/callback/credentials"
    for _ in range(5):
        assert anonymous.client.options(path).status_code == 200
        assert anonymous.client.get(path).status_code == 405
        assert anonymous.get("/auth/session").status_code == 200
        assert anonymous.post("/auth/register", {}).status_code == 400
    assert told(guess(anonymous)) == (3, 2)


# Registration


def test_five_registrations_are_let_through(anonymous: Person) -> None:
    for number in range(5):
        response = register(anonymous, f"person{number}")
        assert response.status_code == 201
        assert told(response) == (5, 4 - number)
    assert_limited(register(anonymous, "person5"), 5, 60 * MINUTE)
    assert sign_in(anonymous, "person5").status_code == 401
    assert register(anonymous, "person5", **at("192.0.2.1")).status_code == 201


@limits(rate_limit_register="2 per hour")
def test_refused_registrations_count_too(anonymous: Person, ada: Person) -> None:
    assert register(anonymous, "ada").status_code == 400
    assert anonymous.post("/auth/register", data="x").status_code == 415
    assert_limited(register(anonymous, "fay"), 2, 60 * MINUTE)
    assert_limited(register(ada, "fay"), 2, 60 * MINUTE)


# Streams


@limits(rate_limit_stream="3 per minute")
def test_opening_streams_is_counted_by_user(ada: Person, bo: Person, project: str) -> None:
    for path in ("/projects/events", "/users/events", "/projects/PUNT/events"):
        with ada.get(path, **at("192.0.2.1")) as stream:
            assert stream.status_code == 200
    assert_limited(ada.get("/users/events", **at("192.0.2.2")), 3, MINUTE)
    assert ada.get("/me").status_code == 200
    with bo.get("/users/events", **at("192.0.2.1")) as stream:
        assert stream.status_code == 200


@pytest.mark.parametrize("settings", [{"rate_limits": "on"}, {"rate_limits": "off"}])
def test_a_stream_too_many_is_told_when_to_come_back(ada: Person, bo: Person) -> None:
    with ExitStack() as streams:
        for _ in range(10):
            stream = streams.enter_context(ada.get("/users/events"))
            assert stream.status_code == 200
        refused = ada.get("/projects/events")
        assert refused.status_code == 429
        assert refused.json.keys() == {"error"}
        assert int(refused.headers["Retry-After"]) >= 1
        streams.enter_context(bo.get("/users/events"))
    with ada.get("/users/events") as stream:
        assert stream.status_code == 200


# The client's address

FORGED = [
    "192.0.2.{}",
    "192.0.2.{}, 127.0.0.1",
    "127.0.0.1, 192.0.2.{}",
    "2001:db8::{}",
    '"[2001:db8::{}]:443"',
    "[2001:db8::{}]",
    "rubbish {}",
    "'; -- {}",
    "unknown, _hidden{},",
    ",,, {}",
    "x" * 2000 + "{}",
]


@pytest.mark.parametrize("settings", [FEW])
@pytest.mark.parametrize("forged", FORGED, ids=lambda forged: forged[:20])
def test_without_a_proxy_the_peer_counts_whatever_is_claimed(
    anonymous: Person, forged: str
) -> None:
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "Via")
    for number in range(3):
        headers = dict.fromkeys(names, forged.format(number))
        assert guess(anonymous, headers=headers).status_code == 400
    headers = dict.fromkeys(names, forged.format(3))
    assert_limited(guess(anonymous, headers=headers), 3, MINUTE)
    assert guess(anonymous, **at("192.0.2.1")).status_code == 400


@pytest.mark.parametrize("settings", [BEHIND_ONE])
@pytest.mark.parametrize("forged", FORGED, ids=lambda forged: forged[:20])
@pytest.mark.parametrize("client", ["203.0.113.7", "2001:db8:1::7"])
def test_behind_a_proxy_a_forged_left_end_does_not_count(
    anonymous: Person, forged: str, client: str
) -> None:
    def through_proxy(left: str, right: str) -> Answer:
        return guess(anonymous, headers={"X-Forwarded-For": f"{left}, {right}"})

    for number in range(3):
        assert through_proxy(forged.format(number), client).status_code == 400
    assert_limited(through_proxy(forged.format(3), client), 3, MINUTE)
    assert through_proxy(client, "203.0.113.8").status_code == 400


@pytest.mark.parametrize("settings", [BEHIND_ONE])
def test_behind_a_proxy_that_names_no_client_the_proxy_counts(anonymous: Person) -> None:
    for headers in ({}, {"X-Forwarded-For": ""}, {"X-Real-IP": "192.0.2.1"}):
        assert guess(anonymous, headers=headers).status_code == 400
    assert_limited(guess(anonymous), 3, MINUTE)


@pytest.mark.parametrize("settings", [{**FEW, "trusted_proxies": 2}])
def test_behind_two_proxies_the_second_from_the_right_counts(anonymous: Person) -> None:
    for number in range(3):
        claimed = f"192.0.2.{number}, 203.0.113.7, 198.51.100.{number}"
        assert guess(anonymous, headers={"X-Forwarded-For": claimed}).status_code == 400
    claimed = "203.0.113.7, 198.51.100.9"
    assert_limited(guess(anonymous, headers={"X-Forwarded-For": claimed}), 3, MINUTE)
    claimed = "203.0.113.8, 198.51.100.9"
    assert guess(anonymous, headers={"X-Forwarded-For": claimed}).status_code == 400


@pytest.mark.parametrize("settings", [BEHIND_ONE])
def test_a_session_keeps_the_address_of_the_client(anonymous: Person, ada: Person) -> None:
    sign_in(anonymous, "ada", headers={"X-Forwarded-For": "192.0.2.66, 203.0.113.7"})
    shown = [each["ip"] for each in anonymous.get("/me/sessions").json if each["current"]]
    assert shown == ["203.0.113.7"]


# Off


@pytest.mark.parametrize(
    "settings",
    [{"rate_limits": "off", "rate_limit_general": "1 per hour", "rate_limit_login": "1 per hour"}],
)
def test_limits_can_be_off(anonymous: Person, ada: Person) -> None:
    for _ in range(12):
        assert guess(anonymous).status_code == 400
        assert anonymous.post("/auth/register", {}).status_code == 400
        assert ada.get("/me").status_code == 200


def test_the_library_looks_at_no_request_by_itself(app: Flask) -> None:
    """It would search all limits at each; it is asked by the routes that have one of their own."""
    hooks = [*app.before_request_funcs[None], *app.after_request_funcs[None]]
    assert not [hook for hook in hooks if "imiter" in repr(hook)]
