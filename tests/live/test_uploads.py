"""Uploads and downloads over the wire: large, slow, cut off."""

import re
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import (
    PATIENCE,
    Answer,
    Client,
    Server,
    Start,
    eventually,
    file_ticket,
    make_project,
    register,
)
from tests.live.test_concurrency import at_once, twins

MB = 1024 * 1024
FILM = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".ljust(50 * MB, b"\0")
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"


@pytest.fixture
def path(ada: Client, project: str) -> str:
    """Where files are attached to a ticket."""
    return attachments_path(ada, project)


def attachments_path(client: Client, project: str) -> str:
    """Where files are attached to a new ticket."""
    return f"{project}/tickets/{file_ticket(client, project)['number']}/attachments"


def attach(client: Client, path: str, filename: bytes, content: bytes, **more: str) -> Answer:
    """Send a file as a browser's form does; `more` are headers."""
    headers = client.headers({"Content-Type": "multipart/form-data; boundary=b", **more})
    client.connection.request("POST", f"/api{path}", HEAD % filename + content + TAIL, headers)
    response = client.connection.getresponse()
    return Answer(response.status, response.headers, response.read())


def begin(client: Client, path: str, *headers: str, sent: bytes = b"") -> socket.socket:
    """Announce a film, and send no more than the first of it."""
    wire = socket.create_connection(("127.0.0.1", client.server.port), timeout=PATIENCE)
    lines = [
        f"POST /api{path} HTTP/1.1",
        "Host: localhost",
        f"Cookie: {client.cookie}",
        "Content-Type: multipart/form-data; boundary=b",
        f"Content-Length: {len(FILM)}",
        *headers,
    ]
    wire.sendall("\r\n".join([*lines, "", ""]).encode() + sent)
    return wire


def uploads(server: Server) -> Any:
    """The files that are kept."""
    return list((server.data_dir / "uploads").iterdir())


def most_memory(server: Server) -> int:
    """The most bytes of memory that the server ever had."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def test_a_film_goes_in_and_out_without_passing_through_memory(
    server: Server, ada: Client, path: str
) -> None:
    attach(ada, path, b"small.mp4", FILM[:MB])
    before = most_memory(server)

    made = attach(ada, path, b"film.mp4", FILM)

    assert (made.status, made.json["size"]) == (201, len(FILM))
    assert ada.get(made.json["url"].removeprefix("/api")).body == FILM
    assert most_memory(server) < before + 10 * MB


def test_whoever_listens_hears_which_ticket_has_a_new_file(
    ada: Client, project: str, path: str
) -> None:
    stream = ada.listen(f"{project}/events")
    assert stream.one().type == "connected"

    made = attach(ada, path, b"notes.txt", b"text").json

    message = stream.one()
    assert (message.type, message.data) == ("attachment.created", made)


def test_a_stranger_is_refused_before_sending_anything(
    server: Server, ed: Client, path: str
) -> None:
    before = uploads(server)

    with begin(ed, path, "Expect: 100-continue") as wire:
        answer = wire.recv(65536)

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert uploads(server) == before


def test_a_stranger_who_sends_anyway_fills_no_disk(server: Server, ed: Client, path: str) -> None:
    before = uploads(server)

    with begin(ed, path, sent=HEAD % b"film.mp4" + FILM[:MB]) as wire:
        answer = wire.recv(65536)
        assert uploads(server) == before

    assert answer.startswith(b"HTTP/1.1 403 ")


def test_others_are_served_while_a_film_is_on_its_way(
    server: Server, ada: Client, bo: Client, path: str
) -> None:
    before = len(uploads(server))

    with begin(ada, path, sent=HEAD % b"film.mp4" + FILM[:MB]):
        assert eventually(lambda: len(uploads(server)) > before)
        make_project(bo)

    assert eventually(lambda: len(uploads(server)) == before)
    assert ada.get(path).json == []


def test_uploads_that_race_under_one_key_are_one(server: Server, ada: Client, path: str) -> None:
    before = len(uploads(server))
    key = {"Idempotency-Key": "sent-again-too-soon"}

    def send(client: Client) -> Answer:
        return attach(client, path, b"notes.txt", b"text", **key)

    answers = at_once(send, twins(ada, 4))

    (attached,) = ada.get(path).json
    assert [(answer.status, answer.json) for answer in answers] == [(201, attached)] * 4
    replayed = [answer.headers["Idempotency-Replayed"] for answer in answers]
    assert Counter(replayed) == {"true": 3, None: 1}
    assert len(uploads(server)) == before + 1


def test_an_upload_is_not_stored_again_after_a_crash(start: Start) -> None:
    server = start()
    ada = register(server, "ada")
    path = attachments_path(ada, make_project(ada))
    key = {"Idempotency-Key": "sent-again-after-a-crash"}
    first = attach(ada, path, b"notes.txt", b"text", **key)
    server.kill()

    ada = Client(start(), ada.username, ada.cookie)
    again = attach(ada, path, b"notes.txt", b"text", **key)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status, again.json) == (201, first.json)
    assert ada.get(path).json == [first.json]
    assert len(uploads(server)) == 1


def test_a_crash_in_the_midst_of_an_upload_leaves_nothing(start: Start) -> None:
    server = start()
    ada = register(server, "ada")
    path = attachments_path(ada, make_project(ada))
    kept = attach(ada, path, b"notes.txt", b"text").json
    with begin(ada, path, sent=HEAD % b"film.mp4" + FILM[:MB]):
        assert eventually(lambda: len(uploads(server)) == 2)
        server.kill()
    assert len(uploads(server)) == 2

    again = start()

    assert eventually(lambda: len(uploads(again)) == 1)
    ada = Client(again, ada.username, ada.cookie)
    assert ada.get(path).json == [kept]
    assert ada.get(kept["url"].removeprefix("/api")).body == b"text"
