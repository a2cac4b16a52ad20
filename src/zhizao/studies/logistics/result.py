"""What `logistics` gives back: alternatives, traffic and flow, as JSON and a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from zhizao.experiments.facts import as_json, in_words, on_page
from zhizao.kpi import FORMULAS
from zhizao.report import HeatMap, Prose, Report, Result, Table
from zhizao.report.data import plain
from zhizao.report.sections import Section
from zhizao.report.text import NOTHING, signed_percent
from zhizao.studies.logistics.findings import JUDGED, Findings

_SPANS = "95 % intervals of the change, in % of the plant as it is."


def span_of(row: Mapping[str, Any], name: str) -> str:
    """The interval of a KPI in a row of the table, in per cent."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return NOTHING if low is None or high is None else f"{signed_percent(low)} to {signed_percent(high)}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LogisticsResult(Findings, Result):
    """The transport of a plant beside its alternatives, to be shown."""

    study: ClassVar[str] = "logistics"

    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and what to mind."""
        return self.points(in_words(self), self.answer)

    def details(self) -> dict[str, Any]:
        """The whole result as plain data; what is unknown is null."""
        return {
            **as_json(self),
            "answer": self.answer,
            "notes": list(self.notes),
            "margin": self.margin,
            "alternatives": self.table().to_dicts(),
            "loads": dict(self.loads),
            "delays": [
                {
                    "fleet": one.fleet,
                    "trips": one.trips,
                    "per_trip_s": one.per_trip_s.mean,
                    "low": plain(one.per_trip_s.low),
                    "high": plain(one.per_trip_s.high),
                }
                for one in self.delays
            ],
            "flow": self.flow.to_dicts(),
            "zones": [] if self.zones is None else self.zones.to_dicts(),
        }

    def page(self) -> Report:
        """The result as a report."""
        sections: list[Section] = [
            Prose("\n\n".join(self.notes), title="In short"),
            Table("Alternatives less the plant as it is", self._spans(), note=_SPANS),
        ]
        sections += self._maps()
        sections.append(Table("Lots between work centers in one run", self.flow))
        return Report(
            title=self.plant.name,
            subtitle="Vehicles, rules, traffic and layout",
            sections=tuple(sections),
            facts=on_page(self),
        )

    def _spans(self) -> pl.DataFrame:
        """Alternatives with their intervals, in words."""
        rows = [
            {
                "alternative": row["alternative"],
                "verdict": row["verdict"],
                **{FORMULAS[name].name: span_of(row, name) for name in JUDGED},
            }
            for row in self.table().iter_rows(named=True)
        ]
        return pl.DataFrame(rows)

    def _maps(self) -> list[Section]:
        """A heat map of each floor."""
        if self.zones is None:
            return []
        window_s = 86400.0 * self.window.days
        places = {one.id: one.at for one in self.plant.work_centers if one.at is not None}
        found: list[Section] = []
        for floor in self.plant.transport.floors:
            own = self.zones.filter(pl.col("floor") == floor.id)
            found.append(
                HeatMap(
                    f"Traffic on {floor.id}",
                    x_m=own["x_m"].to_list(),
                    y_m=own["y_m"].to_list(),
                    size_m=floor.zone,
                    values=(own["held_s"] / window_s).to_list(),
                    label="share of time occupied",
                    places=places,
                    note="Each square is a zone that holds one vehicle; mean over the runs.",
                )
            )
        return found
