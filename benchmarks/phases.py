"""Phases: accuracy and speed beside scipy, and cultures predicted by models fitted to two others.

    python -m benchmarks.phases

The cultures are those of ../shared (data/process/cho_fedbatch), which are simulations without noise of the
Bioprocess Library's model. Tables: benchmarks/results/phases.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import floor, log10
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

from tests.solvers.phases.cultures import SCENARIOS, Culture, culture
from tests.solvers.phases.test_run import model, oscillator, robertson
from zhizao.solvers.phases import Model, Phase, Settings, run_phase
from zhizao.solvers.phases.fit import Fit, Recorded, fit_phases
from zhizao.solvers.phases.library import monod_fed_batch, overflow_fed_batch

TABLE = Path(__file__).parent / "results" / "phases.md"
REPEATS = 50
NOISE = 0.02  # of the range of each state in each culture, standard deviation
SEED = 20260
FIXED = {"product_growth", "product_rate", "maintenance_slope"}
"""Not fitted: the product differs from culture to culture and stands in each recipe; the slope a cut-off."""


def cpu_ms(act: Callable[[], object]) -> float:
    act()
    began = time.process_time()
    for _ in range(REPEATS):
        act()
    return 1000 * (time.process_time() - began) / REPEATS


def against_scipy() -> list[str]:
    rows = []
    problems = (
        ("Van der Pol, mu 1", oscillator, (2.0, 0.0), 1.0, 20.0),
        ("Van der Pol, mu 1000", oscillator, (2.0, 0.0), 1000.0, 2000.0),
        ("Robertson", robertson, (1.0, 0.0, 0.0), 1.0, 1e4),
    )
    for name, rates, start, k, until in problems:
        times = np.linspace(0, until, 101)
        phase = Phase(model(rates, len(start)), {f"x{i}": v for i, v in enumerate(start)}, until, {"k": k})

        def scipy(method: str, relative: float, *, rates=rates, k=k, phase=phase, times=times):
            own = lambda t, x: rates(t, x, (k,), ())  # noqa: E731
            given = {"rtol": relative, "atol": relative / 100}
            return solve_ivp(own, (0, phase.until), list(phase.start.values()), method, times, **given).y.T

        exact = scipy("Radau", 1e-11)
        course = run_phase(phase, times)
        off = (np.abs(course.states - exact).max(axis=0) / np.abs(exact).max(axis=0)).max()
        began = time.process_time()
        peer = scipy("LSODA", 1e-8)
        peer_ms = 1000 * (time.process_time() - began)
        peer_off = (np.abs(peer - exact).max(axis=0) / np.abs(exact).max(axis=0)).max()
        own_ms = cpu_ms(lambda phase=phase, times=times: run_phase(phase, times))
        rows.append(
            f"| {name} | {course.method.name.lower()} | {course.steps} | {own_ms:.2f} | {off:.1e} "
            f"| {peer_ms:.0f} | {peer_off:.1e} |"
        )
    return rows


def speed() -> list[str]:
    """A culture of 200 h: states at its end, by tolerance."""
    one = culture("exp3_protein")
    phase = one.phase(overflow_fed_batch(), one.product)
    names = [state.name for state in phase.model.states]
    recorded = one.table(names)
    rows = []
    for relative in (1e-5, 1e-6, 1e-7, 1e-8):
        settings = Settings(relative=relative, absolute=relative / 100)
        course = run_phase(phase, one.times, settings)
        off = (np.abs(course.states - recorded).max(axis=0) / np.ptp(recorded, axis=0)).max()
        ms = cpu_ms(lambda settings=settings: run_phase(phase, [200.0], settings))
        rows.append(f"| {relative:.0e} | {course.steps} | {ms:.2f} | {100 * off:.1e} |")
    return rows


def decade(value: float) -> tuple[float, float]:
    """The power of ten at or below, and the one above: bounds that do not give the value away."""
    low = 10.0 ** floor(log10(value))
    return low / 2, low * 20


def trained(base: Model, names: list[str], cultures: list[Culture], noise: float) -> Fit:
    """Fit to cultures; the first start is the middle of the bounds."""
    bounds = {
        one.name: decade(one.value) for one in base.parameters if one.name not in FIXED and one.value > 0
    }
    middle = {name: float(np.sqrt(low * high)) for name, (low, high) in bounds.items()}
    draws, records = np.random.default_rng(SEED), []
    for one in cultures:
        known = one.product if "product_growth" in {p.name for p in base.parameters} else {}
        table = one.table(names)
        table = table + noise * np.ptp(table, axis=0) * draws.normal(size=table.shape)
        records.append(Recorded(one.phase(base, middle | known), one.times, table))
    return fit_phases(records, names, bounds, starts=4, seed=SEED)


def left_out(base: Model, names: list[str], noise: float) -> list[str]:
    cultures, rows = [culture(name) for name in SCENARIOS], []
    for one in cultures:
        fit = trained(base, names, [other for other in cultures if other is not one], noise)
        known = one.product if "product_growth" in {p.name for p in base.parameters} else {}
        found = fit.predict(one.phase(base, known), one.times)
        truth = one.table(names)
        wide = np.ptp(truth, axis=0)
        off = 100 * np.abs(found.course - truth).max(axis=0) / wide
        inside = 100 * ((truth >= found.low) & (truth <= found.high)).mean(axis=0)
        width = 100 * (found.high - found.low).mean(axis=0) / wide
        cells = [f"{o:.2g} / {c:.0f} / {w:.2g}" for o, c, w in zip(off, inside, width, strict=True)]
        worst = "yes" if off.max() <= 5 else "no"
        rows.append(
            f"| {one.name} | {' | '.join(cells)} | {worst} | {fit.agreeing} of {fit.starts} "
            f"| {', '.join(fit.undetermined) or 'none'} |"
        )
    return rows


def section(title: str, note: str, heads: str, rows: list[str]) -> list[str]:
    marks = "|".join(["---"] * heads.count("|"))
    return [f"## {title}", "", note, "", f"| {heads}", f"|{marks}|", *rows, ""]


def main() -> None:
    lines = ["# Phases", "", "From `python -m benchmarks.phases`; CPU time, one core, after compilation.", ""]
    lines += section(
        "Beside scipy",
        "Largest error in shares of the largest value, against scipy's Radau at 1e-11. Ours at the default "
        "tolerance of 1e-8, rates compiled; LSODA at 1e-8, rates in Python.",
        "problem | method | steps | ours, ms | error | LSODA, ms | error |",
        against_scipy(),
    )
    lines += section(
        "A fed-batch culture of 200 h",
        "Model `overflow_fed_batch`, culture exp3_protein; error in % of the range, against the record.",
        "relative tolerance | steps | ms | largest error, % |",
        speed(),
    )
    overflow = ["viable", "dead", "glucose", "glutamine", "lactate", "ammonia"]
    monod = ["viable", "dead", "glucose", "lactate"]
    note = (
        "Each cell: largest error at any half hour in % of the range / share of points inside the 95 % "
        "interval in % / mean width of the interval in % of the range. The product is left out: exp3_protein "
        "makes another product at other rates, which no other culture tells of. "
    )
    tail = " | all within 5 % | starts that agree | undetermined |"
    same = (
        "Records and model have the same structure, so that this shows that parameters are found again, not "
        "that the model holds for real cells. The structure was read off all three records; parameters come "
        "from two."
    )
    model_ = overflow_fed_batch()
    heads = "left out | " + " | ".join(overflow) + tail
    lines += section(
        "Overflow model, records as they are", note + same, heads, left_out(model_, overflow, 0.0)
    )
    noisy = (
        f"The same with normal noise of {100 * NOISE:.0f} % of the range on the two records that are fitted."
    )
    lines += section("Overflow model, noisy records", noisy, heads, left_out(model_, overflow, NOISE))
    plain = "Growth on glucose alone: the simpler model does not describe cultures that glutamine limits."
    heads = "left out | " + " | ".join(monod) + tail
    rows = left_out(monod_fed_batch(), monod, 0.0)
    lines += section("Monod model, records as they are", plain, heads, rows)
    TABLE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
