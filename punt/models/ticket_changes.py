"""The history of tickets."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from punt.database import Base, Timestamp, new_id, now


class TicketChange(Base):
    """One field of a ticket that changed; the values are JSON, as a person reads them.

    It is kept for as long as the ticket, which the events that told of it are not.
    """

    __tablename__ = "ticket_changes"
    __table_args__ = (Index(None, "ticket_id", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    field: Mapped[str] = mapped_column(String(40))
    old_value: Mapped[str] = mapped_column(Text)
    new_value: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
