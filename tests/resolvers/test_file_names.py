import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.file_names import LONGEST, clean_filename

NAMES = {
    "a.txt": "a.txt",
    "/etc/passwd": "passwd",
    "C:\\temp\\a.txt": "a.txt",
    "a/": "file",
    "..": "file",
    "": "file",
    " \t ": "file",
    ".profile": ".profile",
    "a\x00b\r\nc\x7f.txt": "abc.txt",
    'say "hi".txt': "say ''hi''.txt",
    "exe\u202egpj.scr": "exegpj.scr",
    "\ufeffa\u200b.txt": "a.txt",
    "a\u2028b": "ab",
    "Größe 大 👩\u200d👧.txt": "Größe 大 👩\u200d👧.txt",
    "x" * 300: "x" * 200,
    "x" * 300 + ".tar": "x" * 196 + ".tar",
    "." + "x" * 300: "." + "x" * 199,
}


@pytest.mark.parametrize(("text", "clean"), NAMES.items(), ids=range(len(NAMES)))
def test_a_name_is_its_last_part_without_tricks(text: str, clean: str) -> None:
    assert clean_filename(text) == clean


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_whatever_was_sent_is_a_name_that_can_stand_anywhere(text: str) -> None:
    name = clean_filename(text)

    assert 1 <= len(name) <= LONGEST
    assert not set(name) & set('/\\"\r\n\x00')
    assert name not in {".", ".."}
    assert clean_filename(name) == name
