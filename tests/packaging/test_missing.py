import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.missing import REQUIRE_VARIABLE, Missing, require
from tests.support.servers import REPOSITORY

REDIS = Missing("Redis", "install it")


def test_what_is_there_is_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRE_VARIABLE, "all")

    assert require("redis://localhost") == "redis://localhost"


@pytest.mark.parametrize("value", [None, "", "postgresql", "postgresql,node"])
def test_what_is_missing_skips_the_test_and_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(REQUIRE_VARIABLE, raising=False)
    else:
        monkeypatch.setenv(REQUIRE_VARIABLE, value)

    with pytest.raises(pytest.skip.Exception, match="Redis is missing: install it"):
        require(REDIS)


@pytest.mark.parametrize("value", ["all", "redis", "node, Redis"])
def test_what_is_missing_fails_the_test_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(REQUIRE_VARIABLE, value)

    with pytest.raises(pytest.fail.Exception, match="Redis is missing: install it"):
        require(REDIS)


def test_the_run_closes_with_each_reason_and_its_count(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(
        "import pytest\n"
        "from tests.support.missing import Missing, require\n"
        "@pytest.mark.parametrize('number', [1, 2])\n"
        "def test_needs_redis(number):\n"
        "    require(Missing('Redis', 'install it'))\n"
        "def test_needs_nothing():\n"
        "    pass\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.support.missing", tmp_path],
        cwd=tmp_path,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "not tested here, and why" in told
    assert "2 skipped: Redis is missing: install it" in told
