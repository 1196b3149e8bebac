"""The segments of columns."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from punt.database import Base


class Segment(Base):
    """Some tickets that stand side by side in a column, at least one.

    `base` is the order of the first of them; the others follow by their positions in the segment.
    """

    __tablename__ = "segments"
    __table_args__ = (Index(None, "column_id", "base"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    column_id: Mapped[str] = mapped_column(ForeignKey("columns.id", ondelete="CASCADE"))
    base: Mapped[int]
