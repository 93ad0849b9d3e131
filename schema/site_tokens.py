"""Linking a site without a consent: with a token or a password."""

from typing import Annotated

import strawberry
from pydantic import SecretStr

from resolvers.linking.site_tokens import Credential, connect_with_token
from schema.connection_mutations import ChangedConnection, ConnectionPayload
from schema.info import JunctureInfo
from schema.payload_errors import ErrorsAsData
from schema.references import ProjectRef, project_reference
from storage.records import AuthorizationKind


@strawberry.input(description="An API token of Jira Cloud, and whose it is.")
class EmailAndToken:
    """An API token, and whose it is."""

    email: str = strawberry.field(description="The e-mail address of the Atlassian account.")
    token: str = strawberry.field(description="As Atlassian showed it once.")


@strawberry.input(description="How a person signs in to a Jira Server.")
class UsernameAndPassword:
    """How a person signs in to a Jira Server."""

    username: str = strawberry.field(description="The name, not the e-mail address.")
    password: str = strawberry.field(description="The password.")


@strawberry.input(one_of=True, description="One of: what the site takes in place of a consent.")
class CredentialInput:
    """One way to sign in."""

    api_token: EmailAndToken | None = strawberry.field(
        default=strawberry.UNSET, description="Jira Cloud: a token without scopes."
    )
    scoped_api_token: EmailAndToken | None = strawberry.field(
        default=strawberry.UNSET, description="Jira Cloud: a token with scopes."
    )
    personal_access_token: str | None = strawberry.field(
        default=strawberry.UNSET, description="Jira Data Center and Server from 8.14 on."
    )
    basic: UsernameAndPassword | None = strawberry.field(
        default=strawberry.UNSET, description="Jira Data Center and Server; Cloud takes none."
    )


@strawberry.input(description="Which of your own ids to link to which site, and how to sign in.")
class ConnectWithTokenInput:
    """Which external id to link to which site, and how to sign in."""

    external_id: strawberry.ID = strawberry.field(description="Your own id of what is linked.")
    site_url: str = strawberry.field(
        description="The site's address, such as https://acme.atlassian.net. It has to be on the "
        "public internet, unless the operator has allowed its host; a Data Center may lie below a "
        "path."
    )
    credential: CredentialInput = strawberry.field(description="How to sign in.")
    selected_project: ProjectRef | None = strawberry.field(
        default=None,
        description="The project to work on; left out, the selected one stays where the site does.",
    )


@strawberry.type
class SiteTokenMutations:
    """Linking a site with a token or a password."""

    @strawberry.field(
        extensions=[ErrorsAsData(ChangedConnection)],
        graphql_type=ConnectionPayload,
        description="Link an external id to a site with a token or a password, which Jira has to "
        "accept before anything is kept; needs CONNECTIONS_WRITE. It takes the place of what the "
        "external id was linked to. Of Data Center and Server, the connection's own fields and "
        "`myself` answer so far.",
    )
    async def connect_with_token(
        self,
        info: JunctureInfo,
        input: Annotated[  # noqa: A002 - the contract's name
            ConnectWithTokenInput, strawberry.argument(description="Which site, and how.")
        ],
    ) -> ChangedConnection:
        """Link an external id to a site with a token or a password."""
        connection = await connect_with_token(
            info.context,
            external_id=input.external_id,
            site_url=input.site_url,
            credential=_credential(input.credential),
            project=project_reference(input.selected_project),
        )
        return ChangedConnection(connection)


def _credential(given: CredentialInput) -> Credential:
    if given.api_token:
        return _of_a_person(AuthorizationKind.API_TOKEN, given.api_token)
    if given.scoped_api_token:
        return _of_a_person(AuthorizationKind.SCOPED_API_TOKEN, given.scoped_api_token)
    if given.basic:
        login, password = SecretStr(given.basic.username), SecretStr(given.basic.password)
        return Credential(AuthorizationKind.BASIC, password, login)
    token = SecretStr(given.personal_access_token or "")
    return Credential(AuthorizationKind.PERSONAL_ACCESS_TOKEN, token)


def _of_a_person(kind: AuthorizationKind, given: EmailAndToken) -> Credential:
    return Credential(kind, SecretStr(given.token), SecretStr(given.email))
