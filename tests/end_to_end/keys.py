"""API keys with a few scopes, for tests of what each caller may see and do."""

from storage.api_keys import create_api_key
from tests.support.gateway import Gateway


async def make_key(gateway: Gateway, *scopes: str) -> str:
    """The text of a new key without an end."""
    services = gateway.services
    async with services.database.transaction() as queries:
        made = await create_api_key(
            queries,
            services.ring,
            name=", ".join(scopes),
            scopes=scopes,
            expires_at=None,
            now=gateway.clock.now,
        )
    return made.text.get_secret_value()
