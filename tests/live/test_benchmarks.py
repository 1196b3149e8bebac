"""The benchmarks run. What they find is never judged here."""

import json
import subprocess
import sys
from pathlib import Path

from tests.live.conftest import ROOT

TINY = {"tickets": "20,30", "tall": 20, "streams": 20, "rounds": 1, "seconds": 0.01}

CASES = """
    import flask, sqlalchemy, gevent
    start to first answer
    memory idle after start
    empty route
    bytes of the list
    list by the database alone
    session
    get a ticket of 20
    get a ticket of 30
    list of 20
    list of 20, after a write
    list of 20, not asked before
    list of 20, again
    list of 20, again, If-None-Match
    list of 20, after a write, gzip
    list of 20, again, gzip
    post a ticket
    patch a ticket of 20
    patch a ticket of 30
    move to the top of 10
    move to the top of 20
    search 30 for a rare word
    search 30 for a common word
    search 30 for no match
    search 30 for a key
    page of 50, worst filter and sort
    memory after all this
    4 sockets written to by bare gevent
    streams: an event to 4
    streams: 20 open, each
"""


def test_a_run_measures_every_case(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    options = [f"--{name}={value}" for name, value in {**TINY, "json": file}.items()]
    subprocess.run([sys.executable, "-m", "tests.benchmarks", *options], cwd=ROOT, check=True)
    figures = json.loads(file.read_text())["figures"]
    assert [each["case"] for each in figures] == [
        line.strip() for line in CASES.splitlines() if line
    ]
    # What is left when one figure is taken from another may be lost in noise at this size.
    measured = [each for each in figures if not each["case"].startswith("streams")]
    assert [each["case"] for each in measured if not each["value"] > 0] == []
    loads = [load for each in measured for load in each["connections"].values()]
    assert all(load[name] > 0 for load in loads for name in ("cpuMs", "perSecond", "p99Ms"))
