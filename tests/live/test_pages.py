"""The pages in a real browser: they load without complaint, and show the calls."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.live.conftest import Server

BROWSER = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom",
)  # fmt: skip

pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")


def visit(server: Server, path: str, profile: Path) -> str:
    """What a page looks like once its scripts have run; they must have nothing to complain of."""
    address = f"http://127.0.0.1:{server.port}{path}"
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={profile}", address]
    seen = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert re.findall(r".*CONSOLE.*", seen.stderr) == []
    return seen.stdout


def test_the_first_page_loads(server: Server, tmp_path: Path) -> None:
    assert "You are not signed in" in visit(server, "/", tmp_path)


def test_the_documentation_shows_every_call(server: Server, tmp_path: Path) -> None:
    page = visit(server, "/api/docs", tmp_path)
    assert len(re.findall(r'<details class="call"', page)) > 60
    assert 'href="#createTicket"' in page
    assert "Loading the calls" not in page


def test_a_link_to_a_call_opens_it_ready_to_be_tried(server: Server, tmp_path: Path) -> None:
    page = visit(server, "/api/docs#createTicket", tmp_path)
    assert re.search(r'<details class="call" id="createTicket" open', page)
    assert "Send POST" in page
    assert "Sign-in forgets where I was going" in page
