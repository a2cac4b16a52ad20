"""What must change on a unit for a set-up: the lot, the product, the operation or families of work.

Each way to say it is a key; of those that explain about as well which jobs had a set-up the most usual is
taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao.studies.learn.log.jobs import Flags, Floats, Numbers, codes

SAME = 0.1  # share of changes with a set-up below which two kinds of work are of one family
SEEN = 3  # changes between two kinds of work that this takes
PASSING = 20  # visits without a set-up after which a kind of work is taken to need none ever
MOST_KINDS = 400  # kinds of work of a work center beyond which families are not looked for
BETTER = 5.0  # log likelihood by which a less usual key must be better


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """Visits of a work center's units, each but a unit's first, with what was before it."""

    lot: Flags  # another lot
    part: Numbers
    operation: Numbers
    kind: Numbers  # operation and product
    before: Numbers  # place of the visit before, or -1
    setup_s: Floats
    counted: Flags  # from which the key is judged: each but a unit's first, or fewer

    @property
    def done(self) -> Flags:
        """Whether there was a set-up."""
        return self.setup_s > 0


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A way to say what must change: a number per visit, -1 where it needs none and leaves what there was."""

    name: str
    value: Numbers
    changed: Flags
    names: list[str | None]
    left: Numbers  # the number that a unit is set up for after each visit


def turns_of(rows: pl.DataFrame, counted: Flags | None = None) -> tuple[Turns, pl.DataFrame]:
    """Visits of a work center by unit and start as turns, and the kinds of work by number. `counted`: visits
    from which the key is judged; None: all but a unit's first."""
    unit, lot = (codes(rows, c)[0] for c in ("unit", "lot"))
    kind, kinds = codes(rows, "operation", "product")
    before = np.arange(-1, len(unit) - 1)
    before[np.diff(unit, prepend=-1) != 0] = -1
    part, operation = codes(rows, "product")[0], codes(rows, "operation")[0]
    seen = before >= 0 if counted is None else counted & (before >= 0)
    setup_s = rows["setup_s"].to_numpy()
    return Turns(lot[before] != lot, part, operation, kind, before, setup_s, seen), kinds


def key_of(turns: Turns, kinds: pl.DataFrame, rows: pl.DataFrame) -> Key:
    """The key that tells set-ups best, of those that are about as good the most usual."""
    found = [
        _plain("lot", turns, np.cumsum(turns.lot), []),
        _plain("part", turns, turns.part, _names(rows, "product")),
    ]
    by_operation = _plain("operation", turns, turns.operation, _names(rows, "operation"))
    found += [by_operation, _plain("both", turns, turns.kind, _both(kinds))]
    if 1 < kinds.height <= MOST_KINDS:
        found += [_passing(turns, kinds), _clusters(turns, kinds)]
    told = [log_likelihood(turns, key) - BETTER * (i > 0) for i, key in enumerate(found)]
    return found[int(np.argmax(told))]


def _names(rows: pl.DataFrame, column: str) -> list[str | None]:
    return codes(rows, column)[1][column].to_list()


def _both(kinds: pl.DataFrame) -> list[str | None]:
    return [f"{operation} of {product}" for operation, product in kinds.iter_rows()]


def _plain(name: str, turns: Turns, value: Numbers, names: list[str | None]) -> Key:
    changed = (turns.before >= 0) & (value[turns.before] != value)
    return Key(name, value, changed, names, value)


def _carried(name: str, turns: Turns, value: Numbers, names: list[str | None]) -> Key:
    """A key in which work of the value -1 leaves the set-up of a unit as it is."""
    place = np.where((value >= 0) | (turns.before < 0), np.arange(len(value)), 0)
    left = value[np.maximum.accumulate(place)]
    last = left[turns.before]
    changed = (turns.before >= 0) & (value >= 0) & (last >= 0) & (last != value)
    return Key(name, value, changed, names, left)


def _passing(turns: Turns, kinds: pl.DataFrame) -> Key:
    """Operation and product, without those that never need a set-up."""
    n = np.bincount(turns.kind, turns.counted, kinds.height)
    never = (np.bincount(turns.kind, turns.done & turns.counted, kinds.height) == 0) & (n >= PASSING)
    value = np.where(never[turns.kind], -1, turns.kind)
    return _carried("passing", turns, value, _both(kinds))


def _clusters(turns: Turns, kinds: pl.DataFrame) -> Key:
    """Families: kinds of work between which units are hardly ever set up."""
    n = kinds.height
    seen = turns.counted
    pair = turns.kind[turns.before[seen]] * n + turns.kind[seen]
    often = np.bincount(pair, minlength=n * n).reshape(n, n)
    done = np.bincount(pair, turns.done[seen], n * n).reshape(n, n)
    often, done = often + often.T, done + done.T
    family = np.arange(n)
    for a, b in np.argwhere((often >= SEEN) & (done <= SAME * often)):
        family[family == family[b]] = family[a]
    _, family = np.unique(family, return_inverse=True)
    names = _both(kinds)
    named = [
        " / ".join(str(names[i]) for i in np.flatnonzero(family == f)[:3]) for f in range(family.max() + 1)
    ]
    return _plain("family", turns, family[turns.kind], list(named))


def log_likelihood(turns: Turns, key: Key) -> float:
    """Of two chances of a set-up, where the key changes and where it does not."""
    seen = turns.counted
    total = 0.0
    for group in (key.changed & seen, ~key.changed & seen):
        n, k = int(group.sum()), int(turns.done[group].sum())
        for part in (k, n - k):
            total += part * math.log(part / n) if part else 0.0
    merged = len(set(turns.kind.tolist())) - len(key.names) if key.name == "family" else 0
    return total - merged
