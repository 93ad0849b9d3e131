"""JQL: its grammar, the fields it knows, and which issues a query finds."""
