"""`zhizao portfolio`, as it is typed."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cli.conftest import Zhizao
from tests.workflows.portfolio.test_portfolio import small
from zhizao import portfolio


def test_the_plan_and_what_else_could_be_done(zhizao: Zhizao, tmp_path: Path) -> None:
    said = zhizao("portfolio", small(tmp_path), "--draws", "3")
    assert said.code == 0
    assert "Begin with north" in said.out
    for title in ("Plan", "What each further million buys", "Beside other ways"):
        assert f"\n{title}" in said.out


def test_json_is_alone_on_stdout(zhizao: Zhizao, tmp_path: Path) -> None:
    said = zhizao("portfolio", small(tmp_path), "--draws", "2", "--json")
    found = json.loads(said.out)
    assert (said.code, found["study"], found["draws"]) == (0, "portfolio", 2)
    assert [row["way"] for row in found["ways"]] == ["this plan", "greedy by ratio", "equal split"]


def test_a_fault_names_the_line(zhizao: Zhizao, tmp_path: Path) -> None:
    path = small(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("years: 2", "years: 0"), encoding="utf-8")
    said = zhizao("portfolio", path)
    assert said.code == 2
    assert "mills.yaml:4: years: found 0" in said.err


def test_ctrl_c_keeps_the_plan(tmp_path: Path) -> None:
    def press(share: float) -> None:
        if share > 0.12:
            signal.raise_signal(signal.SIGINT)

    result = portfolio(small(tmp_path), draws=3, progress=press)
    assert result.interrupted
    assert "Interrupted: what was not reached is missing." in result.notes
    assert result.table().height == 2
    assert result.found.learned().height == 0


def test_ctrl_c_before_there_is_a_plan_ends_the_study(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        portfolio(small(tmp_path), progress=lambda _: signal.raise_signal(signal.SIGINT))
