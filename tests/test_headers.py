"""What every request and answer has in common: ids, other sites, CORS, odd paths (section 1)."""

import re
from typing import Any

import pytest

from tests.conftest import Answer, Person, details

ULID = re.compile("[0-9A-HJKMNP-TV-Z]{26}")
FORMS = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""]


@pytest.fixture
def world(project: str, ada: Person, stored: Any) -> Any:
    """Reads all that a refused call must leave as it is."""
    ada.post("/projects/PUNT/tickets", {"title": "The first"})
    return stored


def assert_cross_site(response: Answer) -> None:
    assert response.status_code == 403, response.text
    assert response.json == {"error": "Requests from another site are refused"}
    assert "Set-Cookie" not in response.headers


# The id of the request


@pytest.mark.parametrize("id_", ["a", "trace-me-7", "A.b_c:d-9", "7" * 64])
def test_a_sane_request_id_comes_back(anonymous: Person, id_: str) -> None:
    for path in ("/auth/session", "/nothing", "/me"):
        response = anonymous.get(path, headers={"X-Request-Id": id_})
        assert response.headers.getlist("X-Request-Id") == [id_]


@pytest.mark.parametrize(
    "id_", ["", " ", "a b", "x" * 1000, "<script>", "a=b level=error", "é", 'a"b', "a;b", "a\tb"]
)
def test_an_insane_request_id_is_replaced(anonymous: Person, id_: str) -> None:
    response = anonymous.get("/auth/session", headers={"X-Request-Id": id_})
    (given,) = response.headers.getlist("X-Request-Id")
    assert ULID.fullmatch(given)


def test_every_request_gets_an_id_of_its_own(anonymous: Person, ada: Person) -> None:
    answers = [anonymous.get("/me"), anonymous.get("/nothing"), ada.get("/me"), ada.get("/me")]
    with ada.get("/projects/events") as stream:
        ids = {each.headers["X-Request-Id"] for each in (*answers, stream)}
    assert len(ids) == 5
    assert all(map(ULID.fullmatch, ids))


# Requests from another site


CROSS_SITE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Sec-Fetch-Site": "Cross-Site"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://evil.example/localhost"},
    {"Origin": "http://localhost@evil.example"},
    {"Origin": "http://evillocalhost"},
    {"Origin": "http://localhost:3001"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "null"},
    {"Origin": "localhost"},
    {"Origin": ""},
]
SAME_SITE = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
    {"Referer": "https://evil.example/"},
]
WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/auth/register", {"username": "fay", "password": "Correct-horse-1"}),
    ("POST", "/auth/callback/credentials", {"username": "bo", "password": "Correct-horse-1"}),
    ("POST", "/auth/verify-credentials", {"username": "bo", "password": "Correct-horse-1"}),
    ("POST", "/auth/signout", {}),
    ("PATCH", "/me", {"name": "Ada"}),
    ("POST", "/projects", {"name": "Apollo", "key": "APO"}),
    ("PATCH", "/projects/PUNT", {"name": "Apollo"}),
    ("DELETE", "/projects/PUNT", {}),
    ("POST", "/projects/PUNT/tickets", {"title": "A second"}),
    ("PATCH", "/projects/PUNT/tickets/1", {"title": "Renamed"}),
    ("DELETE", "/projects/PUNT/tickets/1", {}),
    ("PUT", "/projects/PUNT", {}),
    ("POST", "/nothing", {}),
]


@pytest.mark.parametrize("headers", CROSS_SITE, ids=str)
def test_a_write_from_another_site_is_refused(
    ada: Person, world: Any, headers: dict[str, str]
) -> None:
    before = world()
    for method, path, body in WRITES:
        send = getattr(ada, method.lower())
        assert_cross_site(send(path, body, headers=headers))
    assert world() == before


@pytest.mark.parametrize("content_type", FORMS)
@pytest.mark.parametrize("method", ["post", "patch", "delete", "put"])
def test_a_form_from_another_site_is_refused(
    ada: Person, world: Any, method: str, content_type: str
) -> None:
    before = world()
    for path in ("/auth/signout", "/auth/callback/credentials", "/projects", "/projects/PUNT"):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            response = getattr(ada, method)(
                path, data=b'{"name":"x"}', content_type=content_type, headers=headers
            )
            assert_cross_site(response)
    assert world() == before


def test_a_form_of_this_site_may_sign_in_and_out(ada: Person, anonymous: Person) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    body = {"username": "ada", "password": "Correct-horse-1"}
    signed_in = anonymous.post("/auth/callback/credentials", data=body, headers=headers)
    assert signed_in.status_code == 200
    assert anonymous.post("/auth/signout", data={}, headers=headers).status_code == 302


