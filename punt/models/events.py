"""The log of everything that changed."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from punt.database import Base, Timestamp, now


class Event(Base):
    """One change; `data` is the JSON that streams send.

    There are no foreign keys: an event outlives what it tells of.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "project_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    project_id: Mapped[str | None] = mapped_column(String(26))
    ticket_id: Mapped[str | None] = mapped_column(String(26))
    type: Mapped[str] = mapped_column(String(40))
    data: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str | None] = mapped_column(String(26))
    tab_id: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now, index=True)


class EventRecipient(Base):
    """A person whose own streams an event goes to, whatever projects they belong to by then."""

    __tablename__ = "event_recipients"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    event_id: Mapped[int] = mapped_column(
        ForeignKey("events.id", ondelete="CASCADE"), primary_key=True, index=True
    )
