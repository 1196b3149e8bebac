"""Saving all data to one file, and getting them back from it whole or not at all."""

import gzip
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from punt import __version__, data_dir, snapshot
from punt.archive import seal
from punt.config import Config, ConfigError
from punt.database import happening_at, now
from punt.extensions import db
from tests.conftest import PASSWORD, Person, new_ticket, refusal
from tests.samples import image, upload

PNG = image("PNG")
LOCKS = {"in_use.lock", "staging.lock", "upgrade.lock"}

Contents = dict[str, bytes]
Members = dict[str, Any]


class Place:
    """A data directory, and the command line of a server on it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config = Config(data_dir=directory, rate_limits="off", log_level="error")
        self.app: Flask | None = None

    def run(self, *args: object, given: str = "") -> Result:
        self.app = self.app or create_app(self.config)
        return self.app.test_cli_runner().invoke(args=[str(each) for each in args], input=given)

    def contents(self) -> Contents:
        """Everything in it but its locks; the database as the SQL that would make it."""
        names = [path for path in self.directory.rglob("*") if path.is_file()]
        found = {path.relative_to(self.directory).as_posix(): path for path in names}
        kept = {name: found[name].read_bytes() for name in found.keys() - LOCKS}
        if "punt.db" in found:
            with closing(sqlite3.connect(found["punt.db"])) as connection:
                said = (line for line in connection.iterdump() if "sqlite_sequence" not in line)
                kept["punt.db"] = "\n".join(said).encode()
        return {name: kept[name] for name in kept if not name.startswith("punt.db-")}


@pytest.fixture
def here(app: Flask) -> Place:
    """Where the data are that are saved."""
    place = Place(app.config["PUNT"].data_dir)
    (place.directory / "secret_key").write_text(app.config["SECRET_KEY"])
    return place


@pytest.fixture
def elsewhere(tmp_path: Path) -> Place:
    """A data directory that is not there yet."""
    return Place(tmp_path / "elsewhere")


@pytest.fixture
def occupied(elsewhere: Place, migrated: Path) -> Place:
    """The same with other data in it."""
    shutil.copytree(migrated, elsewhere.directory)
    (elsewhere.directory / "uploads" / ("0" * 26)).write_bytes(b"zoe's")
    return elsewhere


@pytest.fixture
def attached(project: str, ada: Person, cy: Person) -> list[Any]:
    """Two files that cy has attached to a ticket. Ada has a picture besides."""
    new_ticket(cy, "With files")
    assert upload(ada, "/me/avatar", "me.png", PNG).status_code == 200
    path = "/projects/PUNT/tickets/1/attachments"
    return [upload(cy, path, name, PNG).json for name in ("one.png", "two.png")]


@pytest.fixture
def saved(here: Place, run: Any, attached: Any, tmp_path: Path) -> Path:
    """A backup of all that."""
    target = tmp_path / "saved.tar.gz"
    assert run("backup", target).exit_code == 0
    return target


def read(archive: Path) -> Members:
    """What is in an archive, by name; of the manifest, what it says."""
    members: Members = {}
    with tarfile.open(archive) as tar:
        for info in tar:
            file = tar.extractfile(info)
            members[info.name] = file.read() if file else b""
    return members | {"manifest.json": json.loads(members["manifest.json"])}


def write(archive: Path, members: Members, *more: tuple[tarfile.TarInfo, bytes]) -> None:
    """The reverse; `more` are members that the manifest need not know of."""
    plain = members | {"manifest.json": json.dumps(members["manifest.json"]).encode()}
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in plain.items():
            add(tar, tarfile.TarInfo(name), content)
        for info, content in more:
            add(tar, info, content)
    with archive.open("r+b") as file:
        seal(file)


def add(tar: tarfile.TarFile, info: tarfile.TarInfo, content: bytes) -> None:
    """Add a member to a tar."""
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def promised(members: Members, name: str, content: bytes) -> None:
    """Put a member into an archive that its manifest knows of."""
    members[name] = content
    entry = {"size": len(content), "sha256": sha256(content).hexdigest()}
    members["manifest.json"]["members"][name] = entry


def with_database(archive: Path, *statements: str) -> None:
    """Change the database in an archive, and the manifest with it."""
    members, file = read(archive), archive.with_suffix(".db")
    file.write_bytes(members["punt.db"])
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    promised(members, "punt.db", file.read_bytes())
    write(archive, members)


def test_everything_is_there_again(saved: Path, here: Place, elsewhere: Place) -> None:
    result = elsewhere.run("restore", saved)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Restored the database and 3 uploaded files to ")
    assert elsewhere.contents() == here.contents()
    assert len(elsewhere.contents()) == 5


def test_what_happened_since_has_no_meaning_any_more(
    app: Flask, saved: Path, here: Place, cy: Person, project: str
) -> None:
    new_ticket(cy, "Undone by the restoring")
    undone = cy.get(f"/projects/{project}/tickets").headers["ETag"]
    with app.app_context():
        db.engine.dispose()
    assert here.run("restore", saved, "--force").exit_code == 0

    new_ticket(cy, "Filed in its place")
    shown = cy.get(f"/projects/{project}/tickets", headers={"If-None-Match": undone})
    assert shown.status_code == 200
    assert [ticket["title"] for ticket in shown.json] == ["With files", "Filed in its place"]


def test_who_was_signed_in_still_is(
    saved: Path, elsewhere: Place, app: Flask, cy: Person, attached: Any
) -> None:
    elsewhere.run("restore", saved)
    client = create_app(elsewhere.config).test_client()
    cookie = cy.client.get_cookie("next-auth.session-token")
    assert cookie
    client.set_cookie(cookie.key, cookie.value)
    assert client.get("/api/me").json == cy.get("/me").json
    assert client.get(attached[1]["url"], buffered=True).data == PNG


def test_a_backup_says_what_is_in_it(saved: Path, here: Place, run: Any) -> None:
    members = read(saved)
    manifest = members["manifest.json"]

    assert list(members)[0] == "manifest.json"
    assert manifest["version"] == __version__
    assert manifest["revision"] in here.contents()["punt.db"].decode()
    assert manifest["members"] == {
        name: {"size": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in members.items()
        if name != "manifest.json"
    }


def test_it_is_for_its_owner_only(saved: Path, elsewhere: Place) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    elsewhere.run("restore", saved)
    for name in ("secret_key", "punt.db", "uploads"):
        assert (elsewhere.directory / name).stat().st_mode & 0o077 == 0, name


def test_only_files_that_belong_to_something_are_saved(
    run: Any, here: Place, attached: Any, tmp_path: Path
) -> None:
    for name in ("1" * 26, "incoming-x"):
        (here.directory / "uploads" / name).write_bytes(b"left over")
    assert run("backup", tmp_path / "b").exit_code == 0
    assert len(read(tmp_path / "b")) == 6


def test_a_key_from_the_environment_is_saved_too(
    saved: Path, here: Place, elsewhere: Place
) -> None:
    here.config = replace(here.config, secret_key="of the operator's own")
    assert here.run("backup", saved, "--force").exit_code == 0
    elsewhere.run("restore", saved)
    assert elsewhere.contents()["secret_key"] == b"of the operator's own"


def test_a_file_that_is_missing_already_is_told_of(
    run: Any, here: Place, attached: Any, elsewhere: Place, tmp_path: Path
) -> None:
    missing = here.directory / "uploads" / attached[0]["id"]
    missing.unlink()
    result = run("backup", tmp_path / "b")
    assert result.exit_code == 0
    assert result.stderr == f"Warning: {missing} is missing\n"
    assert elsewhere.run("restore", tmp_path / "b").exit_code == 0
    assert elsewhere.contents() == here.contents()


def test_a_backup_leaves_nothing_else_behind(saved: Path, here: Place, tmp_path: Path) -> None:
    assert {path.name for path in tmp_path.iterdir()} == {"saved.tar.gz"}
    left = {path.name for path in here.directory.iterdir() if "-" not in path.name}
    assert left - LOCKS == {"punt.db", "secret_key", "uploads"}


def test_what_a_killed_backup_left_goes_with_the_next(
    run: Any, here: Place, attached: Any, tmp_path: Path
) -> None:
    (here.directory / "staging" / "uploads").mkdir(parents=True)
    (here.directory / "staging" / "punt.db").write_bytes(b"half of it")
    assert run("backup", tmp_path / "b").exit_code == 0
    assert not (here.directory / "staging").exists()


def test_a_backup_that_is_there_is_overwritten_only_by_force(saved: Path, here: Place) -> None:
    before = saved.read_bytes()
    refused = refusal(here.run("backup", saved))
    assert refused == f"{saved} exists already: --force overwrites it"
    assert saved.read_bytes() == before

    here.run("create-admin", "zoe", given=PASSWORD)
    assert here.run("backup", saved, "--force").exit_code == 0
    assert read(saved)["punt.db"] != read_bytes_of_database(before, saved)


def read_bytes_of_database(archive: bytes, beside: Path) -> Any:
    """The database in the bytes of an archive."""
    copy = beside.with_suffix(".copy")
    copy.write_bytes(archive)
    return read(copy)["punt.db"]


@pytest.mark.parametrize(
    ("target", "message"),
    [("", "{} is a directory"), ("nowhere/b", "{}/nowhere is not a directory")],
)
def test_a_backup_needs_a_place(
    run: Any, ada: Person, tmp_path: Path, target: str, message: str
) -> None:
    place = tmp_path / "backups"
    place.mkdir()
    assert refusal(run("backup", place / target, "--force")) == message.format(place)
    assert list(place.iterdir()) == []


def test_without_a_database_there_is_nothing_to_save(elsewhere: Place, tmp_path: Path) -> None:
    refused = refusal(elsewhere.run("backup", tmp_path / "b"))
    assert refused == f"There is no database in {elsewhere.directory}"
    assert not (tmp_path / "b").exists()


def test_a_damaged_database_is_not_saved_over_a_good_backup(saved: Path, here: Place) -> None:
    before = saved.read_bytes()
    damage(here.directory / "punt.db")
    assert "damaged" in refusal(here.run("backup", saved, "--force"))
    assert saved.read_bytes() == before
    assert {path.name for path in saved.parent.iterdir()} == {"saved.tar.gz"}


def damage(database: Path) -> None:
    """Tear a table apart that nobody reads while a backup is made."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'ticket_changes'"
        (page,) = connection.execute(query).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.parametrize(
    ("url", "tool"),
    [
        ("postgresql://x/y", "pg_dump"),
        ("sqlite:////x", "the .backup"),
        ("mysql://x/y", "the tools"),
    ],
)
@pytest.mark.parametrize("command", ["backup", "restore"])
def test_another_database_takes_another_tool(
    elsewhere: Place, saved: Path, command: str, url: str, tool: str
) -> None:
    before = saved.read_bytes()
    app = create_app(elsewhere.config)
    app.config["PUNT"] = replace(elsewhere.config, database_url=url)
    result = app.test_cli_runner().invoke(args=[command, str(saved), "--force"])
    assert refusal(result).startswith(f"PUNT_DATABASE_URL is set: use {tool}")
    assert saved.read_bytes() == before
    assert not (elsewhere.directory / "punt.db").exists()


