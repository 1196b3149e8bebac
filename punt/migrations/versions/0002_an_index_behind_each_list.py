"""An index behind each list of tickets

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OLD = {
    "ix_tickets_assignee_id": ["assignee_id"],
    "ix_tickets_column_id_position": ["column_id", "position"],
    "ix_tickets_parent_id": ["parent_id"],
    "ix_tickets_project_id_created_at": ["project_id", "created_at"],
    "ix_tickets_project_id_due_date": ["project_id", "due_date"],
    "ix_tickets_project_id_priority": ["project_id", "priority"],
    "ix_tickets_project_id_updated_at": ["project_id", "updated_at"],
    "ix_tickets_sprint_id": ["sprint_id"],
}
NEW = {
    "ix_tickets_assignee_id_project_id": ["assignee_id", "project_id"],
    "ix_tickets_column_id_position_project_id": ["column_id", "position", "project_id"],
    "ix_tickets_parent_id_project_id": ["parent_id", "project_id"],
    "ix_tickets_project_id_created_at_number": ["project_id", "created_at", "number"],
    "ix_tickets_project_id_priority_number": ["project_id", "priority", "number"],
    "ix_tickets_project_id_type": ["project_id", "type"],
    "ix_tickets_project_id_updated_at_number": ["project_id", "updated_at", "number"],
    "ix_tickets_sprint_id_project_id": ["sprint_id", "project_id"],
}


def upgrade() -> None:
    _replace(OLD, NEW)


def downgrade() -> None:
    _replace(NEW, OLD)


def _replace(old: dict, new: dict) -> None:
    for name in old:
        op.drop_index(name, "tickets")
    for name, columns in new.items():
        op.create_index(name, "tickets", columns)
