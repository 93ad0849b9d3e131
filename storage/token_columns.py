"""Tokens as the columns that connections and pending grants both keep them in."""

import json

from pydantic import SecretStr

from storage.database import Row
from storage.encryption import KeyRing
from storage.instants import read_instant, read_optional_instant, write_instant
from storage.records import Tokens


def encrypt_tokens(
    ring: KeyRing, tokens: Tokens, *, table: str, row_id: str
) -> dict[str, str | None]:
    """The values of access_token, refresh_token, access_expires_at and scopes, for that row.

    The end of the grant and the login are not among them: one table names the first differently,
    and only one has the second.
    """

    def seal(secret: SecretStr, column: str) -> str:
        return ring.encrypt(secret, table=table, column=column, row_id=row_id)

    refresh_token = tokens.refresh_token
    return {
        "access_token": seal(tokens.access_token, "access_token"),
        "refresh_token": None if refresh_token is None else seal(refresh_token, "refresh_token"),
        "access_expires_at": write_instant(tokens.access_expires_at),
        "scopes": json.dumps(tokens.scopes),
    }


def decrypt_tokens(
    ring: KeyRing, row: Row, *, table: str, row_id: str, expires_at: str | None
) -> Tokens:
    """The tokens of that row; `expires_at` is the stored end of the grant.

    Raises:
        CredentialUnreadableError: A token cannot be decrypted.
    """

    def unseal(column: str) -> SecretStr:
        return ring.decrypt(row[column], table=table, column=column, row_id=row_id)

    return Tokens(
        access_token=unseal("access_token"),
        refresh_token=None if row["refresh_token"] is None else unseal("refresh_token"),
        access_expires_at=read_instant(row["access_expires_at"]),
        scopes=tuple(json.loads(row["scopes"])),
        expires_at=read_optional_instant(expires_at),
    )
