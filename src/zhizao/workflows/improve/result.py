"""What `improve` gives back: the ranked list, why, what it rests on; as JSON and as a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from zhizao.experiments.facts import as_json
from zhizao.plant import Measure, differences_of
from zhizao.report import Report, Result
from zhizao.workflows.improve.findings import build_up
from zhizao.workflows.improve.improved import Improved
from zhizao.workflows.improve.page import page


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ImproveResult(Improved, Result):
    """The measures that pay, to be shown: table, JSON, page."""

    study: ClassVar[str] = "improve"

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, what to take, and what to mind."""
        how = f"{self.combinations} combinations searched in {self.seconds:.0f} s; {self.notes[-1]}"
        return self.points(how, self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        best = self.best
        return {
            **as_json(self),
            "goal": self.goal.value,
            "currency": self.plant.currency,
            "answer": self.answer,
            "take": None if best is None else [measure.id for measure in best.measures],
            "notes": list(self.notes),
            "probability_of_good_selection": self.probability,
            "search": {"replications": self.drawn, "combinations": self.combinations},
            "proposals": self.table().to_dicts(),
            "ladder": [[measure.id for measure in step] for step in self.ladder],
            "build_up": [
                {"measures": [measure.id for measure in one.measures], "adds": one.adds}
                for one in build_up(self.steps)
            ],
            "front": [", ".join(m.id for m in one.measures) for one in self.front],
            "busiest": [None if one is None else asdict(one) for one in self.busiest],
            "information": [asdict(one) for one in self.information],
            "measures": [self._measure(measure) for measure in self.all_measures],
            "left_out": [{"measure": one.measure.id, "why": one.why} for one in self.left_out],
            "learned": self.learned,
            "lead_time_validated": not self.learned,
            "interest": self.appraisal.interest,
            "years": self.appraisal.years,
            "payback_assumptions": self.appraisal.assumptions,
            "seconds": self.seconds,
        }

    def _measure(self, measure: Measure) -> dict[str, object]:
        form = measure.model_dump(mode="json", exclude_defaults=True)
        differs = [one._asdict() for one in differences_of(self.plant, measure)]
        return {**form, "evidence": self.evidence_of(measure), "differs": differs}

    def page(self) -> Report:
        """The result as a report."""
        return page(self)
