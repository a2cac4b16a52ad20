"""The page of distributions and calendars: every form on it is read, and no form is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from zhizao.plant import Plant, read_plant
from zhizao.plant.model import Takes
from zhizao.quantities import BaseUnits, distribution_text
from zhizao.quantities.calendars import DAY_S, day_intervals, parse_calendar, week_hours, weekly_window
from zhizao.quantities.distribution_text import parse_distribution
from zhizao.quantities.distributions import Distribution, DistributionKind, mean
from zhizao.quantities.errors import CalendarError, PlantError, UnitError
from zhizao.quantities.units import COUNT, DIMENSIONS, TIME, parse_quantity

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "distributions.md").read_text(encoding="utf-8")


def rows(section: str) -> list[list[str]]:
    """Cells of the rows of a section's tables that begin with code."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| (`.*) \|$", text, flags=re.MULTILINE)
    return [row.split(" | ") for row in found]


DISTRIBUTIONS = [(row[0].strip("`"), row[-1]) for row in rows("Distributions")]
CALENDARS = [(row[0].strip("`"), row[-1]) for row in rows("Calendars")]


def calendar(text: str) -> Mapping[str, Any]:
    form: Mapping[str, Any] = YAML(typ="safe").load(text)
    return form


# ---------------------------------------------------------------- distributions
@pytest.mark.parametrize(("text", "stated"), DISTRIBUTIONS)
def test_a_distribution_of_the_page_is_read_and_has_the_mean_that_stands_there(
    text: str, stated: str
) -> None:
    assert mean(parse_distribution(text)) == pytest.approx(parse_quantity(stated, TIME), rel=2e-5)


def test_the_page_has_every_family_and_every_form_of_it() -> None:
    """A form is a set of parameter names of a family, as the reader knows them."""
    named: dict[str, set[tuple[str, ...]]] = {kind.value: set() for kind in DistributionKind}
    for text, _ in DISTRIBUTIONS:
        if "(" not in text:
            continue
        name, inside = text.rstrip(")").split("(")
        kind = DistributionKind(name)
        parts = [distribution_text._split_name(part.strip()) for part in inside.split(",")]
        forms = distribution_text._FORMS.get(kind, ())
        fits = next((form.names for form in forms if distribution_text._assign(form, parts)), ())
        named[name].add(fits)
    expected = {
        kind.value: {form.names for form in distribution_text._FORMS.get(kind, ())} or {()}
        for kind in DistributionKind
    }
    assert named == expected


def test_the_means_after_the_cut_of_a_normal_are_those_of_many_draws() -> None:
    """By hand, without the formula: normals below 0 are drawn again."""
    import numpy as np

    drawn = np.random.default_rng(1).normal(5.0, 5.0, 400_000)
    kept = drawn[drawn >= 0]
    stated = dict(DISTRIBUTIONS)["normal(5 min, cv 1)"]
    assert float(kept.mean()) == pytest.approx(float(stated.removesuffix(" min")), abs=0.03)


@pytest.mark.parametrize("text", ["20", "discrete(10: 0.5, 20: 0.5)", "uniform(10, 30)"])
def test_a_count_of_the_page_is_read_without_a_unit(text: str) -> None:
    assert f"`{text}`" in PAGE
    assert mean(parse_distribution(text, COUNT)) > 0
    with pytest.raises(UnitError, match="has no unit"):
        parse_distribution(text, TIME)


def test_a_change_by_path_takes_what_the_file_takes_or_a_number_that_says_it_is_in_base_units() -> None:
    plant = Plant.model_validate(
        {
            "plant": "one",
            "work_centers": [{"id": "cut"}],
            "routes": {"bracket": [{"id": "cut", "on": "cut", "takes": "22 min"}]},
            "products": {"bracket": {"route": "bracket"}},
            "orders": [{"product": "bracket", "every": "exponential(38 min)"}],
        }
    )
    path = "routes.bracket.cut.takes"
    assert plant.replace({path: BaseUnits(90)}) == plant.replace({path: "90 s"}) != plant
    with pytest.raises(PlantError, match="found '90', which has no unit"):
        plant.replace({path: 90})


def test_the_page_has_every_unit_with_an_example_that_is_read() -> None:
    table = {
        row.split(" | ")[0]: row for row in re.findall(r"^\| ([a-z ]+ \| .*) \|$", PAGE, flags=re.MULTILINE)
    }
    for dimension in DIMENSIONS:
        _, units, base, example = table[dimension.name].split(" | ")
        assert set(re.findall(r"`([^`]+)`", units)) == set(dimension.units) - {""}
        assert base == (dimension.base or "1")
        parse_quantity(example.strip("`"), dimension)


