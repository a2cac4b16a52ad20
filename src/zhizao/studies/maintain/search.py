"""Search for rules: conjunctions of at most two thresholds, one rule after another until none is left."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from zhizao.studies.maintain.candidates import Bools, Quantities
from zhizao.studies.maintain.facts import Floats, Ints

BEAM = 40
"""First conditions to which a second one is sought."""
LEAST_FAILURES, LEAST_PRECISION = 8, 0.8
"""Failures that a rule must explain, and share of the rows under it that must be failures."""
MOST_RULES = 12


@dataclass(frozen=True, slots=True)
class Condition:
    """A threshold on a quantity (`above` or not), or, without a threshold, a class."""

    number: int
    above: bool = True
    threshold: float | None = None

    def holds(self, of: Quantities) -> Bools:
        """Rows in which it holds."""
        if self.threshold is None:
            return of.classes[self.number][1]
        values = of.values[:, self.number]
        return np.asarray(values > self.threshold if self.above else values < self.threshold)

    def words(self, of: Quantities) -> str:
        """The condition as it is read."""
        if self.threshold is None:
            return of.classes[self.number][0]
        name = of.names[self.number]
        power = " × " in name and "[rpm]" in name and "[Nm]" in name
        watts = f" ({self.threshold * pi / 30:.4g} W)" if power else ""
        return f"{name} {'>' if self.above else '<'} {self.threshold:.6g}{watts}"


Rule = tuple[Condition, ...]


def holds(rule: Rule, of: Quantities) -> Bools:
    """Rows in which all conditions of a rule hold."""
    return np.asarray(np.logical_and.reduce([one.holds(of) for one in rule]))


def rules_of(of: Quantities, failed: Bools, rows: Bools) -> tuple[Rule, ...]:
    """Sequential covering (Fürnkranz 1999): the best rule, then the best for what it leaves, on some rows.

    The best rule has the most failures less other rows; each must be a failure at `LEAST_PRECISION` at least.
    """
    order = np.argsort(of.values, axis=0, kind="stable").T
    left, found = rows.copy(), list[Rule]()
    while len(found) < MOST_RULES:
        rule = _best(of, order, failed, left)
        if rule is None:
            break
        found.append(rule)
        left = left & ~holds(rule, of)
    return tuple(found)


def _best(of: Quantities, order: Ints, failed: Bools, left: Bools) -> Rule | None:
    """The rule with the most failures less other rows; None where none is precise enough."""
    singles = sorted(_conditions(of, order, failed, left), key=lambda each: -each[0])
    firsts: list[Rule] = [*((Condition(i),) for i in range(len(of.classes)))]
    firsts += [(one,) for _, _, one in singles[:BEAM]]
    found: list[tuple[float, Rule]] = [(net, (one,)) for _, net, one in singles]
    for first in firsts:
        under = left & holds(first, of)
        found += [(net, (*first, second)) for _, net, second in _conditions(of, order, failed, under)]
    found.sort(key=lambda pair: (-pair[0], _columns(pair[1], of)))
    for _, rule in found[:BEAM]:
        under = left & holds(rule, of)
        hits = int((under & failed).sum())
        if hits >= LEAST_FAILURES and hits >= LEAST_PRECISION * under.sum():
            return rule
    return None


def _columns(rule: Rule, of: Quantities) -> int:
    """Columns that a rule reads: of rules as good, the one with fewest is taken."""
    return sum(1 if one.threshold is None else of.columns[one.number] for one in rule)


def _conditions(
    of: Quantities, order: Ints, failed: Bools, rows: Bools
) -> list[tuple[float, float, Condition]]:
    """For each quantity and direction, the thresholds of largest gain and of most failures less others.

    Gives the gain (FOIL; Quinlan 1990), failures less others, and the condition.
    """
    found: list[tuple[float, float, Condition]] = []
    if not (failed & rows).any():
        return found
    base = failed[rows].mean()
    for number, ranks in enumerate(order):
        inside = ranks[rows[ranks]]
        values = of.values[inside, number]
        known = int(np.isfinite(values).sum())
        inside, values = inside[:known], values[:known]
        cuts = np.flatnonzero(np.diff(values) > 0)
        if len(cuts) == 0:
            continue
        hits = np.cumsum(failed[inside])
        for above in (False, True):
            hit = hits[-1] - hits[cuts] if above else hits[cuts]
            count = known - cuts - 1 if above else cuts + 1
            net = 2.0 * hit - count
            gain = hit * np.log2(np.maximum(hit / count, 1e-12) / base)
            for place in {int(np.argmax(net)), int(np.argmax(gain))}:
                cut = cuts[place]
                threshold = float(values[cut] + values[cut + 1]) / 2
                found.append((float(gain[place]), float(net[place]), Condition(number, above, threshold)))
    return found


def refitted(rule: Rule, of: Quantities, failed: Bools, rows: Bools) -> Rule:
    """The same conditions with thresholds from some rows alone, one after the other."""
    made = list(rule)
    for i, one in enumerate(rule):
        if one.threshold is None:
            continue
        others = [other for j, other in enumerate(made) if j != i]
        under = rows & holds(tuple(others), of) if others else rows
        single = Quantities((of.names[one.number],), of.values[:, [one.number]], (1,), (), ())
        order: Ints = np.argsort(single.values, axis=0, kind="stable").T
        options = [each for each in _conditions(single, order, failed, under) if each[2].above == one.above]
        if options:
            best = max(options, key=lambda each: each[1])[2]
            made[i] = Condition(one.number, one.above, best.threshold)
    return tuple(made)


def area(score: Floats, failed: Bools) -> float:
    """Area under the ROC curve; ties count half (Mann and Whitney 1947)."""
    from scipy.stats import rankdata

    ranks, hits = rankdata(score), int(failed.sum())
    above = ranks[failed].sum() - hits * (hits + 1) / 2
    return float(above / (hits * (len(failed) - hits)))
