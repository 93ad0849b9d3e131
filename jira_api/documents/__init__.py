"""Atlassian documents (ADF): what Jira keeps of descriptions, comments and rich custom fields.

One module a direction: `from_text` and `from_markdown` write documents, `plain_text` reads them;
`check` looks at one that a caller made. `rich_text` is the record of what Jira sent.
"""