def test_the_times_at_the_head_of_the_page_are_those_of_a_plant_file(tmp_path: Path) -> None:
    block = re.findall(r"```yaml\n(routes:.*?)```", PAGE, flags=re.DOTALL)[0]
    centers, products = "work_centers: [{id: cut}, {id: weld}]", "products: {bracket: {route: bracket}}"
    rest = f"zhizao: 1\nplant: one\n{centers}\n{products}\n"
    (tmp_path / "plant.yaml").write_text(rest + block, encoding="utf-8")
    cut, weld = read_plant(tmp_path / "plant.yaml").routes["bracket"]
    assert cut.takes == Takes(per_lot=Distribution.constant(22 * 60))
    assert weld.takes == Takes(per_lot=Distribution.gamma(85 * 60, cv=0.3))
    (tmp_path / "bare.yaml").write_text(rest + block.replace("22 min", "22"), encoding="utf-8")
    with pytest.raises(PlantError, match="has no unit"):
        read_plant(tmp_path / "bare.yaml")


# ---------------------------------------------------------------- calendars
@pytest.mark.parametrize(("text", "hours"), CALENDARS)
def test_a_calendar_of_the_page_is_read_and_has_the_hours_that_stand_there(text: str, hours: str) -> None:
    assert week_hours(parse_calendar(calendar(text))) == pytest.approx(float(hours), abs=0.005)


FORMS: dict[str, Callable[[str], object]] = {
    "one day": lambda text: re.search(r"\{mon:", text),
    "range of days": lambda text: "mon-fri:" in text,
    "range over the week's end": lambda text: "sun-thu:" in text,
    "list of days": lambda text: re.search(r"mon,wed", text),
    "one shift without a list": lambda text: re.search(r"[a-z]: \d", text),
    "several shifts": lambda text: re.search(r"\[[\d:-]+, [\d:-]+\]", text),
    "over midnight": lambda text: "22:00-06:00" in text,
    "24:00": lambda text: "24:00" in text,
    "seconds": lambda text: re.search(r"\d\d:\d\d:\d\d-", text),
    "off, one date": lambda text: re.search(r"off: \d", text),
    "off, dates and a range": lambda text: re.search(r"off: \[[\d-]+, [\d-]+\.\.", text),
    "on, a date": lambda text: re.search(r"on: \{[\d-]+:", text),
    "on, a range": lambda text: re.search(r"on: \{[\d-]+\.\.[\d-]+:", text),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_page_has_each_form_of_a_calendar(form: str) -> None:
    assert [text for text, _ in CALENDARS if FORMS[form](text)]


def test_what_the_page_says_of_a_day_off_is_true() -> None:
    nights = parse_calendar(calendar(re.findall(r"^nights: (\{.*\})$", PAGE, flags=re.MULTILINE)[0]))
    hours = [
        [(a / 3600, b / 3600) for a, b in day_intervals(nights, date.fromisoformat(day))]
        for day in ("2026-04-30", "2026-05-01", "2026-05-02", "2026-05-04")
    ]
    assert hours == [[(0, 6), (22, 24)], [(0, 6)], [], [(22, 24)]]


def test_a_shift_under_on_cannot_run_over_midnight_and_may_go_on_the_next_day() -> None:
    day = {"mon-fri": ["06:00-14:00"]}
    with pytest.raises(CalendarError, match="end it at 24:00 and go on the next day"):
        parse_calendar({**day, "on": {"2026-05-09": ["22:00-06:00"]}})
    split = parse_calendar({**day, "on": {"2026-05-09": ["22:00-24:00"], "2026-05-10": ["00:00-06:00"]}})
    assert day_intervals(split, date(2026, 5, 9)) == ((22 * 3600.0, DAY_S),)


def test_the_calendar_and_the_tariff_window_of_the_page_are_read() -> None:
    blocks = re.findall(r"```yaml\n(calendars:.*?)```", PAGE, flags=re.DOTALL)
    two_shift = parse_calendar(calendar(blocks[0])["calendars"]["two-shift"])
    assert week_hours(two_shift) == 5 * 16 + 6
    assert len(weekly_window("mon-fri 08:00-11:00, 18:00-21:00")) == 10
    assert "`mon-fri 08:00-11:00, 18:00-21:00`" in PAGE
