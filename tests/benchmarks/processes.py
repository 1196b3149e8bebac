"""The processes that are measured, and what they take of processor and memory."""

import os
import re
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
NOWHERE = Path(os.devnull)

# As people run it: the limits count, but nobody reaches them.
UNREACHED = "100000000 per minute"
SETTINGS = {"PUNT_RATE_LIMIT_GENERAL": UNREACHED, "PUNT_RATE_LIMIT_STREAM": UNREACHED}

# How long a process must take nothing at all to count as done.
QUIET_SECONDS = 0.001


class Process:
    """A server on a free port of its own, which is told to it by its arguments or environment."""

    def __init__(
        self, *arguments: object, settings: Mapping[str, object] | None = None, log: Path = NOWHERE
    ) -> None:
        self.port = _free_port()
        words = [str(word).format(port=self.port) for word in arguments]
        given = {
            name: str(value).format(port=self.port) for name, value in (settings or {}).items()
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PUNT_")}
        self.began = time.perf_counter()
        with log.open("a") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=kept | given, stderr=stderr
            )
        # What the kernel calls the clock of another process: all its threads, in user and system
        # mode. /proc/PID/stat shows the same sum, but in steps of 10 ms.
        self._clock = (~self._process.pid << 3) | 2

    @property
    def cpu_ms(self) -> float:
        """The processor time that it has taken so far."""
        return time.clock_gettime_ns(self._clock) / 1e6

    def settled_cpu_ms(self) -> float:
        """The same, once it has nothing left to do."""
        last = self.cpu_ms
        while True:
            time.sleep(QUIET_SECONDS)
            now = self.cpu_ms
            if now == last:
                return now
            last = now

    @property
    def memory_kb(self) -> int:
        """Its resident set."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s*(\d+) kB", status)
        return int(found[1]) if found else 0

    def await_listening(self) -> None:
        """Return as soon as it takes connections."""
        while time.perf_counter() < self.began + PATIENCE and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                time.sleep(0.005)
            else:
                return
        raise RuntimeError(f"{self._process.args!r} does not listen")

    def __enter__(self) -> "Process":
        self.await_listening()
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)


def punt(data_dir: Path) -> Process:
    """PUNT itself on this data directory."""
    own = {"PUNT_PORT": "{port}", "PUNT_DATA_DIR": data_dir}
    return Process("wsgi.py", settings={**SETTINGS, **own}, log=data_dir / "benchmark.log")


def floor() -> Process:
    """The server that does nothing."""
    return Process("-m", "tests.benchmarks.floor", "{port}")


def loudspeaker() -> Process:
    """The bare gevent loop."""
    return Process("-m", "tests.benchmarks.loudspeaker", "{port}")


def allow_many_files() -> None:
    """Let this process, and those it starts, open as many files as the system admits."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def import_cpu_ms() -> float:
    """What it takes to start Python and import the libraries that we can't do without."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import flask, sqlalchemy, gevent"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
