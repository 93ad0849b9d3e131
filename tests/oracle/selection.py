"""Everything that a query can ask of an issue and of its project, and what is left out and why."""

from collections.abc import Mapping

BY_ID_OR_NAME: Mapping[str, str] = {
    "patchInfo": "customfield_12310250",
    "externalUrl": "customfield_12311020",
    "lastCommented": "customfield_12312521",
    "languages": "customfield_12314421",
    "neverSet": "customfield_12310290",
    "unknown": "customfield_99999",
    "rank": "Rank",
    "epicLink": "epic link",
    "sprintField": "Sprint",
    "pointsField": "Story Points",
}
"""The custom fields asked for one by one: alias, and the id or name that is asked."""

_ALIASES = "\n".join(
    f'  {alias}: customField(idOrName: "{name}") {{ ...Value }}'
    for alias, name in BY_ID_OR_NAME.items()
)

_SHARED = """
fragment Person on User {
  id accountId username displayName emailAddress avatarUrl isActive accountType timeZone
}
fragment Kind on IssueType { id issueTypeId name iconUrl isSubtask hierarchyLevel }
fragment Part on Component { id componentId name description }
fragment Release on Version { id versionId name isReleased isArchived releaseDate }
"""

ISSUE = f"""
fragment Whole on Issue {{
  id issueId key url summary
  description {{ text adf }}
  environment {{ text adf }}
  issueType {{ ...Kind }}
  status {{ id statusId name category }}
  priority {{ id priorityId name iconUrl }}
  resolution {{ id resolutionId name description }}
  project {{ id projectId key name url avatarUrl type }}
  labels
  components {{ ...Part }}
  fixVersions {{ ...Release }}
  affectedVersions {{ ...Release }}
  assignee {{ ...Person }}
  reporter {{ ...Person }}
  creator {{ ...Person }}
  created updated resolved dueDate
  timeTracking {{
    originalEstimate remainingEstimate timeSpent
    originalEstimateSeconds remainingEstimateSeconds timeSpentSeconds
  }}
  watchCount voteCount
  attachments {{
    id attachmentId filename mimeType sizeBytes created author {{ ...Person }} downloadUrl
  }}
  sprint {{ ...Stage }}
  sprints {{ ...Stage }}
  storyPoints
  parent {{ ...Shown }}
  subtasks(first: 100) {{
    approximateCount
    nodes {{ ...Shown }}
    edges {{ cursor node {{ key }} }}
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
  }}
  links {{
    id linkId direction relation
    type {{ id linkTypeId name inward outward }}
    issue {{ ...Shown }}
  }}
  customFields {{ ...Value }}
{_ALIASES}
}}
fragment Stage on Sprint {{ id sprintId name state goal startDate endDate completeDate }}
fragment Shown on Issue {{
  issueId key summary issueType {{ issueTypeId }} status {{ statusId }} priority {{ priorityId }}
}}
fragment Value on CustomFieldValue {{
  __typename
  field {{ id fieldId name isCustom type }}
  ... on TextFieldValue {{ text }}
  ... on NumberFieldValue {{ number }}
  ... on DateFieldValue {{ date }}
  ... on DateTimeFieldValue {{ dateTime }}
  ... on UserFieldValue {{ users {{ ...Person }} }}
  ... on OptionFieldValue {{ options {{ optionId value child {{ optionId value }} }} }}
  ... on RichTextFieldValue {{ richText {{ text adf }} }}
  ... on RawFieldValue {{ json }}
}}
{_SHARED}
"""
"""The fragment `Whole` asks everything of an issue."""

PROJECT = f"""
fragment Whole on Project {{
  id projectId key name url avatarUrl type description category isPrivate isArchived
  lead {{ ...Person }}
  issueTypes {{ ...Kind }}
  components {{ ...Part lead {{ ...Person }} }}
  versions {{ ...Release }}
}}
{_SHARED}
"""
"""The fragment `Whole` asks everything of a project that its issues tell."""

CALLED_FOR: Mapping[str, str] = {
    "changelog": "changelog { totalCount nodes { id changeId created author { accountId } "
    "items { field from fromText to toText } } edges { cursor node { changeId } } "
    "pageInfo { hasNextPage } }",
    "permissions": "permissions { canEdit canTransition canAssign canComment canDelete }",
    "comments": "comments(first: 100) { totalCount pageInfo { hasNextPage } nodes { id commentId "
    "author { displayName isActive } created updated isPublic body { text } issue { key } } "
    "edges { cursor node { commentId } } }",
    "worklogs": "worklogs(first: 100) { totalCount pageInfo { hasNextPage } nodes { id worklogId "
    "author { displayName isActive } started timeSpent timeSpentSeconds comment { text } } "
    "edges { cursor node { worklogId } } }",
    "transitions": "transitions { id transitionId name isAvailable to { id statusId name category "
    "} fields { fieldId name } }",
    "editFields": "editFields { fieldId name isRequired type allowedValues hasDefault }",
}
"""The fields of `Issue` that cost a call of their own for each issue: field, and how it is asked.

The pass over every issue leaves them out, a pass over a sample asks them all (`CALLED`). What
their values must be stands in `called_fields.CALLED_RULES`; where the raw files know nothing of
one, it has no rule there, and any answer without an error will do.
"""

CALLED = "\n".join(("fragment Whole on Issue {", "  key", *CALLED_FOR.values(), "}"))
"""The fragment `Whole` asks what costs a call for each issue."""

_BOARDS = "a list of its own: an archive holds no boards, they are made up from sprints' origins"

LEFT_OUT: Mapping[str, str] = {
    "Project.boards": _BOARDS,
    "Project.sprints": _BOARDS,
    "Project.activeSprints": _BOARDS,
    "Project.issues": "the same issues once more, by another way",
    "Project.permissions": "the archive's people had others; the sandbox's person may do it all",
    "Project.assignableUsers": "an archive tells nothing of who can be assigned",
    "Project.createFields": "an archive tells nothing of how its issues were made",
    "Sprint.board": _BOARDS,
    "Sprint.issues": "the same issues once more, by another way",
    "Sprint.progress": "counts of the same issues, a call of its own for each sprint",
    "RichText.markdown": "the tests of documents compare it, with the archives' texts among others",
    "RichText.html": "the tests of documents compare it, with the archives' texts among others",
}
"""Fields that lie below an issue and are not compared, each with the reason."""
