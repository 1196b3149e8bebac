"""Tickets in segments of their columns

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What a segment begins with.
SIZE = 32

OLD = "ix_tickets_column_id_position_project_id"
NEW = {
    "ix_tickets_column_id_project_id": ["column_id", "project_id"],
    "ix_tickets_segment_id_position": ["segment_id", "position"],
}


def upgrade() -> None:
    _index_columns(["project_id", "position"], ["project_id", "position", "id"], unique=True)
    op.create_table(
        "segments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("column_id", sa.String(length=26), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["column_id"], ["columns.id"], name="fk_segments_column_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
    )
    op.create_index("ix_segments_column_id_base", "segments", ["column_id", "base"])
    op.execute(
        "INSERT INTO segments (column_id, base)"
        f" SELECT DISTINCT column_id, position / {SIZE} * {SIZE} FROM tickets"
    )
    op.drop_index(OLD, "tickets")
    with op.batch_alter_table("tickets") as tickets:
        tickets.add_column(sa.Column("segment_id", sa.Integer(), nullable=True))
        tickets.create_foreign_key("fk_tickets_segment_id", "segments", ["segment_id"], ["id"])
    op.execute(
        f"UPDATE tickets SET position = position % {SIZE}, segment_id ="
        " (SELECT id FROM segments WHERE segments.column_id = tickets.column_id"
        f" AND base = tickets.position / {SIZE} * {SIZE})"
    )
    for name, columns in NEW.items():
        op.create_index(name, "tickets", columns)


def downgrade() -> None:
    op.execute(
        "UPDATE tickets SET position = position +"
        " (SELECT base FROM segments WHERE segments.id = tickets.segment_id)"
    )
    for name in NEW:
        op.drop_index(name, "tickets")
    with op.batch_alter_table("tickets") as tickets:
        tickets.drop_constraint("fk_tickets_segment_id", type_="foreignkey")
        tickets.drop_column("segment_id")
    op.create_index(OLD, "tickets", ["column_id", "position", "project_id"])
    op.drop_table("segments")
    _index_columns(["project_id", "position", "id"], ["project_id", "position"], unique=False)


def _index_columns(old: list, new: list, unique: bool) -> None:
    op.drop_index(f"ix_columns_{'_'.join(old)}", "columns")
    op.create_index(f"ix_columns_{'_'.join(new)}", "columns", new, unique=unique)
