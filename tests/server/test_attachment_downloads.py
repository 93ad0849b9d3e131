import asyncio

import pytest
from starlette.types import Message

from server.attachment_downloads import _Answer, _BrokenOffError
from server.patience import Patience


async def test_who_takes_nothing_for_too_long_is_waited_for_no_longer() -> None:
    async def send(_message: Message) -> None:
        await asyncio.Event().wait()

    answer = _Answer(send, is_head=False, patience=Patience(0.01))

    with pytest.raises(_BrokenOffError, match="too slow"):
        await answer.go_on(b"a piece")
