"""`python -m tests.benchmarks`: what PUNT takes of the processor and of memory (see README.md)."""

import json
import os
import platform
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from tests.benchmarks import data, pages, processes, report, serving, starting, streaming
from tests.benchmarks.figures import Figure
from tests.benchmarks.plan import QUICK, Plan


def _sizes(_context: click.Context, _option: click.Parameter, given: str) -> tuple[int, ...]:
    try:
        return tuple(sorted(map(int, given.split(","))))
    except ValueError as error:
        raise click.BadParameter("must be numbers with commas between") from error


@click.command()
@click.option("--tickets", callback=_sizes, default="1000,10000,100000", show_default=True)
@click.option("--tall", default=Plan.tall, show_default=True, help="Tickets in the tall column.")
@click.option("--streams", default=Plan.streams, show_default=True, help="Open at once.")
@click.option("--only", default="", help="Only cases with this in their names, and the floors.")
@click.option("--rounds", type=int, help="How often each case is measured.")
@click.option("--seconds", type=float, help="How long each time, for each number of connections.")
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds: rough, in a minute or so.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path))
def main(
    tickets: tuple[int, ...],
    quick: bool,
    json_file: Path | None,
    **given: Any,
) -> None:
    """Measure PUNT on generated projects, against what the same machine can do at best."""
    chosen = {name: value for name, value in given.items() if value is not None}
    plan = replace(QUICK if quick else Plan(), sizes=tickets, **chosen)
    processes.allow_many_files()
    with tempfile.TemporaryDirectory() as directory:
        figures = _measure(plan, Path(directory))
    click.echo(report.table(figures))
    if json_file:
        found = report.document(figures, _conditions(plan))
        json_file.write_text(json.dumps(found, indent=2) + "\n")


def _measure(plan: Plan, directory: Path) -> list[Figure]:
    written = data.write(directory, plan.sizes, plan.tall, plan.people)
    figures = []
    if plan.includes(starting.NAME):
        figures += starting.measure(directory, plan.rounds)
    with processes.punt(directory) as server, processes.floor() as floor:
        caller = serving.sign_in(server)
        figures += serving.measure(plan, written, caller, server, floor)
        if plan.includes(pages.NAME):
            figures.append(pages.measure(caller, server, written, plan.rounds))
        figures.append(Figure("memory after all this", server.memory_kb / 1024, "MB"))
    if plan.includes(streaming.NAME):
        with processes.punt(directory) as server:
            figures += streaming.measure(plan, written, caller, server)
    return figures


def _conditions(plan: Plan) -> dict[str, Any]:
    return {
        "plan": asdict(plan),
        "settings": processes.SETTINGS,
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
