"""The data directory: database, uploads and secret key, made on first start."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from punt.config import DATABASE, SHORTEST_KEY, Config, ConfigError

SECRET_KEY = "secret_key"  # noqa: S105 - the name of its file
UPLOADS = "uploads"
CONTENTS = (DATABASE, UPLOADS, SECRET_KEY)

# What SQLite keeps beside a database; a new database must never meet the old one's.
JOURNALS = (f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal")

IN_USE = "in_use.lock"
REPLACEMENT = "replacement"


def prepare(config: Config) -> str:
    """Make the directory and what belongs in it; answers the key that signs cookies.

    Raises `ConfigError` when the directory cannot be written to.
    """
    with _explained(config):
        _settle(config)
        uploads(config).mkdir(mode=0o700, exist_ok=True)
        return config.secret_key or _kept_key(config.data_dir / SECRET_KEY)


def database(config: Config) -> Path:
    """Where the embedded database is."""
    return config.data_dir / DATABASE


def uploads(config: Config) -> Path:
    """Where uploaded files are kept."""
    return config.data_dir / UPLOADS


def hold(config: Config) -> IO[str]:
    """Keep the directory's contents from being replaced for as long as what this answers is open.

    Raises `ConfigError` when they are being replaced now.
    """
    with _explained(config):
        _settle(config)
        return _lock(config, IN_USE, fcntl.LOCK_SH, "a backup is being restored there")


def hold_alone(config: Config) -> IO[str]:
    """The same for who is to replace them: `ConfigError` while anyone else holds the directory."""
    with _explained(config):
        _settle(config)
        return _lock(config, IN_USE, fcntl.LOCK_EX, "it is in use: stop the server first")


def _lock(config: Config, name: str, how: int, refusal: str) -> IO[str]:
    lock = (config.data_dir / name).open("w")
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise ConfigError(f"PUNT_DATA_DIR: {config.data_dir}: {refusal}") from error
    return lock


@contextmanager
def staging(config: Config) -> Iterator[Path]:
    """An empty directory beside the data, for one at a time, gone after the block."""
    place = config.data_dir / "staging"
    with _lock(config, "staging.lock", fcntl.LOCK_EX, "another backup or import is under way"):
        # One that was killed has left its own.
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def replace(config: Config, staged: Path) -> None:
    """Put the contents of `staged` in the place of the directory's own, all or none.

    One rename decides. A crash before it leaves the old data as they were; after a later one,
    whoever opens the directory next finishes the work first.
    """
    for name in CONTENTS:
        if (config.data_dir / name).is_mount():
            raise ConfigError(f"PUNT_DATA_DIR: {config.data_dir / name} is a mount point")
    os.sync()
    staged.rename(config.data_dir / REPLACEMENT)
    _finish_replacing(config)


def _finish_replacing(config: Config) -> None:
    replacement = config.data_dir / REPLACEMENT
    for name in JOURNALS:
        (config.data_dir / name).unlink(missing_ok=True)
    for name in CONTENTS:
        old, new = config.data_dir / name, replacement / name
        if new.exists():
            if old.exists():
                old.rename(replacement / f"old-{name}")
            new.rename(old)
    os.sync()
    shutil.rmtree(replacement)


def _settle(config: Config) -> None:
    """Make the directory; finish what a crash has left half replaced."""
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(config.data_dir, os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied")
    if (config.data_dir / REPLACEMENT).exists():
        with _lock(config, IN_USE, fcntl.LOCK_EX, "a backup is being restored there"):
            _finish_replacing(config)


@contextmanager
def _explained(config: Config) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = Path(error.filename or config.data_dir).resolve()
        raise ConfigError(
            f"PUNT_DATA_DIR: cannot write to {place}: {error.strerror}; "
            "choose a directory that this user may write to"
        ) from error


def _kept_key(path: Path) -> str:
    """The key in `path`; made when there is none, whole or not at all, for its owner only."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = path.read_text(errors="replace").strip()
    if not (len(key) >= SHORTEST_KEY and key.isascii()):
        raise ConfigError(f"PUNT_SECRET_KEY: {path} does not hold one; remove it to have one made")
    return key
