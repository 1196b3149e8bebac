"""Pictures of people (contract, section 2, me)."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import gevent
import orjson
import pytest
from flask import Flask
from PIL import Image

from tests.conftest import Answer, Person, details, new_ticket
from tests.samples import SAMPLES, image, pdf, upload

MB = 1024 * 1024
RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)


@pytest.fixture
def on_disk(app: Flask) -> Callable[[], set[str]]:
    """The names of the files that are kept."""
    uploads = Path(app.config["PUNT"].data_dir) / "uploads"
    return lambda: {each.name for each in uploads.iterdir()}


@pytest.fixture
def avatar(cy: Person) -> str:
    """The path of the picture that cy shows."""
    return str(change(cy, image("PNG")).json["avatar"])


def change(person: Person, content: bytes, filename: str = "me.png", **options: Any) -> Answer:
    """Show another picture of oneself."""
    return upload(person, "/me/avatar", filename, content, **options)


def look(person: Person, path: str, **options: Any) -> Answer:
    """Fetch a picture."""
    return person.get(path.removeprefix("/api"), buffered=True, **options)


def picture(person: Person, content: bytes) -> Any:
    """What became of a picture."""
    response = look(person, change(person, content).json["avatar"])
    assert response.mimetype == "image/webp"
    return Image.open(BytesIO(response.data))


def like(pixel: Any, color: tuple[int, int, int]) -> bool:
    """Whether a pixel has this color, as far as a lossy format keeps it."""
    return all(abs(a - b) < 24 for a, b in zip(pixel, color, strict=False))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "WEBP"])
def test_it_becomes_a_square_of_webp(cy: Person, format_: str) -> None:
    response = change(cy, image(format_, (400, 300)))

    assert response.status_code == 200
    assert response.json.keys() == {"avatar"}
    made = picture(cy, image(format_, (400, 300)))
    assert (made.format, made.size) == ("WEBP", (256, 256))
    assert like(made.convert("RGB").getpixel((128, 128)), RED)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_it_may_have_any_sort_of_color(cy: Person, mode: str) -> None:
    content = BytesIO()
    Image.new(mode, (30, 40)).save(content, "PNG")

    assert picture(cy, content.getvalue()).size == (256, 256)


def test_it_shows_wherever_the_person_does(cy: Person, bo: Person, project: str) -> None:
    new_ticket(cy, assigneeId="me")

    avatar = change(cy, image("PNG")).json["avatar"]

    assert cy.get("/me").json["avatar"] == avatar
    assert cy.get("/auth/session").json["user"]["avatar"] == avatar
    ticket = bo.get("/projects/PUNT/tickets/1").json
    assert ticket["assignee"]["avatar"] == ticket["creator"]["avatar"] == avatar
    people = [each["user"] for each in bo.get("/projects/PUNT/members").json]
    assert [each["avatar"] for each in people if each["id"] == cy.id] == [avatar]


def test_those_who_see_the_person_hear_of_it(
    cy: Person, bo: Person, project: str, stored: Any
) -> None:
    known = {"If-None-Match": bo.get("/projects/PUNT/members").headers["ETag"]}

    avatar = change(cy, image("PNG"), headers={"X-Tab-Id": "tab"}).json["avatar"]

    rows = stored()
    event = rows["events"][-1]
    assert (event.type, event.tab_id) == ("user.updated", "tab")
    assert orjson.loads(event.data) == {
        "id": cy.id, "username": "cy", "name": "cy", "avatar": avatar,
    }  # fmt: skip
    hear = {row.user_id for row in rows["event_recipients"] if row.event_id == event.id}
    assert {cy.id, bo.id} <= hear
    assert bo.get("/projects/PUNT/members", headers=known).status_code == 200


def test_it_is_turned_upright_and_nothing_else_is_left_in_it(cy: Person) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x8825] = 6, "where I live", {1: "N", 2: (52.0, 31.0, 0.0)}
    wide = Image.new("RGB", (600, 300), RED)
    wide.paste(BLUE, (300, 0, 600, 300))
    content = BytesIO()
    wide.save(content, "JPEG", exif=exif, icc_profile=b"profile", comment=b"secret")

    path = change(cy, content.getvalue(), "me.jpg").json["avatar"]

    data = look(cy, path).data
    made = Image.open(BytesIO(data))
    assert like(made.convert("RGB").getpixel((128, 20)), RED)
    assert like(made.convert("RGB").getpixel((128, 235)), BLUE)
    assert (dict(made.getexif()), "icc_profile" in made.info, "xmp" in made.info) == (
        {},
        False,
        False,
    )
    assert not any(word in data for word in (b"EXIF", b"ICCP", b"XMP ", b"secret", b"where I live"))


@pytest.mark.parametrize("size", [(900, 300), (300, 900)])
def test_the_middle_is_what_stays(cy: Person, size: tuple[int, int]) -> None:
    long = Image.new("RGB", size, RED)
    middle = (size[0] // 2 - 150, size[1] // 2 - 150, size[0] // 2 + 150, size[1] // 2 + 150)
    long.paste(GREEN, middle)
    content = BytesIO()
    long.save(content, "PNG")

    made = picture(cy, content.getvalue()).convert("RGB")

    assert all(like(made.getpixel(at), GREEN) for at in [(5, 5), (250, 250), (5, 250), (250, 5)])


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_stays(cy: Person, format_: str) -> None:
    frames = [Image.new("RGB", (64, 64), color) for color in (BLUE, RED, GREEN)]
    content = BytesIO()
    frames[0].save(content, format_, save_all=True, append_images=frames[1:], duration=50)

    made = picture(cy, content.getvalue())

    assert getattr(made, "n_frames", 1) == 1
    assert like(made.convert("RGB").getpixel((128, 128)), BLUE)


def test_what_is_transparent_stays_so(cy: Person) -> None:
    content = BytesIO()
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(content, "PNG")

    assert picture(cy, content.getvalue()).convert("RGBA").getpixel((128, 128))[3] == 0


@pytest.mark.parametrize("filename", ["me.txt", "me.html", "../../me", "blob", "me.jpg", "\u202e"])
def test_the_content_alone_decides_for_the_name_is_not_kept(
    cy: Person, filename: str, on_disk: Callable[[], set[str]]
) -> None:
    path = change(cy, image("PNG"), filename).json["avatar"]

    assert on_disk() == {path.rpartition("/")[2]}


def test_anyone_who_is_signed_in_may_look_and_keep_it(
    ed: Person, anonymous: Person, avatar: str, stored: Any
) -> None:
    before = stored()

    seen = look(ed, avatar)

    assert seen.status_code == 200
    kept = set(seen.headers["Cache-Control"].split(", "))
    assert kept == {"private", "max-age=31536000", "immutable"}
    assert seen.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert look(anonymous, avatar).status_code == 401
    assert stored() == before


def test_a_new_one_has_a_new_address_and_the_old_one_is_gone(
    cy: Person, avatar: str, on_disk: Callable[[], set[str]]
) -> None:
    fresh = change(cy, image("PNG")).json["avatar"]

    assert fresh != avatar
    assert look(cy, fresh).status_code == 200
    assert look(cy, avatar).status_code == 404
    assert on_disk() == {fresh.rpartition("/")[2]}


def test_it_can_be_taken_away(
    cy: Person, ed: Person, avatar: str, on_disk: Callable[[], set[str]], event_count: Any
) -> None:
    before = event_count()

    response = cy.delete("/me/avatar")

    assert (response.status_code, response.json) == (200, {"success": True})
    assert cy.get("/me").json["avatar"] is None
    assert look(ed, avatar).status_code == 404
    assert (on_disk(), event_count()) == (set(), before + 1)


def test_there_may_be_none_to_take_away(cy: Person, event_count: Any) -> None:
    before = event_count()

    assert cy.delete("/me/avatar").json == {"success": True}
    assert event_count() == before


def test_it_goes_with_the_account(
    cy: Person, ed: Person, avatar: str, on_disk: Callable[[], set[str]]
) -> None:
    cy.delete("/me/account", {"password": "Correct-horse-1", "confirmation": "delete my account"})

    assert look(ed, avatar).status_code == 404
    assert on_disk() == set()


@pytest.mark.parametrize(
    "id_", ["x", "..%2Fpunt.db", "%2e%2e", "0" * 26, "0" * 26 + "-" + "0" * 32]
)
def test_an_address_of_nobodys_picture_is_not_found(cy: Person, avatar: str, id_: str) -> None:
    assert look(cy, f"/api/avatars/{id_}").status_code == 404


def test_the_address_of_a_person_is_not_enough(ed: Person, cy: Person, avatar: str) -> None:
    guess = f"{cy.id}-{'0' * 32}"

    assert guess != avatar.rpartition("/")[2]
    assert look(ed, f"/api/avatars/{cy.id}").status_code == 404
    assert look(ed, f"/api/avatars/{guess}").status_code == 404


def test_attachments_are_not_to_be_had_as_avatars(cy: Person, ed: Person, project: str) -> None:
    path = f"/projects/PUNT/tickets/{new_ticket(cy)['id']}/attachments"
    attached = upload(cy, path, "shot.png", image("PNG")).json["id"]

    assert look(ed, f"/api/avatars/{attached}").status_code == 404


# What is refused


def png(width: int, height: int, rows: int = 0) -> bytes:
    """A black and white PNG of this size, of which only some rows are there."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    shape = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((1 + (width + 7) // 8) * rows), 9)
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", shape)
    return head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def scans(count: int) -> bytes:
    """A JPEG that is to be drawn over and over again."""
    content = image("JPEG", (64, 64), progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * count + b"\xff\xd9"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<!DOCTYPE html><img>",
        pdf(),
        image("BMP"),
        image("TIFF"),
        image("ICO"),
        SAMPLES["film.mp4"][0],
        image("PNG", (640, 480))[:300],
        image("JPEG", (640, 480))[:400],
        b"GIF89a" + b"<script>",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
    ],
    ids=range(14),
)
def test_what_is_no_picture_is_refused_and_the_old_one_stays(
    cy: Person, avatar: str, content: bytes, event_count: Any, on_disk: Callable[[], set[str]]
) -> None:
    before, files = event_count(), on_disk()

    assert details(change(cy, content)).keys() == {"file"}
    assert cy.get("/me").json["avatar"] == avatar
    assert (event_count(), on_disk()) == (before, files)
    assert look(cy, avatar).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        png(50_000, 50_000, rows=10_000),
        png(2_147_483_647, 1),
        png(4097, 4096, rows=4096),
        b"GIF89a" + struct.pack("<HHBBB", 50_000, 50_000, 0x80, 0, 0) + bytes(6) + b";",
        image("GIF")[:6] + struct.pack("<HH", 65_535, 65_535) + image("GIF")[10:],
        image("WEBP", (4_200, 4_200)),
        image("JPEG").replace(struct.pack(">HH", 6, 8), struct.pack(">HH", 50_000, 50_000)),
        scans(5_000),
    ],
    ids=["png", "wide", "one row", "gif", "gif frame", "webp", "jpeg", "jpeg scans"],
)
def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused(
    cy: Person, content: bytes, event_count: Any, on_disk: Callable[[], set[str]]
) -> None:
    before = event_count()
    assert len(content) < 2 * MB

    assert details(change(cy, content)).keys() == {"file"}
    assert (event_count(), on_disk()) == (before, set())