@pytest.mark.parametrize("headers", SAME_SITE, ids=str)
def test_a_write_from_this_site_or_from_curl_is_let_through(
    ada: Person, headers: dict[str, str]
) -> None:
    assert ada.patch("/me", {"name": "Ada"}, headers=headers).status_code == 200
    project = {"name": "Apollo", "key": "APO"}
    assert ada.post("/projects", project, headers=headers).status_code == 201
    assert ada.delete("/projects/APO", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("base_url", "origin", "let_through"),
    [
        ("http://punt.example:3000", "http://punt.example:3000", True),
        ("http://punt.example:3000", "http://punt.example", False),
        ("http://punt.example", "http://punt.example:3000", False),
        ("https://punt.example", "https://punt.example", True),
        ("http://punt.example", "https://punt.example", True),
        ("http://[::1]:3000", "http://[::1]:3000", True),
        ("http://[::1]:3000", "http://[::2]:3000", False),
    ],
)
def test_the_origin_is_compared_to_the_host(
    anonymous: Person, base_url: str, origin: str, let_through: bool
) -> None:
    response = anonymous.post("/auth/signout", base_url=base_url, headers={"Origin": origin})
    assert response.status_code == (302 if let_through else 403)


@pytest.mark.parametrize("headers", CROSS_SITE, ids=str)
def test_reading_from_another_site_is_not_a_write(ada: Person, headers: dict[str, str]) -> None:
    for path in ("/me", "/projects", "/auth/session"):
        response = ada.get(path, headers=headers)
        assert response.status_code == 200
        assert "Access-Control-Allow-Origin" not in response.headers


# Frontends on another origin

BOARD = "https://board.example.com"
ALLOWED = pytest.mark.parametrize(
    "settings",
    [
        {"rate_limits": "off", "cors_origins": (BOARD, "http://[::1]:5173")},
    ],
    ids=[""],
)
READABLE = {
    "etag",
    "link",
    "retry-after",
    "x-request-id",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-total-count",
}


def names(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


def preflight(person: Person, path: str, origin: str, method: str, headers: str) -> Any:
    return person.client.options(
        "/api" + path,
        headers={
            "Origin": origin,
            "Sec-Fetch-Site": "cross-site",
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        },
    )


@ALLOWED
@pytest.mark.parametrize("origin", [BOARD, "http://[::1]:5173"])
@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path, _ in WRITES if path != "/nothing"]
)
def test_a_preflight_of_a_frontend_is_answered(
    anonymous: Person, origin: str, method: str, path: str
) -> None:
    wanted = "content-type, authorization, if-match, x-tab-id, x-request-id"
    response = preflight(anonymous, path, origin, method, wanted)
    assert response.status_code in (200, 204)
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert method in response.headers["Access-Control-Allow-Methods"]
    assert names(response.headers["Access-Control-Allow-Headers"]) == names(wanted)
    assert "Origin" in response.headers["Vary"]


@ALLOWED
def test_a_frontend_is_let_in_and_may_read_the_headers(ada: Person, event_count: Any) -> None:
    headers = {"Origin": BOARD, "Sec-Fetch-Site": "cross-site"}
    count = event_count()
    response = ada.patch("/me", {"name": "Ada"}, headers=headers)
    assert response.status_code == 200
    assert response.headers.getlist("Access-Control-Allow-Origin") == [BOARD]
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert names(response.headers["Access-Control-Expose-Headers"]) >= READABLE
    assert event_count() == count + 1


@ALLOWED
def test_a_frontend_may_read_failures_too(anonymous: Person, ada: Person, project: str) -> None:
    headers = {"Origin": BOARD, "Sec-Fetch-Site": "cross-site"}
    answers = [
        anonymous.get("/me", headers=headers),
        ada.get("/nothing", headers=headers),
        ada.put("/me", {}, headers=headers),
        ada.post("/projects", data="{", content_type="application/json", headers=headers),
        ada.post("/projects", data="x" * 3_000_000, headers=headers),
        ada.patch("/projects/NONE", {}, headers=headers),
    ]
    assert [each.status_code for each in answers] == [401, 404, 405, 400, 413, 404]
    assert all(each.headers["Access-Control-Allow-Origin"] == BOARD for each in answers)


@ALLOWED
def test_a_frontend_may_open_a_stream(ada: Person) -> None:
    with ada.get("/projects/events", headers={"Origin": BOARD}) as stream:
        assert stream.status_code == 200
        assert stream.headers["Access-Control-Allow-Origin"] == BOARD
        assert stream.headers["Access-Control-Allow-Credentials"] == "true"


