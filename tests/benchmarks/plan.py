"""How much is measured, and for how long."""

from dataclasses import dataclass
from math import ceil

from punt.events.broker import STREAMS_PER_USER
from tests.benchmarks.data import TEAM


@dataclass(frozen=True)
class Plan:
    """The sizes and the patience of one run; `only` is part of the names of what is to be run."""

    sizes: tuple[int, ...] = (1000, 10_000, 100_000)
    tall: int = 10_000
    streams: int = 5000
    rounds: int = 5
    seconds: float = 0.4
    only: str = ""

    @property
    def following(self) -> int:
        """How many of the streams follow the project in which something happens."""
        return self.streams // 5

    @property
    def people(self) -> int:
        """Enough of them for all streams, besides the owner."""
        return max(TEAM, 1 + ceil(self.streams / STREAMS_PER_USER))

    def includes(self, name: str) -> bool:
        """Whether a case is to be run."""
        return self.only.lower() in name.lower()


QUICK = Plan(rounds=2, seconds=0.2)
