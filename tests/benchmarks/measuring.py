"""Runs a case and notes what it took."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from statistics import median

from tests.benchmarks.cases import Case
from tests.benchmarks.processes import Process
from tests.benchmarks.traffic import Connection, Load, keep_busy

WARM_UP = 0.2


@dataclass
class Tally:
    """What a case took, with so many connections: one figure for each round."""

    cpu_ms: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)

    def add(self, cpu_ms: float, load: Load) -> None:
        self.cpu_ms.append(cpu_ms / len(load.latencies))
        self.loads.append(load)

    @property
    def cost(self) -> float:
        """Processor time of the server for one request, in ms."""
        return median(self.cpu_ms)

    @property
    def per_second(self) -> float:
        """Answers in a second."""
        return median(len(load.latencies) / load.seconds for load in self.loads)

    @property
    def answer_bytes(self) -> int:
        """The length of an answer, with its head."""
        answers = sum(len(load.latencies) for load in self.loads)
        return sum(load.answer_bytes for load in self.loads) // answers

    def percentile(self, percent: int) -> float:
        """The time in ms within which so many of a hundred requests were answered."""
        latencies = sorted(each for load in self.loads for each in load.latencies)
        return 1000 * latencies[len(latencies) * percent // 100]


class Measurement:
    """A case on the server that it is meant for."""

    def __init__(self, case: Case, server: Process) -> None:
        self.case, self.server = case, server
        self.tallies = {connections: Tally() for connections in case.levels}
        self._requests = case.requests

    @property
    def cost(self) -> float:
        """What a request costs: at the lowest number of connections, so that none waits."""
        return self.tallies[self.case.levels[0]].cost

    def run(self, seconds: float) -> None:
        """One round: so many seconds for each number of connections."""
        if self.case.conditional:
            self._requests = repeat(self._conditional(next(self.case.requests)))
        if self.case.preludes:
            self._one_by_one(self.case.preludes, seconds)
            return
        self._load(1, WARM_UP * seconds)
        for connections, tally in self.tallies.items():
            before = self.server.settled_cpu_ms()
            load = self._load(connections, seconds)
            tally.add(self.server.settled_cpu_ms() - before, load)

    def _conditional(self, request: bytes) -> bytes:
        connection = Connection(self.server.port)
        tag = connection.ask(request).header("ETag")
        connection.socket.close()
        return request.replace(b"\r\n\r\n", f"\r\nIf-None-Match: {tag}\r\n\r\n".encode())

    def _load(self, connections: int, seconds: float) -> Load:
        case = self.case
        return keep_busy(self.server.port, self._requests, case.status, connections, seconds)

    def _one_by_one(self, preludes: Iterator[bytes], seconds: float) -> None:
        load, cpu_ms = Load(), 0.0
        connection = Connection(self.server.port)
        if not self.tallies[1].loads:
            # The first time, its statements are made.
            connection.ask(next(self._requests))
        deadline = time.perf_counter() + seconds
        while not load.latencies or time.perf_counter() < deadline:
            connection.ask(next(preludes))
            before = self.server.settled_cpu_ms()
            connection.ask(next(self._requests))
            load.count(connection, self.case.status)
            cpu_ms += self.server.settled_cpu_ms() - before
        connection.socket.close()
        load.seconds = sum(load.latencies)
        self.tallies[1].add(cpu_ms, load)
