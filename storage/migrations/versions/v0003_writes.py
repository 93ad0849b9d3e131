"""What was written to Jira: keys that make a write happen once, and issues that searches lag on."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create_idempotency_key()
    _create_recent_write()


def _create_idempotency_key() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("lease_expires_at", sa.Text, nullable=False),
        sa.Column("marker", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("certain_at", sa.Text, nullable=False),
        sa.Column("settle_at", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("connection_id", "key_hash", name="pk_idempotency_key"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name="fk_idempotency_key_connection_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_idempotency_key_settle_at", "idempotency_key", ["settle_at"])
    op.create_index("ix_idempotency_key_started_at", "idempotency_key", ["started_at"])


def _create_recent_write() -> None:
    op.create_table(
        "recent_write",
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("issue_id", sa.Text, nullable=False),
        sa.Column("written_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "issue_id", name="pk_recent_write"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name="fk_recent_write_connection_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_recent_write_written_at", "recent_write", ["written_at"])
