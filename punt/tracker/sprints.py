"""Sprints: planned, then active, one at a time, then completed (contract, section 5)."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from punt.database import now, slices
from punt.errors import Invalid, RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Project, Sprint, Ticket
from punt.tracker import columns, finding
from punt.tracker.ticket_changes import recorded

OWN = (
    "id",
    "name",
    "goal",
    "start_date",
    "end_date",
    "status",
    "project_id",
    "completed_at",
    "created_at",
    "updated_at",
)
COUNTS = (
    "completed_ticket_count",
    "incomplete_ticket_count",
    "completed_story_points",
    "incomplete_story_points",
)


def get(project: Project, sprint_id: str) -> Sprint:
    """The sprint of a project with this id; `NotFound` otherwise."""
    return finding.one(Sprint, Sprint.id == sprint_id, Sprint.project_id == project.id)


def list_of(project: Project, statuses: list[str] | None = None) -> list[dict[str, Any]]:
    """The sprints of a project as they are shown, oldest first."""
    query = select(Sprint).where(Sprint.project_id == project.id).order_by(Sprint.id)
    if statuses is not None:
        query = query.where(Sprint.status.in_(statuses))
    return _shown(project, db.session.scalars(query).all())


def active(project: Project) -> Sprint | None:
    """The sprint that is under way, if any."""
    query = select(Sprint).where(Sprint.project_id == project.id, Sprint.status == "active")
    return db.session.scalar(query)


def shown(project: Project, sprint: Sprint) -> dict[str, Any]:
    """A sprint as it is shown: with its counts as they are, or as they were when it ended."""
    return _shown(project, [sprint])[0]


def _shown(project: Project, sprints: Sequence[Sprint]) -> list[dict[str, Any]]:
    counts = count(project, [each.id for each in sprints if each.status != "completed"])
    answers = []
    for sprint in sprints:
        answer = {name: getattr(sprint, name) for name in (*OWN, *COUNTS)}
        answer |= counts.get(sprint.id, {})
        total = answer["completed_ticket_count"] + answer["incomplete_ticket_count"]
        answers.append(answer | {"ticket_count": total})
    return answers


def count(project: Project, sprint_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """How much of each sprint is done, by what stands in a done column, and how much is not."""
    if not sprint_ids:
        return {}
    counts = {sprint_id: dict.fromkeys(COUNTS, 0) for sprint_id in sprint_ids}
    is_done = Ticket.column_id.in_(columns.done_ids(project))
    points = func.coalesce(func.sum(Ticket.story_points), 0)
    query = select(Ticket.sprint_id, is_done, func.count(), points).group_by(
        Ticket.sprint_id, is_done
    )
    for some in slices(sprint_ids):
        for sprint_id, done, tickets, sum_ in db.session.execute(
            query.where(Ticket.sprint_id.in_(some))
        ):
            outcome = "completed" if done else "incomplete"
            counts[str(sprint_id)][f"{outcome}_ticket_count"] = tickets
            counts[str(sprint_id)][f"{outcome}_story_points"] = int(sum_ or 0)
    return counts


def create(project: Project, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Plan a sprint, by default under the next name `Sprint N`."""
    _check_dates(values.get("start_date"), values.get("end_date"))
    name = values.pop("name", None) or _next_name(project)
    sprint = Sprint(project_id=project.id, name=name, status="planning", **values)
    db.session.add(sprint)
    db.session.flush()
    return _told("sprint.created", project, sprint, actor)


def _next_name(project: Project) -> str:
    names = db.session.scalars(select(Sprint.name).where(Sprint.project_id == project.id))
    numbers = [re.fullmatch(r"Sprint ([0-9]{1,9})", name) for name in names]
    return f"Sprint {max((int(match[1]) for match in numbers if match), default=0) + 1}"


def update(
    project: Project, sprint: Sprint, values: dict[str, Any], actor: Actor
) -> dict[str, Any]:
    """Change the fields in `values`; what is already so stays as it is, and nobody hears of it."""
    changed = {name: value for name, value in values.items() if getattr(sprint, name) != value}
    if not changed:
        return shown(project, sprint)
    _check_dates(
        changed.get("start_date", sprint.start_date), changed.get("end_date", sprint.end_date)
    )
    for name, value in changed.items():
        setattr(sprint, name, value)
    return _told("sprint.updated", project, sprint, actor)


def delete(project: Project, sprint: Sprint, actor: Actor) -> None:
    """Give up a planned sprint; its tickets go to the backlog."""
    require_status(sprint, "planning", "deleted")
    tickets = tickets_in(sprint)
    with recorded(project, tickets, actor):
        for ticket in tickets:
            ticket.sprint_id = None
    log.record("sprint.deleted", sprint, actor, project=project)
    db.session.delete(sprint)
    db.session.flush()


def start(project: Project, sprint: Sprint, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Begin a planned sprint.

    Dates that are neither given nor planned are now, and the project's duration after the start.
    """
    require_status(sprint, "planning", "started")
    under_way = active(project)
    if under_way:
        raise RuleBroken(f"{under_way.name} is active: complete it first")
    start_date = values.get("start_date") or sprint.start_date or now()
    end_date = values.get("end_date") or sprint.end_date or _end_after(start_date, project)
    _check_dates(start_date, end_date)
    sprint.start_date, sprint.end_date, sprint.status = start_date, end_date, "active"
    return _told("sprint.started", project, sprint, actor)


def _end_after(start_date: datetime, project: Project) -> datetime:
    try:
        return start_date + timedelta(weeks=project.default_sprint_duration)
    except OverflowError as error:
        raise Invalid([("startDate", "Start date is too late for the sprint to end")]) from error


def extend(project: Project, sprint: Sprint, new_end: datetime, actor: Actor) -> dict[str, Any]:
    """Give an active sprint more time."""
    require_status(sprint, "active", "extended")
    if sprint.end_date and new_end <= sprint.end_date:
        raise Invalid([("newEndDate", "New end date must be later than the present one")])
    if sprint.start_date and new_end <= sprint.start_date:
        raise Invalid([("newEndDate", "New end date must be after the start date")])
    sprint.end_date = new_end
    return _told("sprint.updated", project, sprint, actor)


def tickets_in(sprint: Sprint) -> list[Ticket]:
    """The tickets that are in a sprint now."""
    query = select(Ticket).where(Ticket.sprint_id == sprint.id).order_by(Ticket.number)
    return list(db.session.scalars(query))


def require_status(sprint: Sprint, status: str, verb: str) -> None:
    """Refuse (`RuleBroken`) unless a sprint is where it must be to be started, completed, ..."""
    if sprint.status != status:
        article = "an" if status == "active" else "a"
        raise RuleBroken(
            f"Only {article} {status} sprint can be {verb}: this one is {sprint.status}"
        )


def _check_dates(start: datetime | None, end: datetime | None) -> None:
    if start and end and end <= start:
        raise Invalid([("endDate", "End date must be after the start date")])


def _told(type_: str, project: Project, sprint: Sprint, actor: Actor) -> dict[str, Any]:
    """Record that a sprint changed; answers the sprint as it is shown."""
    if type_ != "sprint.created":
        sprint.updated_at = now()
    db.session.flush()
    answer = shown(project, sprint)
    log.record(type_, answer, actor, project=project)
    return answer
