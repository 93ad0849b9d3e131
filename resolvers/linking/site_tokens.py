"""Linking a site with a token or a password that the caller gives."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from jira_api.errors import JiraApiError, JiraUnavailableError, MissingScopeError
from jira_api.paths import CloudId, NumericId, ProjectKey, is_numeric_id
from jira_api.records import Origin
from jira_api.site_urls import SiteUrl, parse_site_url
from oauth.errors import CredentialRefusedError, NotCloudError, NotDataCenterError
from oauth.site_tokens import Credential, ProvenSite, SiteProver, save_proven
from resolvers.access.viewer import Right
from resolvers.arguments import check_external_id, check_text
from resolvers.context import Context
from resolvers.errors import BadUserInputError, ErrorCode, Failure, ProblemError, describe
from resolvers.linking.connections import (
    LinkedConnection,
    ProjectReference,
    get_project_id,
    link,
    parse_project_reference,
)
from storage.records import AuthorizationKind

__all__ = ["Credential", "connect_with_token"]

_SITE_URL: Final = "siteUrl"
_PROJECT: Final = "selectedProject"
_LONGEST_URL: Final = 2_000
_LONGEST_LOGIN: Final = 255
_LONGEST_SECRET: Final = 4_096
_TOKEN: Final = re.compile(r"[!-~]+")
_ARGUMENTS: Final[Mapping[AuthorizationKind, str]] = {
    AuthorizationKind.API_TOKEN: "credential.apiToken",
    AuthorizationKind.SCOPED_API_TOKEN: "credential.scopedApiToken",
    AuthorizationKind.PERSONAL_ACCESS_TOKEN: "credential.personalAccessToken",
    AuthorizationKind.BASIC: "credential.basic",
}
_ADVICE: Final[Mapping[AuthorizationKind, str]] = {
    AuthorizationKind.API_TOKEN: "check the e-mail address, the token and the site, and that it is "
    "a token without scopes: one with scopes is a `scopedApiToken`.",
    AuthorizationKind.SCOPED_API_TOKEN: "check the e-mail address, the token and the site, and "
    "that the token has the scope read:jira-user.",
    AuthorizationKind.PERSONAL_ACCESS_TOKEN: "check the token and the site, and that it has not "
    "expired.",
    AuthorizationKind.BASIC: "check the name, the password and the site. After several failures "
    "Jira wants the person to sign in with a browser first.",
}


class SiteProblemError(ProblemError):
    """What speaks against a site, told of the input that named it."""

    def __init__(self, failure: Failure, *, argument: str) -> None:
        super().__init__(failure.message, argument=argument)
        self.code = failure.code
        self._failure = failure

    def as_failure(self) -> Failure:
        """The error in a caller's terms."""
        return self._failure


class CredentialProblemError(ProblemError):
    """Jira does not accept what it was shown."""

    code = ErrorCode.FORBIDDEN


async def connect_with_token(
    context: Context,
    *,
    external_id: str,
    site_url: str,
    credential: Credential,
    project: ProjectReference | None,
) -> LinkedConnection:
    """Link an external id to a site, once Jira has named the person whom the credential signs in.

    Raises:
        BadUserInputError: an input of another form, or a credential of the other kind of Jira.
        CredentialProblemError: Jira does not accept the credential.
        ForbiddenError: the caller may not change connections.
        SiteProblemError: the site may not or cannot be asked.
    """
    context.viewer.require(Right.CHANGE_CONNECTIONS)
    external_id = check_external_id(external_id)
    _check_credential(credential)
    parsed = _parse_site_url(context, site_url)
    named = None if project is None else _parse_project(project, credential)
    proven = await _prove(context, parsed, credential)
    project_id = None if named is None else await _find_project_id(proven, named)
    connection = await save_proven(
        context.services.database,
        context.services.ring,
        proven,
        external_id=external_id,
        project_id=project_id,
        now=context.now,
    )
    context.forget_link(connection)
    return link(context, await context.get_connection(connection.connection_id))


def _check_credential(credential: Credential) -> None:
    """Refuse what could not be sent as it is, without showing it."""
    argument = _ARGUMENTS[credential.kind]
    secret = check_text(
        credential.secret.get_secret_value(), argument=argument, longest=_LONGEST_SECRET
    )
    if credential.login is None:
        if _TOKEN.fullmatch(secret) is None:
            raise BadUserInputError(
                f"`{argument}` is a token of ASCII characters without spaces.", argument=argument
            )
        return
    login = check_text(
        credential.login.get_secret_value(), argument=argument, longest=_LONGEST_LOGIN
    )
    if ":" in login:
        raise BadUserInputError(
            f"The e-mail address or name of `{argument}` has a colon, which no login can have.",
            argument=argument,
        )


def _parse_site_url(context: Context, text: str) -> SiteUrl:
    check_text(text, argument=_SITE_URL, longest=_LONGEST_URL)
    try:
        return parse_site_url(text, context.services.address_rules)
    except JiraApiError as error:
        raise SiteProblemError(describe(error), argument=_SITE_URL) from None


async def _prove(context: Context, site_url: SiteUrl, credential: Credential) -> ProvenSite:
    argument = _ARGUMENTS[credential.kind]
    prover = SiteProver(context.services.jira, context.services.site_http)
    try:
        return await prover.prove(site_url, credential, deadline_at=context.deadline_at)
    except CredentialRefusedError:
        raise CredentialProblemError(
            f"Jira at {site_url.host} does not accept `{argument}`: {_ADVICE[credential.kind]}",
            argument=argument,
        ) from None
    except MissingScopeError as error:
        raise SiteProblemError(describe(error), argument=argument) from None
    except NotCloudError:
        raise BadUserInputError(
            f"There is no Jira Cloud at {site_url}: for Jira Data Center give a "
            "`personalAccessToken`.",
            argument=_SITE_URL,
        ) from None
    except NotDataCenterError:
        raise BadUserInputError(
            f"{site_url.host} is Jira Cloud, which does not take `{argument}`: give an `apiToken`.",
            argument=argument,
        ) from None
    except JiraApiError as error:
        failure = describe(error)
        if isinstance(error, JiraUnavailableError) and error.status is None:
            told = f"{site_url.host} did not answer: check `siteUrl`, or try again."
            failure = replace(failure, message=told)
        raise SiteProblemError(failure, argument=_SITE_URL) from None


def _parse_project(project: ProjectReference, credential: Credential) -> NumericId | ProjectKey:
    """By number or key alone: no connection has given a global id of it yet."""
    nowhere = Origin(CloudId(""), "", "")
    named = parse_project_reference(nowhere, project, argument=_PROJECT)
    if not credential.is_for_cloud and not is_numeric_id(named):
        raise BadUserInputError(
            "On Jira Data Center a project is selected by its id.", argument=f"{_PROJECT}.key"
        )
    return named


async def _find_project_id(proven: ProvenSite, named: NumericId | ProjectKey) -> str:
    if is_numeric_id(named):
        return named
    return await get_project_id(proven.session, ProjectKey(named), argument=_PROJECT)
