"""By which rule the next lot is picked, told by the likelihood of the choices that were made.

A choice is a start on a work center at which two lots or more were waiting. Each rule is a noisy chooser: it
takes its own lot, or any of those that wait; what rules explain together is a mixture (expectation
maximisation, Dempster, Laird and Rubin 1977).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from zhizao.plant.model import DispatchRule
from zhizao.quantities.distributions import mean
from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.jobs import ROUND_S, Flags, Floats, Numbers, codes, firsts
from zhizao.studies.learn.log.visits import first_of_run
from zhizao.studies.learn.resources.setups import SetupRule

SURE = 0.6  # share of choices that a rule must explain beyond chance
SURE_BLIND = 0.9  # the same without due dates: rules that look at them would explain others than it does
BETTER = 10.0  # information (BIC) by which it must beat first come, first served
FEW = 30  # choices below which a work center follows the plant
MOST = 4000  # choices of a work center that are looked at
PAIRS = 20_000_000  # comparisons of choices with visits that this may take
BLOCK = 2_000_000  # of them at a time
SURELY = 4.0  # t value from which work is taken to grow with the pieces
UNTIDY = 0.02  # share of set-ups that begin beside other work, from which a unit is no cascade
ROUNDS = 60
MIXED = 0.8  # share of an operation's lots that go alone; where one goes in batches, no rule is told
TOLD = ("last-in-first-out", "longest-processing-time")  # no rules of a plant, but told of

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Picked:
    """Rule of a work center, the share of its choices that it explains beyond chance, and all shares."""

    rule: DispatchRule
    share: float
    mixture: tuple[tuple[str, float], ...]
    choices: int
    alike: str = ""  # other rules that explain the choices as well
    known: bool = True  # else first come, first served is assumed


@dataclass(frozen=True, slots=True, eq=False)
class _Choices:
    """Choices of a work center: lots that waited (rows of `waiting`), by choice, and which was taken."""

    choice: Numbers  # of each lot that waited
    taken: Flags
    keys: dict[str, Floats]  # of each lot that waited: the least goes first
    queue: Floats  # lots that waited, by choice
    due: bool  # whether their due dates are known

    def right(self) -> dict[str, Flags]:
        """Whether each choice was the rule's, by rule; of equal lots the first listed would go."""
        return {name: self._first(key) == np.flatnonzero(self.taken) for name, key in self.keys.items()}

    def _first(self, key: Floats) -> Numbers:
        order = np.lexsort((self.keys["fifo"], key, self.choice))
        start = np.flatnonzero(np.diff(self.choice[order], prepend=-1))
        return order[start]


def learn_dispatch(
    table: pl.DataFrame, work_s: Floats, setups: dict[str, SetupRule], home: pl.Series | None = None
) -> tuple[dict[str, Picked], list[Finding]]:
    """Rule of each work center at which lots waited; `home` has the unit that the lot of each visit must go
    to, if any."""
    home = pl.Series([None] * table.height, dtype=pl.String) if home is None else home
    known = _known(table.with_columns(work=pl.Series(work_s), home=home))
    found: dict[str, _Choices] = {}
    alone = known.filter(
        pl.col("batch").is_null().mean().over("operation", "work_center").min().over("work_center") > MIXED
    )
    for (name,), rows in sorted(alone.group_by("work_center", maintain_order=True)):
        choices = _choices(rows, setups.get(str(name)))
        if choices is not None:
            found[str(name)] = choices
    if not found:
        return {}, []
    dated = all(c.due for c in found.values())
    queues = np.concatenate([c.queue for c in found.values()])
    pooled = _pick([c.right() for c in found.values()], queues, SURE if dated else SURE_BLIND)
    picked, findings = {}, []
    for name, own in found.items():
        few = len(own.queue) < FEW
        sure = SURE if own.due else SURE_BLIND
        verdict = pooled if few else _pick([own.right()], own.queue, sure)
        picked[name] = verdict
        findings.append(_finding(name, verdict, len(own.queue), few=few, dated=own.due))
    return picked, findings


