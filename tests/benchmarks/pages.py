"""Pages of 50 by every filter and every sort, from the smallest board and from the largest."""

import re
from collections.abc import Iterator
from itertools import product, repeat

from schemas.tickets import SORTS
from tests.benchmarks.boards import Board
from tests.benchmarks.cases import ONE, Caller, Case, edits
from tests.benchmarks.data import Data
from tests.benchmarks.figures import Figure
from tests.benchmarks.measuring import Measurement
from tests.benchmarks.processes import Process

AT_MOST = 1.5
NAME = "page of 50, worst filter and sort"

FIRST_LOOKS = 3

# What looks worst at first sight is measured again in every round: the worst of many noisy figures
# would else be worse than any of them is.
SUSPECTS = 8


class Page:
    """The same page of two boards; either is changed before each look, so that none is kept."""

    def __init__(
        self, caller: Caller, server: Process, boards: tuple[Board, Board], name: str
    ) -> None:
        self.name = name
        self.small, self.large = (
            Measurement(_case(caller, board, name), server) for board in boards
        )

    @property
    def shown(self) -> str:
        """The query without what differs by board."""
        return re.sub(r"{(\w+)}", r"a \1", self.name.strip("&"))

    def look(self) -> None:
        """Fetch it once from either board."""
        self.small.run(seconds=0)
        self.large.run(seconds=0)

    @property
    def ratio(self) -> float:
        """How many times what it costs on the small board it costs on the large one."""
        return self.large.cost / self.small.cost


def measure(caller: Caller, server: Process, data: Data, rounds: int) -> Figure:
    """The page for which a large board costs most in comparison."""
    boards = data.boards[0], data.boards[-1]
    pages = [Page(caller, server, boards, name) for name in _names()]
    for page in pages * min(rounds, FIRST_LOOKS):
        page.look()
    suspects = sorted(pages, key=lambda page: page.ratio, reverse=True)[:SUSPECTS]
    for page in suspects * rounds:
        page.look()
    worst = max(suspects, key=lambda page: page.ratio)
    return Figure(
        NAME,
        worst.large.cost,
        limit=AT_MOST * worst.small.cost,
        limit_text=f"{AT_MOST:g} x the same page of {boards[0].size} ({worst.shown})",
        details={
            page.shown: {"ms": page.large.cost, "msSmall": page.small.cost, "ratio": page.ratio}
            for page in sorted(pages, key=lambda page: page.ratio, reverse=True)
        },
    )


def _names() -> Iterator[str]:
    """Each filter that there is, with each sort: the query, but for what differs by board."""
    filters = (
        "",
        "sprintId={sprint}",
        "sprintId=none",
        "columnId={column}",
        "type=bug",
        "priority=high",
        "assigneeId={member}",
        "assigneeId=none",
        "labelId={label}",
        "labelId=none",
        "parentId={parent}",
        "parentId=none",
        "q=login",
    )
    for chosen, sort, direction in product(filters, SORTS, ("", "-")):
        yield f"{chosen}&sort={direction}{sort}"


def _case(caller: Caller, board: Board, name: str) -> Case:
    query = name.format(
        sprint=board.sprint_ids[0],
        column=board.column_ids[-1],
        member=board.member_ids[1],
        label=board.label_ids[0],
        parent="1",
    )
    request = caller.get(f"{board.path}?limit=50&{query}")
    return Case(name, repeat(request), levels=ONE, preludes=edits(caller, board))