def test_data_are_given_up_only_by_force(saved: Path, occupied: Place, here: Place) -> None:
    before = occupied.contents()
    refused = refusal(occupied.run("restore", saved))
    assert refused == f"There is a database in {occupied.directory}: --force gives it up"
    assert occupied.contents() == before

    assert occupied.run("restore", saved, "--force").exit_code == 0
    assert occupied.contents() == here.contents()


def test_the_old_journal_does_not_get_into_the_new_database(
    saved: Path, occupied: Place, here: Place
) -> None:
    wal = occupied.directory / "punt.db-wal"
    with closing(sqlite3.connect(occupied.directory / "punt.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE more (id)")
        connection.commit()
        kept = wal.read_bytes()
    wal.write_bytes(kept)
    assert occupied.run("restore", saved, "--force").exit_code == 0
    assert not wal.exists()
    assert occupied.contents() == here.contents()


def test_data_in_use_are_not_replaced(saved: Path, occupied: Place) -> None:
    before = occupied.contents()
    with data_dir.hold(occupied.config):
        refused = refusal(occupied.run("restore", saved, "--force"))
    assert refused == f"PUNT_DATA_DIR: {occupied.directory}: it is in use: stop the server first"
    assert occupied.contents() == before


def test_data_being_replaced_are_not_used(saved: Path, occupied: Place, tmp_path: Path) -> None:
    before = occupied.contents()
    with data_dir.hold_alone(occupied.config):
        for command in (["backup", tmp_path / "b"], ["disable-user", "ada"]):
            assert "a backup is being restored there" in refusal(occupied.run(*command))
        with pytest.raises(ConfigError, match="a backup is being restored there"):
            data_dir.hold(occupied.config)
    assert occupied.contents() == before


def test_two_backups_at_once_are_refused(here: Place, ada: Person, tmp_path: Path) -> None:
    with data_dir.staging(here.config):
        refused = refusal(here.run("backup", tmp_path / "b"))
    assert refused.endswith("another backup or import is under way")
    assert here.run("backup", tmp_path / "b").exit_code == 0


def test_an_archive_cut_short_anywhere_is_refused(saved: Path, occupied: Place) -> None:
    before, whole = occupied.contents(), saved.read_bytes()
    for length in [*range(0, len(whole), len(whole) // 40), len(whole) - 1]:
        saved.write_bytes(whole[:length])
        assert "is damaged" in refusal(occupied.run("restore", saved, "--force"))
    assert occupied.contents() == before


def test_a_bit_turned_anywhere_is_refused(saved: Path, occupied: Place) -> None:
    before, whole = occupied.contents(), saved.read_bytes()
    for place in [*range(10), *range(10, len(whole), len(whole) // 40), len(whole) - 1]:
        saved.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        assert "is damaged" in refusal(occupied.run("restore", saved, "--force")), place
    assert occupied.contents() == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        gzip.compress(b"no tar"),
        gzip.compress(b"\0" * 10240),
        PNG,
        None,
    ],
    # Of their own, as gzip writes the time into what it makes.
    ids=["nothing", "text", "no tar", "an empty tar", "a picture", "a tar without a manifest"],
)
def test_another_file_is_refused(content: bytes | None, occupied: Place, tmp_path: Path) -> None:
    file, before = tmp_path / "file", occupied.contents()
    if content is None:
        write(file, {"punt.db": b"", "manifest.json": {}})
    else:
        file.write_bytes(content)
    refused = refusal(occupied.run("restore", file, "--force"))
    assert refused.startswith(f"{file} is damaged, or no backup of PUNT's: ")
    assert occupied.contents() == before


def test_a_file_that_is_not_there_is_one_line(occupied: Place, tmp_path: Path) -> None:
    refused = refusal(occupied.run("restore", tmp_path / "none", "--force"))
    assert refused == f"{tmp_path}/none: No such file or directory"
    refused = refusal(occupied.run("restore", tmp_path, "--force"))
    assert refused == f"{tmp_path}: Is a directory"


MANIFESTS: list[tuple[str, Callable[[Any], Any]]] = [
    ("empty", lambda manifest: manifest.clear()),
    ("of another format", lambda manifest: manifest.update(format="punt-backup-2")),
    ("with more", lambda manifest: manifest.update(more=1)),
    ("without members", lambda manifest: manifest.update(members=None)),
    ("without a database", lambda manifest: manifest["members"].pop("punt.db")),
    ("with a size below zero", lambda manifest: manifest["members"]["punt.db"].update(size=-1)),
    ("with a size in words", lambda manifest: manifest["members"]["punt.db"].update(size="1")),
    ("with a bad hash", lambda manifest: manifest["members"]["punt.db"].update(sha256="0" * 64)),
    ("with no hash", lambda manifest: manifest["members"]["punt.db"].update(sha256=None)),
    ("with a missing file", lambda manifest: manifest["members"].update(
        {"uploads/1": {"size": 0, "sha256": sha256().hexdigest()}})),
]  # fmt: skip


@pytest.mark.parametrize("change", [row[1] for row in MANIFESTS], ids=[row[0] for row in MANIFESTS])
def test_a_manifest_that_is_not_true_is_refused(
    change: Callable[[Any], Any], saved: Path, occupied: Place
) -> None:
    members, before = read(saved), occupied.contents()
    change(members["manifest.json"])
    write(saved, members)
    assert "is damaged" in refusal(occupied.run("restore", saved, "--force"))
    assert occupied.contents() == before


NAMES = [
    "../outside",
    "uploads/../../outside",
    "/tmp/outside",  # noqa: S108
    "uploads/",
    "uploads/a/b",
    "uploads/..",
    "uploads/a\nb",
    "./punt.db",
    "in_use.lock",
    "punt.db-wal",
    "uploads/" + "a" * 201,
    "",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("known", [True, False])
def test_a_member_goes_nowhere_else(
    name: str, known: bool, saved: Path, occupied: Place, tmp_path: Path
) -> None:
    members, before, around = read(saved), occupied.contents(), set(tmp_path.iterdir())
    if known:
        promised(members, name, b"evil")
    else:
        members[name] = b"evil"
    write(saved, members)
    assert "is damaged" in refusal(occupied.run("restore", saved, "--force"))
    assert occupied.contents() == before
    assert set(tmp_path.iterdir()) == around


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE],
)
def test_a_member_is_a_plain_file(kind: bytes, saved: Path, occupied: Place) -> None:
    members, before = read(saved), occupied.contents()
    promised(members, "uploads/1", b"")
    del members["uploads/1"]
    info = tarfile.TarInfo("uploads/1")
    info.type, info.linkname = kind, "../../../secret"
    write(saved, members, (info, b""))
    assert "'uploads/1' does not belong in it" in refusal(occupied.run("restore", saved, "--force"))
    assert occupied.contents() == before


def test_a_member_stands_only_once(saved: Path, occupied: Place) -> None:
    members, before = read(saved), occupied.contents()
    write(saved, members, (tarfile.TarInfo("secret_key"), members["secret_key"]))
    assert "does not belong in it" in refusal(occupied.run("restore", saved, "--force"))
    assert occupied.contents() == before


def test_what_the_disk_has_no_room_for_is_not_begun(saved: Path, occupied: Place) -> None:
    members, before = read(saved), occupied.contents()
    members["manifest.json"]["members"]["punt.db"]["size"] = 2**60
    write(saved, members)
    assert "No space left on device" in refusal(occupied.run("restore", saved, "--force"))
    assert occupied.contents() == before


DATABASES = {
    "a row that refers to none": [
        "INSERT INTO members VALUES ('1', 'none', 'none', 0, '2024-01-01T00:00:00.000Z')"
    ],
    "an index that is not true": [
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'created_at', 'updated_at') "
        "WHERE name = 'ix_tickets_project_id_created_at_number'",
    ],
    "no schema of PUNT's": ["DROP TABLE alembic_version"],
    "a schema of the future": ["UPDATE alembic_version SET version_num = '9999'"],
}


@pytest.mark.parametrize("statements", DATABASES.values(), ids=DATABASES)
def test_a_database_is_not_put_in_place_with(
    statements: list[str], saved: Path, occupied: Place
) -> None:
    before = occupied.contents()
    with_database(saved, *statements)
    refused = refusal(occupied.run("restore", saved, "--force"))
    assert "damaged" in refused or "newer version" in refused
    assert occupied.contents() == before


def test_what_is_no_database_is_not_put_in_its_place(saved: Path, occupied: Place) -> None:
    members, before = read(saved), occupied.contents()
    promised(members, "punt.db", b"SQLite format 3" + b"\0" * 10_000)
    write(saved, members)
    assert "The database is damaged" in refusal(occupied.run("restore", saved, "--force"))
    assert occupied.contents() == before


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    saved: Path, elsewhere: Place, tmp_path: Path
) -> None:
    members = read(saved)
    # Older than the first version is one that has no tables yet.
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.commit()
    promised(members, "punt.db", (tmp_path / "old.db").read_bytes())
    write(saved, members)
    assert elsewhere.run("restore", saved).exit_code == 0
    client = create_app(elsewhere.config).test_client()
    account = {"username": "flo", "password": PASSWORD}
    assert client.post("/api/auth/register", json=account).status_code == 201


