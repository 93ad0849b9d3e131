"""Atlassian documents (ADF): what Jira keeps of descriptions, comments and rich custom fields.

One module a direction: `from_text` and `from_markdown` write documents; `plain_text`, `to_markdown`
and `to_html` read them; `check` looks at one that a caller made. `rich_text` is the record of what
Jira sent. `own_words` is what a node says, in every form alike.

`from_markdown` builds on `markdown_lines` (what stands in a paragraph), `nesting` (what may lie in
what), `tasks`, `mentions` and additions to the reader: `whole_tables`, `line_breaks`,
`markdown_steps`. `to_markdown` writes nothing but what `from_markdown` makes: `carried` turns any
document into that first. `written_lines`, `written_marks` and `escapes` write what stands in a
paragraph, so that it reads back as the same.
"""
