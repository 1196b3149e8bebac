"""Requests to a running server, in rounds, each with a look at the floors in between."""

from collections.abc import Iterable
from statistics import median

from tests.benchmarks import cases, figures
from tests.benchmarks.cases import DATABASE, Caller
from tests.benchmarks.data import OWNER, PASSWORD, Data
from tests.benchmarks.database_floor import DatabaseFloor
from tests.benchmarks.figures import Figure
from tests.benchmarks.measuring import Measurement
from tests.benchmarks.plan import Plan
from tests.benchmarks.processes import Process
from tests.benchmarks.traffic import Connection

# So many cases are between two looks at the empty route.
CASES_BETWEEN = 4


def sign_in(server: Process) -> Caller:
    """The owner of all projects, with a cookie."""
    credentials = {"username": OWNER, "password": PASSWORD}
    nobody = Caller("Accept: application/json")
    request = nobody.request("POST", "/api/auth/callback/credentials", credentials)
    cookie = Connection(server.port).ask(request).header("Set-Cookie")
    return Caller(f"Cookie: {cookie.partition(';')[0]}")


def measure(
    plan: Plan, data: Data, caller: Caller, server: Process, floor: Process
) -> list[Figure]:
    """What each case takes, and the floors before them."""
    board = data.boards[0]
    database = DatabaseFloor(data.database, board)
    size = len(database.answer())
    connection = Connection(server.port)
    if len(connection.ask(caller.get(board.path)).body) != size:
        raise ValueError("the floor's list is not the server's")
    packed = connection.ask(caller.get(board.path, "Accept-Encoding: gzip"))
    asked = cases.all_of(caller, data, compresses=bool(packed.header("Content-Encoding")))
    floors = [Measurement(case, floor) for case in cases.floors(caller, size)]
    measured = [Measurement(case, server) for case in asked if plan.includes(case.name)]
    alone = []
    for _ in range(plan.rounds):
        alone.append(database.cpu_ms(plan.seconds))
        for place, each in enumerate(measured):
            if place % CASES_BETWEEN == 0:
                _run(floors, plan.seconds)
            each.run(plan.seconds)
        _run(floors, plan.seconds)
    costs = {each.case.name: each.cost for each in [*floors, *measured]}
    costs[DATABASE] = median(alone)
    return [
        *(figures.of_measurement(each, costs) for each in floors),
        Figure(DATABASE, costs[DATABASE], answer_bytes=size),
        *(figures.of_measurement(each, costs) for each in measured),
    ]


def _run(measurements: Iterable[Measurement], seconds: float) -> None:
    for each in measurements:
        each.run(seconds)
