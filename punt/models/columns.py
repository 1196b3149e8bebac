"""The columns of a project's board."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from punt.database import Base, new_id


class Column(Base):
    """A stage that tickets pass through. `is_done` marks the ones where work counts as complete."""

    __tablename__ = "columns"
    # Unique in any case, by the id: told so, SQLite walks through the columns without sorting.
    __table_args__ = (Index(None, "project_id", "position", "id", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int]
    color: Mapped[str | None] = mapped_column(String(7))
    wip_limit: Mapped[int | None]
    is_done: Mapped[bool] = mapped_column(default=False)
