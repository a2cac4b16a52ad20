"""What runs and is hardly meant is reported with its line; what is meant is not."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from scipy.stats import truncnorm

from tests.engine.shops import op, order, shop
from tests.studies.plants import LINE
from zhizao.plant import (
    Plant,
    model,
    orders_with_warnings,
    parse_plant,
    read_plant,
    read_with_warnings,
    warnings_of,
)
from zhizao.plant.checks.warnings import MOVED
from zhizao.quantities import Distribution, DistributionKind, Fault
from zhizao.studies.learn.fitting.families import fit_family

WIDE = "normal(40 s, sd 50 s)"
COUNTS = "normal(4, sd 5)"


def cut_mean(usual: float, sd: float) -> float:
    """Mean of a normal that is cut at 0, by SciPy."""
    return float(truncnorm.mean(-usual / sd, np.inf, loc=usual, scale=sd))


def reported(plant: Plant) -> dict[str, str]:
    """What is doubtful, by place."""
    return {warning.where: warning.found for warning in warnings_of(plant)}


def in_file(tmp_path: Path, text: str) -> tuple[Plant, tuple[Fault, ...]]:
    path = tmp_path / "plant.yaml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return read_with_warnings(path)


# ---------------------------------------------------------------- normals that are cut at 0
NORMAL = """\
zhizao: 1
plant: mill
work_centers: [{id: m}]
routes:
  r:
    - id: grind
      on: m
      takes: {per_piece: "normal(6 min, sd 9 min)", load: "normal(6 min, sd 1 min)"}
