"""What was found, as tables: plan, years, plants, curve, other ways, and what learning is worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

import numpy as np
import polars as pl

from zhizao.kpi.analysis import replication_interval
from zhizao.workflows.portfolio.gains import Gains
from zhizao.workflows.portfolio.model import Floats, Plan, Problem
from zhizao.workflows.portfolio.robust import MILLION, Hindsight, Point
from zhizao.workflows.portfolio.rolling import Start
from zhizao.workflows.portfolio.solve import Solution

ENDS = (0.05, 0.95)
"""Quantiles between which 90 % of the draws lie."""
Z90 = 1.644854
"""Half the width of a 90 % interval in standard deviations (normal)."""


@dataclass(slots=True, eq=False)
class Found:
    """The plan, other plans, and what was simulated; what was not reached is None or empty."""

    problem: Problem
    gains: Gains
    solution: Solution
    weight: float
    plans: dict[str, Plan]
    many: Floats
    points: tuple[Point, ...] = ()
    hindsight: Hindsight | None = None
    starts: tuple[Start, ...] = field(default=())

    @property
    def plan(self) -> Plan:
        """The year of each measure; -1: not taken."""
        return self.solution.plan

    @property
    def values(self) -> Floats:
        """Value of the plan under many draws of the gains."""
        return self.problem.value(self.plan, self.many)

    @property
    def expected(self) -> float:
        """Expected present value of the plan."""
        return float(self.problem.value(self.plan, self.gains.mean[None])[0])

    @property
    def timed_out(self) -> int:
        """Searches that a time limit ended: with an equal seed they may end elsewhere."""
        simulated = sum(one.timed_out for one in self.starts)
        drawn = 0 if self.hindsight is None else self.hindsight.timed_out
        # the point of the whole budget is the plan itself
        points = sum(one.out_of_time for one in self.points if one.plan is not self.plan)
        return self.solution.out_of_time + points + drawn + simulated

    def taken(self) -> pl.DataFrame:
        """One row per measure of the plan, by year, then by value.

        gain, low, high: a year, with 90 % interval; value: present value; in_best_plan: share of the draws
        in whose best plan the measure is; same_year: in this year.
        """
        values = self.problem.values(self.gains.mean)
        rows = sorted(np.flatnonzero(self.plan >= 0), key=lambda r: (self.plan[r], -values[r, self.plan[r]]))
        best = None if self.hindsight is None else self.hindsight.chosen
        same = None if self.hindsight is None else self.hindsight.in_year(self.plan)
        found = []
        for row in rows:
            one, mean, sd = self.problem.items[row], float(self.gains.mean[row]), float(self.gains.sd[row])
            found.append(
                {
                    "year": int(self.plan[row]) + 1,
                    "plant": one.plant,
                    "measure": one.measure,
                    "kind": one.kind,
                    "cost": one.cost,
                    "gain": mean,
                    "low": mean - Z90 * sd,
                    "high": mean + Z90 * sd,
                    "uncertainty": "assumed" if self.gains.assumed[row] else "estimated",
                    "value": float(values[row, self.plan[row]]),
                    "in_best_plan": None if best is None else float(best[row]),
                    "same_year": None if same is None else float(same[row]),
                }
            )
        return pl.DataFrame(found, schema=_TAKEN)

    def years(self) -> pl.DataFrame:
        """What each year takes of the limits; an empty limit is none."""
        spent, most = self.problem.spent(self.plan), self.problem.limits.by_year
        return pl.DataFrame(
            [
                {
                    "year": year + 1,
                    "measures": int((self.plan == year).sum()),
                    "plants": len(
                        {self.problem.items[row].plant for row in np.flatnonzero(self.plan == year)}
                    ),
                    "money": float(spent[0, year]),
                    "budget": _finite(float(most[0, year])),
                    "people": float(spent[1, year]),
                    "people_limit": _finite(float(most[1, year])),
                    "compute_h": float(spent[2, year]),
                    "compute_limit": _finite(float(most[2, year])),
                }
                for year in range(self.problem.limits.years)
            ],
            schema=_YEARS,
        )

    def plants(self) -> pl.DataFrame:
        """Which plant first: by year of the first measure, then by value."""
        taken = self.taken()
        return (
            taken.group_by("plant")
            .agg(
                pl.col("year").min().alias("first_year"),
                pl.len().cast(pl.Int64).alias("measures"),
                pl.col("cost").sum(),
                pl.col("value").sum(),
            )
            .sort(["first_year", "value", "plant"], descending=[False, True, False])
        )

    def curve(self) -> pl.DataFrame:
        """Value against budget: each with the bound that no plan exceeds, and the price of a further 1."""
        rows = [
            {
                "budget": one.budget,
                "value": one.objective,
                "bound": _finite(one.bound),
                "price": _finite(one.price),
                "measures": int((one.plan >= 0).sum()),
            }
            for one in self.points
        ]
        return pl.DataFrame(rows, schema=_CURVE)

    def million(self) -> tuple[float, float, float] | None:
        """What a million more adds: between the plans found, and the least and most that the bounds leave."""
        money = self.problem.limits.money
        here = next((one for one in self.points if np.isclose(one.budget, money)), None)
        more = next((one for one in self.points if np.isclose(one.budget, money + MILLION)), None)
        if here is None or more is None:
            return None
        return more.objective - here.objective, more.objective - here.bound, more.bound - here.objective

    def ways(self) -> pl.DataFrame:
        """Value and regret of each way over draws of the gains.

        value with low and high (90 % of many draws); behind: the plan's value less that of this way, mean
        with 90 % of the draws; regret: what knowing the gains would have added, over the draws of hindsight.
        """
        mine = self.values
        rows = [
            self._way(name, self.problem.value(plan, self.many), mine) for name, plan in self.plans.items()
        ]
        return pl.DataFrame(rows, schema=_WAYS)

    def _way(self, name: str, values: Floats, mine: Floats) -> dict[str, object]:
        low, high = np.quantile(values, ENDS)
        behind = mine - values
        row: dict[str, object] = {"way": name, "value": float(values.mean()), "low": float(low)}
        row |= {"high": float(high), "behind": float(behind.mean())}
        row["behind_low"], row["behind_high"] = (float(end) for end in np.quantile(behind, ENDS))
        row["plan_ahead"] = float((behind > 0).mean()) if behind.any() else None
        if self.hindsight is None:
            return row | {"regret": None, "regret_low": None, "regret_high": None}
        regret = self.hindsight.values - values[: len(self.hindsight.values)]
        row["regret_low"], row["regret_high"] = (float(end) for end in np.quantile(regret, ENDS))
        return row | {"regret": float(regret.mean())}

    def learned(self) -> pl.DataFrame:
        """What each way to begin is worth if later years are planned anew; beside the plan kept as it is.

        more: mean paired difference to the plan kept as it is, with its 95 % confidence interval.
        """
        if not self.starts:
            return pl.DataFrame([], schema=_LEARNED)
        kept = self.values[: len(self.starts[0].values)]
        first = int((self.plan == 0).sum())
        rows: list[dict[str, object]] = [
            {"start": "plan kept as it is", "first_year": first, "value": float(kept.mean())}
        ]
        for one in self.starts:
            more = replication_interval((one.values - kept).tolist())
            row = {"start": one.name, "first_year": len(one.first), "value": float(one.values.mean())}
            rows.append(row | {"more": more.mean, "low": _finite(more.low), "high": _finite(more.high)})
        return pl.DataFrame(rows, schema=_LEARNED)


_FLOAT = pl.Float64
_TAKEN = {
    "year": pl.Int64,
    **dict.fromkeys(("plant", "measure", "kind"), pl.String),
    **dict.fromkeys(("cost", "gain", "low", "high"), _FLOAT),
    "uncertainty": pl.String,
    **dict.fromkeys(("value", "in_best_plan", "same_year"), _FLOAT),
}
_YEARS = {
    **dict.fromkeys(("year", "measures", "plants"), pl.Int64),
    **dict.fromkeys(("money", "budget", "people", "people_limit", "compute_h", "compute_limit"), _FLOAT),
}
_CURVE = {**dict.fromkeys(("budget", "value", "bound", "price"), _FLOAT), "measures": pl.Int64}
_WAYS = {
    "way": pl.String,
    **dict.fromkeys(("value", "low", "high", "behind", "behind_low", "behind_high", "plan_ahead"), _FLOAT),
    **dict.fromkeys(("regret", "regret_low", "regret_high"), _FLOAT),
}
_LEARNED = {
    "start": pl.String,
    "first_year": pl.Int64,
    **dict.fromkeys(("value", "more", "low", "high"), _FLOAT),
}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
