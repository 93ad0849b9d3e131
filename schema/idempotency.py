"""What every `idempotencyKey` promises, told once."""

from typing import Final

IDEMPOTENCY_KEY: Final = (
    "Of your own making, for this write alone: a repetition with the same key and input makes "
    "nothing new and is answered as the first was, for 24 hours. With another input the error is "
    "IDEMPOTENCY_KEY_REUSED. Where it is OUTCOME_UNKNOWN, repeat it with the same key."
)
"""The description of the input."""