products: {p: {route: r}}
orders: [{product: p, every: 1 h}]
"""


def test_a_normal_whose_mean_the_cut_moves_is_reported_with_its_line_and_both_means(tmp_path: Path) -> None:
    plant, (warning,) = in_file(tmp_path, NORMAL)
    assert plant == parse_plant(NORMAL)
    assert (Path(warning.file).name, warning.line) == ("plant.yaml", 8)
    assert warning.where == "routes.r.grind.takes.per_piece"
    assert f"{cut_mean(6.0, 9.0):.3g}" == "9.85"  # 6 + 9 phi(2/3) / Phi(2/3) = 6 + 9 * 0.3194 / 0.7475
    assert warning.found == "found normal(6 min, sd 9 min): cut at 0 it has a mean of 9.85 min, not 6 min"
    assert "lognormal(6 min, cv 1.5) or gamma(6 min, cv 1.5)" in warning.right


def test_the_families_that_a_warning_names_keep_the_mean_and_the_cv() -> None:
    plant = shop(route=[op("a", "m", takes="normal(6 min, sd 9 min)")])
    (warning,) = warnings_of(plant)
    for family in ("lognormal(6 min, cv 1.5)", "gamma(6 min, cv 1.5)"):
        assert family in warning.right
        better = plant.replace({"routes.r.a.takes": family})
        assert warnings_of(better) == ()


def test_a_normal_with_a_mean_of_0_gets_families_with_the_mean_that_results() -> None:
    (warning,) = warnings_of(shop(route=[op("a", "m", takes="normal(0 s, sd 10 s)")]))
    mean, sd = cut_mean(0.0, 10.0), float(truncnorm.std(0.0, np.inf, scale=10.0))
    assert "of 7.98 s, not 0 s" in warning.found
    assert f"gamma({mean:.3g} s, cv {sd / mean:.3g})" in warning.right


@pytest.mark.parametrize("cv", [0.1, 0.3, 0.41, 0.42, 0.43, 0.6, 3.0])
def test_a_warning_begins_where_the_mean_moves_by_one_percent(cv: float) -> None:
    plant = shop(route=[op("a", "m", takes=f"normal(70 s, cv {cv})")])
    assert bool(warnings_of(plant)) == (cut_mean(70.0, 70.0 * cv) > 70.0 * (1 + MOVED))


@pytest.mark.parametrize(
    "takes",
    ["gamma(5 min, cv 4)", "lognormal(5 min, cv 4)", "exponential(5 min)", "weibull(5 min, cv 4)",
     "uniform(0 s, 9 min)", "triangular(0 s, 0 s, 9 min)", "empirical(0 s, 1 s, 9 min)",
     "discrete(0 s: 3, 9 min: 1)", "beta(0 s, 9 min, mean 3 min, cv 1)"],
)  # fmt: skip
def test_a_family_that_keeps_its_mean_is_not_reported(takes: str) -> None:
    assert warnings_of(shop(route=[op("a", "m", takes=takes)])) == ()


def everywhere() -> Plant:
    """A plant with a wide normal wherever one may stand, in time or in counts."""
    alternative = {"work_center": "b", "takes": {"per_batch": WIDE, "pieces_per_batch": 2, "load": WIDE}}
    stop = {"between": WIDE, "repair": WIDE}
    care = {"every": WIDE, "for": WIDE}
    return shop(
        [
            {"id": "m", "at": ["0 m", "0 m"], "standby": {"after": "1 min", "wake": WIDE},
             "setup": {"by": "product", "default": WIDE, "times": [{"to": "p", "takes": WIDE}]},
             "failures": [stop, stop | {"clock": "cycles", "between": COUNTS}],
             "maintenance": [care, care | {"clock": "pieces", "every": COUNTS}]},
            {"id": "b", "at": ["9 m", "0 m"]},
            {"id": "c", "buffer": {"capacity": 1}},
        ],
        [
            {"id": "x", "on": ["m", alternative], "takes": {"per_lot": WIDE, "per_piece": WIDE},
             "delay": WIDE, "hold": {"for": WIDE}},
            op("y", "c", takes=WIDE, cascade=WIDE),
        ],
        orders=[{"product": "p", "every": WIDE, "due": WIDE, "pieces": COUNTS}],
        transport={
            "fleets": [{"id": "f", "serves": ["m", "b"], "speed": "1 m/s", "load": WIDE, "unload": WIDE,
                        "charging": {"after": WIDE, "for": WIDE}, "failures": [stop], "maintenance": [care]}],
            "cranes": [{"id": "k", "serves": ["c"], "length": "9 m", "height": "9 m", "speed": "1 m/s",
                        "lift": "1 m/s", "transfer": WIDE, "failures": [stop], "maintenance": [care]}],
        },
    )  # fmt: skip


def test_a_normal_is_reported_wherever_it_stands() -> None:
    plant = everywhere()
    found = reported(plant)
    assert found["work_centers.m.failures.#2.between"].startswith(f"found {COUNTS}: cut at 0")
    assert f"a mean of {cut_mean(4, 5):.3g}, not 4" in found["work_centers.m.failures.#2.between"]
    assert "transport.fleets.f.charging.after" in found
    assert "transport.cranes.k.transfer" in found
    assert "routes.r.x.on.#2.takes.load" in found
    assert len(found) == sum(1 for _ in _distributions(plant))


def test_the_plant_above_has_a_normal_in_every_field_that_takes_a_distribution() -> None:
    fields = {
        f"{kind.__name__}.{name}"
        for kind in vars(model).values()
        if isinstance(kind, type) and issubclass(kind, model.Model)
        for name, hint in get_type_hints(kind, include_extras=True).items()
        if _takes_a_distribution(hint)
    }
    assert fields == {f"{type(part).__name__}.{name}" for part, name in _distributions(everywhere())}
    assert len(fields) > 20


def _takes_a_distribution(hint: Any) -> bool:
    if hint is Distribution:
        return True
    if get_origin(hint) in (Annotated, Union, types.UnionType):
        return any(_takes_a_distribution(option) for option in get_args(hint))
    return False


def _distributions(part: Any) -> Iterator[tuple[model.Model, str]]:
    """Every distribution of a plant, found by its own walk: the part and the field."""
    if isinstance(part, model.Model):
        for name, value in part:
            if isinstance(value, Distribution):
                yield part, name
            yield from _distributions(value)
    elif isinstance(part, (tuple, dict)):
        for item in part.values() if isinstance(part, dict) else part:
            yield from _distributions(item)


def test_a_normal_in_a_set_up_matrix_is_reported_with_the_line_of_the_table(tmp_path: Path) -> None:
    rows = 'from,to,takes\na,b,5 min\nb,a,"normal(3 min, sd 3 min)"\n'
    (tmp_path / "matrix.csv").write_text(rows, encoding="utf-8", newline="\n")
    text = NORMAL.replace("sd 9 min", "sd 1 min").replace(
        "{id: m}", "{id: m, setup: {default: 1 min, matrix: matrix.csv}}"
    )
    _, (warning,) = in_file(tmp_path, text)
    assert (Path(warning.file).name, warning.line) == ("matrix.csv", 3)


def test_a_normal_that_a_measure_brings_is_reported_at_the_measure() -> None:
    measure = {
        "id": "robot",
        "set": {"routes.r.a.takes": "2 min", "work_centers.m.setup": {"default": "normal(1 min, cv 2)"}},
    }
    plant = shop(route=[op("a", "m", delay=WIDE)], measures=[measure])
    assert list(reported(plant)) == ["routes.r.a.delay", "measures.robot.set.work_centers.m.setup"]


def test_what_is_learned_from_times_never_has_a_mean_that_the_cut_moves() -> None:
    rng, kinds = np.random.default_rng(5), []
    for cv in np.linspace(0.3, 0.6, 31):
        times = rng.normal(100.0, 100.0 * cv, 600)
        learned = fit_family(times[times > 0]).distribution
        assert warnings_of(shop(route=[op("a", "m", takes=learned)])) == ()
        kinds.append(learned.kind)
    assert {DistributionKind.NORMAL, DistributionKind.WEIBULL} <= set(kinds)


# ---------------------------------------------------------------- orders of whole pieces
def _by_quantiles(form: str, quantile: Any) -> str:
    """Mean of a draw in whole pieces, 1 at least, over a million equal parts of its distribution."""
    parts = (np.arange(1_000_000) + 0.5) / 1_000_000
    mean = float(np.maximum(1.0, np.floor(quantile(parts) + 0.5)).mean())
    return f"found {form}: in whole pieces, 1 at least, it has a mean of {mean:.3g}"


@pytest.mark.parametrize(
    ("form", "quantile"),
    [
        (COUNTS, truncnorm(-4 / 5, np.inf, loc=4, scale=5).ppf),
        ("exponential(1.5)", lambda part: -1.5 * np.log1p(-part)),
        ("uniform(0, 4)", lambda part: 4 * part),
        ("empirical(0, 0.2, 1, 3)", lambda part: np.interp(part, [0, 1 / 3, 2 / 3, 1], [0, 0.2, 1, 3])),
    ],
)
def test_pieces_whose_mean_moves_because_they_are_whole_are_reported(form: str, quantile: Any) -> None:
    plant = shop(orders=[{"product": "p", "every": "1 h", "pieces": form}])
    assert reported(plant)["orders.#1.pieces"].startswith(_by_quantiles(form, quantile))


@pytest.mark.parametrize(
    "pieces", [3, "discrete(1: 5, 2: 1)", "uniform(2, 6)", "gamma(40, cv 1)", "normal(20, sd 4)"]
)
def test_pieces_that_keep_their_mean_are_not_reported(pieces: Any) -> None:
    assert warnings_of(shop(orders=[{"product": "p", "every": "1 h", "pieces": pieces}])) == ()


# ---------------------------------------------------------------- orders that are due before their release
ORDERS = """\
zhizao: 1
plant: mill
start: 2026-03-02
work_centers: [{id: m}]
routes: {r: [{id: a, on: m, takes: 1 min}]}
products: {p: {route: r}}
orders:
  - {id: fine, product: p, pieces: 1, release: 2026-03-05, due: 2026-03-05}
  - id: late
    product: p
    pieces: 1
    release: 2026-03-09
    due: 2026-03-06
  - {id: old, product: p, pieces: 1, release: 2026-02-02, due: 2026-02-27 12:00}
  - {id: open, product: p, pieces: 1, release: 2026-03-05}
