"""What `process_map` gives back: places, steps and ways of each source, as JSON and as a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from zhizao.quantities import Input
from zhizao.report import FlowMap, FlowPlace, FlowStep, Prose, Report, Result, Table
from zhizao.report.text import number
from zhizao.studies.process_map.paths import Paths

_WAYS = 20  # that the page lists
_APART = 0.02  # difference in steps per lot from which log and twin are said to differ (assumed)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ProcessMapResult(Result):
    """The ways of lots, by source: `log`, `twin` or both."""

    study: ClassVar[str] = "process_map"

    title: str = field()
    inputs: tuple[Input, ...] = field()
    paths: dict[str, Paths]
    level: str
    products: tuple[str, ...]
    replications: int  # of the twin; 0: there is none
    seed: int
    version: str
    interrupted: bool = False  # always: a cancelled map has no result

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        counted = "Lots count that were released within the records"
        if self.products:
            counted += f", of {', '.join(self.products)}"
        said = [
            f"{counted}; waits run from the end of one visit to the start of the next, "
            "and are negative where that starts before the end."
        ]
        apart = self._apart()
        if apart is not None:
            said.append(apart)
        return tuple(said)

    def key_points(self) -> tuple[str, str, str]:
        """What was counted, the longest way or the greatest wait, and what to mind."""
        how = "; ".join(
            f"{name}: {paths.lots} lots, {paths.places.height} places, {paths.steps.height} steps, "
            f"{paths.ways.height} ways"
            for name, paths in self.paths.items()
        )
        return f"{how[:1].upper()}{how[1:]}.", self._longest_wait(), self._apart() or self.notes[0]

    def _longest_wait(self) -> str:
        """The step at which all lots together wait longest."""
        name, paths = next(iter(self.paths.items()))
        found = paths.steps.filter(pl.col("wait_h").is_not_null())
        if not found.height:
            return "No lot goes on to a second place."
        row = found.sort(pl.col("wait_mean_h") * pl.col("count"), descending=True).row(0, named=True)
        if not row["wait_mean_h"] > 0:
            return f"No lot waits between two places ({name})."
        mean, median, most = (number(row[f"wait{of}_h"]) for of in ("_mean", "", "_p90"))
        return (
            f"Most waiting ({name}): from {row['source']} to {row['target']}, {row['count']} times, "
            f"mean {mean} h, median {median} h, 90 % within {most} h."
        )

    def _apart(self) -> str | None:
        """The step whose frequency differs most between log and twin."""
        if len(self.paths) < 2:
            return None
        gaps = self.table().with_columns(
            gap=(pl.col("log_per_lot").fill_null(0) - pl.col("twin_per_lot").fill_null(0)).abs()
        )
        row = gaps.sort("gap", descending=True).row(0, named=True)
        if row["gap"] < _APART:
            return f"Log and twin take each step equally often, within {_APART:g} per lot."
        log, twin = (row[f"{name}_per_lot"] or 0.0 for name in ("log", "twin"))
        step = f"from {row['source']} to {row['target']}"
        return f"Log and twin differ most {step}: {log:.2f} per lot in the log, {twin:.2f} in the twin."

    def table(self) -> pl.DataFrame:
        """One row per step: source, target, and of each source of data count, per_lot, and waits."""
        frames = [self._steps(name) for name in self.paths]
        found = frames[0]
        for other in frames[1:]:
            found = found.join(other, on=["source", "target"], how="full", coalesce=True)
        return found.sort("source", "target")

    def _steps(self, name: str) -> pl.DataFrame:
        paths = self.paths[name]
        return paths.steps.select(
            "source",
            "target",
            pl.col("count").alias(f"{name}_count"),
            (pl.col("count") / paths.lots).alias(f"{name}_per_lot"),
            pl.col("wait_h").alias(f"{name}_wait_h"),
            pl.col("wait_mean_h").alias(f"{name}_wait_mean_h"),
            pl.col("wait_p90_h").alias(f"{name}_wait_p90_h"),
        )

    def details(self) -> dict[str, Any]:
        """All places, steps and ways."""
        return {
            "title": self.title,
            "level": self.level,
            "products": list(self.products),
            "replications": self.replications,
            "notes": list(self.notes),
            **{
                name: {
                    "lots": paths.lots,
                    "places": paths.places.to_dicts(),
                    "steps": paths.steps.to_dicts(),
                    "ways": paths.ways.to_dicts(),
                }
                for name, paths in self.paths.items()
            },
        }

    def page(self) -> Report:
        """The map, the ways, and every step."""
        return Report(
            title=f"Process map: {self.title}",
            subtitle=self.key_points()[0],
            sections=(
                Prose("\n\n".join((self._longest_wait(), *self.notes)), title="In short"),
                self._map(),
                *(self._ways_table(name) for name in self.paths),
                Table("All steps", self._by_frequency(), limit=500),
            ),
            facts={
                "level": self.level,
                "replications": self.replications or "none",
                "seed": self.seed,
                "zhizao": self.version,
            },
        )

    def _by_frequency(self) -> pl.DataFrame:
        first = next(iter(self.paths))
        return self.table().sort(f"{first}_count", descending=True, nulls_last=True)

    def _map(self) -> FlowMap:
        """The graph; where there are two sources, what their colours mean."""
        names = tuple(self.paths)
        colours = f"Blue: more often in the {names[0]}; dashed: in the {names[-1]}." if len(names) > 1 else ""
        note = f"In a box: visits per lot × median hours of work. {colours}".strip()
        return FlowMap("Which place follows which", self._places(), self._links(), names, note)

    def _places(self) -> tuple[FlowPlace, ...]:
        rows = {name: {r["place"]: r for r in p.places.to_dicts()} for name, p in self.paths.items()}
        names = dict.fromkeys(place for of in rows.values() for place in of)
        return tuple(
            FlowPlace(
                place,
                {n: of[place]["visits"] / self.paths[n].lots for n, of in rows.items() if place in of},
                {n: of[place]["work_h"] for n, of in rows.items() if place in of},
            )
            for place in names
        )

    def _links(self) -> tuple[FlowStep, ...]:
        return tuple(
            FlowStep(
                row["source"],
                row["target"],
                {n: row[f"{n}_per_lot"] for n in self.paths if row[f"{n}_per_lot"] is not None},
                {n: row[f"{n}_wait_h"] for n in self.paths if row[f"{n}_wait_h"] is not None},
            )
            for row in self.table().to_dicts()
        )

    def _ways_table(self, name: str) -> Table:
        ways = self.paths[name].ways
        shown = ways.head(_WAYS).select(
            "lots", share=pl.col("lots") / max(ways["lots"].sum(), 1), way=pl.col("way").list.join(" → ")
        )
        return Table(
            f"Ways of lots ({name})", shown, note=f"The {shown.height} most frequent of {ways.height} ways."
        )
