"""What can go wrong in storage, and what the caller can do about it.

    StorageError
    ├── StorageUnavailableError      nothing is wrong with the request: try again later
    ├── StatementRefusedError        the database refused one statement; trying again will not help
    ├── TransactionScopeError        a statement was sent past, or after, its transaction
    ├── SchemaTooNewError            a newer release has migrated this database
    ├── ConnectionMissingError       no such connection
    ├── CredentialUnreadableError    a stored secret cannot be decrypted
    ├── KeysUnfitError               the encryption keys are not those that wrote what is stored
    └── KeyRingError                 the encryption keys cannot be used (a ValueError too)

No message holds a bound value, a database URL or key material.
"""

from collections.abc import Mapping


class StorageError(Exception):
    """Base of everything this folder raises on purpose."""


class StorageUnavailableError(StorageError):
    """The database cannot be reached, is full, or takes no writes; the same call may work later.

    `code` is the SQLSTATE, the SQLite error name, or the driver's error class, where there is one.
    """

    def __init__(self, reason: str, *, code: str | None = None) -> None:
        self.reason = reason
        self.code = code
        shown_code = f" ({code})" if code else ""
        super().__init__(
            f"The database is unavailable: {reason}{shown_code}. "
            "Try again; if it stays so, check that the server runs, has space and takes writes."
        )


class StatementRefusedError(StorageError):
    """The database refused a statement: a constraint, a wrong value, or wrong SQL.

    `code` is the SQLSTATE, the SQLite error name, or the driver's error class.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(
            f"The database refused a statement ({code}). "
            "The values are withheld here; look the code up in the database's manual."
        )


class TransactionScopeError(StorageError):
    """Statements of a transaction must go through its handle, in its task, while it is open."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"{problem}. Send a transaction's statements through its own handle.")


class SchemaTooNewError(StorageError):
    """The database is at a migration that this release does not know."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        super().__init__(
            f"The database is at migration {revision}, which this release does not know. "
            "Run the release that made it, or restore a backup taken before it."
        )


class ConnectionMissingError(StorageError):
    """There is no connection with this id, or there is none any more."""

    def __init__(self, connection_id: str) -> None:
        self.connection_id = connection_id
        super().__init__(f"There is no connection {connection_id}. It may have been deleted.")


class CredentialUnreadableError(StorageError):
    """A stored secret is damaged, belongs to another row, or its key is not in the ring.

    `connection_id` is the id of the row: a connection's, or a pending grant's.
    """

    def __init__(self, connection_id: str, column: str) -> None:
        self.connection_id = connection_id
        self.column = column
        super().__init__(
            f"The {column} of {connection_id} cannot be decrypted. "
            "Put the key it was written with back into the key ring, or authorize again."
        )


class KeyRingError(StorageError, ValueError):
    """An encryption key entry cannot be used; `position` counts from 1."""

    def __init__(
        self, problem: str, *, position: int | None = None, key_id: str | None = None
    ) -> None:
        self.problem = problem
        self.position = position
        self.key_id = key_id
        place = "The key ring" if position is None else f"Entry {position} of the key ring"
        named = f" (id {key_id})" if key_id else ""
        super().__init__(
            f"{place}{named} {problem}. An entry reads id:key, the key being base64 of 32 bytes."
        )


class KeysUnfitError(StorageError):
    """The ring lacks keys that are in use, or has others under their ids; rows by key id."""

    def __init__(self, *, missing: Mapping[str, int], wrong: Mapping[str, int]) -> None:
        self.missing = missing
        self.wrong = wrong
        problems = [
            *(f"key {key_id} is missing, which {_count(missing[key_id])}" for key_id in missing),
            *(
                f"key {key_id} is not the one of that id, which {_count(wrong[key_id])}"
                for key_id in wrong
            ),
        ]
        super().__init__(
            f"The encryption keys do not fit the database: {'; '.join(problems)}. "
            "Put back the keys that the database was written with."
        )


def _count(rows: int) -> str:
    return "1 row needs" if rows == 1 else f"{rows} rows need"
