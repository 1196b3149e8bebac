"""Completing a sprint: what is done stays, the rest goes where it is sent (contract, 5)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from punt.database import now
from punt.errors import Invalid
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Project, Sprint, Ticket
from punt.tracker import columns, sprint_entries, sprints
from punt.tracker.ticket_changes import recorded
from schemas.vocabulary import INCOMPLETE_ACTIONS

TO_NEXT_SPRINT, TO_BACKLOG, KEEP = INCOMPLETE_ACTIONS


def complete(
    project: Project,
    sprint: Sprint,
    action: str | None,
    next_sprint_id: str | None,
    actor: Actor,
) -> dict[str, Any]:
    """End the active sprint: its counts freeze, and what is not done goes where `action` says.

    Without an action, the settings say where: to the next planned sprint, or to the backlog.
    """
    sprints.require_status(sprint, "active", "completed")
    next_sprint = _named_next_sprint(project, action, next_sprint_id)
    if action is None:
        next_sprint = _next_sprint_by_settings(project)
    _freeze(project, sprint)
    done, incomplete = _by_outcome(project, sprint)
    sprint_entries.complete(done)
    with recorded(project, incomplete, actor):
        if next_sprint:
            _carry_over(incomplete, sprint, next_sprint)
        elif action != KEEP:
            _move_to_backlog(incomplete)
    answer = sprints.shown(project, sprint)
    log.record("sprint.completed", answer, actor, project=project)
    return answer


def _named_next_sprint(
    project: Project, action: str | None, sprint_id: str | None
) -> Sprint | None:
    """The sprint that incomplete tickets are sent to: a planned one, named exactly when needed."""
    if action != TO_NEXT_SPRINT:
        if sprint_id:
            raise Invalid([("nextSprintId", f"Next sprint only goes with {TO_NEXT_SPRINT}")])
        return None
    if not sprint_id:
        raise Invalid([("nextSprintId", "Next sprint is required")])
    query = select(Sprint).where(Sprint.id == sprint_id, Sprint.project_id == project.id)
    found = db.session.scalar(query)
    if found is None:
        raise Invalid([("nextSprintId", "Next sprint is not in this project")])
    if found.status != "planning":
        raise Invalid([("nextSprintId", f"Next sprint must be in planning: it is {found.status}")])
    return found


def _next_sprint_by_settings(project: Project) -> Sprint | None:
    """The earliest planned sprint, when the project carries incomplete tickets over by itself."""
    if not project.auto_carry_over_incomplete:
        return None
    query = (
        select(Sprint)
        .where(Sprint.project_id == project.id, Sprint.status == "planning")
        .order_by(Sprint.start_date.is_(None), Sprint.start_date, Sprint.id)
    )
    return db.session.scalars(query.limit(1)).first()


def _freeze(project: Project, sprint: Sprint) -> None:
    for name, value in sprints.count(project, [sprint.id])[sprint.id].items():
        setattr(sprint, name, value)
    sprint.status = "completed"
    sprint.completed_at = sprint.updated_at = now()
    db.session.flush()


def _by_outcome(project: Project, sprint: Sprint) -> tuple[list[Ticket], list[Ticket]]:
    done_ids = columns.done_ids(project)
    tickets = sprints.tickets_in(sprint)
    done = [ticket for ticket in tickets if ticket.column_id in done_ids]
    return done, [ticket for ticket in tickets if ticket.column_id not in done_ids]


def _carry_over(tickets: Sequence[Ticket], sprint: Sprint, next_sprint: Sprint) -> None:
    for ticket in tickets:
        ticket.sprint_id = next_sprint.id
        ticket.is_carried_over = True
        ticket.carried_from_sprint_id = sprint.id
        ticket.carried_over_count += 1
    sprint_entries.carry_over(tickets, next_sprint)


def _move_to_backlog(tickets: Sequence[Ticket]) -> None:
    for ticket in tickets:
        ticket.sprint_id = None
