"""The authorisation flow, the choice of a site, and access tokens that stay valid."""
