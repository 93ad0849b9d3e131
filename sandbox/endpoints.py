"""Every operation of Jira's APIs that the sandbox has, out of the tables of its modules."""

from typing import Final

from sandbox import (
    agile,
    attachments,
    changelog,
    comments,
    create_metadata,
    issue_links,
    issue_properties,
    issue_writes,
    link_types,
    search,
    server_info,
    software,
    transitions,
    watchers,
    worklogs,
)
from sandbox.gateway import Endpoint
from sandbox.platform import catalogue, issues, labels, permissions, projects, users

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *projects.ENDPOINTS,
    *create_metadata.ENDPOINTS,
    *issues.ENDPOINTS,
    *issue_writes.ENDPOINTS,
    *transitions.ENDPOINTS,
    *comments.ENDPOINTS,
    *attachments.ENDPOINTS,
    *worklogs.ENDPOINTS,
    *catalogue.ENDPOINTS,
    *users.ENDPOINTS,
    *permissions.ENDPOINTS,
    *labels.ENDPOINTS,
    *link_types.ENDPOINTS,
    *issue_links.ENDPOINTS,
    *issue_properties.ENDPOINTS,
    *watchers.ENDPOINTS,
    *changelog.ENDPOINTS,
    *server_info.ENDPOINTS,
    *search.ENDPOINTS,
    *agile.ENDPOINTS,
    *software.ENDPOINTS,
)
"""The first that matches a call answers it."""
