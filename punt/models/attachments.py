"""Files on tickets."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from punt.database import Base, Timestamp, new_id, now
from punt.models.users import User


class Attachment(Base):
    """A file; on disk it is named by its id, `filename` is only what people see."""

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    uploader_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    filename: Mapped[str] = mapped_column(String(255))
    mime_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)

    uploader: Mapped[User | None] = relationship()
