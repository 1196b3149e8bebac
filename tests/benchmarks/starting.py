"""How long a server takes from its start to its first answer, and what it holds then."""

from pathlib import Path
from statistics import median

from tests.benchmarks import processes
from tests.benchmarks.cases import Caller
from tests.benchmarks.figures import Figure
from tests.benchmarks.traffic import Connection

AT_MOST = 2.5
MOST_MEGABYTES = 90.0
NAME = "start to first answer"


def measure(data_dir: Path, rounds: int) -> list[Figure]:
    """Starts on a database that is there already, by turns with the imports alone."""
    imports, starts, memory = [], [], []
    for _ in range(rounds):
        imports.append(processes.import_cpu_ms())
        cpu_ms, megabytes = _start(data_dir)
        starts.append(cpu_ms)
        memory.append(megabytes)
    return [
        Figure("import flask, sqlalchemy, gevent", median(imports)),
        Figure(
            NAME,
            median(starts),
            limit=AT_MOST * median(imports),
            limit_text=f"{AT_MOST:g} x these imports",
        ),
        Figure(
            "memory idle after start",
            median(memory),
            "MB",
            limit=MOST_MEGABYTES,
            limit_text=f"{MOST_MEGABYTES:g} MB",
        ),
    ]


def _start(data_dir: Path) -> tuple[float, float]:
    """The processor time until an answer was there, and the memory then."""
    with processes.punt(data_dir) as server:
        Connection(server.port).ask(Caller("Accept: */*").get("/api/auth/session"))
        return server.cpu_ms, server.memory_kb / 1024
