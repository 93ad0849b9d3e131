"""What a field does: the caller's rights, loading in batches, joining Jira and storage.

Nothing here knows GraphQL, so everything here is tested without it.
"""
