"""The data as they are at one moment, copied while others go on writing."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from punt import data_dir
from punt.config import DATABASE, Config
from punt.database import now, transaction
from punt.errors import RuleBroken
from punt.tracker import files

# More than happen on any server between a backup and its restoring.
EVENTS_APART = 1_000_000_000


def take(config: Config, directory: Path) -> list[str]:
    """Copy database, uploads and secret key into `directory`; answers which uploads are missing.

    Writers wait while the files are linked: what a row names is on disk for as long as the row is
    there. The database is read afterwards, as it was then.
    """
    (directory / data_dir.UPLOADS).mkdir(mode=0o700)
    (directory / data_dir.SECRET_KEY).write_text(config.secret_key or "")
    with closing(sqlite3.connect(data_dir.database(config), isolation_level=None)) as source:
        with transaction():
            source.execute("BEGIN")
            # A transaction sees the state that it finds at its first read.
            source.execute("SELECT count(*) FROM sqlite_master")
            names = sorted(files.names())
            missing = [name for name in names if not _link(name, directory)]
        with closing(sqlite3.connect(directory / DATABASE)) as copy:
            source.backup(copy)
    return missing


def _link(name: str, directory: Path) -> bool:
    """Keep a file that may be removed from its place; whether there was one. It never changes."""
    source, target = files.directory() / name, directory / data_dir.UPLOADS / name
    try:
        os.link(source, target)
    except FileNotFoundError:
        return False
    except OSError:
        # Not every file system knows links, and the uploads may be on another one.
        shutil.copyfile(source, target)
    return True


def check(database: Path) -> str | None:
    """The schema revision of a database that is not in use; `RuleBroken` when it is damaged."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            (state,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise RuleBroken(f"The database is damaged: {error}") from error
    if orphan:
        state = f"a row of {orphan[0]} names one of {orphan[2]} that is not there"
    if state != "ok":
        raise RuleBroken(f"The database is damaged: {' '.join(state.split())}")
    return revision and str(revision[0])


def leave_a_gap(database: Path) -> None:
    """Have the ids of events go on far beyond those in a database that is about to be restored.

    What happened since it was saved is undone. Neither an ETag nor a `Last-Event-ID` that was given
    out then may mean anything that happens from now on. Nor may one of an earlier restoring of the
    same backup: so they begin at the present time in milliseconds, if that is farther.
    """
    present = round(now().timestamp() * 1000)
    with closing(sqlite3.connect(database)) as connection, connection:
        gone = "UPDATE sqlite_sequence SET seq = max(seq + ?, ?) WHERE name = 'events'"
        if not connection.execute(gone, (EVENTS_APART, present)).rowcount:
            first = "INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)"
            connection.execute(first, (present,))
