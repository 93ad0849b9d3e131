"""Every operation of Jira's APIs that the sandbox has, out of the tables of its modules."""

from typing import Final

from sandbox import (
    agile,
    comments,
    create_metadata,
    issue_writes,
    link_types,
    search,
    server_info,
    software,
    transitions,
)
from sandbox.gateway import Endpoint
from sandbox.platform import catalogue, issues, permissions, projects, users

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *projects.ENDPOINTS,
    *create_metadata.ENDPOINTS,
    *issues.ENDPOINTS,
    *issue_writes.ENDPOINTS,
    *transitions.ENDPOINTS,
    *comments.ENDPOINTS,
    *catalogue.ENDPOINTS,
    *users.ENDPOINTS,
    *permissions.ENDPOINTS,
    *link_types.ENDPOINTS,
    *server_info.ENDPOINTS,
    *search.ENDPOINTS,
    *agile.ENDPOINTS,
    *software.ENDPOINTS,
)
"""The first that matches a call answers it."""
