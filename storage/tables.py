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
    # Who signs in with `access_token`, where that is a password or a token of theirs; encrypted.
    Column("login", Text),
    Column("consented_at", Text),
    Column("refreshed_at", Text),
    # A code of what went wrong last, and nothing of its text.
    Column("last_error", Text),
    Column("last_error_at", Text),
    Index("ix_connection_refreshed_at", "refreshed_at"),
    Index("ix_connection_expires_at", "expires_at"),
    Index("ix_connection_created_at_id", "created_at", "id"),
)

# A row is an intent to refresh: written before the call, gone once the new tokens are kept.
REFRESH_LEASE = Table(
    "refresh_lease",
    METADATA,
    Column(
        "connection_id", Text, ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("generation", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failed_at", Text),
    Column("retry_at", Text),
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

API_KEY = Table(
    "api_key",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # A hash of the key, encrypted: whoever can write rows cannot make a key of their own.
    Column("secret_hash", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text),
    Column("revoked_at", Text),
    Column("last_used_at", Text),
    Column("replaces_id", Text),
)

# Frontend tokens made before it are dead; a row may go once the longest of them has expired.
DISCONNECTION = Table(
    "disconnection",
    METADATA,
    Column("external_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("disconnected_at", Text, nullable=False),
    PrimaryKeyConstraint("external_id", "provider"),
)

# One row: the end of the chain of events, and the encrypted key that it is made with.
AUDIT_CHAIN = Table(
    "audit_chain",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("chain_key", Text, nullable=False),
)

AUDIT_EVENT = Table(
    "audit_event",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("external_id", Text),
    Column("provider", Text),
    # No foreign key: events outlive what they tell of.
    Column("connection_id", Text),
    Column("request_id", Text),
    Column("details", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("id"),
    Index("ix_audit_event_external_id", "external_id"),
)

# `occasion` makes a notice of one event one row, however many processes see it.
NOTICE = Table(
    "notice",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("connection_id", Text, ForeignKey("connection.id", ondelete="CASCADE"), nullable=False),
    Column("occasion", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", Text, nullable=False),
    Column("owner", Text),
    Column("lease_expires_at", Text),
    Column("delivered_at", Text),
    UniqueConstraint("connection_id", "kind", "occasion"),
    Index("ix_notice_retry_at", "retry_at"),
)

# A write that a caller wants to happen once; `outcome` holds ids alone, `fingerprint` a hash.
IDEMPOTENCY_KEY = Table(
    "idempotency_key",
    METADATA,
    Column("connection_id", Text, ForeignKey("connection.id", ondelete="CASCADE"), nullable=False),
    Column("key_hash", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lease_expires_at", Text, nullable=False),
    # Goes to Jira with what is written, so that it is found again where the answer was lost.
    Column("marker", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("started_at", Text, nullable=False),
    # From then on, what cannot be found was not made.
    Column("certain_at", Text, nullable=False),
    Column("settle_at", Text),
    Column("attempts", Integer, nullable=False),
    Column("outcome", Text),
    PrimaryKeyConstraint("connection_id", "key_hash"),
    Index("ix_idempotency_key_settle_at", "settle_at"),
    Index("ix_idempotency_key_started_at", "started_at"),
)

# Issues that were just written, which Jira's searches may not show yet.
RECENT_WRITE = Table(
    "recent_write",
    METADATA,
    Column("connection_id", Text, ForeignKey("connection.id", ondelete="CASCADE"), nullable=False),
    Column("issue_id", Text, nullable=False),
    Column("written_at", Text, nullable=False),
    PrimaryKeyConstraint("connection_id", "issue_id"),
    Index("ix_recent_write_written_at", "written_at"),
)
