"""What may be attached: the name and the content must both say so (contract, section 4)."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO
from zipfile import BadZipFile, ZipFile

import filetype

from punt.errors import Invalid, TooLarge

MB = 1024 * 1024
MOST_BYTES = 50 * MB

# The filetype library wants to see no more.
HEAD_BYTES = 8192

# A real document has a few hundred; reading the names of a million would stop everyone else.
MOST_ZIP_ENTRIES = 5000
ZIP_ENTRY = b"PK\x01\x02"
MACROS = ("vbaproject.bin", "macrosheets/")

OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")
DIRECTORY_ENTRY_BYTES = 128

OGG_VIDEO = (b"\x80theora", b"OVP80", b"BBCD\0")

# Text that begins like one of these is something else to who opens it.
MARKUP = re.compile("<[a-z!?/]", re.IGNORECASE)
DISGUISES = (b"%PDF", b"GIF8")

Check = Callable[[IO[bytes]], bool]


@dataclass(frozen=True)
class FileType:
    """A type that may be attached, how large, and what tells it by its content."""

    mime_type: str
    kind: str
    most_megabytes: int
    fits: Check


def recognize(filename: str, file: IO[bytes]) -> str:
    """The MIME type of a file, of which name and content agree.

    Raises `Invalid` for what may not be attached, `TooLarge` for what is too large for its type.
    """
    _, dot, extension = filename.rpartition(".")
    type_ = TYPES.get(extension.lower()) if dot else None
    if type_ is None:
        raise Invalid([("file", "File must be one of: " + ", ".join(TYPES))])
    size = size_of(file)
    if size == 0:
        raise Invalid([("file", "File is empty")])
    if size > type_.most_megabytes * MB:
        raise TooLarge(f"{type_.kind} may be at most {type_.most_megabytes} MB")
    if not type_.fits(file):
        raise Invalid([("file", f"File is not what its name says ({extension})")])
    return type_.mime_type


def size_of(file: IO[bytes]) -> int:
    """How many bytes a file has; it is at its start afterwards."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _begins_like(mime_type: str) -> Check:
    matcher = filetype.get_type(mime=mime_type)
    return lambda file: bool(matcher.match(file.read(HEAD_BYTES)))


def _is_ogg_video(file: IO[bytes]) -> bool:
    """The first pages of an Ogg file each introduce a stream; one of them must be pictures."""
    head = file.read(HEAD_BYTES)
    return head.startswith(b"OggS") and any(codec in head for codec in OGG_VIDEO)


def _old_office(*streams: str) -> Check:
    """Word and Excel up to 2003: the directory of the file names a stream that only they have."""

    def check(file: IO[bytes]) -> bool:
        content = file.read()
        return content.startswith(OLD_OFFICE) and any(_lists(content, name) for name in streams)

    return check


def _lists(content: bytes, stream: str) -> bool:
    wanted = (stream + "\0").encode("utf-16-le")
    at = content.find(wanted)
    while at > 0 and at % DIRECTORY_ENTRY_BYTES:
        at = content.find(wanted, at + 1)
    return at > 0


def _office(main_part: str) -> Check:
    """Word and Excel since 2007: a zip with a certain part in it, and without macros."""

    def check(file: IO[bytes]) -> bool:
        names = _zip_names(file)
        has_macros = any(macros in name for name in names for macros in MACROS)
        return {"[content_types].xml", main_part} <= names and not has_macros

    return check


def _zip_names(file: IO[bytes]) -> set[str]:
    content = file.read()
    if not content.startswith(b"PK\x03\x04") or content.count(ZIP_ENTRY) > MOST_ZIP_ENTRIES:
        return set()
    try:
        return {name.lower() for name in ZipFile(file).namelist()}
    except (BadZipFile, NotImplementedError, OSError, ValueError, struct.error):
        return set()


def _is_text(file: IO[bytes]) -> bool:
    """UTF-8 that a browser would not take for a page or a drawing."""
    content = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    is_markup = MARKUP.match(text.lstrip()[:2])
    return not is_markup and "\0" not in text and not content.startswith(DISGUISES)


def _image(mime_type: str) -> FileType:
    return FileType(mime_type, "Images", 5, _begins_like(mime_type))


def _video(mime_type: str, fits: Check | None = None) -> FileType:
    return FileType(mime_type, "Videos", 50, fits or _begins_like(mime_type))


def _document(mime_type: str, fits: Check | None = None) -> FileType:
    return FileType(mime_type, "Documents", 10, fits or _begins_like(mime_type))


_XML_OFFICE = "application/vnd.openxmlformats-officedocument"

TYPES = {
    "jpg": _image("image/jpeg"),
    "jpeg": _image("image/jpeg"),
    "png": _image("image/png"),
    "gif": _image("image/gif"),
    "webp": _image("image/webp"),
    "mp4": _video("video/mp4"),
    "webm": _video("video/webm"),
    "ogv": _video("video/ogg", _is_ogg_video),
    "ogg": _video("video/ogg", _is_ogg_video),
    "mov": _video("video/quicktime"),
    "pdf": _document("application/pdf"),
    "doc": _document("application/msword", _old_office("WordDocument")),
    "docx": _document(f"{_XML_OFFICE}.wordprocessingml.document", _office("word/document.xml")),
    "xls": _document("application/vnd.ms-excel", _old_office("Workbook", "Book")),
    "xlsx": _document(f"{_XML_OFFICE}.spreadsheetml.sheet", _office("xl/workbook.xml")),
    "txt": _document("text/plain", _is_text),
    "csv": _document("text/csv", _is_text),
}
