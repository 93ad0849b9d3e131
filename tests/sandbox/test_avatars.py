import pytest

from tests.sandbox.visitors import a_visitor


@pytest.mark.parametrize(("size", "pixels"), [("16", 16), ("48", 48), ("7", 48), ("x", 48)])
async def test_an_avatar_has_one_of_four_sizes(size: str, pixels: int) -> None:
    response = await a_visitor().http.get("/avatars/user/1.svg", params={"size": size})

    assert f'width="{pixels}"' in response.text


async def test_an_avatar_looks_the_same_each_time_and_differs_between_ids() -> None:
    http = a_visitor().http

    pictures = [(await http.get(f"/avatars/user/{name}.svg")).text for name in ("a", "a", "b")]

    assert pictures[0] == pictures[1] != pictures[2]


async def test_what_the_address_says_cannot_become_markup() -> None:
    response = await a_visitor().http.get("/avatars/<b>/x.svg")

    assert "&lt;" in response.text
