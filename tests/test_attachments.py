"""Files on tickets (contract, section 4)."""

from collections.abc import Callable
from contextvars import Context
from io import BytesIO
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import gevent
import orjson
import pytest
from flask import Flask
from gevent.event import Event

from punt import housekeeper
from punt.database import transaction
from punt.extensions import db
from punt.models import Attachment, Ticket
from punt.tracker import attachments
from tests.conftest import Answer, Person, add, details, new_ticket, project_id, rewrite
from tests.samples import SAMPLES, image, mp4, pdf, upload

MB = 1024 * 1024
FORM = "multipart/form-data; boundary=b"
PNG = image("PNG")


@pytest.fixture
def ticket(project: str, cy: Person) -> str:
    """The id of a ticket in the project."""
    return str(new_ticket(cy)["id"])


@pytest.fixture
def path(ticket: str) -> str:
    """Where files are attached to it."""
    return f"/projects/PUNT/tickets/{ticket}/attachments"


@pytest.fixture
def attached(cy: Person, path: str) -> dict[str, Any]:
    """A picture that cy has attached to it."""
    return dict(upload(cy, path, "shot.png", PNG).json)


@pytest.fixture
def on_disk(app: Flask) -> Callable[[], set[str]]:
    """The names of the files that are kept."""
    return lambda: {each.name for each in uploads(app).iterdir()}


def uploads(app: Flask) -> Path:
    """Where files are kept."""
    return Path(app.config["PUNT"].data_dir) / "uploads"


def download(person: Person, attachment: dict[str, Any], **options: Any) -> Answer:
    """The file behind an attachment's `url`."""
    return person.get(attachment["url"].removeprefix("/api"), buffered=True, **options)


def test_it_is_attached_listed_and_downloaded(
    cy: Person, di: Person, path: str, stored: Any
) -> None:
    response = upload(cy, path, "shot.png", PNG)

    assert response.status_code == 201
    made = response.json
    assert made.keys() == {
        "id", "filename", "mimeType", "size", "url", "uploader", "createdAt",
    }  # fmt: skip
    assert (made["filename"], made["mimeType"], made["size"]) == ("shot.png", "image/png", len(PNG))
    assert made["uploader"] == {"id": cy.id, "username": "cy", "name": "cy", "avatar": None}
    before = stored()
    assert di.get(path).json == [made]
    assert download(di, made).data == PNG
    assert stored() == before


def test_files_are_listed_oldest_first_and_page_by_page(cy: Person, path: str) -> None:
    made = [upload(cy, path, f"{name}.txt", b"text").json for name in "cab"]

    first = cy.get(f"{path}?limit=2")

    assert cy.get(path).json == made
    assert first.json == made[:2]
    assert first.headers["X-Total-Count"] == "3"
    rest = first.headers["Link"].partition(">")[0].partition("/api")[2]
    assert cy.get(rest).json == made[2:]


def test_the_ticket_counts_its_files(cy: Person, ticket: str, path: str) -> None:
    address = f"/projects/PUNT/tickets/{ticket}"
    before = cy.get(address)

    upload(cy, path, "shot.png", PNG)

    after = cy.get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert after.json == before.json | {"attachmentCount": 1}
    assert cy.get("/projects/PUNT/tickets").json == [after.json]


def test_attaching_does_not_get_in_the_way_of_who_edits_the_ticket(
    cy: Person, bo: Person, ticket: str, path: str
) -> None:
    address = f"/projects/PUNT/tickets/{ticket}"
    read = {"If-Match": bo.get(address).headers["ETag"]}

    made = upload(cy, path, "shot.png", PNG).json
    cy.delete(f"{path}/{made['id']}")

    assert bo.patch(address, {"title": "Edited"}, headers=read).status_code == 200
    assert bo.patch(address, {"title": "Again"}, headers=read).status_code == 412


def test_whoever_listens_hears_of_a_file(cy: Person, ticket: str, path: str, stored: Any) -> None:
    made = upload(cy, path, "shot.png", PNG, headers={"X-Tab-Id": "tab"}).json

    event = stored()["events"][-1]
    assert (event.type, event.ticket_id, event.tab_id) == ("attachment.created", ticket, "tab")
    assert orjson.loads(event.data) == made


