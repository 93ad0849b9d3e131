from tests.sandbox.visitors import a_guest

LABELS = "/rest/api/3/label"


async def test_labels_are_each_once_and_in_pages() -> None:
    guest = await a_guest()
    project = guest.site.add_project("TEST")
    guest.site.add_issue(project, labels=["web", "api"])
    guest.site.add_issue(project, labels=["api", "docs"])

    whole = await guest.read(LABELS)
    second = await guest.read(LABELS, startAt=2, maxResults=2)

    assert (whole["values"], whole["isLast"], whole["total"]) == (["api", "docs", "web"], True, 3)
    assert whole["maxResults"] == 1000
    assert (second["values"], second["isLast"]) == (["web"], True)


async def test_a_site_without_labels_has_an_empty_page() -> None:
    guest = await a_guest()

    assert (await guest.read(LABELS))["values"] == []
