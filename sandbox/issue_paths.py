"""The issue that a call's path names."""

from sandbox.errors import JiraError
from sandbox.gateway import Call
from sandbox.world import Issue


def get_issue(call: Call) -> Issue:
    """The issue of the path's id or key, or of a key it bore before it moved.

    Raises:
        JiraError: 404.
    """
    issue = call.data.find_issue(call.path["id_or_key"])
    if issue is None:
        raise JiraError(404, ["Issue does not exist or you do not have permission to see it."])
    return issue
