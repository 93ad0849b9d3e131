"""What docs/fidelity.md says of the witnesses is what they are."""

import json
import re

import pytest

from tests.contract.exceptions import ALLOWANCES
from tests.end_to_end.worlds import ARCHIVES, read_archive
from tests.support.servers import REPOSITORY

FIDELITY = (REPOSITORY / "docs" / "fidelity.md").read_text(encoding="utf-8")
DOCUMENTS = sorted((REPOSITORY / "docs").glob("*.md"))


@pytest.mark.parametrize("client", ["jira", "atlassian-python-api"])
def test_a_python_client_is_named_in_its_pinned_version(client: str) -> None:
    name = client.split("-", maxsplit=1)[0]
    pins = (REPOSITORY / "requirements" / f"clients-{name}.txt").read_text(encoding="utf-8")

    pinned = re.search(rf"^{client}==(\S+)", pins, flags=re.MULTILINE)

    assert pinned is not None
    assert f"| `{client}` {pinned[1]} (Python) |" in FIDELITY


def test_the_node_client_is_named_in_its_pinned_version() -> None:
    package = json.loads((REPOSITORY / "tests" / "clients" / "package.json").read_text())

    assert f"| `jira.js` {package['dependencies']['jira.js']} (Node) |" in FIDELITY


def test_the_exceptions_are_counted() -> None:
    assert f"| exceptions | {len(ALLOWANCES)}, " in FIDELITY


def test_the_real_issues_are_counted() -> None:
    timob, arrow = (len(read_archive(name)) for name in ARCHIVES)

    assert f"All {timob + arrow:,} issues" in FIDELITY
    assert f"(Titanium SDK, {timob:,}; Apache Arrow, {arrow:,})" in FIDELITY


def test_documents_are_finished() -> None:
    assert DOCUMENTS
    assert [path.name for path in DOCUMENTS if "@@" in path.read_text(encoding="utf-8")] == []