@ALLOWED
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://board.example.com",
        "https://board.example.com.evil.example",
        "https://board.example.com:8443",
        "https://boardxexample.com",
        "https://sub.board.example.com",
        "https://board.example.com/",
        "http://1:5173",
        "http://::1:5173",
        "http://[::1]:51730",
        "null",
        "*",
    ],
)
def test_another_origin_is_not_let_in(ada: Person, world: Any, origin: str) -> None:
    before = world()
    response = ada.patch("/projects/PUNT", {"name": "Apollo"}, headers={"Origin": origin})
    assert_cross_site(response)
    assert "Access-Control-Allow-Origin" not in response.headers
    asked = preflight(ada, "/projects/PUNT", origin, "PATCH", "content-type")
    assert "Access-Control-Allow-Origin" not in asked.headers
    read = ada.get("/me", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in read.headers
    assert world() == before


def test_no_origin_is_let_in_unless_named(ada: Person) -> None:
    response = preflight(ada, "/me", BOARD, "PATCH", "content-type")
    assert not any(name.startswith("Access-Control") for name, _ in response.headers)


# Methods and paths in disguise


@pytest.mark.parametrize(
    "header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"]
)
def test_a_method_cannot_be_overridden(ada: Person, world: Any, header: str) -> None:
    before = world()
    for method in ("DELETE", "PATCH", "GET"):
        headers = {header: method}
        assert ada.post("/projects/PUNT", {"name": "Apollo"}, headers=headers).status_code == 405
        assert ada.get("/projects/PUNT", headers=headers).status_code == 200
        form = {"_method": method}
        assert ada.post("/projects/PUNT", data=form, headers=headers).status_code == 405
    assert ada.post("/projects/PUNT?_method=DELETE").status_code == 405
    assert world() == before


@pytest.mark.parametrize("method", ["X-HTTP-Method-Override", "X-HTTP-Method"])
def test_a_disguised_write_from_another_site_is_refused(ada: Person, method: str) -> None:
    headers = {method: "GET", "Origin": "https://evil.example"}
    assert_cross_site(ada.patch("/me", {"name": "Ada"}, headers=headers))
    assert ada.get("/me").json["name"] == "ada"


@pytest.mark.parametrize(
    "path",
    [
        "/me/",
        "/projects/",
        "/projects/PUNT/",
        "/projects/PUNT/tickets/",
        "/projects/PUNT/tickets/1/",
        "//projects/PUNT",
        "/projects//PUNT",
        "/projects/PUNT//tickets",
        "/projects/PUNT/tickets//1",
        "/./projects/PUNT",
        "/projects/./PUNT",
        "/auth/../projects/PUNT",
        "/projects/OTHER/../PUNT",
        "/projects/PUNT/tickets/../tickets/1",
        "/%2e/projects/PUNT",
        "/projects/%2e%2e/projects/PUNT",
        "/auth/%2e%2e/projects/PUNT",
        "/projects/OTHER/%2E%2E/PUNT",
        "/projects/PUNT%2f%2ftickets",
        "/projects/PUNT%00",
        "/projects/PUNT;x=1",
        "/projects/PUNT%3Fx",
        "/projects/PUNT%20",
        "/projects\\PUNT",
        "/Projects/PUNT",
        "/PROJECTS/PUNT",
        "/projects/PUNT/Tickets",
        "/projects/PUNT/tickets/1/History",
        "/ME",
    ],
)
def test_a_path_in_disguise_is_not_found(ada: Person, world: Any, path: str) -> None:
    before = world()
    for method in ("get", "post", "patch", "delete"):
        response = getattr(ada, method)(path, **({"json": {}} if method != "get" else {}))
        assert response.status_code in (404, 405), (method, response.status_code)
        assert "Location" not in response.headers
    assert world() == before


@pytest.mark.parametrize("path", ["//api/projects", "/API/projects", "/api%00/projects", "/Api/me"])
def test_the_api_is_in_one_place_only(ada: Person, path: str) -> None:
    assert ada.client.get(path).status_code == 404
    assert ada.client.patch(path, json={"name": "Ada"}).status_code == 404
    assert ada.get("/me").json["name"] == "ada"


@pytest.mark.parametrize(
    "path", ["/projects/PUNT%2Ftickets", "/projects/%50UNT/tickets", "/projects/punt/ticket%73"]
)
def test_an_encoded_path_meets_the_same_checks(
    anonymous: Person, ed: Person, di: Person, world: Any, path: str
) -> None:
    before = world()
    assert (anonymous.get(path).status_code, ed.get(path).status_code) == (401, 403)
    assert di.get(path).status_code == 200
    for person, status in ((anonymous, 401), (ed, 403), (di, 403)):
        assert person.post(path, {"title": "A second"}).status_code == status
    assert world() == before


def test_the_case_of_a_key_does_not_matter_to_the_checks(
    ada: Person, ed: Person, project: str
) -> None:
    for key in ("PUNT", "punt", "PuNt"):
        assert ada.get(f"/projects/{key}").json["key"] == "PUNT"
        assert ed.get(f"/projects/{key}").status_code == 403
        assert details(ada.get(f"/projects/{key}?KEY=1")).keys() == {"KEY"}


@pytest.mark.parametrize("key", ["ß", "ſS", "SS\u0307", "\u0131S", "\uff29\uff33"])
def test_a_key_is_not_taken_for_another_that_looks_alike(ada: Person, key: str) -> None:
    for real in ("SS", "IS"):
        ada.post("/projects", {"name": "Similar", "key": real})
        ada.post(f"/projects/{real}/tickets", {"title": "The first"})
    assert ada.get(f"/projects/{key}").status_code == 404
    assert ada.get(f"/projects/SS/tickets/{key}-1").status_code == 404
    assert ada.get("/projects/SS/tickets/ss-1").status_code == 200