# ---------------------------------------------------------------- what was known of each lot
def _known(table: pl.DataFrame) -> pl.DataFrame:
    """Visits whose lot's coming is known, with the mean work of such a visit and of the lot from there on."""
    cell, cells = codes(table, "operation", "work_center", "product")
    work, pieces = table["work"].to_numpy(), table["pieces"].to_numpy().astype(np.float64)
    number = first_of_run(table["lot"])
    last = np.append(np.flatnonzero(np.diff(number)), len(number) - 1)
    done = np.cumsum(work)
    rest = work + done[last][np.searchsorted(last, np.arange(len(work)))] - done
    n = np.maximum(np.bincount(cell, minlength=cells.height), 1)
    apart = pieces - (np.bincount(cell, pieces, cells.height) / n)[cell]
    scatter = np.bincount(cell, apart * apart, cells.height)
    scatter[scatter == 0] = np.inf

    def usual(values: Floats) -> Floats:
        """Mean at an operation, work center and product, for as many pieces (least squares) where these
        surely matter: lots that are equal must not be told apart by chance."""
        middle = (np.bincount(cell, values, cells.height) / n)[cell]
        slope = np.bincount(cell, apart * values, cells.height) / scatter
        rest = values - middle - slope[cell] * apart
        spread = np.bincount(cell, rest * rest, cells.height) / np.maximum(n - 2, 1)
        slope[np.abs(slope) <= SURELY * np.sqrt(spread / scatter)] = 0.0
        return np.asarray(middle + slope[cell] * apart)

    table = table.with_columns(usual=pl.Series(usual(work)), rest=pl.Series(usual(rest)))
    return firsts(table.filter(pl.col("ready_s").is_not_null()))


