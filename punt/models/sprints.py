"""Sprints, and which tickets went through them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from punt.database import Base, Ranked, Timestamp, as_created, new_id, now
from schemas.vocabulary import SPRINT_STATUSES


class Sprint(Base):
    """A span of work. The counts are null until it is completed, and then never change."""

    __tablename__ = "sprints"
    __table_args__ = (Index(None, "project_id", "status"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    goal: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Ranked(SPRINT_STATUSES), default="planning")
    start_date: Mapped[datetime | None] = mapped_column(Timestamp)
    end_date: Mapped[datetime | None] = mapped_column(Timestamp)
    completed_at: Mapped[datetime | None] = mapped_column(Timestamp)
    completed_ticket_count: Mapped[int | None]
    incomplete_ticket_count: Mapped[int | None]
    completed_story_points: Mapped[int | None]
    incomplete_story_points: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
    updated_at: Mapped[datetime] = mapped_column(Timestamp, default=as_created)


class SprintEntry(Base):
    """A ticket's stay in a sprint: how it came in, and how it left."""

    __tablename__ = "sprint_entries"
    __table_args__ = (Index(None, "sprint_id", "ticket_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    sprint_id: Mapped[str] = mapped_column(ForeignKey("sprints.id", ondelete="CASCADE"))
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    entry_type: Mapped[str] = mapped_column(String(12))
    entered_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
    exited_at: Mapped[datetime | None] = mapped_column(Timestamp)
    exit_status: Mapped[str | None] = mapped_column(String(12))
