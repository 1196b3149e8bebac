"""What was measured, and whether it is within what it may be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.measuring import Measurement, Tally


@dataclass(frozen=True)
class Figure:
    """One row of the report; `limit_text` says how its limit comes about."""

    case: str
    value: float
    unit: str = "ms CPU"
    limit: float | None = None
    limit_text: str = ""
    # By the number of connections.
    loads: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    answer_bytes: int | None = None
    details: Any = None

    @property
    def reached(self) -> bool | None:
        """Whether the value is within the limit, when there is one."""
        return None if self.limit is None else self.value <= self.limit


def of_measurement(measured: Measurement, costs: Mapping[str, float]) -> Figure:
    """What a case took; its limit may depend on what others took."""
    case = measured.case
    return Figure(
        case.name,
        measured.cost,
        limit=_limit(case.limit, costs) if case.limit else None,
        limit_text=case.limit_text,
        loads={number: _load(tally) for number, tally in measured.tallies.items()},
        answer_bytes=next(iter(measured.tallies.values())).answer_bytes,
    )


def _limit(of: Callable[[Mapping[str, float]], float], costs: Mapping[str, float]) -> float | None:
    try:
        return of(costs)
    except KeyError:
        # With --only, what it is compared with may not have been measured.
        return None


def _load(tally: Tally) -> dict[str, float]:
    return {
        "cpuMs": tally.cost,
        "perSecond": tally.per_second,
        "p50Ms": tally.percentile(50),
        "p99Ms": tally.percentile(99),
    }