class Crash(BaseException):
    """The power is gone."""


@pytest.mark.parametrize("survived", range(12))
def test_a_crash_at_any_step_leaves_the_old_data_or_the_new(
    survived: int, saved: Path, occupied: Place, here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = occupied.contents(), here.contents()
    steps = iter(range(survived))

    def fragile(work: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **options: Any) -> Any:
            if next(steps, None) is None:
                raise Crash
            return work(*args, **options)

        return step

    with monkeypatch.context() as patch:
        for owner, name in ((os, "rename"), (os, "sync"), (shutil, "rmtree")):
            patch.setattr(owner, name, fragile(getattr(owner, name)))
        with suppress(Crash):
            occupied.run("restore", saved, "--force")
    create_app(occupied.config)
    after = {name: each for name, each in occupied.contents().items() if "staging" not in name}
    assert after in (old, new)
    assert not (occupied.directory / "replacement").exists()
    assert (after == new) == (survived > 2), survived


def test_no_event_id_comes_again_however_often_a_backup_is_restored(
    migrated: Path, tmp_path: Path
) -> None:
    begins = []
    for place in range(2):
        database = Path(shutil.copy(migrated / "punt.db", tmp_path / f"{place}.db"))
        with happening_at(now() + timedelta(seconds=place)):
            snapshot.leave_a_gap(database)
        with closing(sqlite3.connect(database)) as connection:
            query = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
            begins.append(connection.execute(query).fetchone()[0])
    assert begins[1] - begins[0] >= 1000
