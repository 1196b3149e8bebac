"""An index behind due dates, and one of the tickets that are parts of others

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DUE = "ix_tickets_project_id_due_date_number"
PARTS = "ix_tickets_project_id_parent_id"
IS_PART = sa.text("parent_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(DUE, "tickets", ["project_id", "due_date", "number"])
    op.create_index(
        PARTS,
        "tickets",
        ["project_id", "parent_id"],
        sqlite_where=IS_PART,
        postgresql_where=IS_PART,
    )


def downgrade() -> None:
    op.drop_index(PARTS, "tickets")
    op.drop_index(DUE, "tickets")
