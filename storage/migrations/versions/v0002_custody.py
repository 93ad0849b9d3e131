"""Leases on refreshes, keys and tokens of callers, events, notices; what a grant's end hangs on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _extend_connection()
    _create_refresh_lease()
    _create_api_key()
    _create_disconnection()
    _create_audit_event()
    _create_notice()


def _extend_connection() -> None:
    for name in ("login", "consented_at", "refreshed_at", "last_error", "last_error_at"):
        op.add_column("connection", sa.Column(name, sa.Text))
    # The nearest known: the row was made by a consent, and last written by a refresh or later.
    op.execute("UPDATE connection SET consented_at = created_at, refreshed_at = updated_at")
    op.create_index("ix_connection_refreshed_at", "connection", ["refreshed_at"])
    op.create_index("ix_connection_expires_at", "connection", ["expires_at"])
    op.create_index("ix_connection_created_at_id", "connection", ["created_at", "id"])


def _create_refresh_lease() -> None:
    op.create_table(
        "refresh_lease",
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failed_at", sa.Text),
        sa.Column("retry_at", sa.Text),
        sa.PrimaryKeyConstraint("connection_id", name="pk_refresh_lease"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name="fk_refresh_lease_connection_id",
            ondelete="CASCADE",
        ),
    )


def _create_api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text),
        sa.Column("revoked_at", sa.Text),
        sa.Column("last_used_at", sa.Text),
        sa.Column("replaces_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
    )


def _create_disconnection() -> None:
    op.create_table(
        "disconnection",
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("disconnected_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("external_id", "provider", name="pk_disconnection"),
    )


def _create_audit_event() -> None:
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("chain_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_chain"),
    )
    op.create_table(
        "audit_event",
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("provider", sa.Text),
        sa.Column("connection_id", sa.Text),
        sa.Column("request_id", sa.Text),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_event"),
        sa.UniqueConstraint("id", name="uq_audit_event_id"),
    )
    op.create_index("ix_audit_event_external_id", "audit_event", ["external_id"])


def _create_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("occasion", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("retry_at", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("lease_expires_at", sa.Text),
        sa.Column("delivered_at", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint(
            "connection_id", "kind", "occasion", name="uq_notice_connection_id_kind_occasion"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name="fk_notice_connection_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_notice_retry_at", "notice", ["retry_at"])
