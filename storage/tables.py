"""The tables, as the migrations must leave them; statements are text and do not read this.

Instants are text (see `storage.instants`), and so is JSON. Tokens hold what `storage.encryption`
writes, hashes are hex.
"""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

CONNECTION = Table(
    "connection",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("authorization_kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("access_token", Text, nullable=False),
    Column("refresh_token", Text),
    Column("access_expires_at", Text, nullable=False),
    Column("expires_at", Text),
    Column("generation", Integer, nullable=False),
    Column("metadata", Text),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("last_used_at", Text),
)

CONNECTION_EXTERNAL_MAP = Table(
    "connection_external_map",
    METADATA,
    Column("external_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    # Checked at commit: the row of this table is written first, because writing it decides, also
    # among concurrent writers, which connection an external id has.
    Column(
        "connection_id",
        Text,
        ForeignKey("connection.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    PrimaryKeyConstraint("external_id", "provider"),
    Index(None, "connection_id"),
)

JIRA_CONNECTION = Table(
    "jira_connection",
    METADATA,
    Column(
        "connection_id", Text, ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("cloud_id", Text),
    Column("site_name", Text, nullable=False),
    Column("site_url", Text, nullable=False),
    Column("site_avatar_url", Text),
    Column("selected_project_id", Text),
)

AUTHORIZATION_FLOW = Table(
    "authorization_flow",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("link_hash", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("return_to", Text),
    Column("expires_at", Text, nullable=False),
    Column("state_hash", Text),
    Column("browser_hash", Text),
    Column("state_expires_at", Text),
    Column("created_at", Text, nullable=False),
    UniqueConstraint("link_hash"),
    UniqueConstraint("state_hash"),
)

PENDING_GRANT = Table(
    "pending_grant",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("flow_id", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("browser_hash", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("return_to", Text),
    Column("scopes", Text, nullable=False),
    Column("access_token", Text, nullable=False),
    Column("refresh_token", Text),
    Column("access_expires_at", Text, nullable=False),
    # The end of the grant that the provider gave; `expires_at` is the end of its confirmation.
    Column("grant_expires_at", Text),
    Column("sites", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    UniqueConstraint("code_hash"),
)
