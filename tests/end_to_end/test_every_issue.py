"""Every real issue, value by value, against what the raw files say."""

from collections import Counter

import pytest

from tests.end_to_end.real_issues import (
    load_oracle,
    read_called,
    read_ids,
    read_issue,
    read_nodes,
    read_pages,
    read_project,
)
from tests.oracle.comparison import Comparison
from tests.support.gateway import Gateway

# Ways that other tests cover are gone once for each of many values: tracing would double the time.
pytestmark = pytest.mark.untraced
ISSUE_COUNT = 3_973
EACH_HUNDREDTH = slice(None, None, 100)


async def test_every_issue_is_on_one_page_and_every_value_is_that_of_the_raw_file(
    real: Gateway,
) -> None:
    oracle, comparison = load_oracle(), Comparison()

    for archive in oracle.archives:
        found = await read_pages(real, {"projectKeys": [archive.project_key]}, size=500)
        assert Counter(each["key"] for each in found) == Counter(archive.issues.keys())
        for each in found:
            expected = oracle.expect_issue(archive.issues[each["key"]])
            comparison.compare(each["key"], expected, each)

    assert not comparison.mismatches, comparison.report()
    # No field was compared for fewer issues than there are.
    assert min(comparison.count_by_first_name().values()) >= ISSUE_COUNT
    assert comparison.value_count > 500_000


async def test_every_issue_is_the_same_by_its_global_id(real_once: Gateway) -> None:
    oracle, comparison = load_oracle(), Comparison()

    for archive in oracle.archives:
        ids = await read_ids(real_once, archive.project_key)
        found = await read_nodes(real_once, ids)
        assert [each["id"] for each in found] == ids
        assert Counter(each["key"] for each in found) == Counter(archive.issues.keys())
        for each in found:
            expected = oracle.expect_issue(archive.issues[each["key"]])
            comparison.compare(each["key"], expected, each)

    assert not comparison.mismatches, comparison.report()
    assert comparison.count_by_first_name()["id"] == ISSUE_COUNT


async def test_each_hundredth_issue_is_the_same_by_key_and_number(real: Gateway) -> None:
    oracle, comparison = load_oracle(), Comparison()

    for archive in oracle.archives:
        for raw in list(archive.issues.values())[EACH_HUNDREDTH]:
            for reference in (raw["key"], raw["id"]):
                found = await read_issue(real, reference)
                comparison.compare(reference, oracle.expect_issue(raw), found)

    assert not comparison.mismatches, comparison.report()
    assert comparison.count_by_first_name()["id"] == 2 * (22 + 18)


async def test_what_costs_a_call_for_each_issue_is_read_of_each_hundredth(
    real_once: Gateway,
) -> None:
    oracle, comparison = load_oracle(), Comparison()

    for archive in oracle.archives:
        keys = list(archive.issues)[EACH_HUNDREDTH]
        for found in await read_called(real_once, keys):
            expected = oracle.expect_called(archive.issues[found["key"]])
            comparison.compare(found["key"], expected, found)

    assert not comparison.mismatches, comparison.report()
    assert comparison.count_by_first_name()["key"] == 22 + 18


async def test_each_project_is_what_its_issues_tell(real: Gateway) -> None:
    oracle, comparison = load_oracle(), Comparison()

    for archive in oracle.archives:
        key = archive.project_key
        comparison.compare(key, oracle.expect_project(key), await read_project(real, key))

    assert not comparison.mismatches, comparison.report()
    assert comparison.count_by_first_name()["versions"] == (62 + 30) * 6
