"""Whether a ticket is labelled

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEX = "ix_tickets_project_id_is_labelled"


def upgrade() -> None:
    labelled = sa.Column("is_labelled", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("tickets", labelled)
    op.execute(
        "UPDATE tickets SET is_labelled = true WHERE id IN (SELECT ticket_id FROM ticket_labels)"
    )
    op.create_index(INDEX, "tickets", ["project_id", "is_labelled"])


def downgrade() -> None:
    op.drop_index(INDEX, "tickets")
    op.drop_column("tickets", "is_labelled")
