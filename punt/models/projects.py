"""Projects."""

from datetime import datetime

from sqlalchemy import BigInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from punt.database import Base, Timestamp, as_created, new_id, now


class Project(Base):
    """A body of work with its own members, columns and numbering.

    `last_number` is the number given out last, so that none is ever given twice. `revision` is the
    id of the newest event that changed what the project shows. `serial` is a small number that no
    other project has, for the search index.
    """

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(10), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(Text)
    color: Mapped[str] = mapped_column(String(7))
    serial: Mapped[int] = mapped_column(
        unique=True, default=text("(SELECT coalesce(max(serial), 0) + 1 FROM projects)")
    )
    last_number: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(BigInteger, default=0)
    default_sprint_duration: Mapped[int] = mapped_column(default=2)
    auto_carry_over_incomplete: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Timestamp, default=now)
    updated_at: Mapped[datetime] = mapped_column(Timestamp, default=as_created)
