"""Uploaded files on disk: under names of our own, there before their rows and gone after them."""

import fcntl
import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, cast

from flask import current_app
from gevent import get_hub
from sqlalchemy import event, exists, or_, select

from punt import data_dir
from punt.database import transaction
from punt.extensions import db
from punt.models import Attachment, User

logger = logging.getLogger("punt.files")

INCOMING = "incoming-"

# What an attachment, an avatar and a file that is still being received are called.
OURS = re.compile(rf"[0-9A-Z]{{26}}(-[0-9a-f]{{32}})?|{INCOMING}.*")


def directory() -> Path:
    """Where uploaded files are."""
    return data_dir.uploads(current_app.config["PUNT"])


def incoming() -> IO[bytes]:
    """A file to receive an upload in, gone when closed. Its lock says that it is in use."""
    file = NamedTemporaryFile(prefix=INCOMING, dir=directory())  # noqa: SIM115
    fcntl.flock(file, fcntl.LOCK_SH)
    return cast(IO[bytes], file)


@contextmanager
def kept(file: IO[bytes], name: str) -> Iterator[None]:
    """Give an incoming file its name, safe from a power cut; it stays if the block succeeds.

    The block is what commits the row: a row must never stand without its file.
    """
    place = directory() / name
    # A connection held while waiting here would be one that others wait for.
    db.session.rollback()
    try:
        get_hub().threadpool.apply(_put, (file, place))
        yield
    except BaseException:
        place.unlink(missing_ok=True)
        raise


@contextmanager
def gone_on_failure(names: Iterable[str]) -> Iterator[None]:
    """Let files of these names go again unless the block succeeds, which ends with the commit."""
    try:
        yield
    except BaseException:
        for name in names:
            (directory() / name).unlink(missing_ok=True)
        raise


def adopt(place: Path, names: Iterable[str]) -> None:
    """Put finished files from `place`, on the same disk, where uploads are.

    Call this inside the transaction that names them, so that nobody sweeps them before.
    """
    for name in names:
        (place / name).rename(directory() / name)
    _flush(directory())


def _put(file: IO[bytes], place: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    os.link(file.name, place)
    _flush(place.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(names: Iterable[str]) -> None:
    """Remove files as soon as the transaction is committed; if it is rolled back, they stay."""
    db.session.info.setdefault("discarded", []).extend(names)


@event.listens_for(db.session, "after_commit")
def _remove_discarded(session: Any) -> None:
    for name in session.info.pop("discarded", ()):
        try:
            (directory() / name).unlink(missing_ok=True)
        except OSError:
            logger.exception("a file could not be removed", extra={"fields": {"file": name}})


@event.listens_for(db.session, "after_rollback")
def _keep_discarded(session: Any) -> None:
    session.info.pop("discarded", None)


def sweep() -> None:
    """Remove what a crash left: uploads that were never finished, files that no row names."""
    present = {path.name for path in directory().iterdir() if OURS.fullmatch(path.name)}
    named = names()
    # A database that names no file at all is more likely to be the wrong one.
    orphans = {name for name in present - named if named or name.startswith(INCOMING)}
    for name in sorted(orphans):
        with suppress(BlockingIOError, FileNotFoundError), (directory() / name).open("rb") as file:
            # What is locked belongs to an upload under way; its row may come yet.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # An import puts its files in place while it holds the write lock.
            with transaction():
                if not _is_named(name):
                    (directory() / name).unlink()
                    logger.info("swept", extra={"fields": {"file": name}})


def names() -> set[str]:
    """The names of the files that rows name."""
    avatars = db.session.scalars(select(User.avatar).where(User.avatar.is_not(None)))
    of_people = {avatar.rpartition("/")[2] for avatar in avatars if avatar}
    return of_people | set(db.session.scalars(select(Attachment.id)))


def _is_named(name: str) -> bool:
    on_ticket = exists().where(Attachment.id == name)
    of_person = exists().where(User.avatar.endswith(name, autoescape=True))
    return bool(db.session.scalar(select(or_(on_ticket, of_person))))
