"""Reports in Chinese: whole sentences or none, the same numbers, names as the user wrote them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from tests.studies.plants import line
from tests.studies.test_contract import STUDIES, made
from zhizao import simulate
from zhizao.kpi import FORMULAS
from zhizao.plant.model import DispatchRule
from zhizao.report import Folds, Headline, Prose, Report, Result, Section, Table
from zhizao.report.language import words_of
from zhizao.report.language.table import Template, chinese, pairs
from zhizao.report.plots import data_of

CODE = "The rule in Python"
"""The title of a section that no language changes."""
HAN = re.compile("[\u4e00-\u9fff]")
WORDS = words_of("zh")


def numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:[\u202f.]\d+)*", text))


# ---------------------------------------------------------------- what a reader sees
def test_the_report_of_a_study_is_chinese() -> None:
    page = simulate(line(), days=2, replications=2, seed=3).page().to_html(language="zh")
    assert '<html lang="zh">' in page
    assert "<h2>资源负荷</h2>" in page
    assert "<h3>平均交付周期</h3>" in page
    assert '<th scope="row">随机种子</th>' in page
    assert '"x_label":"交付周期 (h)"' in page


def test_what_has_no_translation_stays_english_and_is_marked() -> None:
    page = Report("A", sections=(Prose("Only significant effects. Pigs <fly> at 5."),)).to_html(language="zh")
    assert '<p>仅显示显著的影响。 <span lang="en">Pigs &lt;fly&gt; at 5.</span></p>' in page


def test_a_sentence_with_a_part_that_has_no_translation_stays_whole() -> None:
    for text in (
        "One pig limits throughput: it flies by 5 %.",
        "For the pig, sew comes last: one more unit was not tried.",
        "one more unit shortens the queue by 5 % and raises throughput by 2.0 % (1.0 % to 3.0 %)",
    ):
        assert WORDS.text(text) == text


def test_names_of_the_users_own_stay() -> None:
    frame = pl.DataFrame({"resource": ["busy"], "kind": ["work center"], "mean": [0.5], "unit": ["share"]})
    page = Report("setup & log", sections=(Table("Who is how busy", frame),)).to_html(language="zh")
    assert "<td>busy</td><td>工作中心</td>" in page
    assert (
        WORDS.text("张三 limits throughput: one more unit was not tried.")
        == "张三限制产量：未试验增加一台设备。"
    )


def test_english_is_as_before() -> None:
    report = made("simulate").page()
    assert report.to_html() == report.to_html(language="en")
    assert not HAN.search(re.sub("<style>.*?</style>|<script.*?</script>", "", report.to_html(), flags=re.S))


def test_numbers_that_are_grouped_are_one_number() -> None:
    assert (
        WORDS.text("336\u202f145 (319\u202f352 to 351\u202f970) EUR")
        == "336\u202f145 (319\u202f352 至 351\u202f970) EUR"
    )
    assert WORDS.text("164 392 CNY/day") == "164 392 CNY/天"  # as commands print it


# ---------------------------------------------------------------- all studies
@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: made(name) for name in STUDIES}


def named(page: Report) -> Iterator[str]:
    """Texts of ours that stand alone: titles, names of KPIs and facts, heads, labels."""
    yield from page.facts
    for section in page.sections:
        if not re.fullmatch(r"[\d :-]+", getattr(section, "title", "")):
            yield getattr(section, "title", "")
        yield from (row.name for row in section.rows) if isinstance(section, Headline) else ()
        if isinstance(section, Table):
            yield from (name.replace("_", " ") for name in section.frame.columns if name != "#")
        if isinstance(section, Folds):
            yield from (
                name
                for fold in section.folds
                for one in fold.tables
                for name in (one.title, *one.frame.columns)
            )
        yield from (getattr(section, name, "") for name in ("x_label", "y_label", "right_label", "label"))


def sentences(page: Report) -> Iterator[str]:
    yield page.subtitle
    for section in page.sections:
        if getattr(section, "title", "") != CODE:
            yield getattr(section, "note", "")
            yield from _text(section).split("\n\n")
            yield _said(section)


def _text(section: Section) -> str:
    return section.text if isinstance(section, Prose) else ""


def _said(section: Section) -> str:
    """What the data of a chart says of itself."""
    if isinstance(section, Headline | Prose | Table) or type(section).__name__ in (
        "Gantt",
        "Gallery",
        "Folds",
    ):
        return ""
    found: dict[str, Any] = data_of(section) or {}  # type: ignore[arg-type]  # a chart, as the line above leaves it
    return str(found.get("note", ""))


def test_every_title_head_and_name_is_translated(results: dict[str, Result]) -> None:
    missing = {
        (study, text)
        for study, result in results.items()
        for text in named(result.page())
        if text and chinese().whole(text) is None
    }
    assert missing == set()


def test_nine_of_ten_sentences_are_translated(results: dict[str, Result]) -> None:
    texts = {
        text.strip()
        for result in results.values()
        for text in (*sentences(result.page()), *result.notes, *result.key_points())
        if text.strip() and "\n" not in text and "def " not in text
    }
    runs = [run for text in texts for run in chinese().runs(text)]
    missing = [text for text, done in runs if not done]
    assert len(runs) > 60
    assert len(missing) <= 0.1 * len(runs), "\n".join(missing)


def test_a_sentence_has_the_same_numbers_in_both_languages(results: dict[str, Result]) -> None:
    for result in results.values():
        for text in (*sentences(result.page()), *result.notes, *result.key_points()):
            assert numbers(WORDS.text(text)) == numbers(text)


def test_no_sentence_is_translated_by_half(results: dict[str, Result]) -> None:
    left = re.compile(r"(?:\b[a-z]+\b ){2}[a-z]+\b")
    for result in results.values():
        names = {result.title, "three machines in line"}
        for text in (*sentences(result.page()), *result.notes, *result.key_points()):
            for run, done in chinese().runs(text):
                found = (
                    left.findall(re.sub("|".join(map(re.escape, names)) + "|`.*?`", "", run)) if done else []
                )
                assert not found, run


# ---------------------------------------------------------------- the table
ROWS = [*pairs("terms.tsv"), *pairs("sentences.tsv")]


def test_no_text_is_there_twice() -> None:
    assert [text for text, count in Counter(english for english, _ in ROWS).items() if count > 1] == []


def test_a_row_has_the_same_placeholders_and_numbers_in_both_languages() -> None:
    for english, other in ROWS:
        template = Template(english, other)
        assert sorted(template.kinds) == sorted(name for _, name in template.pieces if name), english
        assert numbers(re.sub(r"\{.*?\}", "", english)) == numbers(re.sub(r"\{.*?\}", "", other)), english
        assert not re.search("[,;:] ?$", other), english


def test_every_kpi_has_its_name_unit_and_meaning_in_chinese() -> None:
    texts = {
        text
        for one in FORMULAS.values()
        for text in (one.name, one.name.lower(), one.unit, one.description)
        if text != "1"
    }
    assert {run for text in texts for run, done in chinese().runs(text) if not done} == set()


def test_every_dispatch_rule_has_its_name_in_chinese() -> None:
    assert {rule.value for rule in DispatchRule if not HAN.search(WORDS.word(rule.value))} == set()