def _choices(rows: pl.DataFrame, setup: SetupRule | None) -> _Choices | None:
    rows = rows.sort("start_s", "ready_s")
    start, ready = (
        rows["start_s"].to_numpy(),
        np.minimum(rows["ready_s"].to_numpy(), rows["start_s"].to_numpy()),
    )
    came = np.searchsorted(np.sort(ready), start, side="right")
    waiting = came - np.arange(len(start))
    at = np.flatnonzero(waiting >= 2)
    at = at[np.append(True, np.diff(start[at]) > ROUND_S)] if len(at) else at  # of several at once the first
    at = _some(at, MOST)
    width = np.searchsorted(np.minimum.accumulate(ready[::-1])[::-1], start, side="right") - np.arange(
        len(start)
    )
    at = _some(at, max(int(PAIRS / max(float(width[at].mean()), 1.0)), FEW)) if len(at) else at
    blocks = np.array_split(at, int(width[at].sum()) // BLOCK + 1)
    pairs = [_pairs(block, width[block], start, ready) for block in blocks]
    choice, lot = (np.concatenate([p[i] for p in pairs]) for i in (0, 1))
    choice, lot = _open_to(rows, choice, lot, setup)
    if not len(choice):
        return None
    numbered = np.unique(choice, return_inverse=True)[1]
    keys = _keys(rows, choice, lot, setup)
    dated = bool(rows["due_s"].is_not_null().to_numpy()[lot].all())
    return _Choices(numbered, lot == choice, keys, np.bincount(numbered).astype(np.float64), dated)


def _some(at: Numbers, most: int) -> Numbers:
    return at[np.linspace(0, len(at) - 1, most).astype(int)] if len(at) > most else at


def _pairs(at: Numbers, width: Numbers, start: Floats, ready: Floats) -> tuple[Numbers, Numbers]:
    """Choices (as places of the lot taken) and the lots that waited then, all within `width` places of it."""
    choice = np.repeat(at, width)
    lot = choice + np.arange(len(choice)) - np.repeat(np.cumsum(width) - width, width)
    there = ready[lot] <= start[choice]
    return choice[there], lot[there]


def _open_to(
    rows: pl.DataFrame, choice: Numbers, lot: Numbers, setup: SetupRule | None
) -> tuple[Numbers, Numbers]:
    """The choices and the lots that the unit could take: those that must not go to another, and in a cascade
    that is not empty those that need no set-up. Choices of one lot are none."""
    unit, home = codes(pl.DataFrame({"unit": pl.concat([rows["unit"], rows["home"]])}), "unit")[0].reshape(
        2, -1
    )
    kept = rows["home"].is_null().to_numpy()[lot] | (home[lot] == unit[choice])
    reach = (
        rows.select(pl.col("end_s").cum_max().shift(1).over("unit").fill_null(-np.inf)).to_series().to_numpy()
    )
    beside, set_up = reach > rows["start_s"].to_numpy() + ROUND_S, (rows["setup_s"] > 0).to_numpy()
    if setup is not None and (beside & set_up).sum() <= UNTIDY * set_up.sum():
        kept &= ~beside[choice] | (_set_up_s(rows, choice, lot, setup) == 0)
    kept |= lot == choice
    kept &= np.bincount(choice[kept], minlength=len(beside))[choice] >= 2
    return choice[kept], lot[kept]


# ---------------------------------------------------------------- what each rule looks at
def _keys(rows: pl.DataFrame, choice: Numbers, lot: Numbers, setup: SetupRule | None) -> dict[str, Floats]:
    """Key of each lot that waited, by rule; rules that the lots do not differ by are left out."""
    ready, usual, rest, due, priority = (
        rows[c].to_numpy().astype(np.float64)[lot] for c in ("ready_s", "usual", "rest", "due_s", "priority")
    )
    now = rows["start_s"].to_numpy()[choice]
    due = np.where(np.isnan(due), np.inf, due)
    priority = np.nan_to_num(-priority)
    keys = {
        "fifo": ready,
        "priority": priority,
        "earliest-due-date": due,
        "shortest-processing-time": usual,
        "critical-ratio": (due - now) / np.maximum(rest, 1e-6),
        "atc": _atc(choice, usual, due - now - rest, -priority),
        TOLD[0]: -ready,
        TOLD[1]: -usual,
    }
    if setup is not None:
        keys["least-setup"] = _set_up_s(rows, choice, lot, setup)
        keys["priority-least-setup"] = _ranked(priority, keys["least-setup"])
    keys["priority-critical-ratio"] = _ranked(priority, keys["critical-ratio"])
    if not np.isfinite(due).all():
        due = np.full(len(due), 0.0)
        for name in ("earliest-due-date", "critical-ratio", "atc", "priority-critical-ratio"):
            del keys[name]
    if np.ptp(priority) == 0:
        keys = {name: key for name, key in keys.items() if "priority" not in name}
    return {name: key for name, key in keys.items() if name == "fifo" or np.ptp(key) > 0}


def _ranked(first: Floats, then: Floats) -> Floats:
    """One key for two: ties of the first are broken by the other."""
    rank, after = (np.unique(key, return_inverse=True)[1].astype(np.float64) for key in (first, then))
    return np.asarray(rank * (len(then) + 1.0) + after)


def _atc(choice: Numbers, usual: Floats, slack: Floats, weight: Floats) -> Floats:
    """Apparent tardiness cost as the plant reckons it, with a minus."""
    _, group = np.unique(choice, return_inverse=True)
    typical = (np.bincount(group, usual) / np.bincount(group))[group]
    value = np.log(np.where(weight > 0, weight, 1.0) / np.maximum(usual, 1e-6))
    late = np.maximum(np.where(np.isfinite(slack), slack, 1e12), 0.0)
    return np.asarray(late / (2 * np.maximum(typical, 1e-6)) - value)


def _set_up_s(rows: pl.DataFrame, choice: Numbers, lot: Numbers, setup: SetupRule) -> Floats:
    """Mean set-up of each lot on the unit that took one."""
    names = _family(rows, setup)
    family, kinds = codes(names, "family")
    known = kinds["family"].to_list()
    before = names.with_columns(unit=rows["unit"]).select(pl.col("family").shift(1).over("unit"))
    last = names.with_columns(before["family"].alias("last")).join(
        kinds.with_row_index("number"), left_on="last", right_on="family", how="left", maintain_order="left"
    )["number"]
    now = np.nan_to_num(last.cast(pl.Float64).to_numpy(), nan=-1.0).astype(np.int64)[choice]
    usual = mean(setup.takes)
    takes = np.full((len(known) + 1, len(known)), usual)
    place = {name: i for i, name in enumerate(known)}
    for a, b, time in sorted(setup.times, key=lambda entry: entry[0] is not None):
        if b in place and (a is None or a in place):
            takes[slice(None) if a is None else place[a], place[b]] = mean(time)
    takes[np.arange(len(known)), np.arange(len(known))] = 0.0
    if None in place:
        takes[:, place[None]] = 0.0
    found: Floats = takes[now, family[lot]]
    return found


def _family(rows: pl.DataFrame, setup: SetupRule) -> pl.DataFrame:
    if setup.families is None:
        return rows.select(family=pl.col("lot" if setup.by == "lot" else "product"))
    pairs = [(o, p, f) for (o, p), f in setup.families.items()]
    listed = pl.DataFrame(pairs, schema=["operation", "product", "family"], orient="row")
    return rows.select("operation", "product").join(
        listed, on=["operation", "product"], how="left", maintain_order="left"
    ).select("family")  # fmt: skip


# ---------------------------------------------------------------- the verdict
def _pick(right: list[dict[str, Flags]], queue: Floats, sure: float) -> Picked:
    """Rule that explains the choices best, if it explains so large a share; else first come, first served."""
    names = sorted(set.intersection(*(set(r) for r in right)), key=_usual)
    hits = np.array([np.concatenate([r[name] for r in right]) for name in names], np.float64)
    told = np.array([_alone(hit, 1 / queue) for hit in hits])
    information = math.log(len(queue)) - 2 * told[:, 1]
    best = next(i for i, value in enumerate(information) if value <= information.min() + BETTER)
    mixture = _mixture(hits, 1 / queue)
    listed = tuple((name, float(w)) for name, w in zip([*names, "chance"], mixture, strict=True) if w >= 0.05)
    share = float(told[best, 0])
    if share > sure and names[best] not in TOLD:
        near = [n for n, i in zip(names, information, strict=True) if i <= information.min() + BETTER]
        alike = ", ".join(name for name in near if name != names[best])
        return Picked(DispatchRule(names[best]), share, listed, len(queue), alike)
    share = float(told[names.index("fifo"), 0])
    return Picked(DispatchRule.FIFO, share, listed, len(queue), known=False)


def _usual(name: str) -> tuple[bool, int]:
    """Place of a rule: of two that explain the same, the earlier is taken."""
    return name in TOLD, TOLD.index(name) if name in TOLD else [rule.value for rule in DispatchRule].index(
        name
    )


def _alone(hit: Floats, chance: Floats) -> tuple[float, float]:
    """Share of choices that one rule explains beyond chance, and its log likelihood."""
    share = 0.5
    for _ in range(ROUNDS):
        told = share * hit
        share = float((told / (told + (1 - share) * chance)).mean())
        share = min(max(share, 1e-6), 1 - 1e-3)
    return share, float(np.log(share * hit + (1 - share) * chance).sum())


def _mixture(hits: Matrix, chance: Floats) -> Floats:
    """Weights of all rules together, the last that of chance."""
    parts = np.vstack([hits, chance])
    weight = np.full(len(parts), 1 / len(parts))
    for _ in range(ROUNDS):
        told = weight[:, None] * parts
        weight = (told / told.sum(axis=0)).mean(axis=1)
    found: Floats = weight
    return found


def _finding(name: str, verdict: Picked, n: int, *, few: bool, dated: bool) -> Finding:
    mixed = ", ".join(f"{rule} {share:.0%}" for rule, share in verdict.mixture)
    rule = verdict.rule.value
    value = rule if verdict.known else f"unknown ({rule} assumed)"
    how = f"choices among waiting lots (EM; beyond chance; mixture: {mixed})"
    how += f"; all work centers together, for this one has {n}" if few else ""
    how += f"; {MOST} choices looked at" if n >= MOST else ""
    how += f"; {verdict.alike} would have chosen alike" if verdict.alike else ""
    how += "" if dated else "; rules by due dates could not be tried: the log has none"
    how += "; a lot is taken to wait from the end of its work before"
    low, high = intervals.of_share(verdict.share * verdict.choices, verdict.choices)
    return Finding(f"work_centers.{name}.dispatch", value, n, how, verdict.share, low, high)
