"""Who belongs to which project."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from punt.database import Base, Ranked, Timestamp, new_id, now
from punt.models.users import User
from schemas.vocabulary import ROLES


class Member(Base):
    """A person's place in a project."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("project_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(Ranked(ROLES))
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)

    user: Mapped[User] = relationship()
