"""Past lots: what each lot visited, with its work and its delays, kept together as one route to be drawn.

Where the lots of a product share no chart, the number of visits, their order, their work and their delays
belong together: a lot drawn as a whole keeps what a distribution for each operation loses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from zhizao.plant.model import Plant
from zhizao.studies.learn.evidence import Finding, hours
from zhizao.studies.learn.log.complete import Variant
from zhizao.studies.learn.log.visits import History, Step, Visit
from zhizao.studies.learn.log.week import HOUR_S, Opening
from zhizao.studies.learn.resources.causes import Causes, load
from zhizao.studies.learn.timing.delays import Delays

ENOUGH = 60  # lots that are left where those too young to be seen whole are no past lots
AGES = (0.95, 0.9, 0.8)  # quantiles of the times of finished lots from which a lot is old enough, best first
MOST = 1500  # past lots in a plant: a draw of them is as good, and the file stays readable
MOSTLY_OPEN = 0.25  # share of the work of a visit in open hours, below which it was done in closed ones
AT_LEAST_S = HOUR_S  # of such work, for no shift can be said to hold it


@dataclass(frozen=True, slots=True)
class PastVisit:
    """One visit of a past lot: its work (s of open time) and the open time that passed before (s)."""

    step: Step
    work_s: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class Template:
    """A past lot whose visits follow one another."""

    lot: str
    product: str
    pieces: int
    visits: tuple[PastVisit, ...]

    @property
    def total_s(self) -> float:
        """Open time that the lot needs where nothing keeps it waiting."""
        return sum(visit.work_s + visit.delay_s for visit in self.visits)


@dataclass(frozen=True, eq=False)
class Measures:
    """What the times of past lots are measured with."""

    causes: Causes
    delays: Delays
    openings: dict[str, Opening]


def templates(variants: list[Variant], by: Measures) -> list[Template]:
    """Past lots of these lots, each with its own visits and, if it was not seen to its end, those lent."""
    delay_s = by.delays.open_s({visit.lot for v in variants for visit in v.trace.visits})
    found = []
    for v in variants:
        own = v.seen.visits
        lent = v.trace.visits[len(own) :]
        visits = (*_measured(own, by, delay_s), *_measured(lent, by, delay_s))
        first = replace(visits[0], delay_s=0.0)  # its release is its first start
        found.append(Template(v.trace.lot, v.trace.product, v.trace.pieces, (first, *visits[1:])))
    return found


def _measured(
    visits: tuple[Visit, ...], by: Measures, delay_s: dict[tuple[str, str, float], float]
) -> Iterator[PastVisit]:
    """The visits of one lot in a row, for a past lot is a chain: in the order of their starts, and of the
    work of one that began before an earlier one had ended, what was left of it then."""
    reach = -math.inf
    for visit in visits:
        work = _work_s(visit, max(visit.start_s, reach), by)
        reach = max(reach, visit.end_s)
        delay = delay_s.get((visit.lot, visit.operation, visit.start_s), 0.0)
        yield PastVisit((visit.operation, visit.work_center), work, delay)


def done_s(visit: Visit, by: Measures) -> float:
    """Work of a visit, with a set-up that each lot needs, for that is a part of its own time."""
    if load(by.causes, visit.work_center) is not None:
        return visit.work_s + visit.setup_s
    return by.causes.work.get(visit, visit.work_s)


def _work_s(visit: Visit, since_s: float, by: Measures) -> float:
    """Work of a visit since a moment, in the open time of its work center, in which work rests when it
    closes."""
    if since_s >= visit.end_s:
        return 0.0
    found = done_s(visit, by) * (visit.end_s - since_s) / (visit.end_s - visit.start_s)
    begin, end = by.openings[visit.work_center].open_until(np.array([since_s, visit.end_s]))
    worked = float(end - begin)  # what was done over time would go on in the next shift: it is left out
    return min(found, worked if worked >= MOSTLY_OPEN * found else AT_LEAST_S)


def donors(variants: list[Variant], history: History, *, cut: bool) -> tuple[list[Variant], list[Finding]]:
    """The lots that are drawn: where the log is `cut` at one date, only those that were released so long
    before that nearly all finished lots had ended by then, for the young ones that have ended are the short
    ones."""
    kept, how = variants, "all lots seen from their start"
    done = np.array([v.seen.last_s - v.trace.release_s for v in variants if not v.open])
    if cut and len(done):
        age = np.array([history.end_s - v.trace.release_s for v in variants])
        for share in AGES:
            least = float(np.quantile(done, share))
            if (age >= least).sum() >= ENOUGH:
                kept = [v for v, old in zip(variants, age, strict=True) if old >= least]
                how = f"released {hours(least)} before the log's end, the time of {share:.0%} of the lots"
                break
    if len(kept) > MOST:
        kept = kept[-MOST:]
        how += f"; the last {MOST} of them"
    return kept, [Finding("past_lots", f"{len(kept)} past lots", len(variants), how)]


def fit_in_table(plant: Plant) -> bool:
    """Whether a plant has past lots, and a row for each of their visits says all that they say."""
    if plant.past_lots is None:
        return False
    operations = [operation for lot in plant.past_lots.lots for operation in plant.routes[lot]]
    return not any(each.needs or each.batch or each.defects for each in operations)
