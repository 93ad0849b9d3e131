"""What callers attach to a connection comes back as it was given."""

import json
from typing import Any

import pytest

from tests.end_to_end.frontend import mint
from tests.end_to_end.keys import make_key
from tests.support.gateway import Gateway

SET = """
mutation($connection: ConnectionRef!, $metadata: JSON) {
  setConnectionMetadata(input: { connection: $connection, metadata: $metadata }) {
    connection { externalId metadata } errors { code message path }
  }
}
"""
ACME = {"externalId": "acme"}
LARGEST = 64 * 1024


async def attach(gateway: Gateway, metadata: object, key: str | None = None) -> Any:
    answer = await gateway.ask(SET, {"connection": ACME, "metadata": metadata}, key=key)
    return answer.data["setConnectionMetadata"]


@pytest.mark.parametrize(
    "metadata",
    [{"plan": "gold", "tags": ["a", None, 1.5, True]}, [1, 2], "text", 0, False, {"é": "日本"}],
    ids=["object", "list", "text", "zero", "false", "beyond ASCII"],
)
async def test_any_json_comes_back(gateway: Gateway, metadata: object) -> None:
    payload = await attach(gateway, metadata)

    assert payload == {
        "connection": {"externalId": "acme", "metadata": metadata},
        "errors": [],
    }
    assert (await gateway.ask_connection("metadata"))["metadata"] == metadata
    assert gateway.calls() == []


async def test_null_clears_it_and_left_out_is_refused(gateway: Gateway) -> None:
    await attach(gateway, {"plan": "gold"})

    left_out = await gateway.ask(
        'mutation { setConnectionMetadata(input: { connection: { externalId: "acme" } }) '
        "{ connection { metadata } errors { code path } } }"
    )
    kept = await gateway.ask_connection("metadata")
    cleared = await attach(gateway, None)

    assert left_out.data["setConnectionMetadata"] == {
        "connection": None,
        "errors": [{"code": "BAD_USER_INPUT", "path": ["input", "metadata"]}],
    }
    assert kept == {"metadata": {"plan": "gold"}}
    assert cleared["connection"]["metadata"] is None
    assert await gateway.ask_connection("metadata") == {"metadata": None}


async def test_64_kib_are_taken_and_not_a_byte_more(gateway: Gateway) -> None:
    # The quotes of a JSON text are two bytes; é is two in UTF-8, and six where it is escaped.
    largest = "é" * (LARGEST // 2 - 1)

    kept = await attach(gateway, largest)
    refused = await attach(gateway, largest + "x")

    assert len(json.dumps(largest, ensure_ascii=False).encode()) == LARGEST
    assert kept["errors"] == []
    assert refused["connection"] is None
    assert refused["errors"] == [
        {
            "code": "BAD_USER_INPUT",
            "message": f"`metadata` takes {LARGEST} bytes of JSON, and this has {LARGEST + 1}.",
            "path": ["input", "metadata"],
        }
    ]
    assert await gateway.ask_connection("metadata") == {"metadata": largest}


async def test_a_new_consent_keeps_it(gateway: Gateway) -> None:
    await attach(gateway, {"plan": "gold"})

    await gateway.connect()

    assert await gateway.ask_connection("metadata") == {"metadata": {"plan": "gold"}}


async def test_an_unknown_connection_is_told_in_the_payload(gateway: Gateway) -> None:
    answer = await gateway.ask(SET, {"connection": {"externalId": "nobody"}, "metadata": {}})

    payload = answer.data["setConnectionMetadata"]
    assert payload["connection"] is None
    assert payload["errors"][0]["code"] == "CONNECTION_NOT_FOUND"


async def test_it_needs_the_right_to_change_connections_alone(gateway: Gateway) -> None:
    changer = await make_key(gateway, "CONNECTIONS_WRITE")
    reader = await make_key(gateway, "GRAPH_READ", "GRAPH_WRITE", "CONNECTIONS_READ")
    token = await mint(gateway, "acme", ("READ", "WRITE", "CONNECT"))

    refused = [await attach(gateway, {"by": "another"}, key) for key in (reader, token)]
    done = await attach(gateway, {"by": "changer"}, changer)

    assert [each["errors"][0]["code"] for each in refused] == ["FORBIDDEN"] * 2
    assert done["connection"] == {"externalId": "acme", "metadata": {"by": "changer"}}
    assert (await gateway.ask_connection("metadata"))["metadata"] == {"by": "changer"}
