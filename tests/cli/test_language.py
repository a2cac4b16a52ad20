"""Commands in Chinese: what they print of a result, and its report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Zhizao

SHORT = ("--days", "5", "--replications", "2")


def test_a_study_prints_and_reports_in_chinese(zhizao: Zhizao, plant: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    said = zhizao("--language", "zh", "simulate", plant, *SHORT, "--report", page)
    assert said.code == 0, said.err
    assert "最繁忙的资源是 slow(工作中心)" in said.out
    assert "产量" in said.out
    assert "Throughput" not in said.out
    assert '<html lang="zh">' in page.read_text(encoding="utf-8")


def test_the_environment_asks_for_a_language_and_the_option_goes_before_it(
    zhizao: Zhizao, plant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIZAO_LANGUAGE", "zh")
    assert "资源负荷" in zhizao("simulate", plant, *SHORT).out
    assert "Load of resources" in zhizao("--language", "en", "simulate", plant, *SHORT).out


def test_json_is_the_same_in_both_languages(zhizao: Zhizao, plant: Path) -> None:
    english, other = (
        zhizao("--language", language, "simulate", plant, *SHORT, "--json").out for language in ("en", "zh")
    )
    assert json.loads(english) == json.loads(other)


def test_a_language_that_is_not_there_is_refused(zhizao: Zhizao, plant: Path) -> None:
    said = zhizao("--language", "fr", "simulate", plant)
    assert said.code == 2
    assert "'en', 'zh'" in said.err
