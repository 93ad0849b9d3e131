"""Tokens, sites and inputs that are refused: nothing is kept of them, and no secret is shown."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.end_to_end.site_tokens import (
    CLOUD,
    CONNECT,
    DATA_CENTER,
    EMAIL,
    KINDS,
    ON_DATA_CENTER,
    Kind,
    every_cloud_kind,
    every_kind,
    grants,
    of_a_person,
    open_allowing,
    paths,
    refuse,
)
from tests.support.gateway import Answer, Backend, Gateway


@pytest.fixture
async def gateway(backend: Backend) -> AsyncIterator[Gateway]:
    """A world to change, with nothing linked."""
    async with open_allowing(backend) as gateway:
        yield gateway


@every_kind
async def test_a_token_that_jira_refuses_links_nothing(gateway: Gateway, kind: Kind) -> None:
    error = await refuse(gateway, kind, credential=kind.wrong)

    assert error["code"] == "FORBIDDEN"
    assert error["path"] == ["input", "credential", kind.member]
    assert kind.member in error["message"]
    assert "127.0.0.1" in error["message"]
    wrong = kind.wrong[kind.member]
    assert not any(
        secret in error["message"]
        for secret in ([wrong] if isinstance(wrong, str) else wrong.values())
    )


@every_kind
async def test_an_answer_that_names_nobody_proves_nothing(gateway: Gateway, kind: Kind) -> None:
    anonymous = {"accountId": None, "displayName": "Anonymous", "active": True}
    gateway.answer_instead("/myself", 200, json=anonymous)

    error = await refuse(gateway, kind)

    assert error["code"] == "FORBIDDEN"
    assert error["path"] == ["input", "credential", kind.member]


@every_kind
async def test_a_person_who_has_to_solve_a_riddle_first_is_told(
    gateway: Gateway, kind: Kind
) -> None:
    gateway.answer_instead("/myself", 403, headers={"X-Authentication-Denied-Reason": "CAPTCHA"})

    assert (await refuse(gateway, kind))["code"] == "FORBIDDEN"


@every_kind
async def test_a_redirect_is_not_followed_and_told_by_its_host_alone(
    gateway: Gateway, kind: Kind
) -> None:
    elsewhere = "https://login.elsewhere.test/sso?ticket=hidden"
    gateway.answer_instead("/myself", 302, headers={"Location": elsewhere})
    asked: list[str] = []
    gateway.transport.faults.insert(0, lambda request: asked.append(request.url.host))

    error = await refuse(gateway, kind)

    assert error["code"] == "JIRA_INVALID_RESPONSE"
    assert error["path"] == ["input", "siteUrl"]
    assert "login.elsewhere.test" in error["message"]
    assert "hidden" not in error["message"]
    assert set(asked) == {"127.0.0.1"}


async def test_an_unknown_project_links_nothing(gateway: Gateway) -> None:
    error = await refuse(gateway, KINDS["API_TOKEN"], selectedProject={"key": "NOPE"})

    assert (error["code"], error["path"]) == (
        "NOT_FOUND",
        ["input", "selectedProject", "key"],
    )


MALFORMED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no external id": ({"externalId": " "}, "BAD_USER_INPUT", "externalId"),
    "a forged project id": (
        {"selectedProject": {"id": "1/../2"}},
        "BAD_USER_INPUT",
        "selectedProject.id",
    ),
    "a forged project key": (
        {"selectedProject": {"key": "../../"}},
        "BAD_USER_INPUT",
        "selectedProject.key",
    ),
    "a blank token": (
        {"credential": of_a_person("apiToken", "")},
        "BAD_USER_INPUT",
        "credential.apiToken",
    ),
    "a token with a line end": (
        {"credential": of_a_person("apiToken", "secret\r\nX-Evil: 1")},
        "BAD_USER_INPUT",
        "credential.apiToken",
    ),
    "a login with a colon": (
        {"credential": {"basic": {"username": "a:b", "password": "secret"}}},
        "BAD_USER_INPUT",
        "credential.basic",
    ),
    "an access token with a space": (
        {"credential": {"personalAccessToken": "secret secret"}},
        "BAD_USER_INPUT",
        "credential.personalAccessToken",
    ),
    "an access token that is no ASCII": (
        {"credential": {"personalAccessToken": "s\N{LATIN SMALL LETTER E WITH ACUTE}cret"}},
        "BAD_USER_INPUT",
        "credential.personalAccessToken",
    ),
    "a path on Cloud": (
        {"siteUrl": "https://acme.atlassian.net/jira/software"},
        "BAD_USER_INPUT",
        "siteUrl",
    ),
    "no address": ({"siteUrl": "acme"}, "BAD_USER_INPUT", "siteUrl"),
    "plain HTTP": ({"siteUrl": "http://acme.test"}, "UPSTREAM_NOT_ALLOWED", "siteUrl"),
    "a password on Cloud": (
        {"siteUrl": "https://acme.atlassian.net", "credential": KINDS["BASIC"].credential},
        "BAD_USER_INPUT",
        "credential.basic",
    ),
    "an access token on Cloud": (
        {
            "siteUrl": "https://acme.atlassian.net",
            "credential": KINDS["PERSONAL_ACCESS_TOKEN"].credential,
        },
        "BAD_USER_INPUT",
        "credential.personalAccessToken",
    ),
    "a project's key on a Data Center": (
        {
            "siteUrl": DATA_CENTER,
            "credential": KINDS["BASIC"].credential,
            "selectedProject": {"key": "SHOP"},
        },
        "BAD_USER_INPUT",
        "selectedProject.key",
    ),
}


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize(("changes", "code", "path"), MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_input_is_told_without_a_call(
    gateway: Gateway, changes: dict[str, Any], code: str, path: str
) -> None:
    asked: list[str] = []
    gateway.transport.faults.append(lambda request: asked.append(str(request.url)))

    error = await refuse(gateway, KINDS["API_TOKEN"], **changes)

    assert (error["code"], error["path"]) == (code, ["input", *path.split(".")])
    assert "secret" not in error["message"]
    assert asked == []


async def test_a_password_on_cloud_is_told_what_to_give_instead(gateway: Gateway) -> None:
    error = await refuse(gateway, KINDS["BASIC"], siteUrl="https://acme.atlassian.net")

    assert "`apiToken`" in error["message"]


@pytest.mark.parametrize("kind", ON_DATA_CENTER, ids=[k.name for k in ON_DATA_CENTER])
async def test_cloud_behind_another_name_takes_no_credential_of_data_center(
    gateway: Gateway, kind: Kind
) -> None:
    gateway.answer_instead("/serverInfo", 200, json={"deploymentType": "Cloud"})

    error = await refuse(gateway, kind)

    assert (error["code"], error["path"]) == (
        "BAD_USER_INPUT",
        ["input", "credential", kind.member],
    )


@every_cloud_kind
async def test_what_is_no_cloud_is_not_shown_an_api_token(gateway: Gateway, kind: Kind) -> None:
    error = await refuse(gateway, kind, siteUrl=DATA_CENTER)

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "siteUrl"])
    assert "`personalAccessToken`" in error["message"]
    assert grants(gateway) <= {None}


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"cloudId": "../../evil"}},
        {"json": {}},
        {"text": "<html>"},
        {"json": []},
    ],
    ids=["a forged id", "no id", "no JSON", "no object"],
)
async def test_a_cloud_id_that_is_none_is_told(gateway: Gateway, answer: dict[str, Any]) -> None:
    gateway.answer_instead("/tenant_info", 200, **answer)

    error = await refuse(gateway, KINDS["SCOPED_API_TOKEN"])

    assert (error["code"], error["path"]) == ("JIRA_INVALID_RESPONSE", ["input", "siteUrl"])
    assert grants(gateway) <= {None}


async def test_a_frontend_token_links_nothing(gateway: Gateway) -> None:
    minted = await gateway.ask(
        'mutation { createFrontendToken(input: { externalId: "acme", '
        "scopes: [READ, WRITE, CONNECT] }) { token } }"
    )
    token = minted.data["createFrontendToken"]["token"]
    kind = KINDS["API_TOKEN"]
    given = {"externalId": "acme", "siteUrl": kind.site, "credential": kind.credential}

    answer: Answer = await gateway.ask(CONNECT, {"input": given}, key=token)

    [error] = answer.data["connectWithToken"]["errors"]
    assert error["code"] == "FORBIDDEN"
    assert paths(gateway) == []


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize(
    "credential",
    [
        {"apiToken": {"email": EMAIL, "token": "hidden", "unknown": 1}},
        {"apiToken": {"token": "hidden"}},
        {"apiToken": {"email": EMAIL, "token": ["hidden"]}},
        {"apiToken": "hidden"},
        {"personalAccessToken": {"hidden": 1}},
        {"personalAccessToken": "hidden", "basic": {"username": "ada", "password": "hidden"}},
        {"personalAccesToken": "hidden"},
    ],
    ids=["unknown part", "no e-mail", "a list", "a text", "an object", "two", "misspelt"],
)
@pytest.mark.parametrize("form", ["variable", "literal"])
async def test_no_error_shows_a_token_that_was_given_in_another_form(
    gateway: Gateway, credential: dict[str, Any], form: str
) -> None:
    given = {"externalId": "acme", "siteUrl": CLOUD, "credential": credential}
    if form == "literal":
        literal = re.sub(r'"(\w+)":', r"\1:", json.dumps(given))
        answer = await gateway.ask(
            f"mutation {{ connectWithToken(input: {literal}) {{ errors {{ code }} }} }}"
        )
    else:
        answer = await gateway.ask(CONNECT, {"input": given})

    assert answer.codes
    assert set(answer.codes) == {"GRAPHQL_VALIDATION_FAILED"}
    assert "hidden" not in str(answer.body).replace("hidden:", "")
