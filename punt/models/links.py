"""How tickets relate to each other."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from punt.database import Base, Timestamp, new_id, now


class Link(Base):
    """One row for both tickets: `link_type` reads from the source to the target."""

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("source_id", "target_id", "link_type"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    source_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    target_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    link_type: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
