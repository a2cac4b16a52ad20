"""A page stands alone, says who is better, and lets nothing of a log become markup."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from zhizao.report import (
    Estimate,
    Fold,
    Folds,
    Gallery,
    Gantt,
    GanttRow,
    Headline,
    HeadlineRow,
    Histogram,
    Lines,
    Prose,
    Report,
    Section,
    Shot,
    StackedBars,
    Table,
    Tornado,
    html,
    write_report,
)
from zhizao.report.scripts import ASSETS

DAY = datetime(2026, 1, 5)
EVIL = 'var(--x)"><script>alert(1)</script>'


class _Reader(HTMLParser):
    """Collects tags and text, and fails on a tag that is closed out of turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        page = re.sub(r"<noscript>.*?</noscript>", "", page)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag if ("type", "application/json") not in attrs else "data")
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href"}]
        if tag != "meta":
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def drawn(section: Section) -> dict[str, Any]:
    """The data of the only chart of a page."""
    page = html(Report("t", sections=(section,)))
    found: dict[str, Any] = json.loads(
        re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1]  # type: ignore[index]
    )
    return found


def _row(low: float, high: float, better: str = "higher") -> HeadlineRow:
    side = "lower" if better == "lower" else "higher" if better == "higher" else "neither"
    change = Estimate((low + high) / 2, low, high)
    return HeadlineRow("Throughput", "pieces/day", Estimate(1100.0), Estimate(1240.0), change, side)  # type: ignore[arg-type]


def _all(name: str) -> tuple[Section, ...]:
    """One section of each kind, with `name` wherever a name can be."""
    return (
        Headline((HeadlineRow(name, name, Estimate(1.0)),), name),
        Prose(name, name),
        Table(name, pl.DataFrame({name: [name], "n": [1.5]}), name),
        Lines(name, [1.0, 2.0, 3.0], {name: [1.0, None, 2.0], "b": [1.0, 2.0, 3.0]}, name, name, name),
        Histogram(name, {name: [1.0, 2.0, 2.5], "b": [3.0]}, name, name, name),
        StackedBars(name, [name], {name: [0.4], "busy": [0.6]}, name),
        Gantt(name, [GanttRow(name, DAY, DAY + timedelta(hours=1), name, name)], name),
    )


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (_row(0.1, 0.2), "better"),
        (_row(-0.2, -0.1), "worse"),
        (_row(-0.2, -0.1, "lower"), "better"),
        (_row(0.1, 0.2, "lower"), "worse"),
        (_row(-0.1, 0.2), "unclear"),
        (_row(0.1, 0.2, "neither"), "changed"),
        (HeadlineRow("x", "h", Estimate(1.0)), "unclear"),
    ],
)
def test_a_change_is_better_only_if_its_interval_says_so(row: HeadlineRow, verdict: str) -> None:
    assert row.verdict == verdict


def test_a_card_tells_before_after_and_the_interval() -> None:
    text = _Reader(html(Report("t", sections=(Headline((_row(0.101, 0.152),)),)))).text
    reported = (
        "1\u202f240",
        "pieces/day",
        "before 1\u202f100",
        "▲ +12.7\u202f%",
        "better",
        "+10.1 to +15.2\u202f%",
    )
    assert [part for part in reported if part not in text] == []


def test_a_page_needs_nothing_from_anywhere() -> None:
    page = html(Report("t", "s", _all("name"), {"seed": 1}))
    reader = _Reader(page)
    assert reader.links == []
    assert {"link", "img", "iframe"}.isdisjoint(reader.tags)
    written = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", written)
    assert "default-src 'none'" in page


def test_a_page_runs_the_scripts_that_its_policy_names_and_no_other() -> None:
    page = html(Report("t", "s", _all("name")))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = [b64encode(sha256(one.encode()).digest()).decode() for one in scripts]
    assert re.findall(r"'sha256-([^']*)'", policy[1]) == hashes
    assert "unsafe-inline" not in policy[1].split("script-src")[1]
    plain = html(Report("t", sections=(Prose("no chart"),)))
    assert "script" not in plain
    assert len(plain) < 10_000


def test_what_a_page_carries_is_what_its_makers_published() -> None:
    names = [line.split("  ") for line in (ASSETS / "vendor/CHECKSUMS.txt").read_text("utf-8").splitlines()]
    for checksum, name in names:
        assert sha256((ASSETS / "vendor" / name).read_bytes()).hexdigest() == checksum, name
    carried = {path.name for path in (ASSETS / "vendor").glob("*.js")}
    assert carried == {name for _, name in names}
    assert {name.split(".")[0] for name in carried} == {
        path.name.split(".")[0] for path in (ASSETS / "vendor").glob("*.LICENSE")
    }


def test_names_from_a_log_cannot_become_markup() -> None:
    reader = _Reader(html(Report(EVIL, EVIL, _all(EVIL), {EVIL: EVIL})))
    assert reader.tags.count("script") == 2  # ours
    assert "alert" not in reader.tags
    assert reader.text.count("<script>alert(1)</script>") >= 11
    assert reader.text.count("\\u003cscript>alert(1)\\u003c/script>") >= 9  # within the data of charts


def test_every_kind_of_section_is_drawn() -> None:
    tags = _Reader(html(Report("t", sections=_all("x")))).tags
    assert tags.count("section") == 7
    assert tags.count("data") == 4


@pytest.mark.parametrize(
    "section",
    [
        Lines("t", [], {}, "x", "y"),
        Lines("t", [1.0], {"a": [None]}, "x", "y"),
        Histogram("t", {"a": []}, "h"),
        StackedBars("t", [], {}),
        Gantt("t", []),
    ],
)
def test_an_empty_chart_says_so(section: Section) -> None:
    assert "There is nothing to show." in html(Report("t", sections=(section,)))


