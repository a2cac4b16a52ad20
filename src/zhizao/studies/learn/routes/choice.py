"""Chart or past lots: which of the two predicts the later lots of a product better from its earlier ones.

Rolling hold-outs within the log: from the lots released before a moment the time without queues (work and
delays) of those released after it is predicted, and scored by the continuous ranked probability score
(Gneiting and Raftery 2007). Queues are left to the simulation, which both have in common.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from zhizao.plant.model import PastLots
from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.log.complete import Variant
from zhizao.studies.learn.routes.charts import END, Chart, charts_of
from zhizao.studies.learn.routes.past_lots import Measures, Template, done_s, templates
from zhizao.studies.learn.timing.durations import slope_of

Floats = npt.NDArray[np.float64]

ORIGINS = (0.4, 0.6, 0.8)  # share of the lots that are known; those up to the next origin are predicted
MOST_LOTS = 600  # of a product that are looked at, the last ones: their scores tell 5 % apart
DRAWS = 200  # of each prediction
SURE = 1.96  # standard errors by which past lots must be better (95 %)
RELEVANT = 0.05  # and the share of the score by which they must be: a chart is what people can edit
FEW_WAYS = 10  # sequences of operations that a person still reads
NEARLY_ALL = 0.9  # share of the lots that go these: .94 or more in simulated plants, less in public logs
MOST_STAGES = 200  # of a walk: rework need not end
SIZE_WIDTH: float = PastLots.model_fields["size_width"].default


@dataclass(frozen=True, eq=False)
class Scores:
    """Score of each predicted lot (s), by its chart and by past lots."""

    chart: Floats
    past: Floats

    @property
    def less(self) -> float:
        """Share by which the score of past lots is the smaller (better) one."""
        return 1.0 - float(self.past.mean()) / max(float(self.chart.mean()), 1e-9)

    @property
    def past_better(self) -> bool:
        """Whether past lots predict better, both surely and relevantly."""
        gain = self.chart - self.past
        error = float(gain.std(ddof=1)) / math.sqrt(len(gain)) if len(gain) > 1 else math.inf
        return self.less >= RELEVANT and float(gain.mean()) > SURE * error


def choose_past_lots(
    charts: list[Chart], variants: list[Variant], by: Measures, rng: np.random.Generator
) -> tuple[set[str], list[Finding]]:
    """Products with a chart whose lots are better drawn as past lots, and the scores that say so.

    Where nearly all lots go one of a few ways, the chart stays: people can read and change it.
    """
    chosen, findings = set(), []
    for product in dict.fromkeys(chart.product for chart in charts):
        own = [v for v in variants if v.trace.product == product]
        if _few_ways(own):
            continue
        scores = compare(product, own, by, rng)
        if scores is None:
            continue
        better = scores.past_better
        if better:
            chosen.add(product)
        value = f"{'past lots' if better else 'a chart'} for {product}"
        how = (
            f"rolling hold-outs in the log: CRPS of the time without queues by past lots "
            f"{-scores.less:+.0%} against the chart"
        )
        findings.append(Finding("routes", value, len(scores.past), how))
    return chosen, findings


def _few_ways(lots: list[Variant]) -> bool:
    ways = Counter(tuple(visit.operation for visit in lot.seen.visits) for lot in lots if not lot.open)
    usual = sum(n for _, n in ways.most_common(FEW_WAYS))
    return usual >= NEARLY_ALL * sum(ways.values())


def compare(product: str, variants: list[Variant], by: Measures, rng: np.random.Generator) -> Scores | None:
    """Scores over all origins, None where no origin leaves enough lots for a chart."""
    whole = [v for v in variants if not v.open][-MOST_LOTS:]
    past = templates(whole, by)
    edges = [round(share * len(whole)) for share in (*ORIGINS, 1.0)]
    scored: list[tuple[float, float]] = []
    for at, to in pairwise(edges):
        made = charts_of(product, whole[:at]) if at < to else None
        if made is None:
            continue
        delays = _delays(past[:at])
        base, each = _walks(made[0], _pools(whole[:at], by), delays, rng)
        for lot in past[at:to]:
            drawn = _drawn(past[:at], lot.pieces, rng)
            scored.append((crps(base + each * lot.pieces, lot.total_s), crps(drawn, lot.total_s)))
    if not scored:
        return None
    chart, past_lots = (np.array(column) for column in zip(*scored, strict=True))
    return Scores(chart, past_lots)


def crps(drawn: Floats, seen: float) -> float:
    """Continuous ranked probability score of a sample, in its unit: 0 is best."""
    ordered, n = np.sort(drawn), len(drawn)
    apart = float((ordered * (2 * np.arange(n) - n + 1)).sum()) / n**2  # half the mean distance of two draws
    return float(np.abs(ordered - seen).mean()) - apart


def _drawn(past: list[Template], pieces: int, rng: np.random.Generator) -> Floats:
    """Times of past lots, drawn by size as the plant draws them."""
    times = np.array([lot.total_s for lot in past])
    apart = np.log(np.array([max(lot.pieces, 1) for lot in past]) / max(pieces, 1)) / SIZE_WIDTH
    weight = np.exp(-(apart**2 - (apart**2).min()) / 2)
    found: Floats = rng.choice(times, DRAWS, p=weight / weight.sum())
    return found


def _pools(lots: list[Variant], by: Measures) -> dict[str, tuple[Floats, float]]:
    """Work at each operation: what does not go with the pieces, and that of a piece where it is sure."""
    seen: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for lot in lots:
        for visit in lot.seen.visits:
            seen[visit.operation].append((done_s(visit, by), lot.trace.pieces))
    found = {}
    for name, own in seen.items():
        times, sizes = np.array(own, float).T
        each = slope_of(times, sizes)
        found[name] = times - each * sizes, each
    return found


def _delays(lots: list[Template]) -> dict[str, list[float]]:
    """Delays (s) before each operation, but for the first of a lot: as both measure them, cut short by queues
    or not, so that they differ only in what belongs together."""
    found: dict[str, list[float]] = defaultdict(list)
    for lot in lots:
        for visit in lot.visits[1:]:
            found[visit.step[0]].append(visit.delay_s)
    return found


def _walks(
    charts: list[Chart],
    work: dict[str, tuple[Floats, float]],
    delays: dict[str, list[float]],
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Times of lots that go through a chart with times drawn at each stage: a part for each lot, and one that
    goes with its pieces."""
    share = np.array([chart.lots for chart in charts], float)
    found = np.zeros((2, DRAWS))
    for k, first in enumerate(rng.choice(len(charts), DRAWS, p=share / share.sum())):
        stages = {stage.id: stage for stage in charts[first].stages}
        here = stages[charts[first].stages[0].id]
        for _ in range(MOST_STAGES):
            rest, each = work[here.operation]
            found[:, k] += rest[rng.integers(len(rest))], each
            onward = here.next or {END: 1}
            odds = np.array(list(onward.values()), float)
            to = list(onward)[int(rng.choice(len(odds), p=odds / odds.sum()))]
            if to == END:
                break
            here = stages[to]
            found[0, k] += delays[here.operation][rng.integers(len(delays[here.operation]))]
    return found[0], found[1]
