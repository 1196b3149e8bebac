"""Which files may be attached: name and content decide together (contract, section 4)."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Person, details, new_ticket
from tests.samples import (
    SAMPLES,
    VORBIS,
    compound,
    docx,
    image,
    mp4,
    ogg,
    pdf,
    upload,
    webm,
    xlsx,
    zipped,
)

MB = 1024 * 1024
UNLIKE = "not what its name says"
TEXTS = {"text/plain", "text/csv"}

HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
XML = b'<?xml version="1.0"?><a/>'
WINDOWS_PROGRAM = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + bytes(200)
LINUX_PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(200)
OTHER_NAMES = [
    "drawing.svg", "page.html", "page.htm", "page.xhtml", "data.xml", "script.js", "run.exe",
    "run.sh", "a.zip", "a.jar", "a.docm", "a.xlsm", "a.xlsb", "a.dotx", "a.ppt", "a.pptx",
    "a.rtf", "a.mp3", "a.avi", "a.mkv", "a.bmp", "a.tiff", "a.ico", "a.json", "a.md",
    "shot.png.html", "shot.png.exe", "shot.png/run.exe", "shot.png\\run.exe", "png", ".png",
    "shot.", "shot", ".",
]  # fmt: skip


@pytest.fixture
def path(project: str, cy: Person) -> str:
    """Where files are attached to a ticket."""
    return f"/projects/PUNT/tickets/{new_ticket(cy)['id']}/attachments"


@pytest.fixture
def refuses(app: Flask, cy: Person, path: str, event_count: Any) -> Any:
    """Sees files refused for what they are, with these words, and nothing left of them."""

    def check(words: str, filename: str, *contents: bytes) -> None:
        before = event_count()
        for content in contents:
            found = details(upload(cy, path, filename, content))
            assert found.keys() == {"file"}
            assert words in found["file"]
        assert event_count() == before
        assert cy.get(path).json == []
        assert list((app.config["PUNT"].data_dir / "uploads").iterdir()) == []

    return check


@pytest.mark.parametrize("filename", SAMPLES)
def test_it_is_taken_and_served_as_what_it_is(cy: Person, path: str, filename: str) -> None:
    content, mime_type = SAMPLES[filename]

    made = upload(cy, path, filename, content)

    assert made.status_code == 201
    assert made.json["mimeType"] == mime_type
    served = cy.get(made.json["url"].removeprefix("/api"), buffered=True)
    assert served.mimetype == mime_type
    assert served.data == content


def test_letter_case_of_the_name_does_not_matter(cy: Person, path: str) -> None:
    made = upload(cy, path, "SHOT.PNG", image("PNG"))

    assert (made.json["filename"], made.json["mimeType"]) == ("SHOT.PNG", "image/png")


@pytest.mark.parametrize("declared", ["text/html", "image/svg+xml", "application/pdf", ""])
def test_the_type_that_the_client_declares_counts_for_nothing(
    cy: Person, path: str, declared: str
) -> None:
    data = {"file": (BytesIO(image("PNG")), "shot.png", declared)}

    assert cy.post(path, data=data).json["mimeType"] == "image/png"


@pytest.mark.parametrize("filename", SAMPLES)
def test_a_right_name_with_the_content_of_another_type_is_refused(
    refuses: Any, filename: str
) -> None:
    mime_type = SAMPLES[filename][1]
    others = [
        content
        for content, other in SAMPLES.values()
        if other != mime_type and not {other, mime_type} <= TEXTS
    ]

    refuses(UNLIKE, filename, *others)


def test_any_other_name_is_refused_whatever_the_content(refuses: Any) -> None:
    for filename in OTHER_NAMES:
        refuses("File must be one of: jpg, jpeg, png", filename, image("PNG"), b"text")


def test_content_that_is_not_taken_is_refused_under_any_name(refuses: Any) -> None:
    programs = WINDOWS_PROGRAM, LINUX_PROGRAM, zipped({"run.exe": "MZ"})

    for filename in SAMPLES:
        refuses(UNLIKE, filename, HTML, SVG, XML, *programs, b"\0", b"\xff")


def test_an_empty_file_is_refused(refuses: Any) -> None:
    for filename in SAMPLES:
        refuses("File is empty", filename, b"")


@pytest.mark.parametrize(
    "content",
    [
        b" \r\n\t" + HTML,
        b"\xef\xbb\xbf" + HTML,
        "\u2003".encode() + HTML,
        b"<HTML>",
        b"<!-- --><b>",
        b"</p><img src=x onerror=alert(1)>",
        b"\n" + XML,
        SVG.upper(),
        b"%PDF-1.4 alert",
        b"GIF89a=1//alert(1)",
        "Grüße".encode("latin-1"),
        "text".encode("utf-16"),
        b"text\0text",
    ],
)
def test_text_that_may_be_taken_for_something_else_is_refused(refuses: Any, content: bytes) -> None:
    refuses(UNLIKE, "a.txt", content)
    refuses(UNLIKE, "a.csv", content)


@pytest.mark.parametrize("text", ["1 < 2", "a <b> c", "<3", "\n\n- item\n", "BM", "=SUM(A1)", " "])
def test_text_that_only_looks_like_something_else_is_taken(
    cy: Person, path: str, text: str
) -> None:
    assert upload(cy, path, "notes.txt", text.encode()).status_code == 201


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("a.docx", docx(**{"word/vbaProject.bin": "x"})),
        ("a.xlsx", xlsx(**{"xl/vbaProject.bin": "x"})),
        ("a.xlsx", xlsx(**{"xl/macrosheets/sheet1.xml": "x"})),
        ("a.docx", zipped({"word/document.xml": "x"})),
        ("a.docx", zipped({"[Content_Types].xml": "x", "note.txt": "word/document.xml"})),
        ("a.docx", HTML + docx()),
        ("a.docx", image("GIF") + docx()),
        ("a.docx", docx()[:-30]),
        ("a.docx", b"PK\x03\x04" + b"PK\x01\x02" * 100_000),
        ("a.doc", compound("PowerPoint Document")),
        ("a.doc", compound("MyWordDocument")),
        ("a.xls", compound("WordDocument", b"\0" * 64 + "Workbook\0".encode("utf-16-le"))),
        ("a.doc", bytes.fromhex("D0CF11E0A1B11AE1")),
        ("a.pdf", HTML + pdf()),
        ("a.pdf", b"\n" + pdf()),
        ("a.ogg", ogg(VORBIS)),
        ("a.ogv", ogg(b"OpusHead", b"Speex   ")),
        ("a.webm", webm(b"matroska")),
        ("a.mp4", mp4(b"crx ", b"crx ")),
        ("a.mp4", mp4(b"heic", b"mif1heic")),
        ("a.webp", b"RIFF\0\0\0\0WAVEfmt "),
        ("a.png", b"\n" + image("PNG")),
        ("a.jpg", b"\xff\xd8"),
    ],
)  # fmt: skip
def test_a_near_miss_is_refused(refuses: Any, filename: str, content: bytes) -> None:
    refuses(UNLIKE, filename, content)


def test_a_picture_with_a_script_behind_it_stays_a_picture(cy: Person, path: str) -> None:
    made = upload(cy, path, "loop.gif", image("GIF") + HTML)

    served = cy.get(made.json["url"].removeprefix("/api"), buffered=True)
    assert served.headers["Content-Type"] == "image/gif"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert served.headers["Content-Disposition"] == "attachment; filename=loop.gif"


LIMITS = [
    ("shot.png", 5, "Images"),
    ("plan.pdf", 10, "Documents"),
    ("table.csv", 10, "Documents"),
    ("film.mp4", 50, "Videos"),
    ("film.ogv", 50, "Videos"),
]


@pytest.mark.parametrize(("filename", "megabytes", "kind"), LIMITS)
def test_a_file_may_be_as_large_as_its_type_allows(
    cy: Person, path: str, filename: str, megabytes: int, kind: str
) -> None:
    full = SAMPLES[filename][0].ljust(megabytes * MB, b"\n")

    made = upload(cy, path, filename, full)

    assert (made.status_code, made.json["size"]) == (201, megabytes * MB)


@pytest.mark.parametrize(("filename", "megabytes", "kind"), LIMITS)
def test_a_file_may_not_be_one_byte_larger(
    app: Flask,
    cy: Person,
    path: str,
    event_count: Any,
    filename: str,
    megabytes: int,
    kind: str,
) -> None:
    before, full = event_count(), SAMPLES[filename][0].ljust(megabytes * MB, b"\n")

    response = upload(cy, path, filename, full + b"\n")

    assert response.status_code == 413
    assert response.json == {"error": f"{kind} may be at most {megabytes} MB"}
    assert (cy.get(path).json, event_count()) == ([], before)
    assert list((app.config["PUNT"].data_dir / "uploads").iterdir()) == []
