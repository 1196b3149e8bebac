"""Tickets, and who watches them."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from punt.database import Base, Ranked, Timestamp, as_created, new_id, now
from schemas.vocabulary import PRIORITIES, TICKET_TYPES

_IS_PART = text("parent_id IS NOT NULL")


class Ticket(Base):
    """A piece of work.

    `position` counts from 0 within the segment, which is one of its column's; only on its way from
    one place to another is a ticket in none. `search_text` is what `q` looks in. `is_labelled` is
    whether it has any label, said here so that an index can count those that have none. `revision`
    is the id of the newest event that changed the ticket itself.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        # With the project at its end, an index alone can count what a filter admits.
        Index(None, "column_id", "project_id"),
        Index(None, "assignee_id", "project_id"),
        Index(None, "sprint_id", "project_id"),
        Index(None, "parent_id", "project_id"),
        Index(None, "project_id", "type"),
        Index(None, "project_id", "priority", "number"),
        Index(None, "project_id", "created_at", "number"),
        Index(None, "project_id", "updated_at", "number"),
        Index(None, "segment_id", "position"),
        Index(None, "project_id", "due_date", "number"),
        Index(None, "project_id", "is_labelled"),
        # Few tickets have a parent, so those that have none are counted as all but these.
        Index(None, "project_id", "parent_id", sqlite_where=_IS_PART, postgresql_where=_IS_PART),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Ranked(TICKET_TYPES))
    priority: Mapped[str] = mapped_column(Ranked(PRIORITIES))
    column_id: Mapped[str] = mapped_column(ForeignKey("columns.id"))
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"))
    position: Mapped[int]
    creator_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    sprint_id: Mapped[str | None] = mapped_column(ForeignKey("sprints.id", ondelete="SET NULL"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("tickets.id", ondelete="SET NULL"))
    story_points: Mapped[int | None]
    estimate: Mapped[str | None] = mapped_column(String(50))
    start_date: Mapped[datetime | None] = mapped_column(Timestamp)
    due_date: Mapped[datetime | None] = mapped_column(Timestamp)
    environment: Mapped[str | None] = mapped_column(String(100))
    affected_version: Mapped[str | None] = mapped_column(String(100))
    fix_version: Mapped[str | None] = mapped_column(String(100))
    resolution: Mapped[str | None] = mapped_column(String(100))
    is_labelled: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_carried_over: Mapped[bool] = mapped_column(default=False)
    carried_from_sprint_id: Mapped[str | None] = mapped_column(
        ForeignKey("sprints.id", ondelete="SET NULL"), index=True
    )
    carried_over_count: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
    updated_at: Mapped[datetime] = mapped_column(Timestamp, default=as_created)


ticket_watchers = Table(
    "ticket_watchers",
    Base.metadata,
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
)
