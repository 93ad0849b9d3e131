"""What a call costs of the points quota.

Source: the project's notes on the Jira API, section 7: one point a call, one more for each
issue, project and attachment read, two more for each user; a write costs one.
"""

import re
from typing import Any, Final

_READING_POST: Final = re.compile(r"/rest/api/3/(search(/.*)?|issue/bulkfetch)")
_WEIGHTS: Final = (
    (re.compile(r"/rest/api/3/issue/[^/]+"), 1),
    (re.compile(r"/rest/api/3/project/[^/]+"), 1),
    (re.compile(r"/rest/api/3/attachment/(content/)?[0-9]+"), 1),
    (re.compile(r"/rest/api/3/(myself|users?|user/.*|users/.*)"), 2),
)


def count_points(method: str, path: str, answer: Any) -> int:
    """The points of a call that was answered so; `answer` is the JSON, None where it failed."""
    is_read = method == "GET" or (method == "POST" and _READING_POST.fullmatch(path) is not None)
    if not is_read or answer is None:
        return 1
    if isinstance(answer, dict) and isinstance(answer.get("issues"), list):
        return 1 + len(answer["issues"])
    weight = next((weight for pattern, weight in _WEIGHTS if pattern.fullmatch(path)), 0)
    return 1 + weight * _count_records(answer)


def _count_records(answer: Any) -> int:
    records = answer.get("values") if isinstance(answer, dict) else answer
    return len(records) if isinstance(records, list) else 1
