"""Steps of a flow that several tests take."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.gateway import (
    SANDBOX,
    Gateway,
)

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"])
"""For rules that no engine could break."""


async def consent_to(gateway: Gateway, *cloud_ids: str) -> str:
    """Consent to sites one after the other, as Atlassian adds them up: the last page."""
    page = ""
    for cloud_id in cloud_ids:
        started = await gateway.http.get(await gateway.begin())
        query = parse_qs(urlsplit(started.headers["location"]).query)
        asked = {name: values[0] for name, values in query.items()}
        decided = await gateway.http.post(
            f"{SANDBOX}/authorize", data={**asked, "site": cloud_id, "decision": "accept"}
        )
        page = await gateway.call_back(decided.headers["location"])
    return page
