"""Pictures of people: cut to size, and with nothing else left in them (contract, section 2)."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

from gevent.threadpool import ThreadPool
from PIL import Image, ImageOps

from punt.database import ID_LENGTH
from punt.errors import Invalid, NotFound, TooLarge
from punt.extensions import db
from punt.models import User
from punt.tracker import files
from punt.tracker.file_types import MB, size_of

MOST_BYTES = 2 * MB
MIME_TYPE = "image/webp"
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
REFUSAL = "File must be a JPEG, PNG, GIF or WebP image of at most 16 megapixels"
SIDE = 256

# Decoded and resized, this takes 130 MB; so one picture at a time.
MOST_PIXELS = 4096 * 4096
THREADS = 1

# A progressive JPEG has about ten; thousands would take hours.
MOST_SCANS = 32
SCAN = b"\xff\xda"

PATH = "/api/avatars/"

_pool: ThreadPool | None = None


@contextmanager
def received(user_id: str, file: IO[bytes]) -> Iterator[str]:
    """Make an avatar of an incoming picture; answers its path. It stays if the block succeeds."""
    if size_of(file) > MOST_BYTES:
        raise TooLarge(f"An avatar may be at most {MOST_BYTES // MB} MB")
    picture = _off_thread(file)
    if picture is None:
        raise Invalid([("file", REFUSAL)])
    name = f"{user_id}-{secrets.token_hex(16)}"
    with files.incoming() as draft:
        draft.write(picture)
        with files.kept(draft, name):
            yield PATH + name


def _off_thread(file: IO[bytes]) -> bytes | None:
    """Drawing takes a second at worst, in which streams and other requests go on."""
    global _pool
    db.session.rollback()
    if _pool is None:
        _pool = ThreadPool(THREADS)
    picture: bytes | None = _pool.apply(_portrait, (file,))
    return picture


def _portrait(file: IO[bytes]) -> bytes | None:
    """The middle of the first frame as a square WebP; None for what is no picture that we take."""
    if file.read().count(SCAN) > MOST_SCANS:
        return None
    try:
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            # A JPEG can be decoded at a fraction of its size.
            image.draft("RGB", (2 * SIDE, 2 * SIDE))
            plain = image if image.mode in ("RGB", "RGBA") else image.convert("RGBA")
            square = ImageOps.fit(plain, (SIDE, SIDE))
        upright = ImageOps.exif_transpose(square)
    except Exception:
        # Whatever a decoder trips over, it is the picture's fault.
        return None
    upright.info = {}
    result = BytesIO()
    upright.save(result, "WEBP")
    return result.getvalue()


def find(avatar_id: str) -> Path:
    """The file of a present avatar; `NotFound` otherwise."""
    user = db.session.get(User, avatar_id[:ID_LENGTH])
    if user is None or user.avatar != PATH + avatar_id:
        raise NotFound("Avatar")
    return files.directory() / avatar_id


def discard(user: User) -> None:
    """Let the file of a person's avatar go, once that is committed."""
    if user.avatar:
        files.discard([user.avatar.removeprefix(PATH)])
