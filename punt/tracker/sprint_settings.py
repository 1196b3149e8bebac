"""How a project runs its sprints (contract, section 5, settings)."""

from typing import Any

from punt.errors import Invalid
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Member, Project
from punt.tracker import columns, projects


def shown(project: Project) -> dict[str, Any]:
    """The sprint settings of a project."""
    return {
        "default_sprint_duration": project.default_sprint_duration,
        "auto_carry_over_incomplete": project.auto_carry_over_incomplete,
        "done_column_ids": columns.done_ids(project),
    }


def update(
    project: Project, member: Member, values: dict[str, Any], actor: Actor
) -> dict[str, Any]:
    """Change the settings in `values`; the rest of the project hears that it was updated."""
    before = shown(project)
    if "done_column_ids" in values:
        _mark_done(project, values["done_column_ids"])
    for name in ("default_sprint_duration", "auto_carry_over_incomplete"):
        setattr(project, name, values.get(name, getattr(project, name)))
    db.session.flush()
    after = shown(project)
    if after != before:
        answer = projects.shown(project, member)
        log.record("project.updated", answer, actor, project=project)
    return after


def _mark_done(project: Project, column_ids: list[str]) -> None:
    found = {column.id: column for column in columns.in_order(project)}
    problems = [
        (f"doneColumnIds.{place}", "Column is not in this project")
        for place, column_id in enumerate(column_ids)
        if column_id not in found
    ]
    if problems:
        raise Invalid(problems)
    for column in found.values():
        column.is_done = column.id in column_ids