wip:
  - {id: there, product: p, pieces: 1, operation: a, release: -5 d, due: -2 d}
  - {id: odd, product: p, pieces: 1, operation: a, release: -2 d, due: -5 d}
"""


def test_an_order_that_is_due_before_its_release_is_reported_with_its_line(tmp_path: Path) -> None:
    _, warnings = in_file(tmp_path, ORDERS)
    assert [(w.line, w.where, w.found) for w in warnings] == [
        (13, "orders.late.due", "found it due 3 d before its release: it is late whatever happens"),
        (14, "orders.old.due", "found it due 2.5 d before the plant's start: it is late whatever happens"),
        (18, "wip.odd.due", "found it due 3 d before its release: it is late whatever happens"),
    ]


def test_an_order_of_a_table_is_reported_with_the_line_of_the_table(tmp_path: Path) -> None:
    table = tmp_path / "orders.csv"
    rows = "order,product,pieces,release,due\nA,p,1,2026-03-03,2026-03-04\nB,p,1,2026-03-04,2026-03-03\n"
    table.write_text(rows, encoding="utf-8", newline="\n")
    plant, before = in_file(tmp_path, ORDERS)
    given, (warning,) = orders_with_warnings(plant, table)
    assert [order.id for order in given.orders if isinstance(order, model.JobOrder)] == ["A", "B"]
    assert (warning.file, warning.line, warning.where) == (str(table), 3, "orders.B.due")
    assert len(before) == 3


def test_a_plant_made_in_python_is_reported_by_the_ids_of_its_parts() -> None:
    plant = shop(orders=[order("O1", release=7200.0, due=3600.0)])
    (warning,) = warnings_of(plant)
    assert str(warning).startswith("plant: orders.O1.due: found it due 1 h before its release")


def test_the_example_plants_have_nothing_doubtful() -> None:
    plants = sorted((Path(__file__).parents[2] / "examples" / "plants").glob("*.yaml"))
    assert len(plants) > 10
    assert {path.name: read_with_warnings(path)[1] for path in plants} == {path.name: () for path in plants}
    assert all(warnings_of(read_plant(path)) == () for path in plants)


def test_a_plain_plant_has_nothing_doubtful() -> None:
    assert warnings_of(parse_plant(LINE)) == ()
