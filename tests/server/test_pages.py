"""What pages are allowed, and that whatever they show is text."""

from http import HTTPStatus

import pytest
from jinja2 import UndefinedError

from server.pages import Pages, Policy, image_origins


def test_a_plain_page_loads_only_our_style_and_leads_only_to_us() -> None:
    assert Policy().header() == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def test_images_and_form_targets_are_added_by_origin() -> None:
    policy = Policy(images=["https://a.test"], form_targets=["https://b.test"]).header()

    assert "img-src 'self' data: https://a.test;" in policy
    assert "form-action 'self' https://b.test;" in policy


def test_only_a_page_with_scripts_runs_any_and_then_ours_alone() -> None:
    policy = Policy(has_scripts=True).header()

    assert "script-src 'self';" in f"{policy};"
    assert "script-src" not in Policy().header()
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize(
    ("url", "origins"),
    [
        ("https://a.test/x.png", ["https://a.test"]),
        ("http://a.test:81/x.png", ["http://a.test:81"]),
        (None, []),
        ("", []),
        ("data:image/png;base64,AA", []),
        ("javascript:alert(1)", []),
        ("//a.test/x.png", []),
        ("https://a.test;script-src 'unsafe-inline'/x", []),
        ("https://a.test *", []),
        ("https://*/x", []),
        ("https://[::1/x", []),
        ("https://u@a.test/x", []),
        ("https://ä.test/x", []),
        ("https://a.test\r\nX-Evil: 1", []),
    ],
)
def test_a_picture_adds_its_origin_and_never_a_directive(
    url: str | None, origins: list[str]
) -> None:
    found = image_origins([url])

    assert not any(set(origin) & set(" ;,'*\r\n") for origin in found)
    assert found == origins


def test_the_same_origin_stands_once_in_a_fixed_order() -> None:
    urls = ["https://b.test/1", "https://a.test/1", "https://b.test/2"]

    assert image_origins(urls) == ["https://a.test", "https://b.test"]


def test_a_page_has_its_status_and_escapes_what_it_shows() -> None:
    values = {"title": "<b>", "text": "\"'&", "code": "<C>", "request_id": "<r>"}

    page = Pages().render("message.html.j2", values, policy=Policy(), status=HTTPStatus.FORBIDDEN)

    text = bytes(page.body).decode()
    assert page.status_code == 403
    assert "&lt;b&gt;" in text
    assert "&lt;C&gt;" in text
    assert "<b>" not in text


def test_a_value_that_a_template_lacks_is_an_error_and_no_gap() -> None:
    with pytest.raises(UndefinedError):
        Pages().render("message.html.j2", {"title": "T"}, policy=Policy())
