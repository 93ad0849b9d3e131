"""What can go wrong between a person, a provider and a connection.

OAuthError
├── StateInvalidError            a link, state or code that is stale, foreign or used
├── RedirectNotAllowedError      a return URL that the operator did not list
├── UnknownProviderError         no such provider
├── SiteNotGrantedError          a site that the consent does not open
├── FlowFailedError              a consent that no grant came of
├── NoSiteGrantedError           a consent that opens no site of the provider
├── CredentialRefusedError       a token or password that opens no site, told before it is saved
├── NotCloudError                a credential of Jira Cloud for a site that is none
├── NotDataCenterError           a credential of Data Center or Server for Jira Cloud
├── SiteTokenRefusedError        a token or password that the site no longer accepts
├── ConnectionChangedError       a connection that was linked anew in the midst of an operation
└── NeedsReauthorizationError    the grant is dead; a person must consent again
"""

from storage.records import ConnectionId


class OAuthError(Exception):
    """The base of this room's errors."""


class StateInvalidError(OAuthError):
    """The link, the state or the code is stale, used, or belongs to another browser."""


class RedirectNotAllowedError(OAuthError):
    """The return URL is not one of those that the operator allows, letter by letter."""


class UnknownProviderError(OAuthError):
    """No provider of that name is set up."""


class SiteNotGrantedError(OAuthError):
    """The chosen site is not one that the consent opens."""


class FlowFailedError(OAuthError):
    """The provider gave no grant for a consent; `return_to` is where the person came from."""

    def __init__(self, return_to: str | None) -> None:
        super().__init__("The provider gave no grant for the consent.")
        self.return_to = return_to


class NoSiteGrantedError(OAuthError):
    """The consent opens no site of this provider; `return_to` is where the person came from."""

    def __init__(self, return_to: str | None) -> None:
        super().__init__("The consent opens no site.")
        self.return_to = return_to


class CredentialRefusedError(OAuthError):
    """The site does not accept the token or password that somebody gave for it."""


class NotCloudError(OAuthError):
    """A credential of Jira Cloud was given for a site that is none."""


class NotDataCenterError(OAuthError):
    """A credential of Data Center or Server was given for a site of Jira Cloud."""


class SiteTokenRefusedError(OAuthError):
    """The site no longer accepts the token or password that the connection was made with."""


class ConnectionChangedError(OAuthError):
    """The connection was linked anew since its row was read, so its tokens are for another site."""


class NeedsReauthorizationError(OAuthError):
    """The grant behind a connection is dead."""

    def __init__(self, connection_id: ConnectionId) -> None:
        super().__init__("The connection's grant is dead; its owner must authorise it again.")
        self.connection_id = connection_id
