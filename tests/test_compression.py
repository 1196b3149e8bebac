"""Compressed answers: the same answer in fewer bytes, for who asks for it."""

import gzip
import json
from typing import Any

import pytest

from tests.conftest import Person, new_ticket

GZIP = {"headers": {"Accept-Encoding": "gzip"}}
LIST = "/projects/PUNT/tickets"


@pytest.fixture
def tickets(project: str, ada: Person) -> None:
    """A list that is worth compressing."""
    for number in range(3):
        new_ticket(ada, f"Ticket {number}", description="word " * 100)


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "br;q=1, gzip;q=0.5", "*"])
def test_what_is_long_is_compressed_for_who_can_read_it(ada: Person, accepted: str) -> None:
    plain = ada.get(LIST)
    for _ in range(2):
        packed = ada.get(LIST, headers={"Accept-Encoding": accepted})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
        assert packed.headers["Vary"] == plain.headers["Vary"]


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "rubbish"])
def test_others_get_it_as_it_is(ada: Person, accepted: str) -> None:
    ada.get(LIST, **GZIP)
    response = ada.get(LIST, headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in response.headers
    assert "Accept-Encoding" in response.headers["Vary"]
    assert len(response.json) == 3


def test_what_is_short_is_not_compressed(ada: Person) -> None:
    response = ada.get("/me", **GZIP)
    assert "Content-Encoding" not in response.headers
    assert response.json["username"] == "ada"


@pytest.mark.usefixtures("tickets")
def test_changes_are_compressed_too(ada: Person) -> None:
    response = ada.patch(f"{LIST}/1", {"title": "Another"}, **GZIP)
    assert unpacked(response.data)["title"] == "Another"


@pytest.mark.usefixtures("tickets")
def test_a_tag_of_compressed_bytes_is_weak_and_as_good(ada: Person) -> None:
    strong = ada.get(f"{LIST}/1").headers["ETag"]
    tag = ada.get(f"{LIST}/1", **GZIP).headers["ETag"]
    assert tag == f"W/{strong}"
    for known in (tag, strong):
        again = ada.get(f"{LIST}/1", headers={"If-None-Match": known, "Accept-Encoding": "gzip"})
        assert (again.status_code, again.data) == (304, b"")
    assert ada.patch(f"{LIST}/1", {"title": "x"}, headers={"If-Match": tag}).status_code == 200


@pytest.mark.usefixtures("tickets")
def test_streams_are_never_compressed(ada: Person) -> None:
    with ada.get("/projects/PUNT/events", **GZIP) as stream:
        assert "Content-Encoding" not in stream.headers


def test_pages_for_people_are_compressed(ada: Person) -> None:
    response = ada.client.get("/api/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert unpacked(response.data)["openapi"] == "3.1.0"


def unpacked(body: bytes) -> Any:
    return json.loads(gzip.decompress(body))
