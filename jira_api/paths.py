"""The one place where values enter a URL path: each is checked against its form, then quoted."""

import re
from typing import NewType
from urllib.parse import quote

from jira_api.errors import InvalidArgumentError

CloudId = NewType("CloudId", str)
IssueKey = NewType("IssueKey", str)
ProjectKey = NewType("ProjectKey", str)
NumericId = NewType("NumericId", str)
AccountId = NewType("AccountId", str)

_CLOUD_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,254}-[1-9][0-9]{0,18}")
_PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,254}")
_NUMERIC_ID = re.compile(r"[1-9][0-9]{0,18}")
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9:_-]{1,128}")
_FIELD_ID = re.compile(r"customfield_[1-9][0-9]{0,18}")
_SEGMENT = re.compile(r"[A-Za-z0-9_-]{1,275}")


def parse_cloud_id(text: str) -> CloudId:
    """The id of an Atlassian site, a lower-case UUID.

    Raises:
        InvalidArgumentError: it has another form.
    """
    return CloudId(_checked(_CLOUD_ID, text, "a site's cloud id"))


def parse_issue_key(text: str) -> IssueKey:
    """An issue's key such as `PROJ-1`.

    Raises:
        InvalidArgumentError: it has another form.
    """
    return IssueKey(_checked(_ISSUE_KEY, text, "an issue's key such as PROJ-1"))


def parse_project_key(text: str) -> ProjectKey:
    """A project's key such as `PROJ`.

    Raises:
        InvalidArgumentError: it has another form.
    """
    return ProjectKey(_checked(_PROJECT_KEY, text, "a project's key such as PROJ"))


def parse_numeric_id(text: str) -> NumericId:
    """The number that Jira gives to projects, issues, boards, sprints and the like.

    Raises:
        InvalidArgumentError: it is no positive number of at most 19 digits.
    """
    return NumericId(_checked(_NUMERIC_ID, text, "a number such as 10001"))


def parse_account_id(text: str) -> AccountId:
    """An Atlassian account id.

    Raises:
        InvalidArgumentError: it has another form.
    """
    return AccountId(_checked(_ACCOUNT_ID, text, "an Atlassian account id"))


def is_numeric_id(text: str) -> bool:
    """Whether the text is a number as Jira gives them."""
    return _NUMERIC_ID.fullmatch(text) is not None


def is_issue_key(text: str) -> bool:
    """Whether the text has the form of an issue's key."""
    return _ISSUE_KEY.fullmatch(text) is not None


def is_project_key(text: str) -> bool:
    """Whether the text has the form of a project's key."""
    return _PROJECT_KEY.fullmatch(text) is not None


def is_account_id(text: str) -> bool:
    """Whether the text has the form of an Atlassian account id."""
    return _ACCOUNT_ID.fullmatch(text) is not None


def is_field_id(text: str) -> bool:
    """Whether the text has the form of a custom field's id."""
    return _FIELD_ID.fullmatch(text) is not None


def join_path(template: str, *segments: CloudId | IssueKey | ProjectKey | NumericId) -> str:
    """Put checked segments into the `{}` of a path template.

    Ids also come out of Jira's own answers, where nothing checked them: no segment passes that
    could end or leave its place in the path.

    Raises:
        InvalidArgumentError: a segment has characters that no id or key of Jira has.
    """
    checked = (_checked(_SEGMENT, segment, "an id or a key of Jira") for segment in segments)
    return template.format(*(quote(segment, safe="") for segment in checked))


def _checked(form: re.Pattern[str], text: str, what: str) -> str:
    if form.fullmatch(text) is None:
        raise InvalidArgumentError(f"{shorten(text)!r} is not {what}.")
    return text


def shorten(text: str, *, length: int = 60) -> str:
    """The start of a text, fit for an error message."""
    return text if len(text) <= length else f"{text[:length]}…"
