"""A full disk: writes are refused politely, reads go on, nothing is left or lost."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit
from typing import Any

import pytest

from tests.live.conftest import PASSWORD, Answer, Client, Server, eventually, file_ticket
from tests.live.test_uploads import MB, attach, uploads

# A short note has room in a file of this size, another change at the end of the journal has not.
LARGEST_FILE = 16 * 1024

LONG_AGO = "2020-01-01T00:00:00.000Z"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server to itself, which may say in its log what went wrong."""
    server = Server(tmp_path, {"PUNT_RATE_LIMITS": "off"})
    yield server
    server.kill()


@pytest.fixture
def attachments(ada: Client, project: str) -> str:
    """Where the files of the first ticket are; there is one."""
    file_ticket(ada, project)
    path = f"{project}/tickets/1/attachments"
    assert attach(ada, path, b"kept.txt", b"kept").status == 201
    return path


def fill_disk(server: Server) -> None:
    """Let no file of the server's grow any more."""
    prlimit(server.process.pid, RLIMIT_FSIZE, (LARGEST_FILE, RLIM_INFINITY))


def make_room(server: Server) -> None:
    """Let files grow again."""
    prlimit(server.process.pid, RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))


def assert_no_room(answer: Answer) -> None:
    assert (answer.status, set(answer.json)) == (503, {"error"}), answer.body
    assert int(answer.headers["Retry-After"]) > 0


def assert_sound(server: Server) -> None:
    with closing(sqlite3.connect(server.data_dir / "punt.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def everything(client: Client, project: str) -> list[Any]:
    """What reads show of a project."""
    paths = ["", "/tickets", "/tickets/1/comments", "/tickets/1/attachments", "/labels"]
    return [client.get(project + path).json for path in paths]


def test_a_full_disk_refuses_every_write_and_changes_nothing(
    server: Server, ada: Client, project: str, attachments: str
) -> None:
    account = {"username": ada.username, "password": PASSWORD}
    kept = ada.get(attachments).json[0]
    before = everything(ada, project)
    fill_disk(server)

    for method, path, body in (
        ("POST", f"{project}/tickets", {"title": "Fix it"}),
        ("PATCH", f"{project}/tickets/1", {"title": "Fix it all", "order": 0}),
        ("PATCH", f"{project}/tickets", {"ticketIds": ["1"], "updates": {"priority": "Low"}}),
        ("DELETE", f"{project}/tickets/1", None),
        ("DELETE", f"{project}/tickets", {"ticketIds": ["1"]}),
        ("POST", f"{project}/tickets/1/comments", {"content": "Why?"}),
        ("DELETE", f"{attachments}/{kept['id']}", None),
        ("POST", f"{project}/labels", {"name": "urgent"}),
        ("DELETE", project, None),
        ("PATCH", "/me", {"name": "Ada Lovelace"}),
        ("POST", "/me/tokens", {"name": "script"}),
        ("POST", "/auth/callback/credentials", account),
        ("POST", "/auth/register", account | {"username": "newcomer"}),
        ("POST", "/auth/signout", None),
    ):
        assert_no_room(ada.ask(method, path, body))
    assert everything(ada, project) == before
    assert ada.get(kept["url"].removeprefix("/api")).body == b"kept"


@pytest.mark.parametrize("content", [b"text", b"text " * MB], ids=["row", "file"])
def test_an_upload_without_room_for_its_row_or_its_file_leaves_nothing(
    server: Server, ada: Client, attachments: str, content: bytes
) -> None:
    before = uploads(server)
    fill_disk(server)

    assert_no_room(attach(ada, attachments, b"note.txt", content))

    assert eventually(lambda: uploads(server) == before)
    assert [each["filename"] for each in ada.get(attachments).json] == ["kept.txt"]


def test_reads_go_on_though_the_use_of_a_sign_in_cannot_be_noted(
    server: Server, ada: Client, project: str
) -> None:
    def last_used() -> list[str]:
        return [each["lastUsedAt"] for each in ada.get("/me/sessions").json]

    with closing(sqlite3.connect(server.data_dir / "punt.db")) as database, database:
        database.execute("UPDATE sessions SET last_used_at = ?", [LONG_AGO])
    fill_disk(server)

    assert [ada.get(path).status for path in ("/me", project, "/auth/session")] == [200] * 3
    assert ada.post("/auth/verify-credentials", {"username": "no", "password": "no"}).json == {
        "valid": False
    }
    assert last_used() == [LONG_AGO]
    make_room(server)
    assert last_used() > [LONG_AGO]


def test_work_goes_on_without_a_restart_once_there_is_room(
    server: Server, ada: Client, project: str, attachments: str
) -> None:
    stream = ada.listen(f"{project}/events")
    assert stream.one().type == "connected"
    fill_disk(server)
    for _ in range(3):
        assert_no_room(ada.post(f"{project}/tickets", {"title": "Refused"}))
    assert_no_room(attach(ada, attachments, b"refused.txt", b"text " * MB))
    make_room(server)

    made = [file_ticket(ada, project), attach(ada, attachments, b"new.txt", b"text " * MB).json]

    assert [message.data for message in stream.messages(2)] == made
    assert made[0]["number"] == 2
    assert len(uploads(server)) == 2
    assert_sound(server)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes where the next server is going to keep its data."""
    place = tmp_path / "data"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small disk, and not everywhere")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def take_all_room(disk: Path) -> Path:
    """A file that takes up what room there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return ballast


def test_a_disk_that_fills_up_bit_by_bit_loses_nothing(
    small_disk: Path, server: Server, ada: Client, project: str, attachments: str
) -> None:
    ballast = take_all_room(small_disk)
    kept = ada.get(f"{project}/tickets").json
    while (answer := ada.post(f"{project}/tickets", {"title": "y" * 200})).status == 201:
        kept.append(answer.json)
    assert_no_room(answer)
    assert_no_room(attach(ada, attachments, b"note.txt", b"text " * MB))
    assert eventually(lambda: len(uploads(server)) == 1)
    assert ada.get(f"{project}/tickets").json == kept

    ballast.unlink()
    assert file_ticket(ada, project)["number"] == len(kept) + 1
    assert attach(ada, attachments, b"note.txt", b"text").status == 201
    assert_sound(server)