def test_whoever_listens_hears_that_a_file_is_gone(
    cy: Person, ticket: str, path: str, attached: dict[str, Any], stored: Any
) -> None:
    cy.delete(f"{path}/{attached['id']}")

    event = stored()["events"][-1]
    assert (event.type, event.ticket_id) == ("attachment.deleted", ticket)
    assert orjson.loads(event.data) == {"id": attached["id"]}


def test_it_can_be_deleted(
    bo: Person, path: str, attached: dict[str, Any], on_disk: Callable[[], set[str]]
) -> None:
    response = bo.delete(f"{path}/{attached['id']}")

    assert (response.status_code, response.json) == (200, {"success": True})
    assert bo.get(path).json == []
    assert download(bo, attached).status_code == 404
    assert bo.delete(f"{path}/{attached['id']}").status_code == 404
    assert on_disk() == set()


def test_it_stays_without_a_name_when_its_uploader_is_gone(
    app: Flask, ada: Person, path: str, attached: dict[str, Any]
) -> None:
    rewrite(app, Attachment, attached["id"], uploader_id=None)

    assert ada.get(path).json == [attached | {"uploader": None}]


@pytest.mark.parametrize("kind", ["photo.jpg", "plan.pdf", "film.mp4", "notes.txt"])
def test_a_browser_cannot_run_what_it_is_served(cy: Person, path: str, kind: str) -> None:
    made = upload(cy, path, kind, SAMPLES[kind][0]).json

    headers = download(cy, made).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Content-Disposition"] == f"attachment; filename={kind}"
    assert headers["Content-Type"].partition(";")[0] == SAMPLES[kind][1]
    assert set(headers["Cache-Control"].split(", ")) == {"private", "no-cache"}


def test_a_part_of_a_file_can_be_fetched(cy: Person, attached: dict[str, Any]) -> None:
    part = download(cy, attached, headers={"Range": "bytes=1-3"})
    beyond = download(cy, attached, headers={"Range": "bytes=9999-"})

    assert (part.status_code, part.data) == (206, b"PNG")
    assert part.headers["Content-Range"] == f"bytes 1-3/{len(PNG)}"
    assert (beyond.status_code, beyond.json.keys()) == (416, {"error"})


def test_a_download_can_be_resumed_whatever_else_happens_in_the_project(
    cy: Person, attached: dict[str, Any]
) -> None:
    tag = download(cy, attached).headers["ETag"]
    new_ticket(cy)

    rest = download(cy, attached, headers={"Range": "bytes=4-", "If-Range": tag})

    assert (rest.status_code, rest.data) == (206, PNG[4:])


def test_a_file_that_the_client_has_is_not_sent_again(
    app: Flask, ada: Person, cy: Person, attached: dict[str, Any]
) -> None:
    has_it = {"If-None-Match": download(cy, attached).headers["ETag"]}

    again = download(cy, attached, headers=has_it)

    assert (again.status_code, again.data) == (304, b"")
    member = next(m for m in cy.get("/projects/PUNT/members").json if m["userId"] == cy.id)
    ada.delete(f"/projects/PUNT/members/{member['id']}")
    assert download(cy, attached, headers=has_it).status_code == 403


def test_head_tells_the_size(cy: Person, attached: dict[str, Any]) -> None:
    response = cy.client.head(attached["url"], buffered=True)

    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Length"] == str(len(PNG))


# Who may


def test_who_is_signed_out_gets_nothing(
    anonymous: Person, path: str, attached: dict[str, Any], stored: Any
) -> None:
    before = stored()

    assert anonymous.get(path).status_code == 401
    assert upload(anonymous, path, "shot.png", PNG).status_code == 401
    assert anonymous.delete(f"{path}/{attached['id']}").status_code == 401
    assert download(anonymous, attached).status_code == 401
    assert stored() == before


def test_a_stranger_gets_nothing_though_they_know_the_address(
    ed: Person, path: str, attached: dict[str, Any], stored: Any
) -> None:
    before = stored()

    assert ed.get(path).status_code == 403
    assert upload(ed, path, "shot.png", PNG).status_code == 403
    assert ed.delete(f"{path}/{attached['id']}").status_code == 403
    assert download(ed, attached).status_code == 403
    assert stored() == before


def test_a_viewer_may_only_look(
    di: Person, path: str, attached: dict[str, Any], stored: Any, on_disk: Callable[[], set[str]]
) -> None:
    before = stored()

    assert upload(di, path, "shot.png", PNG).status_code == 403
    assert di.delete(f"{path}/{attached['id']}").status_code == 403
    assert (stored(), on_disk()) == (before, {attached["id"]})


