"""The proof: candidates against the plant as it is, by fresh replications, and what limits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import polars as pl

from zhizao.engine import LogLevel, Progress
from zhizao.experiments import Experiment, Scenario, Window
from zhizao.experiments.cancel import interrupted
from zhizao.kpi.loads import loads
from zhizao.plant import Measure, Plant
from zhizao.studies.compare import CompareResult, Terms, compare_scenarios
from zhizao.workflows.improve.findings import Busiest, Proposal
from zhizao.workflows.improve.goal import Goal
from zhizao.workflows.improve.options import TODAY


@dataclass(frozen=True, slots=True)
class Candidate:
    """Measures to prove, and the plant that has taken them."""

    measures: tuple[Measure, ...]
    scenario: Scenario
    chosen: bool = False
    subset: int = 0  # of the options searched; 0 for a measure tried by itself


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared; `cut` before all was done. `busiest`: today, and after the chosen combination."""

    candidates: tuple[Candidate, ...] = ()
    compared: CompareResult | None = None
    busiest: tuple[Busiest | None, Busiest | None] = (None, None)
    cut: bool = False

    @property
    def replications(self) -> int:
        """Pairs of runs of each candidate."""
        return 0 if self.compared is None else self.compared.replications

    def choosing(self, goal: Goal, *, learned: bool) -> Proof:
        """The proof with the best of the combinations searched as the chosen one.

        A search takes up noise; the clean-up by fresh replications of its finalists does so less (Boesel,
        Nelson and Kim 2003, Operations Research 51(5), 814-825).
        """
        if self.compared is None:
            return self
        pairs = zip(self.candidates, self.compared.scenarios, strict=True)
        values = [
            Proposal(one.measures, outcome, goal, one.chosen, learned).rank_value if one.subset else -inf
            for one, outcome in pairs
        ]
        best = max(range(len(values)), key=lambda number: values[number], default=0)
        if not values or values[best] == -inf:
            return self
        marked = (replace(one, chosen=number == best) for number, one in enumerate(self.candidates))
        same = self.candidates[best].chosen
        busiest = self.busiest if same else (self.busiest[0], None)  # that after another is not known
        return replace(self, candidates=tuple(marked), busiest=busiest)

    @property
    def chosen(self) -> Candidate | None:
        """The combination to take, if it pays."""
        return next((one for one in self.candidates if one.chosen), None)

    def proposals(self, goal: Goal, *, learned: bool) -> tuple[Proposal, ...]:
        """What the candidates bring: the chosen one, then by the goal, then those of unknown cost."""
        if self.compared is None:
            return ()
        pairs = zip(self.candidates, self.compared.scenarios, strict=True)
        made = [Proposal(one.measures, outcome, goal, one.chosen, learned) for one, outcome in pairs]
        return tuple(sorted(made, key=lambda one: (not one.chosen, one.priceless, -one.rank_value)))


def proved(
    plant: Plant, candidates: Sequence[Candidate], window: Window, terms: Terms, progress: Progress
) -> Proof:
    """Compare candidates with the plant as it is; cancelled, what was done by then."""
    found: list[CompareResult] = []
    busiest: list[Busiest | None] = []
    chosen = next((one.scenario for one in candidates if one.chosen), None)

    def run() -> None:
        busiest.append(_busiest(Scenario(TODAY, plant), window, terms.seed))
        if chosen is not None:
            busiest.append(_busiest(chosen, window, terms.seed))
        scenarios = [one.scenario for one in candidates]
        found.append(compare_scenarios(plant, scenarios, window, terms, progress=progress))

    cut = interrupted(run)
    before, after = (*busiest, None, None)[:2]
    compared = found[0] if found else None
    return Proof(tuple(candidates), compared, (before, after), cut or bool(compared and compared.interrupted))


def _busiest(scenario: Scenario, window: Window, seed: int) -> Busiest | None:
    """The resource with the highest load, over a few replications."""
    (runs,) = Experiment(seed, None, LogLevel.LOTS, window).side_by_side([scenario], 0, _FEW)
    table = pl.concat(loads(records, scenario.plant) for records in runs).drop_nulls("load")
    mean = table.group_by("resource").agg(pl.col("load").mean()).sort("load", "resource", descending=True)
    return Busiest(*mean.select("resource", "load").row(0)) if mean.height else None


_FEW = 4
