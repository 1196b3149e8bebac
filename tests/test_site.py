"""The pages for people: what they say to whom, and that they run nothing but our own files."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Person

PAGES = ("/", "/api/docs")
STATIC = Path(__file__).parent.parent / "punt" / "static"
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Someone who is not signed in."""
    return app.test_client()


@pytest.mark.parametrize("path", PAGES)
def test_anyone_may_see_a_page(visitor: FlaskClient, path: str) -> None:
    response = visitor.get(path)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert "<h1>" in response.text
    assert "Sign in" in response.text
    assert "Signed in as" not in response.text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_who_is_signed_in(ada: Person, path: str) -> None:
    assert ada.patch("/me", {"name": "<i>Ada</i>"}).status_code == 200
    text = ada.client.get(path).text
    assert "Signed in as <b>&lt;i&gt;Ada&lt;/i&gt;</b>" in text
    assert 'action="/api/auth/signout"' in text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_not_kept(ada: Person, path: str) -> None:
    assert ada.client.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_lets_a_browser_run_only_what_this_server_has(
    visitor: FlaskClient, path: str
) -> None:
    given = visitor.get(path).headers["Content-Security-Policy"]
    assert set(given.split("; ")) == POLICY


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_script_and_no_style_in_it(visitor: FlaskClient, path: str) -> None:
    text = visitor.get(path).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    for script in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL):
        assert script == ""


@pytest.mark.parametrize("path", PAGES)
def test_all_that_a_page_loads_is_there(visitor: FlaskClient, path: str) -> None:
    text = visitor.get(path).text
    loaded = re.findall(r'(?:src|href)="(/[^"#]*)', text)
    assert any(each.endswith(".js") for each in loaded)
    assert any(each.endswith(".css") for each in loaded)
    for each in loaded:
        with visitor.get(each) as response:
            assert response.status_code == 200, each


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nothing_of_any_other_site(visitor: FlaskClient, path: str) -> None:
    text = visitor.get(path).text
    # What it shows of curl names this very server.
    assert set(re.findall(r"https?://([\w.:]+)", text)) <= {"localhost"}
    assert not re.search(r'(?:src|href|action)="(?!/|#)', text)


def test_the_files_of_the_pages_ask_nothing_of_any_other_site() -> None:
    text = "".join(path.read_text() for path in STATIC.iterdir())
    assert set(re.findall(r"(?:https?:)?//(\w[\w.]*\.\w+)", text)) <= {"www.w3.org"}


def test_scripts_put_data_on_a_page_as_text_only() -> None:
    text = "".join(path.read_text() for path in STATIC.glob("*.js"))
    assert "textContent" in text
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function"
    assert not re.search(forbidden, text)


def test_signing_out_from_a_page_leads_back_to_it(ada: Person) -> None:
    response = ada.client.post("/api/auth/signout", data={"callbackUrl": "/api/docs"})
    assert (response.status_code, response.headers["Location"]) == (302, "/api/docs")
    assert "Signed in as" not in ada.client.get("/api/docs").text


def test_a_page_offers_an_account_when_registration_is_open(app: Flask) -> None:
    assert "/api/auth/register" in app.test_client().get("/").text


class TestClosed:
    """With registration closed."""

    @pytest.fixture
    def settings(self) -> dict[str, str]:
        return {"rate_limits": "off", "log_level": "error", "registration": "closed"}

    def test_no_page_offers_an_account(self, visitor: FlaskClient) -> None:
        assert "/api/auth/register" not in visitor.get("/").text


class TestLimited:
    """With rate limits."""

    @pytest.fixture
    def settings(self) -> dict[str, str]:
        return {"rate_limits": "on", "log_level": "error", "rate_limit_general": "2 per minute"}

    @pytest.mark.parametrize("path", ["/api/docs", "/api/openapi.json"])
    def test_the_documentation_is_rate_limited(self, visitor: FlaskClient, path: str) -> None:
        statuses = [visitor.get(path).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
