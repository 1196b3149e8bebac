"""What all commands have in common: how they come by the data, and how they fail."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from app import create_app
from punt import data_dir
from punt.config import Config
from tests.conftest import PASSWORD, Person, refusal

COMMANDS = [
    ["create-admin", "flo"],
    ["reset-password", "flo"],
    ["disable-user", "flo"],
    ["enable-user", "flo"],
    ["demo"],
    ["export", "APO"],
    ["import", "-"],
]


def run_in(directory: Path, *args: str, **settings: Any) -> Result:
    """A command on the data in a directory."""
    app = create_app(Config(data_dir=directory, log_level="error", **settings))
    return app.test_cli_runner().invoke(args=args, input=PASSWORD)


def test_a_command_makes_the_database_that_it_needs(tmp_path: Path) -> None:
    assert run_in(tmp_path / "new", "create-admin", "flo").exit_code == 0
    assert run_in(tmp_path / "new", "create-admin", "gus").exit_code == 0


def set_revision(directory: Path, revision: str) -> None:
    """Let the database be one of another version."""
    with closing(sqlite3.connect(directory / "punt.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
        connection.commit()


@pytest.mark.parametrize("args", COMMANDS)
def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path, args: list[str]) -> None:
    run_in(tmp_path, "create-admin", "flo")
    set_revision(tmp_path, "9999")
    before = (tmp_path / "punt.db").read_bytes()
    refused = refusal(run_in(tmp_path, *args))
    assert refused.endswith("is newer than this program")
    assert (tmp_path / "punt.db").read_bytes() == before


def test_a_database_is_not_upgraded_under_a_running_server(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    with data_dir.hold(config):
        refused = refusal(run_in(tmp_path, "create-admin", "flo"))
    assert refused.endswith("it is in use: stop the server first")
    assert run_in(tmp_path, "create-admin", "flo").exit_code == 0
    with data_dir.hold(config):
        assert run_in(tmp_path, "create-admin", "gus").exit_code == 0


def test_another_database_is_not_upgraded_at_all(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.db"
    refused = refusal(run_in(tmp_path, "create-admin", "flo", database_url=url))
    assert refused == "The database is not up to date: flask --app app db upgrade"


@pytest.mark.parametrize("args", [*COMMANDS, ["backup", "b"]])
def test_what_is_no_database_is_one_line(tmp_path: Path, args: list[str]) -> None:
    (tmp_path / "punt.db").write_bytes(b"no database" * 1000)
    refused = refusal(run_in(tmp_path, *args))
    assert refused == "The database cannot be used: file is not a database"


def test_nothing_is_logged_when_all_is_well(
    run: Any, ada: Person, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("backup", tmp_path / "b").stderr == ""
    assert run("disable-user", "ada").stderr == ""
    assert capfd.readouterr().err == ""