@pytest.mark.parametrize(
    "section",
    [
        Headline(()),
        Headline((HeadlineRow("x", "h", Estimate(None), Estimate(None), Estimate(None)),)),
        Table("t", pl.DataFrame()),
        Lines("t", [DAY], {"a": [0.0]}, "x", "y"),
        Histogram("t", {"a": [5.0, 5.0]}, "h"),
        Gantt("t", [GanttRow("m", DAY, DAY, "setup")]),
    ],
)
def test_a_page_of_next_to_nothing_is_still_a_page(section: Section) -> None:
    assert _Reader(html(Report("t", sections=(section,)))).tags.count("section") == 1


def test_shares_of_a_table_are_shown_in_per_cent() -> None:
    frame = pl.DataFrame({"unit": ["share", "1"], "value": [0.612, 3.2], "before": [0.58, None]})
    text = _Reader(html(Report("t", sections=(Table("KPIs", frame),)))).text
    assert "61.2" in text
    assert "58.0" in text
    assert "3.20" in text
    assert "share" not in text


def test_what_is_left_out_is_said() -> None:
    frame = pl.DataFrame({"n": range(300)})
    text = _Reader(html(Report("t", sections=(Table("t", frame, limit=10),)))).text
    assert "The first 10 rows of 300." in text


def test_a_long_curve_keeps_its_peak_and_stays_small() -> None:
    values = [0.0] * 100_000
    values[77_777] = 9.0
    found = drawn(Lines("t", list(range(100_000)), {"a": values}, "x", "y"))
    assert [77_777.0, 9.0] in [
        list(one) for one in zip(found["x"], found["series"][0]["values"], strict=True)
    ]
    assert len(found["x"]) < 5_000


def test_every_colour_of_a_chart_is_defined() -> None:
    states = [
        "busy",
        "setup",
        "waiting",
        "blocked",
        "down",
        "maintenance",
        "idle",
        "off",
        "inspect",
        "transport",
    ]
    bars = StackedBars("t", ["m"], {state: [0.05] for state in [*states, *"abcdef"]})
    colours = [one["colour"] for one in drawn(bars)["states"]]
    assert set(colours) <= set(re.findall(r"--([a-z-]+):", html(Report("t"))))
    script = (ASSETS / "charts/plot.js").read_text("utf-8")
    assert set(colours) <= set(re.findall(r'"([a-z-]+)"', re.search(r"COLOURS = .*?;", script, re.DOTALL)[0]))  # type: ignore[index]
    assert len(set(colours)) == 10


def test_the_facts_stand_at_the_foot() -> None:
    text = _Reader(html(Report("t", facts={"seed": 42, "made": datetime(2026, 1, 9, 14, 5)}))).text
    assert "seed42" in text
    assert "2026-01-09 14:05" in text


def test_a_report_is_written_whole(tmp_path: Path) -> None:
    report = Report("智造", sections=_all("袋"))
    path = write_report(report, tmp_path / "page.html")
    assert path.read_text(encoding="utf-8") == html(report)
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_a_tornado_has_a_bar_for_each_side_that_was_tried() -> None:
    chart = Tornado(
        "What moves it", ["takes", "units"], {"less": [-0.1, None], "more": [0.2, -0.3]}, "change (%)"
    )
    found = drawn(chart)
    assert [(way["name"], way["changes"]) for way in found["ways"]] == [
        ("less", [-10.0, None]),
        ("more", [20.0, -30.0]),
    ]


# ---------------------------------------------------------------- JSON
def test_a_report_as_json_has_the_sections_of_the_page_and_no_number_that_json_lacks() -> None:
    day = datetime(2026, 1, 5, 6)
    report = Report(
        "t",
        "s",
        (
            Prose("a\n\nb", title="In short"),
            Table("T", pl.DataFrame({"name": ["x"], "mean": [float("nan")], "at": [day]})),
            Lines("L", [0.0, 1.0], {"y": [1.0, None]}, "d", "h"),
        ),
        {"seed": 1, "from": day},
    )
    found = json.loads(report.to_json())
    assert [section["kind"] for section in found["sections"]] == ["prose", "table", "lines"]
    frame = found["sections"][1]["frame"]
    assert [column["name"] for column in frame["columns"]] == ["name", "mean", "at"]
    assert frame["rows"] == [["x", None, "2026-01-05T06:00:00"]]
    assert found["sections"][2]["series"] == {"y": [1.0, None]}
    assert found["facts"] == {"seed": 1, "from": "2026-01-05T06:00:00"}


def test_a_gallery_holds_its_pictures_and_counts_the_others() -> None:
    gallery = Gallery("Worst", [Shot("a<b", b"\x89PNG")], left_out=3)
    report = Report("r", sections=(gallery,))
    page = report.to_html()
    assert 'alt="a&lt;b" src="data:image/png;base64,iVBORw=="' in page
    assert "img-src data:" in page
    assert "3 more are not shown." in page
    assert json.loads(report.to_json())["sections"][0]["shots"][0]["png"] == "iVBORw=="
    assert "There is nothing to show." in Report("r", sections=(Gallery("none", []),)).to_html()


def test_what_is_folded_stands_below_its_line_and_is_no_markup() -> None:
    frame = pl.DataFrame({"where": ["<b>"], "after": ["2"]})
    text = html(Report("A plant", sections=(Folds("Measures", [Fold("<i> A", [Table("", frame)])]),)))
    inside = text.partition("<details>")[2].partition("</details>")[0]
    assert inside.startswith("<summary>&lt;i&gt; A</summary>")
    assert "&lt;b&gt;" in inside
    assert "<script" not in text, "it opens without a script"
