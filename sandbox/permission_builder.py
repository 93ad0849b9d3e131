"""What the person of a site made in code may not do, and whom nothing can be assigned to."""

from sandbox.world import Issue, Project, SiteData, User


class PermissionBuilder:
    """Takes away what a site gives everybody."""

    data: SiteData

    def withhold(self, place: Project | Issue, *permissions: str) -> None:
        """Take project permissions such as EDIT_ISSUES away from the person, there alone."""
        kind = "project" if isinstance(place, Project) else "issue"
        before = self.data.withheld.get((kind, place.id), frozenset())
        self.data.withheld[kind, place.id] = before.union(permissions)

    def make_unassignable(self, project: Project, *users: User) -> None:
        """Let nobody assign a project's issues to these."""
        before = self.data.unassignable.get(project.id, frozenset())
        self.data.unassignable[project.id] = before.union(user.account_id for user in users)
