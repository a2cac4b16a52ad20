"""Measures from a result of `improve`: packages that exclude one another, and the ladder as steps."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import nan, sqrt
from pathlib import Path
from typing import Any

from zhizao.quantities import InputError
from zhizao.studies.compare.payback import DAYS_OF_YEAR
from zhizao.workflows.portfolio.model import MONTHS_OF_YEAR, Item, LeftOut
from zhizao.workflows.portfolio.sources.spec import Source
from zhizao.workflows.portfolio.sources.table import Z95


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages of a plant, those that cannot be planned, and whether the result names its currency."""

    plant: str
    items: list[Item]
    left_out: list[LeftOut]
    currency_known: bool


def packages_of(path: Path, source: Source, currency: str) -> Packages:
    """The packages of a result of `improve`.

    Joint effects are those that `improve` proved: a package is taken whole, or step by step along the ladder.

    Raises
    ------
    InputError
        The file is no result of `improve`, or its money is of another currency.
    """
    found = _read(path)
    plant = source.plant or str(found["plant"])
    if found.get("currency", currency) != currency:
        raise InputError(f"{path}: found money in {found['currency']}; this portfolio is in {currency}")
    measures = {str(one["id"]): one for one in found["measures"]}
    whole, left = dict[tuple[str, ...], Item](), list[LeftOut]()
    for row in found["proposals"]:
        ids = tuple(str(row["measures"]).split(", "))
        unknown = [name for name in ("cost", "gain_per_day") if row.get(name) is None]
        if unknown:
            left.append(LeftOut(plant, " + ".join(ids), f"{unknown[0].split('_')[0]} not known"))
        else:
            whole[ids] = _package(plant, ids, row, measures, source)
    ladder = [tuple(str(one) for one in step) for step in found["ladder"]]
    return Packages(plant, _exclusive(_with_ladder(whole, ladder)), left, "currency" in found)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error}); give a result of `improve`") from None
    if not isinstance(found, dict) or found.get("study") != "improve":
        raise InputError(f"{path}: found no result of `improve`; write one with `zhizao improve --json`")
    return found


def _package(
    plant: str, ids: tuple[str, ...], row: dict[str, Any], measures: dict[str, Any], source: Source
) -> Item:
    kinds = {measures[one].get("kind") for one in ids if one in measures}
    low, high = row.get("gain_per_day_low"), row.get("gain_per_day_high")
    error = nan if low is None or high is None else (high - low) / (2 * Z95) * DAYS_OF_YEAR
    takes = {"people": source.people, "compute_h": source.compute_h}
    days = max((_days(measures.get(one, {})) for one in ids), default=0.0)
    return Item(
        plant,
        " + ".join(ids),
        kinds.pop() if len(ids) == 1 and len(kinds) == 1 else None,
        float(row["cost"]),
        float(row["gain_per_day"]) * DAYS_OF_YEAR,
        error,
        float(row.get("yearly_cost") or 0.0),
        people=sum(source.people.get(one, 0.0) for one in ids),
        compute_h=sum(source.compute_h.get(one, 0.0) for one in ids),
        months=days / DAYS_OF_YEAR * MONTHS_OF_YEAR,
        size=nan if source.size is None else source.size,
        unknown=tuple(name for name, known in takes.items() if not set(ids) <= set(known)),
    )


def _days(measure: dict[str, Any]) -> float:
    """Days of installation; a number is in s, the base unit."""
    from zhizao.quantities import parse_quantity
    from zhizao.quantities.units import TIME

    value = measure.get("installation", 0.0)
    return (parse_quantity(value, TIME) if isinstance(value, str) else float(value)) / 86400.0


def _with_ladder(whole: dict[tuple[str, ...], Item], ladder: list[tuple[str, ...]]) -> list[Item]:
    """Packages, with the later steps of the ladder as additions that need the step before."""
    found, before = dict(whole), None
    for ids in (step for step in ladder if step in whole):
        if before is not None and set(before) < set(ids):
            added = " + ".join(one for one in ids if one not in before)
            name = f"{added} after {' + '.join(before)}"
            found[ids] = replace(_addition(whole[before], whole[ids], found[before]), measure=name)
        before = ids
    return list(found.values())


def _addition(before: Item, after: Item, step: Item) -> Item:
    """What a step adds; its error is what makes up that of the whole, at least half of it (assumed)."""
    error = max(after.gain_se**2 - before.gain_se**2, (after.gain_se / 2) ** 2)
    return replace(
        after,
        cost=after.cost - before.cost,
        gain=after.gain - before.gain,
        gain_se=sqrt(error) if error == error else nan,
        yearly_cost=after.yearly_cost - before.yearly_cost,
        people=max(after.people - before.people, 0.0),
        compute_h=max(after.compute_h - before.compute_h, 0.0),
        kind=None,
        needs=(step.key,),
    )


def _exclusive(items: list[Item]) -> list[Item]:
    """At most one package of those that are no addition."""
    roots = [one for one in items if not one.needs]
    return [
        one if one.needs else replace(one, excludes=tuple(o.key for o in roots[: roots.index(one)]))
        for one in items
    ]
