"""docs/attachments.md: the session runs from top to bottom and answers as it stands there."""

import asyncio
import json
import os
import re
import shutil
from itertools import pairwise
from pathlib import Path

from server.settings import Settings
from tests.documentation.test_graph_manual import fits
from tests.support.house import link_site, open_house
from tests.support.missing import Missing, require
from tests.support.servers import REPOSITORY
from tests.support.worlds import open_made_up_world

MANUAL = (REPOSITORY / "docs" / "attachments.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", MANUAL, flags=re.DOTALL)
SESSION = [text for kind, text in BLOCKS if kind == "sh"]
SHOWN = [(kind, text) for (before, _), (kind, text) in pairwise(BLOCKS) if before == "sh"]
SEPARATOR = "\x1e"


async def test_the_session_answers_as_it_stands_below_each_part(tmp_path: Path) -> None:
    require(shutil.which("curl") or Missing("curl", "install it (Debian: apt-get install curl)"))
    async with open_house(tmp_path, open_made_up_world()) as house:
        await link_site(house, "demo")
        parts = [text.replace("http://127.0.0.1:8000", house.juncture) for text in SESSION]
        script = f"\nprintf '{SEPARATOR}'\n".join(parts)
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-e", "-u", "-o", "pipefail", "-c", script),
            cwd=tmp_path,
            env={**os.environ, "KEY": house.key},
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await shell.communicate()

    assert shell.returncode == 0
    answers = told.decode().split(SEPARATOR)
    assert len(answers) == len(SHOWN) == 5
    for answer, (kind, shown) in zip(answers, SHOWN, strict=True):
        if kind == "json":
            assert fits(json.loads(shown), json.loads(answer)), answer
        else:
            assert answer.strip() == shown.strip()


def test_the_time_that_an_address_lives_is_the_settings() -> None:
    default = Settings.model_fields["attachment_url_seconds"].default

    assert "`JUNCTURE_ATTACHMENT_URL_SECONDS` (five minutes)" in MANUAL
    assert default == 300
