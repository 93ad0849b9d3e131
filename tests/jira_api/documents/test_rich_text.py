from jira_api.documents.rich_text import RichText


def test_a_rich_text_gives_the_words_of_its_document() -> None:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "Words"}]}

    assert RichText({"type": "doc", "version": 1, "content": [paragraph]}).text == "Words"
