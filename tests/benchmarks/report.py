"""The figures as a table, for people, and as JSON, for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.benchmarks.cases import EMPTY
from tests.benchmarks.figures import Figure

HEADINGS = {
    "case": "---",
    "takes": "--:",
    "x empty route": "--:",
    "may take": "--:",
    "which is": "---",
    "within": "---",
    "per second": "--:",
    "p50 / p99 ms": "--:",
    "bytes": "--:",
}


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table."""
    empty_ms = _empty_ms(figures)
    rows = [
        list(HEADINGS),
        list(HEADINGS.values()),
        *(_row(figure, empty_ms) for figure in figures),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )


def _empty_ms(figures: Sequence[Figure]) -> float:
    return next(figure.value for figure in figures if figure.case == EMPTY)


def _row(figure: Figure, empty_ms: float) -> list[str]:
    loads = figure.loads.values()
    return [
        figure.case,
        f"{figure.value:.2f} {figure.unit}",
        f"{figure.value / empty_ms:.1f}" if figure.loads else "",
        "" if figure.limit is None else f"{figure.limit:.2f}",
        figure.limit_text,
        _verdict(figure),
        ", ".join(f"{load['perSecond']:.0f}" for load in loads),
        ", ".join(f"{load['p50Ms']:.1f} / {load['p99Ms']:.1f}" for load in loads),
        "" if figure.answer_bytes is None else str(figure.answer_bytes),
    ]


def _verdict(figure: Figure) -> str:
    """Whether it is within its limit, or how many times that it takes."""
    if figure.limit is None:
        return ""
    return "yes" if figure.reached else f"NO: {figure.value / figure.limit:.1f} x"


def document(figures: Sequence[Figure], conditions: Mapping[str, Any]) -> dict[str, Any]:
    """All of it, with what it was measured under."""
    empty_ms = _empty_ms(figures)
    return {"conditions": conditions, "figures": [_item(each, empty_ms) for each in figures]}


def _item(figure: Figure, empty_ms: float) -> dict[str, Any]:
    return {
        "case": figure.case,
        "value": figure.value,
        "unit": figure.unit,
        "timesEmptyRoute": figure.value / empty_ms if figure.loads else None,
        "limit": figure.limit,
        "limitText": figure.limit_text,
        "within": figure.reached,
        "connections": figure.loads,
        "answerBytes": figure.answer_bytes,
        "details": figure.details,
    }
