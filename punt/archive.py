"""A backup as one file: a gzipped tar whose first member says what the others must be.

Behind it stands the hash of the whole, as a gzip member of its own, which other programs take for
padding: neither tar nor gzip would notice every byte that is not as it was written.
"""

import errno
import gzip
import os
import re
import shutil
import struct
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import IO

import orjson

from punt import drafts
from punt.config import DATABASE
from punt.data_dir import SECRET_KEY, UPLOADS
from punt.errors import PuntError

FORMAT = "punt-backup-1"
MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 64 * 1024 * 1024
PIECE_BYTES = 1024 * 1024

GZIP_HEAD = bytes.fromhex("1f8b08000000000000ff")
SEAL_BYTES = len(GZIP_HEAD) + 5 + 64 + 8

# Most uploads are compressed already: more effort would buy little.
COMPRESSION = 1

# Nothing else is written to disk, whatever an archive holds.
NAME = re.compile(rf"{re.escape(DATABASE)}|{SECRET_KEY}|{UPLOADS}/[0-9A-Za-z-]{{1,200}}")
SHA256 = re.compile(r"[0-9a-f]{64}")

UNREADABLE = (tarfile.TarError, EOFError, zlib.error, ValueError)


class Damaged(PuntError):
    """A file that is no backup, or no longer what it was when it was made."""


@dataclass(frozen=True)
class Member:
    """What a file in the archive must be."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Where an archive comes from, and what is in it."""

    format: str
    version: str
    revision: str | None
    created_at: str
    members: dict[str, Member]


def describe(directory: Path, version: str, revision: str | None, created_at: str) -> Manifest:
    """The manifest of what is in `directory`."""
    members = {}
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest = file_digest(file, sha256).hexdigest()
        members[path.relative_to(directory).as_posix()] = Member(path.stat().st_size, digest)
    return Manifest(FORMAT, version, revision, created_at, members)


def pack(directory: Path, manifest: Manifest, target: Path) -> None:
    """Make `target` an archive of `directory`: all of it or not at all, for its owner only."""
    with drafts.replacing(target) as draft:
        _write(directory, manifest, draft)
        seal(draft)


def _write(directory: Path, manifest: Manifest, draft: IO[bytes]) -> None:
    with (
        gzip.GzipFile("", "wb", COMPRESSION, draft, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        _add(tar, MANIFEST, BytesIO(orjson.dumps(manifest)))
        for name in manifest.members:
            with (directory / name).open("rb") as file:
                _add(tar, name, file)


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = file.seek(0, os.SEEK_END)
    info.mode = 0o600
    file.seek(0)
    tar.addfile(info, file)


def seal(file: IO[bytes]) -> None:
    """Write behind a file what tells later whether it is still the same."""
    size = file.seek(0, os.SEEK_END)
    file.write(_seal_of(file, size))
    file.flush()


def _seal_of(file: IO[bytes], size: int) -> bytes:
    """The hash of the first `size` bytes, not compressed, in gzip's clothes."""
    digest = sha256()
    file.seek(0)
    while piece := file.read(min(PIECE_BYTES, size - file.tell())):
        digest.update(piece)
    content = digest.hexdigest().encode()
    block = struct.pack("<BHH", 1, len(content), len(content) ^ 0xFFFF)
    return GZIP_HEAD + block + content + struct.pack("<II", zlib.crc32(content), len(content))


def _require_seal(source: Path) -> None:
    with source.open("rb") as file:
        size = max(0, file.seek(0, os.SEEK_END) - SEAL_BYTES)
        if _seal_of(file, size) != file.read():
            raise ValueError("it is not as it was written")


def unpack(source: Path, directory: Path) -> Manifest:
    """Write what is in an archive to `directory`; `Damaged` unless all of it is as it was made."""
    with _judged(source):
        _require_seal(source)
        with tarfile.open(source, "r|gz") as tar:
            manifest = _read_manifest(tar)
            _require_room(manifest, directory)
            _unpack_members(tar, manifest.members, directory)
    return manifest


@contextmanager
def _judged(source: Path) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        reason = " ".join(str(error).split()) or "it ends too early"
        raise Damaged(f"{source} is damaged, or no backup of PUNT's: {reason}") from error


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    info = tar.next()
    file = tar.extractfile(info) if info and info.name == MANIFEST and info.isreg() else None
    if info is None or file is None or info.size > MOST_MANIFEST_BYTES:
        raise ValueError(f"it does not begin with {MANIFEST}")
    values = orjson.loads(file.read())
    try:
        members = {name: Member(**member) for name, member in values.pop("members").items()}
        manifest = Manifest(members=members, **values)
        whole = all(_is_sane(name, member) for name, member in members.items())
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{MANIFEST} is not what it should be") from error
    if not whole or manifest.format != FORMAT or not {DATABASE, SECRET_KEY} <= members.keys():
        raise ValueError(f"{MANIFEST} is not what it should be")
    return manifest


def _is_sane(name: str, member: Member) -> bool:
    return bool(
        NAME.fullmatch(name)
        and isinstance(member.size, int)
        and member.size >= 0
        and SHA256.fullmatch(member.sha256)
    )


def _require_room(manifest: Manifest, directory: Path) -> None:
    if sum(member.size for member in manifest.members.values()) > shutil.disk_usage(directory).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(directory))


def _unpack_members(tar: tarfile.TarFile, members: dict[str, Member], directory: Path) -> None:
    (directory / UPLOADS).mkdir(mode=0o700)
    missing = dict(members)
    while info := tar.next():
        member = missing.pop(info.name, None)
        if member is None or info.type != tarfile.REGTYPE or info.size != member.size:
            raise ValueError(f"{info.name!r} does not belong in it")
        file = tar.extractfile(info)
        if file is None or _copy(file, directory / info.name) != member.sha256:
            raise ValueError(f"{info.name} is not what it was")
    if missing:
        raise ValueError(f"{len(missing)} files are missing")


def _copy(file: IO[bytes], target: Path) -> str:
    """Write a file, for its owner only; answers the hash of its content."""
    digest = sha256()
    target.touch(mode=0o600)
    with target.open("wb") as copy:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            copy.write(piece)
    return digest.hexdigest()
