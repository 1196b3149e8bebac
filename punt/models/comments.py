"""What people say about tickets."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from punt.database import Base, Timestamp, as_created, new_id, now
from punt.models.users import User


class Comment(Base):
    """A remark on a ticket; it stays, without an author, when the author's account goes."""

    __tablename__ = "comments"

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
    updated_at: Mapped[datetime] = mapped_column(Timestamp, default=as_created)

    author: Mapped[User | None] = relationship()