@pytest.mark.parametrize("size", [2 * MB + 1, 3 * MB])
def test_a_picture_of_more_than_2_mb_is_refused(
    cy: Person, size: int, event_count: Any, on_disk: Callable[[], set[str]]
) -> None:
    before = event_count()

    response = change(cy, image("PNG").ljust(size, b"\0"))

    assert (response.status_code, response.json.keys()) == (413, {"error"})
    assert (event_count(), on_disk()) == (before, set())


def test_a_picture_of_2_mb_is_taken(cy: Person) -> None:
    assert change(cy, image("PNG").ljust(2 * MB, b"\0")).status_code == 200


def test_a_picture_of_16_megapixels_is_taken(cy: Person) -> None:
    assert picture(cy, png(4096, 4096, rows=4096)).size == (256, 256)


def test_it_takes_a_form_with_one_file(cy: Person, event_count: Any) -> None:
    before = event_count()
    form = {"content_type": "multipart/form-data"}

    assert details(cy.post("/me/avatar", data={}, **form)) == {"file": "File is required"}
    assert details(cy.post("/me/avatar", data={"file": "a"}, **form)).keys() == {"file"}
    assert cy.post("/me/avatar", {"file": "me.png"}).status_code == 415
    assert cy.post("/me/avatar", data=image("PNG"), content_type="image/png").status_code == 415
    assert event_count() == before


def test_who_is_signed_out_has_no_picture(anonymous: Person, on_disk: Any) -> None:
    assert change(anonymous, image("PNG")).status_code == 401
    assert anonymous.delete("/me/avatar").status_code == 401
    assert on_disk() == set()


def test_another_site_cannot_change_it(cy: Person, avatar: str) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}

    assert change(cy, image("PNG"), headers=foreign).status_code == 403
    assert cy.delete("/me/avatar", headers=foreign).status_code == 403
    assert cy.get("/me").json["avatar"] == avatar


def test_whoever_signs_out_while_it_is_drawn_has_changed_nothing(
    cy: Person, event_count: Any, on_disk: Callable[[], set[str]]
) -> None:
    # It runs as soon as the request waits for anything, and that is the drawing.
    leaving = gevent.spawn(cy.client.post, "/api/auth/signout")

    response = change(cy, image("PNG"))

    assert leaving.ready()
    assert response.status_code == 401
    assert on_disk() == set()
