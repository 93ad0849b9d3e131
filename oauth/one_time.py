"""Values that are shown once and kept as hashes: links, states, codes and browser bindings."""

import hashlib
import secrets
from dataclasses import dataclass, field

_BYTES = 32


@dataclass(frozen=True, slots=True)
class FlowSecret:
    """A value that names its flow, so that the flow's own cookie can be found from it."""

    text: str = field(repr=False)

    @property
    def flow_id(self) -> str:
        """The flow it belongs to; empty where the text has another form."""
        flow_id, dot, _ = self.text.partition(".")
        return flow_id if dot and flow_id.isascii() and flow_id.isalnum() else ""

    @property
    def hash(self) -> str:
        """What the database keeps of it."""
        return hash_secret(self.text)


def new_flow_id() -> str:
    """A name for a flow; not a secret."""
    return secrets.token_hex(8)


def new_flow_secret(flow_id: str) -> FlowSecret:
    """A new value of 256 random bits for a flow."""
    return FlowSecret(f"{flow_id}.{secrets.token_urlsafe(_BYTES)}")


def new_browser_secret() -> str:
    """A new value of 256 random bits for a browser's cookie."""
    return secrets.token_urlsafe(_BYTES)


def hash_secret(text: str) -> str:
    """SHA-256 in hex: the values are 256 random bits, so nothing slower is needed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
