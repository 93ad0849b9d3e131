"""Jira's and Atlassian's HTTP: what goes out, what comes back, and what it means when it fails.

This room is handed access tokens and knows nothing of who owns them.
"""
