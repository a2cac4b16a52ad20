"""Every step of an index that another package built: COINr 1.1.14 on its ASEM example.

Source: Becker et al., "COINr: An R package for developing composite indicators", JOSS 7 (2022) 4567; 51
units, 49 indicators, three levels of groups above them. Every step agrees to 1e-9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.published.indices import build, data, frame
from zhizao.studies.rank.build import Built, recipe_of
from zhizao.studies.rank.model import IndexModel
from zhizao.studies.rank.profile import rank_without
from zhizao.studies.rank.spec import Normalisation
from zhizao.studies.rank.steps.arrays import Floats
from zhizao.studies.rank.steps.normalise import normalised
from zhizao.studies.rank.steps.reliability import correlations, cronbach_alpha

NEAR = 1e-9


def asem(
    folder: Path,
    normalise: str = "min-max",
    ends: str = "0, 100",
    aggregate: str = "arithmetic",
    points: int = 5,
    without: str = "",
) -> tuple[IndexModel, Built]:
    """The ASEM index as COINr's example builds it, or with other choices."""
    meta = frame("asem/iMeta.csv")
    indicators, groups = list[str](), dict[str, list[str]]()
    for row in meta.iter_rows(named=True):
        if without in (row["iCode"], row["Parent"]):
            continue
        if row["Type"] == "Indicator":
            per = f", per: {row['Denominator']}" if row["Denominator"] else ""
            way = "lower" if row["Direction"] == -1 else "higher"
            indicators.append(f"  {row['iCode']}: {{direction: {way}, target: {row['Target']}{per}}}")
        if row["Parent"] and row["Type"] in ("Indicator", "Aggregate"):
            groups.setdefault(row["Parent"], []).append(row["iCode"])
    named = [f"  {group}: {{of: [{', '.join(parts)}]}}" for group, parts in groups.items()]
    reference = ", reference: AUS" if normalise == "distance-to-reference" else ""
    steps = (
        f"steps: {{impute: group-mean, impute_by: EurAsia_group, treat: {{winsorise: {points}}}, "
        f"normalise: {normalise}, range: [{ends}], aggregate: {aggregate}{reference}}}"
    )
    head = ["index: Sustainable Connectivity", "unit: uCode", "indicators:"]
    text = "\n".join([*head, *indicators, "groups:", *named, steps])
    return build(text, data("asem/iData.csv"), folder)


def published(name: str, model: IndexModel, columns: Sequence[str]) -> Floats:
    """A published table in the order of the model's units."""
    ordered = pl.DataFrame({"uCode": model.units}).join(frame(f"asem/{name}.csv"), on="uCode", how="left")
    return ordered.select(pl.col(list(columns)).cast(pl.Float64)).to_numpy()


def near(found: Floats, right: Floats) -> bool:
    return bool(np.allclose(found, right, rtol=NEAR, atol=NEAR, equal_nan=True))


def test_every_step(tmp_path: Path) -> None:
    model, found = asem(tmp_path)
    steps = {"Denominated": found.denominated, "Imputed": found.imputed, "Screened": found.imputed,
             "Treated": found.treated, "Normalised": found.normalised}  # fmt: skip
    for name, values in steps.items():
        assert near(values, published(f"step_{name}", model, model.indicators)), name
    groups = [node.name for node in model.nodes]
    scores = np.column_stack([found.scores[name] for name in groups])
    assert near(scores, published("step_Aggregated", model, groups))


def test_points_that_were_winsorised(tmp_path: Path) -> None:
    model, found = asem(tmp_path)
    points = frame("asem/treat_details.csv").filter(pl.col("winsorise.nwin").is_not_null())
    assert {model.indicators[one.column]: one.points for one in found.treatments} == dict(
        points.select("iCode", "winsorise.nwin").iter_rows()
    )


