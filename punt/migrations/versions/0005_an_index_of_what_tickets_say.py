"""An index of what tickets say

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _number_projects()
    if op.get_bind().dialect.name == "sqlite":
        _index_tickets()


def _number_projects() -> None:
    op.add_column("projects", sa.Column("serial", sa.Integer()))
    earlier = "SELECT count(*) FROM projects AS earlier WHERE earlier.id <= projects.id"
    op.execute(f"UPDATE projects SET serial = ({earlier})")
    with op.batch_alter_table("projects") as projects:
        projects.alter_column("serial", existing_type=sa.Integer(), nullable=False)
        projects.create_unique_constraint("uq_projects_serial", ["serial"])


def _index_tickets() -> None:
    op.execute("""
        CREATE VIRTUAL TABLE ticket_search USING fts5(
            text, content='', tokenize='trigram case_sensitive 1'
        )
    """)
    op.create_table(
        "ticket_search_backlog",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indexed", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_search_backlog"),
    )
    # The server takes them off the backlog while it runs: nobody need wait for it to start.
    op.execute("""
        INSERT INTO ticket_search_backlog (id)
            SELECT serial << 32 | number FROM projects JOIN tickets ON project_id = projects.id
    """)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("ticket_search_backlog")
        op.execute("DROP TABLE ticket_search")
    with op.batch_alter_table("projects") as projects:
        projects.drop_constraint("uq_projects_serial", type_="unique")
        projects.drop_column("serial")
