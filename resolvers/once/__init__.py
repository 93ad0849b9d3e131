"""Writes with an idempotency key: each happens once, whatever becomes of Jira's answer."""
