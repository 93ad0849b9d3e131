"""What no text in Jira can hold: a document's or a plain value's."""

import re

from jira_api.errors import InvalidArgumentError

_UNHELD = re.compile(r"[\x00\ud800-\udfff]")


def check_characters(text: str, what: str = "The text") -> None:
    """Refuse a text with a character that databases or UTF-8 have no room for.

    Other control characters pass: descriptions of real issues hold them. `what` names the text in
    the error, as `content[0].text` or `The Markdown text`.

    Raises:
        InvalidArgumentError: U+0000 or half of a surrogate pair, named with its position from 1.
    """
    if found := _UNHELD.search(text):
        raise InvalidArgumentError(
            f"{what}: character {found.start() + 1} is U+{ord(found[0]):04X}, which Jira cannot "
            "hold. Leave it out."
        )
