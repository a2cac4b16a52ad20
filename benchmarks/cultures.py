"""Fed-batch cultures: a structure is chosen and fitted by two records and has to predict the third.

    nice -n 19 python -m benchmarks.cultures [SCENARIO] [--starts N] [--again]

A scenario takes three minutes of CPU time. Each is written to `results/cultures.json` as it is done, and a
later call passes over it; `results/cultures.md` is the table of all that are there. The records are those of
../shared (data/process/cho_fedbatch): simulations without noise of a published model. Settings are in this
file and in `library.structures`; none was set by the culture that is left out.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.solvers.phases.cultures import SCENARIOS, Culture, culture
from zhizao.solvers.phases.choose import Candidate, choose_structure
from zhizao.solvers.phases.fit import Fit, Recorded, fit_phases
from zhizao.solvers.phases.library.structures import Structure, fed_batch_structures

RESULTS = Path(__file__).resolve().parent / "results"
NAMES = ["viable", "dead", "glucose", "glutamine", "lactate", "ammonia", "product"]
ASKED = ["viable", "dead", "glucose", "lactate", "product"]
OTHER_PRODUCT = "exp3_protein"
"""It makes a product at rates of its own, which no other culture shows."""
STARTS = 8
SEED = 20261
NOT_KNOWN = "not known"


def recorded(one: Culture, structure: Structure) -> Recorded:
    """A record to learn from; the product that no other culture makes does not count."""
    table = one.table(NAMES).copy()
    if one.name == OTHER_PRODUCT:
        table[:, NAMES.index("product")] = np.nan
    return Recorded(one.phase(structure.model), one.times, table)


def misfit(fit: Fit, cultures: list[Culture], structure: Structure) -> float:
    """Largest error in the records that were fitted, in % of the range of a state; the product apart."""
    worst = 0.0
    for one in cultures:
        course = fit.predict(one.phase(structure.model), one.times).course[:, :-1]
        truth = one.table(NAMES)[:, :-1]
        worst = max(worst, float((np.abs(course - truth).max(axis=0) / np.ptp(truth, axis=0)).max()))
    return 100 * worst


def errors(course: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Largest error at any half hour, in % of the range of each state."""
    worst = 100 * np.abs(course - truth).max(axis=0) / np.ptp(truth, axis=0)
    return dict(zip(NAMES, map(float, worst), strict=True))


def where_known(values: np.ndarray, known: np.ndarray) -> dict[str, float | None]:
    pairs = zip(NAMES, values, known, strict=True)
    return {name: float(value) if there else None for name, value, there in pairs}


def left_out(left: str, starts: int) -> dict[str, Any]:
    began = time.process_time()
    structures, cultures = fed_batch_structures(), [culture(name) for name in SCENARIOS]
    target = next(one for one in cultures if one.name == left)
    others = [one for one in cultures if one.name != left]
    candidates = {
        name: Candidate([recorded(one, structure) for one in others], structure.bounds)
        for name, structure in structures.items()
    }
    choice = choose_structure(candidates, NAMES, starts=starts, seed=SEED)
    chosen = structures[choice.name]
    truth = target.table(NAMES)
    found = choice.predict(target.phase(chosen.model), target.times)
    inside = 100 * ((truth >= found.low) & (truth <= found.high)).mean(axis=0)
    known = np.isfinite(found.low).all(axis=0)
    width = 100 * (found.high - found.low).mean(axis=0) / np.ptp(truth, axis=0)
    ranked = sorted(choice.scores, key=lambda name: choice.scores[name])
    second = structures[ranked[1]]
    other = fit_phases(candidates[ranked[1]].records, NAMES, second.bounds, starts=starts, seed=SEED)
    guess = other.predict(target.phase(second.model), target.times)
    return {
        "structure": choice.name,
        "scores_percent": {name: 100 * score for name, score in choice.scores.items()},
        "largest_error_percent": errors(found.course, truth),
        "inside_95_percent": where_known(inside, known),
        "mean_width_percent": where_known(width, known),
        "training_misfit_percent": misfit(choice.fit, others, chosen),
        "agreeing": choice.fit.agreeing,
        "starts": choice.fit.starts,
        "undetermined": list(choice.fit.undetermined),
        "values": choice.fit.values,
        "second": ranked[1],
        "second_error_percent": errors(guess.course, truth),
        "second_training_misfit_percent": misfit(other, others, second),
        "second_agreeing": f"{other.agreeing} of {other.starts}",
        "cpu_s": time.process_time() - began,
    }


def cell(one: dict[str, Any], name: str, left: str) -> str:
    if name == "product" and left == OTHER_PRODUCT:
        return NOT_KNOWN
    share, width = one["inside_95_percent"][name], one["mean_width_percent"][name]
    interval = "no interval" if share is None else f"{share:.0f} / {width:.2g}"
    return f"{one['largest_error_percent'][name]:.2g} / {interval}"


def written(found: dict[str, Any]) -> str:
    lines = ["# Cultures that were left out", ""]
    lines += [
        "From `python -m benchmarks.cultures SCENARIO`. Each cell: largest error at any half hour in % of "
        "the range / share of recorded points inside the 95 % interval in % / mean width of the interval in "
        "% of the range. Records are simulations without noise of a published model: they show what "
        "equations "
        "miss, not what cells do. Bounds are the same decades for all parameters of a kind. Two cores, "
        "commit f614a592, 133 to 180 s of processor time each.",
        "",
        f"| left out | structure | {' | '.join(NAMES)} | of the five asked for within 5 % "
        "| misfit of the two records, % | starts that agree |",
        "|" + "---|" * (len(NAMES) + 5),
    ]
    for left, one in found.items():
        asked = [n for n in ASKED if not (n == "product" and left == OTHER_PRODUCT)]
        good = sum(one["largest_error_percent"][n] <= 5 for n in asked)
        lines.append(
            f"| {left} | {one['structure']} | {' | '.join(cell(one, n, left) for n in NAMES)} | "
            f"{good} of {len(asked)} | {one['training_misfit_percent']:.2g} "
            f"| {one['agreeing']} of {one['starts']} |"
        )
    lines += ["", "## Scores of the structures, and the second best", ""]
    lines += [
        "Error of prediction of one training record by the other, root mean square in % of the range.",
        "",
    ]
    names = list(next(iter(found.values()))["scores_percent"])
    lines += [f"| left out | {' | '.join(names)} | second best | its errors, % | its misfit, % | agree |"]
    lines += ["|" + "---|" * (len(names) + 5)]
    for left, one in found.items():
        scores = " | ".join(f"{one['scores_percent'][name]:.3g}" for name in names)
        off = ", ".join(f"{name} {one['second_error_percent'][name]:.2g}" for name in ASKED[:-1])
        lines.append(
            f"| {left} | {scores} | {one['second']} | {off} | {one['second_training_misfit_percent']:.2g} "
            f"| {one['second_agreeing']} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario", nargs="*", choices=[*SCENARIOS, []])
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    file = RESULTS / "cultures.json"
    for left in given.scenario or SCENARIOS:
        if not given.again and file.exists() and left in json.loads(file.read_text(encoding="utf-8")):
            continue
        one = left_out(left, given.starts)
        known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        known = {name: (known | {left: one})[name] for name in SCENARIOS if name in known or name == left}
        file.write_text(json.dumps(known, indent=1, default=np.generic.item) + "\n", encoding="utf-8")
        (RESULTS / "cultures.md").write_text(written(known), encoding="utf-8")
        print(left, json.dumps(one, indent=1, default=np.generic.item), flush=True)


if __name__ == "__main__":
    main()
