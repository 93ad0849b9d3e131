"""Global ids keep what they name, whatever it is, and refuse what Juncture did not write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.errors import BadUserInputError
from resolvers.global_ids import GlobalId, find_global_id, parse_global_id

plain = st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=50)


@given(type_name=plain, connection_id=st.uuids().map(str), jira_id=plain)
def test_an_id_names_what_it_was_made_of(type_name: str, connection_id: str, jira_id: str) -> None:
    named = GlobalId(type_name, connection_id, jira_id)

    assert parse_global_id(str(named)) == named


@given(st.text(max_size=200))
def test_any_other_text_names_nothing(text: str) -> None:
    found = find_global_id(text)

    assert found is None or str(found) == text


@pytest.mark.parametrize("text", ["", "x", "A" * 700, "é", "MR9hH2I", "MR9hH2IfYw=="])
def test_what_juncture_did_not_write_is_refused(text: str) -> None:
    with pytest.raises(BadUserInputError):
        parse_global_id(text)
