"""The indices of the Human Development Report 2023/24, from their inputs to the three published decimals.

Source: UNDP, Human Development Report 2023/24, technical notes 1 to 4 and the complete time series (206
countries and groups, 1990 to 2022).
"""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.published.indices import build, data
from zhizao.studies.rank.steps.aggregate import power_mean
from zhizao.studies.rank.steps.arrays import Floats

FILE = "hdi/HDR23-24_Composite_indices_complete_time_series.csv.xz"
HDI = """
index: Human Development Index
unit: unit
indicators:
  le: {{column: le{sex}, goalposts: [{life}], loss: {ineq_le}}}
  eys: {{column: eys{sex}, goalposts: [0, 18]}}
  mys: {{column: mys{sex}, goalposts: [0, 15]}}
  income: {{column: {income}, goalposts: [100, 75000], scale: log, loss: {ineq_inc}}}
groups:
  HDI: {{of: [le, education, income], aggregate: geometric}}
  education: {{of: [eys, mys], loss: {ineq_edu}}}
steps: {{normalise: goalposts, range: [0, 1], present: 1}}
"""


@cache
def series() -> pl.DataFrame:
    """One row per country and year, every published figure a column; unknown is null."""
    wide = pl.read_csv(
        lzma.decompress(data(FILE).read_bytes()),
        infer_schema_length=None,
        encoding="utf8-lossy",
        null_values=[""],
    )
    names = {column.rsplit("_", 1)[0] for column in wide.columns if column[-4:].isdigit()}
    code = wide.columns[0]
    years = [
        wide.select(
            (pl.col(code) + f" {year}").alias("unit"),
            *(pl.col(f"{name}_{year}").cast(pl.Float64).alias(name)
              for name in sorted(names) if f"{name}_{year}" in wide.columns),
        )
        for year in range(1990, 2023)
    ]  # fmt: skip
    return pl.concat(years, how="diagonal").with_columns(pl.lit(0.0).alias("none"))


def column(name: str) -> Floats:
    return series()[name].to_numpy().astype(np.float64)


def index(folder: Path, sex: str = "", life: str = "20, 85", *, unequal: bool = False) -> Floats:
    """The HDI, that of one sex, or the one adjusted for inequality."""
    table = folder / "series.csv"
    series().write_csv(table)
    losses = {f"ineq_{part}": f"ineq_{part}" if unequal else "none" for part in ("le", "edu", "inc")}
    income = f"gni_pc{sex}" if sex else "gnipc"
    _, found = build(HDI.format(sex=sex, life=life, income=income, **losses), table, folder)
    return found.index


def equal(found: Floats, name: str) -> tuple[int, int]:
    """How many published values are met to the third decimal, and how many there are."""
    published = column(name)
    there = ~np.isnan(published)
    return int((np.round(found[there], 3) == np.round(published[there], 3)).sum()), int(there.sum())


def test_hdi(tmp_path: Path) -> None:
    assert equal(index(tmp_path), "hdi") == (6171, 6171)


def test_hdi_adjusted_for_inequality(tmp_path: Path) -> None:
    assert equal(index(tmp_path, unequal=True), "ihdi") == (2106, 2106)


def test_gender_development(tmp_path: Path) -> None:
    women, men = index(tmp_path, "_f", "22.5, 87.5"), index(tmp_path, "_m", "17.5, 82.5")
    assert equal(women, "hdi_f") == (5014, 5014)
    assert equal(men, "hdi_m") == (5014, 5014)
    assert equal(women / men, "gdi") == (5014, 5014)


def gender_inequality() -> Floats:
    """Technical note 4: harmonic mean over the sexes of geometric means over dimensions, against equality.

    The maternal mortality ratio is truncated at 10 and 1,000; a parliament without women counts as .1 %.
    """
    health = np.sqrt(10 / np.clip(column("mmr"), 10, 1000) / column("abr"))
    seats = np.where(column("pr_f") == 0, 0.1, column("pr_f"))
    power_f = power_mean(np.column_stack([seats, column("se_f")]) / 100, np.ones(2), 0.0)
    power_m = power_mean(np.column_stack([column("pr_m"), column("se_m")]) / 100, np.ones(2), 0.0)
    work_f, work_m = column("lfpr_f") / 100, column("lfpr_m") / 100
    women = power_mean(np.column_stack([health, power_f, work_f]), np.ones(3), 0.0)
    men = power_mean(np.column_stack([np.ones_like(health), power_m, work_m]), np.ones(3), 0.0)
    middle = np.column_stack([(health + 1) / 2, (power_f + power_m) / 2, (work_f + work_m) / 2])
    unequal = power_mean(np.column_stack([women, men]), np.ones(2), -1.0)
    return 1 - unequal / power_mean(middle, np.ones(3), 0.0)


def test_gender_inequality() -> None:
    assert equal(gender_inequality(), "gii") == (4711, 4711)


def test_hdi_adjusted_for_planetary_pressures() -> None:
    published = column("phdi")
    pressure = (1 - column("co2_prod") / 76.613 + 1 - column("mf") / 140.8) / 2
    wrong = np.abs(column("hdi") * pressure - published)
    wrong = wrong[~np.isnan(wrong)]
    assert wrong.size == 5095
    assert (wrong < 0.0005).sum() == 5076
    assert wrong.max() == pytest.approx(0.00052, abs=0.00001)  # from an HDI that is rounded itself
