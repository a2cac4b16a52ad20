"""The proof: candidates against the plant as it is, by fresh replications, and what limits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
