"""Connections, the flows that lead to them, and the grants that wait to become one."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_connection()
    _create_connection_external_map()
    _create_jira_connection()
    _create_authorization_flow()
    _create_pending_grant()


def _create_connection() -> None:
    op.create_table(
        "connection",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("authorization_kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("access_token", sa.Text, nullable=False),
        sa.Column("refresh_token", sa.Text),
        sa.Column("access_expires_at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("metadata", sa.Text),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.Column("last_used_at", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_connection"),
    )


def _create_connection_external_map() -> None:
    op.create_table(
        "connection_external_map",
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("external_id", "provider", name="pk_connection_external_map"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name="fk_connection_external_map_connection_id",
            ondelete="CASCADE",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index(
        "ix_connection_external_map_connection_id", "connection_external_map", ["connection_id"]
    )


def _create_jira_connection() -> None:
    op.create_table(
        "jira_connection",
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("cloud_id", sa.Text),
        sa.Column("site_name", sa.Text, nullable=False),
        sa.Column("site_url", sa.Text, nullable=False),
        sa.Column("site_avatar_url", sa.Text),
        sa.Column("selected_project_id", sa.Text),
        sa.PrimaryKeyConstraint("connection_id", name="pk_jira_connection"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name="fk_jira_connection_connection_id",
            ondelete="CASCADE",
        ),
    )


def _create_authorization_flow() -> None:
    op.create_table(
        "authorization_flow",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("link_hash", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("return_to", sa.Text),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("state_hash", sa.Text),
        sa.Column("browser_hash", sa.Text),
        sa.Column("state_expires_at", sa.Text),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_authorization_flow"),
        sa.UniqueConstraint("link_hash", name="uq_authorization_flow_link_hash"),
        sa.UniqueConstraint("state_hash", name="uq_authorization_flow_state_hash"),
    )


def _create_pending_grant() -> None:
    op.create_table(
        "pending_grant",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("flow_id", sa.Text, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("browser_hash", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("return_to", sa.Text),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("access_token", sa.Text, nullable=False),
        sa.Column("refresh_token", sa.Text),
        sa.Column("access_expires_at", sa.Text, nullable=False),
        sa.Column("grant_expires_at", sa.Text),
        sa.Column("sites", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pending_grant"),
        sa.UniqueConstraint("code_hash", name="uq_pending_grant_code_hash"),
    )
