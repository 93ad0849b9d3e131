import asyncio

import pytest
from starlette.types import Message

from server.attachment_downloads import _LEAST_PACE, _PATIENCE_S, _Answer, _BrokenOffError


async def test_who_takes_nothing_for_too_long_is_waited_for_no_longer() -> None:
    async def send(_message: Message) -> None:
        await asyncio.Event().wait()

    with pytest.raises(_BrokenOffError):
        await _Answer(send, is_head=False, patience_s=0.01).go_on(b"a piece")


async def test_who_takes_little_again_and_again_is_waited_for_no_longer_than_at_once() -> None:
    answer = _Answer(take_slowly, is_head=False, patience_s=0.2)

    with pytest.raises(_BrokenOffError, match="too slow"):
        await send_all(answer, [b"a"] * 100)


async def test_who_takes_enough_wins_its_time_back() -> None:
    answer = _Answer(take_slowly, is_head=False, patience_s=0.2)
    piece = bytes(round(_LEAST_PACE))

    await send_all(answer, [piece] * 10)

    assert 0.2 < answer.patience_s <= _PATIENCE_S


async def send_all(answer: _Answer, pieces: list[bytes]) -> None:
    for piece in pieces:
        await answer.go_on(piece)


async def take_slowly(_message: Message) -> None:
    taken = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, taken.set)
    await taken.wait()
