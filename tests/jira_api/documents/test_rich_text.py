import pytest

from jira_api.documents.rich_text import MOST_WRITTEN_CHARACTERS, RichText
from jira_api.errors import InvalidResponseError
from tests.jira_api.documents.builders import document, p, text


def test_a_rich_text_gives_its_document_in_other_forms() -> None:
    given = RichText(document(p(text("Words", "strong"))))

    assert given.text == "Words"
    assert given.markdown == "**Words**"
    assert given.html == "<p><strong>Words</strong></p>"


@pytest.mark.parametrize("piece", ["&#1;", "\n", "%", "a"])
def test_a_document_larger_than_any_of_people_is_not_written_out(piece: str) -> None:
    words = piece * (MOST_WRITTEN_CHARACTERS // len(piece))
    link = ("link", {"href": f"https://x.test/{words}"})

    for large in (RichText(document(p(words))), RichText(document(p(text("a", link))))):
        for form in ("markdown", "html"):
            with pytest.raises(InvalidResponseError, match="200,000 characters"):
                getattr(large, form)
    assert RichText(document(p("a" * 150_000))).html == f"<p>{'a' * 150_000}</p>"