def test_a_token_that_may_only_read_may_only_download(
    cy: Person, anonymous: Person, path: str, attached: dict[str, Any], event_count: Any
) -> None:
    token = cy.post("/me/tokens", {"name": "script", "scope": "read"}).json["token"]
    as_cy = {"Authorization": f"Bearer {token}"}
    before = event_count()

    assert download(anonymous, attached, headers=as_cy).data == PNG
    assert upload(anonymous, path, "shot.png", PNG, headers=as_cy).status_code == 403
    assert anonymous.delete(f"{path}/{attached['id']}", headers=as_cy).status_code == 403
    assert upload(anonymous, "/me/avatar", "me.png", PNG, headers=as_cy).status_code == 403
    assert (cy.get(path).json, event_count()) == ([attached], before)


class Body:
    """A body that comes in bits, which `more` makes."""

    def __init__(self, more: Callable[[], bytes]) -> None:
        self.more = more

    def read(self, size: int) -> bytes:
        return self.more()


def send_slowly(person: Person, path: str, meanwhile: Callable[[], object]) -> Answer:
    """Attach a picture, with something happening while it is on its way."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="shot.png"\r\n\r\n'
    bits = [head, PNG, b"\r\n--b--\r\n"]

    def more() -> bytes:
        if len(bits) == 2:
            # Not in the context of this request, whose user and session Flask would go on using.
            Context().run(meanwhile)
        return bits.pop(0) if bits else b""

    length = str(sum(map(len, bits)))
    sent = {"wsgi.input": Body(more), "CONTENT_LENGTH": length, "CONTENT_TYPE": FORM}
    return person.post(path, environ_overrides=sent)


@pytest.mark.parametrize("who", ["anonymous", "ed", "di"])
def test_nothing_is_taken_in_from_who_may_not_attach(
    request: pytest.FixtureRequest, path: str, who: str
) -> None:
    reads: list[None] = []

    response = send_slowly(request.getfixturevalue(who), path, lambda: reads.append(None))

    assert response.status_code in (401, 403)
    assert reads == []


def test_nothing_is_taken_in_for_a_ticket_that_is_not_there(cy: Person, project: str) -> None:
    reads: list[None] = []
    path = "/projects/PUNT/tickets/99/attachments"

    assert send_slowly(cy, path, lambda: reads.append(None)).status_code == 404
    assert reads == []


def test_what_was_sent_slowly_is_attached(cy: Person, bo: Person, path: str) -> None:
    made = send_slowly(cy, path, lambda: upload(bo, path, "other.png", PNG))

    assert made.status_code == 201
    assert {each["filename"] for each in cy.get(path).json} == {"shot.png", "other.png"}


def remove_cy(ada: Person, cy: Person) -> None:
    """Put cy out of the project."""
    members = ada.get("/projects/PUNT/members").json
    member = next(each for each in members if each["userId"] == cy.id)
    ada.delete(f"/projects/PUNT/members/{member['id']}")


def test_whoever_loses_access_while_sending_has_sent_nothing(
    ada: Person, cy: Person, path: str, on_disk: Callable[[], set[str]]
) -> None:
    response = send_slowly(cy, path, lambda: remove_cy(ada, cy))

    assert response.status_code == 403
    assert (ada.get(path).json, on_disk()) == ([], set())


def test_whoever_loses_access_while_the_file_is_written_has_sent_nothing(
    ada: Person, cy: Person, path: str, on_disk: Callable[[], set[str]]
) -> None:
    # It runs as soon as the request waits for anything, and that is the disk.
    removal = gevent.spawn(remove_cy, ada, cy)

    response = upload(cy, path, "shot.png", PNG)

    assert removal.ready()
    assert response.status_code == 403
    assert (ada.get(path).json, on_disk()) == ([], set())


def test_whoever_signs_out_while_sending_has_sent_nothing(
    ada: Person, cy: Person, path: str, on_disk: Callable[[], set[str]]
) -> None:
    (session,) = cy.get("/me/sessions").json

    response = send_slowly(cy, path, lambda: cy.delete(f"/me/sessions/{session['id']}"))

    assert response.status_code == 401
    assert (ada.get(path).json, on_disk()) == ([], set())


@pytest.mark.parametrize("gone", ["/projects/PUNT", "/projects/PUNT/tickets/1"])
def test_a_file_for_what_is_deleted_meanwhile_is_not_kept(
    ada: Person, cy: Person, path: str, on_disk: Callable[[], set[str]], gone: str
) -> None:
    response = send_slowly(cy, path, lambda: ada.delete(gone))

    assert response.status_code == 404
    assert on_disk() == set()


# What is refused


def test_what_belongs_to_another_ticket_is_not_found(
    cy: Person, path: str, attached: dict[str, Any], stored: Any
) -> None:
    other = f"/projects/PUNT/tickets/{new_ticket(cy)['id']}/attachments/{attached['id']}"
    before = stored()

    assert cy.delete(other).status_code == 404
    assert cy.get(f"{other}/content").status_code == 404
    assert stored() == before


def test_what_belongs_to_another_project_is_not_found(
    app: Flask, ed: Person, other_project: str, attached: dict[str, Any], ticket: str, stored: Any
) -> None:
    number = ed.post("/projects/OTHER/tickets", {"title": "Mine"}).json["number"]
    before = stored()

    for own in (number, ticket, "PUNT-1"):
        address = f"/projects/OTHER/tickets/{own}/attachments/{attached['id']}"
        assert ed.delete(address).status_code == 404
        assert ed.get(f"{address}/content").status_code == 404
    assert stored() == before
    assert (uploads(app) / attached["id"]).read_bytes() == PNG


@pytest.mark.parametrize("id_", ["nothing", "0" * 26, "..%2F..%2Fpunt.db", "%2e%2e", "a%00b"])
def test_an_id_of_nothing_is_not_found(cy: Person, path: str, id_: str) -> None:
    assert cy.get(f"{path}/{id_}/content").status_code == 404
    assert cy.delete(f"{path}/{id_}").status_code == 404


def test_a_ticket_may_have_twenty_files(
    cy: Person, path: str, event_count: Any, on_disk: Callable[[], set[str]]
) -> None:
    made = {upload(cy, path, "notes.txt", b"text").json["id"] for _ in range(20)}
    before = event_count()

    response = upload(cy, path, "notes.txt", b"text")

    assert response.status_code == 400
    assert response.json == {"error": "A ticket may have at most 20 attachments"}
    assert event_count() == before
    assert {each["id"] for each in cy.get(path).json} == on_disk() == made


def form(**parts: Any) -> dict[str, Any]:
    """The options of a request that sends these parts."""
    return {"data": parts, "content_type": "multipart/form-data"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, {"file": "File is required"}),
        ({"file": "text"}, {"file": "File must be one file"}),
        ({"file": [(BytesIO(PNG), "a.png")] * 2}, {"file": "File must be one file"}),
        ({"pic": (BytesIO(PNG), "a.png")}, {"file": "File is required", "pic": "Unknown field"}),
        ({"file": (BytesIO(PNG), "a.png"), "name": "b"}, {"name": "Unknown field"}),
        ({"file": (BytesIO(PNG), "a.png"), "ticketId": "1"}, {"ticketId": "Unknown field"}),
    ],
)  # fmt: skip
def test_a_form_must_be_one_file_and_nothing_else(
    cy: Person, path: str, event_count: Any, parts: dict[str, Any], expected: dict[str, str]
) -> None:
    before = event_count()

    assert details(cy.post(path, **form(**parts))) == expected
    assert (cy.get(path).json, event_count()) == ([], before)


@pytest.mark.parametrize("kind", ["application/json", "image/png", "text/plain", None])
def test_a_body_that_is_no_form_is_refused(cy: Person, path: str, kind: str | None) -> None:
    response = cy.post(path, data=PNG, content_type=kind)

    assert response.status_code == 415
    assert "multipart/form-data" in response.json["error"]
    assert cy.get(path).json == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"rubbish",
        b"--b\r\n",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a',
    ],
)
def test_a_broken_form_is_refused(
    cy: Person, path: str, on_disk: Callable[[], set[str]], body: bytes
) -> None:
    response = cy.post(path, data=body, content_type=FORM)

    assert response.status_code == 400
    assert on_disk() == set()


def test_a_form_of_very_many_parts_is_refused(
    cy: Person, path: str, on_disk: Callable[[], set[str]]
) -> None:
    parts = {f"file{number}": (BytesIO(PNG), "a.png") for number in range(50)}

    assert cy.post(path, **form(**parts)).status_code == 413
    assert on_disk() == set()


def test_a_body_beyond_all_limits_is_refused(
    cy: Person, path: str, event_count: Any, on_disk: Callable[[], set[str]]
) -> None:
    before = event_count()

    response = upload(cy, path, "film.mp4", mp4().ljust(51 * MB, b"\0"))

    assert (response.status_code, response.json.keys()) == (413, {"error"})
    assert (event_count(), on_disk()) == (before, set())


def test_a_body_that_never_ends_is_refused(
    cy: Person, path: str, on_disk: Callable[[], set[str]]
) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    endless = Body(chain([head], repeat(b"x" * 65536)).__next__)
    sent = {"wsgi.input": endless, "wsgi.input_terminated": True, "CONTENT_TYPE": FORM}

    response = cy.post(path, environ_overrides=sent)

    assert (response.status_code, response.json.keys()) == (413, {"error"})
    assert on_disk() == set()


def test_a_sender_has_so_much_time_and_no_more(
    cy: Person, path: str, on_disk: Callable[[], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("punt.api.uploads.SECONDS", 0.01)

    response = send_slowly(cy, path, Event().wait)

    assert (response.status_code, response.json.keys()) == (408, {"error"})
    assert on_disk() == set()


def test_a_form_from_another_site_is_refused(
    cy: Person, path: str, event_count: Any, on_disk: Callable[[], set[str]]
) -> None:
    before = event_count()

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert upload(cy, path, "shot.png", PNG, headers=headers).status_code == 403
    assert (cy.get(path).json, event_count(), on_disk()) == ([], before, set())


def test_an_unknown_parameter_is_refused(cy: Person, path: str) -> None:
    assert details(upload(cy, f"{path}?filename=a.png", "shot.png", PNG)).keys() == {"filename"}
    assert cy.get(path).json == []


@pytest.mark.parametrize(
    "settings", [{"rate_limit_upload": "2 per minute", "log_level": "error"}], ids=["two a minute"]
)
def test_attachments_and_avatars_count_together(cy: Person, bo: Person, path: str) -> None:
    assert upload(cy, path, "shot.png", PNG).status_code == 201
    assert upload(cy, "/me/avatar", "me.png", PNG).status_code == 200

    response = upload(cy, path, "shot.png", PNG)

    assert response.status_code == 429
    assert response.headers["X-RateLimit-Limit"] == "2"
    assert len(cy.get(path).json) == 1
    assert upload(bo, path, "shot.png", PNG).status_code == 201


# Names


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("/etc/cron.d/x.png", "x.png"),
        ("..\\\\..\\\\windows\\\\x.png", "x.png"),
        ("C:\\\\fakepath\\\\shot.png", "shot.png"),
        ("two  words.png", "two  words.png"),
        ("a\tb.png", "ab.png"),
        ("a\x1b[31m.png", "a[31m.png"),
        ("\u202egnp.exe.png", "gnp.exe.png"),
        ("a\u200b\u2066\ufeffb.png", "ab.png"),
        ("a\u2028b\u2029.png", "ab.png"),
        (" shot.png. . ", "shot.png"),
        ("Caf\u0065\u0301.png", "Caf\u00e9.png"),
        ("スクリーン ショット.png", "スクリーン ショット.png"),
        ("<img src=x>.png", "<img src=x>.png"),
        ("CON.png", "CON.png"),
        ("a" * 5000 + ".png", "a" * 251 + ".png"),
    ],
)
def test_a_name_is_cleaned_and_never_used_on_disk(
    cy: Person, path: str, on_disk: Callable[[], set[str]], given: str, shown: str
) -> None:
    made = upload(cy, path, given, PNG).json

    assert made["filename"] == shown
    assert on_disk() == {made["id"]}
    assert download(cy, made).data == PNG


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\0", '"', "%0D%0A", "%00"])
def test_a_name_cannot_smuggle_in_a_header(cy: Person, path: str, mark: str) -> None:
    head = f'Content-Disposition: form-data; name="file"; filename="a{mark}X-Evil: 1.png"'
    body = f"--b\r\n{head}\r\n\r\n".encode() + PNG + b"\r\n--b--\r\n"

    response = cy.post(path, data=body, content_type=FORM)

    assert response.status_code in (201, 400)
    for made in cy.get(path).json:
        assert not {"\r", "\n", "\0"} & set(made["filename"])
        assert "X-Evil" not in download(cy, made).headers


def test_a_name_of_any_script_reaches_the_browser(cy: Person, path: str) -> None:
    made = upload(cy, path, "Übersicht 世界.png", PNG).json

    header = download(cy, made).headers["Content-Disposition"]

    assert header.isascii()
    assert "filename*=UTF-8''%C3%9Cbersicht%20%E4%B8%96%E7%95%8C.png" in header


# What is on disk


@pytest.mark.parametrize("how", ["ticket", "bulk", "project"])
def test_files_go_with_what_they_are_attached_to(
    ada: Person, cy: Person, path: str, ticket: str, on_disk: Callable[[], set[str]], how: str
) -> None:
    other = new_ticket(cy)["id"]
    kept = upload(cy, f"/projects/PUNT/tickets/{other}/attachments", "kept.png", PNG).json["id"]
    upload(cy, path, "shot.png", PNG)
    upload(cy, path, "plan.pdf", pdf())

    {
        "ticket": lambda: ada.delete(f"/projects/PUNT/tickets/{ticket}"),
        "bulk": lambda: ada.delete("/projects/PUNT/tickets", {"ticketIds": [ticket]}),
        "project": lambda: ada.delete("/projects/PUNT"),
    }[how]()

    assert on_disk() == ({kept} if how != "project" else set())


def test_a_refused_deletion_keeps_the_files(
    ada: Person, cy: Person, ticket: str, attached: dict[str, Any], on_disk: Callable[[], set[str]]
) -> None:
    address = f"/projects/PUNT/tickets/{ticket}"

    assert cy.delete(address, headers={"If-Match": '"0.0.x.y"'}).status_code == 412
    assert cy.delete("/projects/PUNT").status_code == 403
    assert ada.delete("/projects/PUNT/tickets", {"ticketIds": [ticket, "99"]}).status_code == 400
    assert on_disk() == {attached["id"]}
    assert download(cy, attached).data == PNG


class Trouble(Exception):
    """Something that goes wrong late."""


def test_a_deletion_that_is_rolled_back_keeps_the_files(
    app: Flask, ticket: str, attached: dict[str, Any], on_disk: Callable[[], set[str]]
) -> None:
    def fail_late() -> None:
        with transaction():
            attachments.discard_files(Ticket.id == ticket)
            raise Trouble

    with app.test_request_context():
        pytest.raises(Trouble, fail_late)
        with transaction():
            db.session.get_one(Ticket, ticket).title = "Something else is committed"
    assert on_disk() == {attached["id"]}


def test_what_a_crash_left_is_swept_up(
    app: Flask, cy: Person, attached: dict[str, Any], on_disk: Callable[[], set[str]]
) -> None:
    upload(cy, "/me/avatar", "me.png", PNG)
    kept = on_disk()
    for leftover in ("incoming-abc", "0" * 26, "0" * 26 + "-" + "0" * 32):
        (uploads(app) / leftover).write_bytes(PNG)
    (uploads(app) / "README").write_text("not ours")

    housekeeper.tidy_up(app)

    assert on_disk() == kept | {"README"}
    assert download(cy, attached).data == PNG


def test_an_upload_that_is_under_way_is_not_swept_up(
    app: Flask, cy: Person, path: str, attached: dict[str, Any]
) -> None:
    made = send_slowly(cy, path, lambda: housekeeper.tidy_up(app))

    assert made.status_code == 201
    assert download(cy, made.json).data == PNG


def test_a_database_without_any_files_does_not_cost_the_files(
    app: Flask, project: str, on_disk: Callable[[], set[str]]
) -> None:
    (uploads(app) / ("0" * 26)).write_bytes(PNG)
    (uploads(app) / "incoming-abc").write_bytes(PNG)

    housekeeper.tidy_up(app)

    assert on_disk() == {"0" * 26}


def test_a_file_that_is_missing_on_disk_is_not_found(
    app: Flask, cy: Person, path: str, ticket: str
) -> None:
    row = Attachment(ticket_id=ticket, filename="a.png", mime_type="image/png", size=1)
    id_ = add(app, row)

    response = cy.get(f"{path}/{id_}/content")

    assert (response.status_code, response.json) == (404, {"error": "File not found"})


def test_the_url_names_the_project_by_id(
    app: Flask, project: str, ticket: str, attached: dict[str, Any]
) -> None:
    address = f"/api/projects/{project_id(app, project)}/tickets/{ticket}/attachments"

    assert attached["url"] == f"{address}/{attached['id']}/content"