NORMALISATIONS = {
    "borda": Normalisation.BORDA,
    "dist2max": Normalisation.DISTANCE_TO_MAX,
    "dist2ref": Normalisation.DISTANCE_TO_REFERENCE,
    "fracmax": Normalisation.FRACTION_OF_MAX,
    "minmax": Normalisation.MIN_MAX,
    "prank": Normalisation.PERCENTILE_RANK,
    "rank": Normalisation.RANK,
    "scaled": Normalisation.SCALED,
    "zscore": Normalisation.Z_SCORE,
}


@pytest.mark.parametrize("name", sorted(NORMALISATIONS))
def test_normalisations(name: str, tmp_path: Path) -> None:
    model, found = asem(tmp_path)
    posts = replace(model.posts, reference=model.units.index("AUS"))
    values = normalised(found.treated, NORMALISATIONS[name], posts)
    right = published(f"norm_{name}", model, model.indicators)
    if name == "fracmax":  # COINr's grows with what should be low, and divides by 0; ours is its reciprocal
        right = np.where(posts.sign < 0, 1 / np.where(right == 0, np.nan, right), right)
    finite = np.isfinite(right) & np.isfinite(values)
    assert near(values[finite], right[finite])
    # where COINr divides by a width of 0, or by 0, we know nothing
    assert np.isfinite(right[~np.isnan(values)]).all()
    assert finite.mean() > (0.9 if name in ("dist2ref", "fracmax") else 0.999)


@pytest.mark.parametrize(
    ("name", "how"),
    [("amean", "arithmetic"), ("gmean", "geometric"), ("hmean", "harmonic"), ("genmean", "power")],
)
def test_aggregations(name: str, how: str, tmp_path: Path) -> None:
    model, found = asem(tmp_path, ends="1, 100", aggregate=how)
    groups = [node.name for node in model.nodes]
    scores = np.column_stack([found.scores[group] for group in groups])
    assert near(scores, published(f"agg_minmax1_100_a_{name}", model, groups))


@pytest.mark.parametrize("points", [1, 2, 3, 4, 5])
def test_twenty_combinations(points: int, tmp_path: Path) -> None:
    cases = frame("asem/full_factorial_20_index.csv").filter(pl.col("winmax") == points)
    for normalise, short in (("min-max", "minmax"), ("z-score", "zscore")):
        for aggregate, mean in (("arithmetic", "a_amean"), ("geometric", "a_gmean")):
            model, found = asem(tmp_path, normalise, "1, 100", aggregate, points)
            case = cases.filter((pl.col("norm") == short) & (pl.col("agg") == mean))
            right = dict(case.select("uCode", "Index").iter_rows())
            assert found.index == pytest.approx([float(right[unit]) for unit in model.units], abs=NEAR)


def test_reliability(tmp_path: Path) -> None:
    _, found = asem(tmp_path)
    assert cronbach_alpha(found.normalised) == pytest.approx(0.8985903, abs=5e-8)


def test_correlations(tmp_path: Path) -> None:
    """COINr leaves out those that are not significant."""
    _, found = asem(tmp_path)
    names = list(found.scores)
    matrix = correlations(np.column_stack([found.scores[name] for name in names]))
    pairs = frame("asem/corr_all.csv").drop_nulls("Correlation")
    assert pairs.height == 1335
    for one, other, right in pairs.iter_rows():
        assert matrix[names.index(one), names.index(other)] == pytest.approx(float(right), abs=NEAR)


@pytest.mark.parametrize("group", ["Physical", "Instit", "Social"])
def test_ranks_without_a_group(group: str, tmp_path: Path) -> None:
    model, found = asem(tmp_path, without=group)
    assert near(found.index, published("remove_elements_l2_scores", model, [group])[:, 0])
    assert near(found.ranks, published("remove_elements_l2_ranks", model, [group])[:, 0])


def test_an_indicator_that_is_left_out_is_as_one_that_never_was(tmp_path: Path) -> None:
    model, found = asem(tmp_path)
    left_out = rank_without(model, found, recipe_of(model))[model.indicators.index("Goods")]
    _, without = asem(tmp_path, without="Goods")
    assert near(left_out, without.ranks)
