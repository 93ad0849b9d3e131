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
    "sprint": "Sprint",
    "storyPoints": "Story Points",
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
  customFields {{ ...Value }}
{_ALIASES}
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

_BOARDS = "a list of its own: an archive holds no boards, they are made up from sprints' origins"

LEFT_OUT: Mapping[str, str] = {
    "Project.boards": _BOARDS,
    "Project.sprints": _BOARDS,
    "Project.activeSprints": _BOARDS,
    "Project.issues": "the same issues once more, by another way",
}
"""Fields that lie below an issue and are not compared, each with the reason."""
