"""Forecasts of failures on simulated fleets: coverage and width of 90 % intervals, by scenario.

    python benchmarks/maintain_fleets.py [SCENARIO ...] [--fleets 100] [--first 1000]

Each fleet has 60 machines and two components with 360 days of records; the last 120 days are forecast from
the first 240. `pooled` has neither covariates nor drift; `now` is the forecast of `zhizao maintain failures`.
One line per fleet goes to `benchmarks/results/maintain_fleets.csv`; fleets that are in it are not run again.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from zhizao.studies.maintain import outlook as outlook_module  # noqa: E402
from zhizao.studies.maintain.drift import NO_DRIFT  # noqa: E402
from zhizao.studies.maintain.outlook import Machines, Outlook  # noqa: E402
from zhizao.studies.maintain.spells import EventDates  # noqa: E402

RESULTS = HERE / "results" / "maintain_fleets.csv"
HEAD = ("scenario", "fleet", "component", "method", "low", "high", "mean", "actual")
MACHINES, SPAN, WINDOW, BEFORE = 60, 360, 120, 200
SHAPE, SCALE = 2.0, 80.0
INSPECTION = 15
"""Days between inspections that find a failure, where ages are tied."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Covariates act, ages are tied and replacements differ by class, and the sd of the drift by window."""

    covariates: bool = False
    tied: bool = False
    drift: float = 0.0


SCENARIOS = {
    "plain": Scenario(),
    "drift 10 %": Scenario(drift=0.1),
    "drift 25 %": Scenario(drift=0.25),
    "drift 40 %": Scenario(drift=0.4),
    "covariates": Scenario(covariates=True),
    "covariates, ties": Scenario(covariates=True, tied=True),
    "covariates, ties, drift 25 %": Scenario(covariates=True, tied=True, drift=0.25),
}


def fleet(scenario: Scenario, random: np.random.Generator) -> tuple[EventDates, Machines]:
    """Records of a fleet: a Weibull life of each component, stepped by days."""
    kind, age = random.integers(0, 3, MACHINES), random.uniform(0, 20, MACHINES)
    failures: dict[tuple[str, str], list[float]] = defaultdict(list)
    renewals: dict[tuple[str, str], list[float]] = defaultdict(list)
    for name, effect in (("a", 1.2 * (kind == 0)), ("b", 0.1 * (age - 10))):
        weights = effect if scenario.covariates else np.zeros(MACHINES)
        life(scenario, random, np.exp(weights), kind, (name, failures, renewals))
    values = np.column_stack([kind == 1, kind == 2, age]).astype(float)
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    numbers = {str(machine): machine for machine in range(MACHINES)}
    return EventDates(dict(failures), dict(renewals)), Machines(numbers, ("model", "model", "age"), values)


def life(scenario, random, risks, kind, into) -> None:  # type: ignore[no-untyped-def]
    """Failures and renewals of one component of all machines, day by day."""
    name, failures, renewals = into
    rate = np.ones(4)
    if scenario.drift:
        rate = random.gamma(scenario.drift**-2, scenario.drift**2, 4)
    ages = random.integers(0, 100, MACHINES) * 1.0
    planned, broken = plan(scenario, random, kind), np.zeros(MACHINES, bool)
    for machine in range(MACHINES):
        renewals[str(machine), name].append(-BEFORE - ages[machine])
    for day in range(-BEFORE, SPAN):
        hazard = risks * rate[max(0, 1 + day // WINDOW)]
        hazard = hazard * (((ages + 1) / SCALE) ** SHAPE - (ages / SCALE) ** SHAPE)
        broken |= random.uniform(size=MACHINES) < -np.expm1(-hazard)
        ages += 1
        failed = broken & (ages % INSPECTION == 0) if scenario.tied else broken
        ended = failed | (ages >= planned)
        for machine in np.flatnonzero(ended):
            when = float(day + 1) if scenario.tied else day + random.uniform()
            renewals[str(machine), name].append(when)
            if failed[machine] and when >= 0:
                failures[str(machine), name].append(when)
        ages[ended], broken[ended] = 0.0, False
        planned[ended] = plan(scenario, random, kind)[ended]


def plan(scenario: Scenario, random: np.random.Generator, kind: np.ndarray) -> np.ndarray:
    """Age of preventive replacement by machine; infinite where none is planned."""
    at = random.choice([45.0, 60.0, 75.0], MACHINES)
    if scenario.tied:
        at = at + np.array([-15.0, 0.0, 15.0])[kind]
        share = np.array([0.9, 0.7, 0.3])[kind]
    else:
        share = np.full(MACHINES, 0.7)
    return np.where(random.uniform(size=MACHINES) < share, at, np.inf)


def outlook_of(name: str, number: int) -> Outlook:
    """The forecast of a fleet by number."""
    random = np.random.default_rng([crc32(name.encode()), number])
    dates, machines = fleet(SCENARIOS[name], random)
    return Outlook(dates, machines, (0.0, float(SPAN)), float(SPAN - WINDOW), 0.9, number)


def run(name: str, number: int) -> list[dict[str, object]]:
    """Rows of one fleet: one by component and method."""
    outlook = outlook_of(name, number)
    known = outlook.known(["a", "b"], 10)
    drift = outlook.drift(known)
    rows: list[dict[str, object]] = []
    for one in known:
        pooled = replace(one, used=np.zeros(0, np.int64))
        for method, found in (
            ("pooled", outlook.forecast(pooled, NO_DRIFT)),
            ("now", outlook.forecast(one, drift)),
        ):
            row = (name, number, one.name, method, found.low, found.high, round(found.mean, 2), found.actual)
            rows.append(dict(zip(HEAD, row, strict=True)))
    return rows


def read() -> list[dict[str, str]]:
    """Rows that were found before."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(rows: list[dict[str, str]]) -> str:
    """Coverage, mean width and interval score (Gneiting and Raftery 2007) by scenario and method."""
    lines = [
        "| scenario | fleets | method | coverage | standard error | width | interval score |",
        "|---|--:|---|--:|--:|--:|--:|",
    ]
    for name in SCENARIOS:
        for method in ("pooled", "now"):
            kept = [one for one in rows if (one["scenario"], one["method"]) == (name, method)]
            if not kept:
                continue
            low, high, actual = (np.array([float(one[key]) for one in kept]) for key in HEAD[4:6] + HEAD[7:])
            miss = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
            fleets = [one["fleet"] for one in kept]
            inside = np.array([(miss[np.array(fleets) == f] == 0).mean() for f in dict.fromkeys(fleets)])
            error = inside.std(ddof=1) / np.sqrt(len(inside)) if len(inside) > 1 else np.nan
            cells = (len(inside), method, f"{(miss == 0).mean():.3f}", f"{error:.3f}")
            score = (high - low + 20 * miss).mean()
            lines.append(
                f"| {name} | {' | '.join(map(str, cells))} | {(high - low).mean():.1f} | {score:.1f} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenarios", nargs="*", help="default: all")
    parser.add_argument("--fleets", type=int, default=100)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=60, help="bootstrap samples (the study: 200)")
    asked = parser.parse_args()
    outlook_module.RESAMPLES = asked.resamples
    done = {(one["scenario"], int(one["fleet"])) for one in read()}
    RESULTS.parent.mkdir(exist_ok=True)
    for number in range(asked.first, asked.first + asked.fleets):
        for name in asked.scenarios or SCENARIOS:
            if (name, number) in done:
                continue
            found = run(name, number)
            new = not RESULTS.exists()
            with RESULTS.open("a", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, HEAD)
                if new:
                    writer.writeheader()
                writer.writerows(found)
    print(table(read()), end="")
