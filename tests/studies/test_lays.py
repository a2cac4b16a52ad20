"""Lays: the integer program against enumeration, and plans of the example."""

from __future__ import annotations

from itertools import product
from math import ceil, comb

import pytest

pytest.importorskip("ezdxf")
pytest.importorskip("shapely")
pytest.importorskip("spyrrow")

from tests.studies.test_marker import CLOTH, vest
from zhizao import InputError, LayRules, plan_lays
from zhizao.solvers.nesting import faults
from zhizao.studies.marker.plan import Content, contents, lays_of, plan


# ---------------------------------------------------------------- the integer program
def cost(planned: dict[Content, int], lengths: dict[Content, float], rules: LayRules) -> float:
    return sum(n * lengths[one] + ceil(n / rules.plies) * rules.lay_cost_mm for one, n in planned.items())


def naive_cost(demand: tuple[int, ...], lengths: dict[Content, float], rules: LayRules) -> float:
    """The least cost, by trying all plies of all markers."""
    columns, best = list(lengths), float("inf")
    upper = [int(count * (1 + rules.over) + 1e-9) for count in demand]
    for plies in product(*(range(max(upper) + 1) for _ in columns)):
        cut = [
            sum(n * one[size] for n, one in zip(plies, columns, strict=True)) for size in range(len(demand))
        ]
        if all(low <= n <= high for low, n, high in zip(demand, cut, upper, strict=True)):
            best = min(best, cost(dict(zip(columns, plies, strict=True)), lengths, rules))
    return best


@pytest.mark.parametrize("over", [0.0, 0.4])
@pytest.mark.parametrize("demand", [(3, 5), (5, 2), (4, 4)])
@pytest.mark.parametrize("lay_cost", [0.0, 700.0])
def test_the_plan_of_a_tiny_order_is_the_optimum(
    demand: tuple[int, ...], over: float, lay_cost: float
) -> None:
    rules = LayRules(most=2, plies=2, over=over, lay_cost_mm=lay_cost)
    lengths: dict[Content, float] = {
        (1, 0): 900.0,
        (0, 1): 1000.0,
        (2, 0): 1650.0,
        (1, 1): 1700.0,
        (0, 2): 1900.0,
    }
    assert set(contents(demand, rules)) == set(lengths)
    planned = plan(demand, lengths, rules)
    cut = [sum(n * one[size] for one, n in planned.items()) for size in range(2)]
    assert all(a <= b <= a * (1 + over) for a, b in zip(demand, cut, strict=True))
    assert cost(planned, lengths, rules) == pytest.approx(naive_cost(demand, lengths, rules))


def test_all_markers_are_listed_and_too_many_are_refused() -> None:
    assert len(contents((20,) * 8, LayRules())) == comb(14, 6) - 1
    assert (0, 3) not in contents((5, 2), LayRules())
    with pytest.raises(InputError, match="more than 20000 possible markers"):
        contents((90,) * 12, LayRules(most=9))


def test_the_solver_writes_nothing_on_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    lengths = {content: 1000.0 * sum(content) ** 0.97 for content in contents((9, 14, 5), LayRules())}
    plan((9, 14, 5), lengths, LayRules())
    assert capfd.readouterr().out == ""


def test_plies_are_split_into_equal_lays() -> None:
    assert lays_of(161, 80) == (54, 54, 53)
    assert lays_of(80, 80) == (80,)


def test_markers_that_cannot_cut_the_order_are_refused() -> None:
    with pytest.raises(InputError, match="cannot cut the order"):
        plan((3, 5), {(1, 1): 100.0}, LayRules())


# ---------------------------------------------------------------- lays
def test_lays_cut_the_order_exactly_with_less_cost_than_those_of_one_size() -> None:
    shares: list[float] = []
    rules = LayRules(most=3, plies=4, seconds=0.5)
    order = {"S": 5, "L": 9}
    result = plan_lays(vest(), order | {"M": 0}, CLOTH, rules=rules, progress=shares.append)
    assert result.cut(result.lays) == result.cut(result.single) == order
    assert shares == sorted(shares)
    assert all(lay.plies <= 4 and lay.marker.garments <= 3 for lay in result.lays)
    assert all(len(lay.marker.order) == 1 for lay in result.single)
    assert all(faults(lay.marker.found.layout) == () for lay in (*result.lays, *result.single))
    assert result.cloth_m == pytest.approx(result.table()["cloth_m"].sum())
    assert result.cloth_m + 5 * len(result.lays) <= (result.single_m + 5 * len(result.single)) * (1 + 1e-4)
    assert result.saving == pytest.approx(1 - result.cloth_m / result.single_m)


def test_no_marker_is_longer_than_the_table_and_a_surplus_keeps_its_limit() -> None:
    rules = LayRules(most=4, table_mm=1000.0, over=0.2, seconds=0.5)
    result = plan_lays(vest(), {"S": 10}, CLOTH, rules=rules)
    assert 10 <= result.cut(result.lays)["S"] <= 12
    assert all(lay.marker.length_mm <= 1000.0 for lay in result.lays)


def test_after_ctrl_c_the_lays_of_the_markers_so_far_are_kept() -> None:
    calls: list[float] = []

    def stop(share: float) -> None:
        calls.append(share)
        if len(calls) == 1:
            raise KeyboardInterrupt

    result = plan_lays(vest(), {"S": 3, "M": 2}, CLOTH, rules=LayRules(most=2, seconds=0.5), progress=stop)
    assert result.interrupted
    assert result.cut(result.lays) == {"S": 3, "M": 2}
    assert any("Interrupted" in note for note in result.notes)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: LayRules(most=0), "most: found 0"),
        (lambda: LayRules(plies=0), "plies: found 0"),
        (lambda: LayRules(table_mm=0.0), "table: found 0"),
        (lambda: LayRules(over=-0.1), "over and lay cost"),
        (lambda: LayRules(seconds=0.0), "seconds: found 0"),
        (
            lambda: plan_lays(vest(), {"S": 2}, CLOTH, rules=LayRules(table_mm=100.0, seconds=0.5)),
            "cannot cut",
        ),
    ],
)
def test_rules_that_make_no_sense_are_refused(make, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()
