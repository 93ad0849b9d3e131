import asyncio

import pytest

from server.patience import LEAST_PACE, Patience


async def move() -> None:
    moved = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, moved.set)
    await moved.wait()


async def move_often(patience: Patience, *, byte_count: int) -> None:
    for _ in range(100):
        await patience.wait(move())
        patience.win_back(byte_count)


async def test_who_moves_nothing_is_waited_for_no_longer_than_patience_lasts() -> None:
    with pytest.raises(TimeoutError):
        await Patience(0.01).wait(asyncio.Event().wait())


async def test_who_moves_little_again_and_again_is_waited_for_no_longer_than_at_once() -> None:
    with pytest.raises(TimeoutError):
        await move_often(Patience(0.2), byte_count=1)


async def test_who_moves_enough_wins_the_time_back_and_no_more() -> None:
    patience = Patience(0.2)

    await move_often(patience, byte_count=round(LEAST_PACE))

    assert patience.left_s == 0.2
