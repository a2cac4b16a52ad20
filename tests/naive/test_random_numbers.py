"""Draws against ten-line formulas to the bit, and against scipy's distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.naive import twin, wrappers
from tests.strategies import distributions
from zhizao.engine.pools import Pools, blank
from zhizao.engine.random_numbers import Kind as Entity
from zhizao.engine.random_numbers import id_number, key_of, step_number
from zhizao.kernels import tables as k
from zhizao.kernels.loop import pointers, seed_key
from zhizao.quantities import Distribution, mean, variance
from zhizao.quantities import DistributionKind as Kind

KEY = 7_777_777


def lowered(d: Distribution) -> tuple[Any, Any, int]:
    """(tables, what keeps them alive, number of the distribution)."""
    pools = Pools()
    number = pools.dist(d)
    dists, values, lists = pools.tables()
    small = {name: blank(dtype, 1) for name, (dtype, _) in k.TABLE_FIELDS.items() if dtype.names}
    t = k.Tables(**(small | {"dists": dists, "values": values, "lists": lists, "rules": lists}))
    return pointers(t), t, number


def drawn(d: Distribution, n: int, kernel: Any = wrappers.draws) -> Any:
    tables, _alive, number = lowered(d)
    with np.errstate(over="ignore"):
        return kernel(tables, number, np.uint64(KEY), n)


@given(distributions())
def test_a_draw_has_the_digits_of_its_plain_formula(d: Distribution) -> None:
    plain = [twin.draw(d, twin.RandomStream(twin.stream(KEY, i, twin.PROCESS))) for i in range(20)]
    np.testing.assert_array_equal(drawn(d, 20), plain)


def test_the_key_of_an_id_is_its_hash_on_every_computer() -> None:
    """`b2sum --length 64` of "m-1", the first byte the least."""
    assert id_number("m-1") == int.from_bytes(bytes.fromhex("d27ad701a6859b35"), "little")
    for name in ("m-1", "缝纫 1", ""):
        assert id_number(name) == twin.id_number(name)
        assert step_number(name) == twin.id_number(name) >> 3 < 2**61
    assert int(key_of(Entity.FAILURE, "m-1", "busy", count=2)) == twin.seed_key(
        1, twin.id_number("m-1"), twin.id_number("busy"), 2
    )


def test_the_keys_of_entities_have_the_digits_of_their_plain_formula() -> None:
    for parts in ((1,), (1, 2, 3), (2**64 - 1, 0), (-5, 9)):
        assert int(seed_key(*parts)) == twin.seed_key(*parts)


@given(distributions())
def test_a_sum_of_draws_is_the_sum_of_plain_draws(d: Distribution) -> None:
    for i, total in enumerate(drawn(d, 5, wrappers.sums)):
        rng = twin.RandomStream(twin.stream(KEY, i, twin.PROCESS))
        assert total == pytest.approx(sum(twin.draw(d, rng) for _ in range(i)), rel=1e-12)


def frozen(d: Distribution) -> Any:
    """The distribution as scipy knows it."""
    from scipy import stats

    p = d.parameters
    return {
        Kind.UNIFORM: lambda: stats.uniform(p[0], p[1] - p[0]),
        Kind.TRIANGULAR: lambda: stats.triang((p[1] - p[0]) / (p[2] - p[0]), p[0], p[2] - p[0]),
        Kind.EXPONENTIAL: lambda: stats.expon(scale=p[0]),
        Kind.GAMMA: lambda: stats.gamma(p[0], scale=p[1]),
        Kind.ERLANG: lambda: stats.erlang(int(p[0]), scale=p[1]),
        Kind.WEIBULL: lambda: stats.weibull_min(p[0], scale=p[1]),
        Kind.LOGNORMAL: lambda: stats.lognorm(p[1], scale=np.exp(p[0])),
        Kind.NORMAL: lambda: stats.truncnorm(-p[0] / p[1], np.inf, p[0], p[1]),
        Kind.BETA: lambda: stats.beta(p[0], p[1], p[2], p[3] - p[2]),
    }[d.kind]()


SMOOTH = [
    Distribution.uniform(2, 9),
    Distribution.triangular(1, 2, 9),
    Distribution.triangular(1, 1, 9),
    Distribution.triangular(1, 9, 9),
    Distribution.exponential(5),
    Distribution.gamma(5, cv=0.4),
    Distribution.gamma(5, cv=2.5),
    Distribution.erlang(3, 5),
    Distribution.weibull(5, cv=0.3),
    Distribution.weibull(5, cv=2),
    Distribution.lognormal(5, cv=0.8),
    Distribution.normal(5, sd=1),
    Distribution.normal(0, sd=3),
    Distribution.beta(1, 9, mean=3, cv=0.4),
    Distribution.beta(1, 9, mean=3, cv=0.8),
]


@pytest.mark.parametrize("d", SMOOTH, ids=str)
def test_draws_follow_their_distribution(d: Distribution) -> None:
    from scipy import stats

    assert stats.kstest(drawn(d, 50_000), frozen(d).cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    "d",
    [Distribution.discrete({2: 1, 5: 2, 30: 0.5}), Distribution.empirical([1, 4, 4, 30])],
    ids=str,
)
def test_tabled_draws_have_their_mean_and_variance(d: Distribution) -> None:
    x = drawn(d, 100_000)
    assert x.mean() == pytest.approx(mean(d), abs=4 * (variance(d) / len(x)) ** 0.5)
    assert x.var() == pytest.approx(variance(d), rel=0.03)


def test_neighbouring_streams_know_nothing_of_each_other() -> None:
    x = drawn(Distribution.uniform(0, 1), 100_000)
    for lag in (1, 2, 3):
        assert abs(np.corrcoef(x[:-lag], x[lag:])[0, 1]) < 4 / len(x) ** 0.5


@given(st.integers(1, 400), st.floats(0.001, 0.999))
def test_binomial_numbers_have_the_digits_of_their_plain_formula(n: int, share: float) -> None:
    with np.errstate(over="ignore"):
        found = wrappers.binomials(n, share, np.uint64(KEY), 10)
    plain = [twin.RandomStream(twin.stream(KEY, i, twin.DEFECT)).binomial(n, share) for i in range(10)]
    assert found.tolist() == plain


@pytest.mark.parametrize(("n", "share"), [(1, 0.3), (10, 0.02), (40, 0.5), (7, 0.97)])
def test_binomial_numbers_follow_the_binomial_distribution(n: int, share: float) -> None:
    from scipy import stats

    with np.errstate(over="ignore"):
        found = wrappers.binomials(n, share, np.uint64(KEY), 100_000)
    expected = stats.binom(n, share).pmf(np.arange(n + 1)) * len(found)
    seen = np.bincount(found, minlength=n + 1)
    assert len(seen) == n + 1
    often = expected > 20
    chi_square = ((seen - expected)[often] ** 2 / expected[often]).sum()
    assert stats.chi2(max(1, often.sum() - 1)).sf(chi_square) > 1e-3


@pytest.mark.parametrize(
    ("n", "share"), [(10**10, 0.3), (10**12, 1e-5), (10**12, 1 - 1e-5), (10**8, 1 - 1e-7)]
)
def test_large_binomial_numbers_have_their_mean_and_variance(n: int, share: float) -> None:
    with np.errstate(over="ignore"):
        found = wrappers.binomials(n, share, np.uint64(KEY), 2000) - n * share
    spread = n * share * (1 - share)
    assert found.mean() == pytest.approx(0.0, abs=4 * (spread / len(found)) ** 0.5)
    assert found.var() == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize(
    ("n", "bad", "taken"),
    [(50, 20, 30), (10**9, 10**8, 5 * 10**8), (10**9, 3, 6 * 10**8), (10**8, 10**8 - 3, 10**7)],
)
def test_bad_ones_among_those_taken_follow_the_hypergeometric_distribution(
    n: int, bad: int, taken: int
) -> None:
    from scipy import stats

    expected = stats.hypergeom(n, bad, taken)
    with np.errstate(over="ignore"):
        found = wrappers.hypergeometrics(n, bad, taken, np.uint64(KEY), 2000)
    assert found.min() >= max(0, taken - (n - bad))
    assert found.max() <= min(bad, taken)
    assert found.mean() == pytest.approx(expected.mean(), abs=4 * expected.std() / 2000**0.5)
    assert found.std() == pytest.approx(expected.std(), rel=0.1)


@pytest.mark.parametrize("d", [Distribution.exponential(5), Distribution.uniform(2, 9)], ids=str)
def test_a_sum_of_very_many_draws_has_its_mean_and_variance(d: Distribution) -> None:
    n = 2_000_000
    tables, _alive, number = lowered(d)
    many = np.arange(n, n + 300)
    with np.errstate(over="ignore"):
        sums = [wrappers.one_sum(tables, number, np.uint64(KEY), int(each)) for each in many]
    found = np.array(sums) - mean(d) * many
    assert found.mean() == pytest.approx(0.0, abs=4 * (n * variance(d) / len(found)) ** 0.5)
    assert found.var() == pytest.approx(n * variance(d), rel=0.3)


@pytest.mark.parametrize(("n", "share", "all_of_them"), [(50, 0.0, 0), (50, 1.0, 50), (0, 0.5, 0)])
def test_none_and_all_are_exact(n: int, share: float, all_of_them: int) -> None:
    assert set(wrappers.binomials(n, share, np.uint64(KEY), 100).tolist()) == {all_of_them}


@pytest.mark.parametrize("share", [1e-17, 1e-300])
def test_a_share_close_to_none_is_none(share: float) -> None:
    with np.errstate(over="ignore"):
        assert set(wrappers.binomials(5, share, np.uint64(KEY), 100).tolist()) == {0}


def test_a_beta_close_to_a_coin_is_still_a_number() -> None:
    d = Distribution(Kind.BETA, (0.001, 0.001, 60.0, 120.0))
    found = drawn(d, 1000)
    assert np.isfinite(found).all()
    assert found.mean() == pytest.approx(90, abs=4)
