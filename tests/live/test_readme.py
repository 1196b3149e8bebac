"""What README.md says, tried out."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from punt.config import SETTINGS
from tests.live.conftest import ROOT, Client, Server, Start, environment
from tests.live.readme import BLOCK, section

# Far more than the whole tour takes.
TOUR_SECONDS = 60


@dataclass
class Step:
    """A command of the tour, and what it prints."""

    command: str
    kind: str = ""
    shown: str = ""

    @property
    def watches(self) -> bool:
        """Whether the command stays, in a second terminal."""
        return " -N " in self.command


def tour(port: int) -> list[Step]:
    """The commands of the README's tour, for a server on `port`."""
    steps: list[Step] = []
    for kind, text in BLOCK.findall(section("Five minutes with curl")):
        if kind == "sh":
            steps.append(Step(text.replace("localhost:3000", f"localhost:{port}")))
        else:
            # Output that does not follow its command is that of the second terminal.
            step = next(each for each in (steps[-1], *steps) if not each.shown)
            step.kind, step.shown = kind, text
    return steps


def follow(steps: list[Step], directory: Path) -> str:
    """Type the commands into one shell, and answer its complaints."""
    script = ""
    for number, step in enumerate(steps):
        (directory / f"{number}.sh").write_text(step.command)
        if step.watches:
            script += f". ./{number}.sh > {number}.out & watching=$!\n"
            script += f"until grep -qs connected {number}.out; do sleep 0.01; done\n"
        else:
            script += f". ./{number}.sh > {number}.out || echo step {number} failed\n"
    script += 'wait "$watching" || echo watching failed\n'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        env=environment({"no_proxy": "localhost"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TOUR_SECONDS,
    )
    return done.stdout


def masked(text: str) -> str:
    """`text` without what differs each time."""
    text = re.sub(r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "(id)", text)
    return re.sub(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "(time)", text).rstrip()


def is_shown(step: Step, printed: str) -> bool:
    """Whether the README shows what a command has printed."""
    if step.kind == "json":
        return bool(json.loads(masked(printed)) == json.loads(masked(step.shown)))
    pattern = re.escape(masked(step.shown)).replace(re.escape("..."), ".*")
    return bool(re.fullmatch(pattern, masked(printed)))


@pytest.mark.skipif(not shutil.which("curl"), reason="the tour is made with curl")
def test_the_tour_prints_what_it_shows(start: Start, tmp_path: Path) -> None:
    steps = tour(start().port)

    assert follow(steps, tmp_path) == ""
    for number, step in enumerate(steps):
        printed = (tmp_path / f"{number}.out").read_text()
        assert is_shown(step, printed), f"{step.command}\n{printed}"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(PUNT_\w+)` \| (.*) \| (.*) \|$", section("Configuration"), re.M)

    assert rows == [(each.name, each.default, each.meaning) for each in SETTINGS]


def calls(row: str) -> Iterator[tuple[str, str]]:
    """The methods and paths in a row: `GET`, `POST .../sprints`, or `POST .../start`, `/extend`."""
    methods, method, path = [], "", ""
    for part in re.findall(r"`([^`]+)`", row):
        if part.startswith("/"):
            path = path.rpartition("/")[0] + part
        else:
            method, _, given = part.partition(" ")
            methods.append(method)
            path = given.replace("...", "/projects/{project}")
        if path:
            yield from ((each, path) for each in methods or [method])
            methods = []


def test_every_call_in_the_table_exists(server: Server) -> None:
    rows = re.findall(r"^\| (`(?:GET|POST|PUT|PATCH|DELETE)\b.*?`) \|", section("API"), re.M)
    told = [call for row in rows for call in calls(row)]
    assert len(told) > 20
    nobody = Client(server)

    for method, path in told:
        assert nobody.ask(method, path).status not in (404, 405), f"{method} {path}"


def test_the_image_has_all_that_the_server_needs() -> None:
    copied = re.findall(r"^COPY (.*) \S+$", section("Deployment"), re.MULTILINE)
    needed = [
        name
        for name in ("punt", "schemas", "templates")
        if any(path.is_file() for path in (ROOT / name).rglob("[!_.]*"))
    ]

    assert " ".join(copied).split() == ["requirements.txt", "app.py", "wsgi.py", *needed]


def test_the_image_is_healthy_as_long_as_the_server_lives(start: Start) -> None:
    given = re.search(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$", section("Deployment"), re.MULTILINE)
    assert given
    server = start()
    _, *arguments = json.loads(given[1].replace(":3000", f":{server.port}"))
    check = [sys.executable, *arguments]
    assert subprocess.run(check, capture_output=True).returncode == 0
    server.stop()

    assert subprocess.run(check, capture_output=True).returncode == 1
