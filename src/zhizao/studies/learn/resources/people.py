"""People: who works where, how many are at work at once, and whether work waits for them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from zhizao.plant.model import During, Need, Personnel
from zhizao.records import Activity, Records
from zhizao.studies.learn.evidence import Finding
from zhizao.studies.learn.fitting import intervals
from zhizao.studies.learn.log.jobs import ROUND_S, Flags, Floats
from zhizao.studies.learn.log.visits import WORK, History
from zhizao.studies.learn.log.week import Opening

ALIKE = 0.6  # likeness (cosine of times by work center) from which people are of one group
CROWD = 0.3  # share of busy time with two jobs or more, from which a name is a group and not a person
PERSON = 0.9  # share of the busy time that tells how many jobs one person looks after
MOST = 0.999  # share of the busy time that tells how many jobs a group does
SERVES = 0.05  # share of an operation's work that makes a group one of those that do it
FEW = 20  # lots that waited beside a free machine
MORE = 4.0  # odds that all people are at work then, against those at the starts of lots that had not waited
BESIDE = 0.3  # share of these starts at which all people were at work
MATTERS = 0.01  # share of all lots that waited for people


@dataclass(frozen=True, slots=True)
class Group:
    """People who do the same work; `count` at work at once, each looking after `tends` jobs."""

    id: str
    people: tuple[str, ...]
    count: int
    tends: int
    limits: bool


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Groups, and which of them serve each operation at a work center, for what part of it."""

    groups: tuple[Group, ...] = ()
    serves: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    during: dict[tuple[str, str], During] = field(default_factory=dict)

    def personnel(self) -> tuple[Personnel, ...]:
        """People that limit the plant, with what they can do beside others."""
        shared = {_skill(g) for g in self.serves.values() if len(g) > 1}
        return tuple(
            Personnel(
                id=g.id,
                count=g.count,
                tends=g.tends,
                skills=tuple(sorted(s for s in shared if g.id in s.split(" or "))),
            )
            for g in self.groups
            if g.limits
        )

    def needs(self, operation: str, center: str) -> dict[str, Need]:
        """Whom an operation needs, if they limit the plant."""
        serving = self.serves.get((operation, center), ())
        limiting = {g.id for g in self.groups if g.limits}
        if not serving or not limiting.issuperset(serving):
            return {}
        return {_skill(serving): Need(count=1, during=self.during[operation, center])}


def _skill(groups: tuple[str, ...]) -> str:
    return " or ".join(groups)


def learn_people(
    records: Records,
    history: History,
    units: dict[str, int],
    openings: dict[str, Opening],
    table: pl.DataFrame,
) -> tuple[People, list[Finding]]:
    """Groups of people from who did what; they go into the plant only if work waits for them."""
    rows = _rows(records, history, openings)
    if rows.is_empty():
        return People(), []
    persons = rows["personnel"].n_unique() > rows["work_center"].n_unique()  # names of crews are fewer
    grouped = _grouped(rows, persons=persons)
    rows = rows.join(grouped, on="personnel", how="left", maintain_order="left")
    serves, during = _serves(rows), _during(rows)
    free = free_starts(records, history, table, units, openings)
    at_once = without_wait(table)
    groups, findings = [], []
    for (name,), own in sorted(rows.group_by("group", maintain_order=True)):
        served = [pair for pair, by in serves.items() if name in by]
        steps = pl.DataFrame(served, schema=["operation", "work_center"], orient="row").cast(pl.String)
        waited, others = (
            starts.join(steps, on=["operation", "work_center"], how="semi")["start_s"].to_numpy()
            for starts in (free, at_once)
        )
        group, said = _group(str(name), own, (waited, others), None if persons else records)
        groups.append(group)
        findings += said
    return People(tuple(groups), serves, during), findings


def _rows(records: Records, history: History, openings: dict[str, Opening]) -> pl.DataFrame:
    """Rows with a name, and the time in them in which the work center was open (`open_s`)."""
    assert records.events is not None  # a history has been read from them
    kind = pl.col("activity").cast(pl.String)
    rows = records.events.filter(kind.is_in(WORK)).drop_nulls(["personnel", "start", "end", "lot"])
    moment = [
        ((pl.col(c) - history.origin).dt.total_microseconds() / 1e6).alias(f"{c}_s") for c in ("start", "end")
    ]
    operation = pl.col("operation").fill_null(pl.col("work_center"))
    rows = rows.select("personnel", "lot", operation, "work_center", "unit", kind.alias("activity"), *moment)
    rows = rows.filter(pl.col("end_s") > pl.col("start_s"))
    start, end, center = rows["start_s"].to_numpy(), rows["end_s"].to_numpy(), rows["work_center"]
    open_s = end - start
    for name, opening in openings.items():
        own = (center == name).to_numpy()
        open_s[own] = opening.open_until(end[own]) - opening.open_until(start[own])
    return rows.with_columns(open_s=pl.Series(open_s, dtype=pl.Float64))


# ---------------------------------------------------------------- groups
def _grouped(rows: pl.DataFrame, *, persons: bool) -> pl.DataFrame:
    """Group of each name: people who work at the same work centers, a name that is a crowd by itself."""
    spent = rows.group_by("personnel", "work_center").agg(
        (pl.col("end_s") - pl.col("start_s")).sum().alias("s")
    )
    wide = spent.pivot("work_center", index="personnel", values="s").fill_null(0.0).sort("personnel")
    times = wide.drop("personnel").to_numpy().astype(np.float64)
    names = wide["personnel"].to_list()
    spans = {str(n): own for (n,), own in rows.group_by("personnel")}
    crowd = {name: not persons and _levels(spans[name])[2:].sum() > CROWD for name in names}
    order = sorted(range(len(names)), key=lambda i: (-times[i].sum(), names[i]))
    groups: list[list[int]] = []
    for i in order:
        near = [
            g for g in groups if not crowd[names[g[0]]] and _alike(times[i], times[g].sum(axis=0)) >= ALIKE
        ]
        if near and not crowd[names[i]]:
            near[0].append(i)
        else:
            groups.append([i])
    places = wide.columns[1:]
    used: set[str] = set()
    pairs = []
    for group in groups:
        name = (
            names[group[0]]
            if len(group) == 1
            else f"people at {places[int(times[group].sum(axis=0).argmax())]}"
        )
        while name in used:
            name += "+"
        used.add(name)
        pairs += [(names[i], name) for i in group]
    return pl.DataFrame(pairs, schema=["personnel", "group"], orient="row")


def _alike(a: Floats, b: Floats) -> float:
    return float(a @ b / max(math.sqrt(float(a @ a) * float(b @ b)), 1e-9))


def _levels(rows: pl.DataFrame) -> Floats:
    """Share of the busy time with 0, 1, 2 … jobs at once."""
    start, end = rows["start_s"].to_numpy(), rows["end_s"].to_numpy()
    edge, step = np.concatenate([start, end]), np.repeat([1, -1], len(start))
    order = np.lexsort((step, edge))
    level = np.cumsum(step[order])[:-1]
    spent = np.bincount(level, np.diff(edge[order]), 3)
    spent[0] = 0.0
    return np.asarray(spent / max(float(spent.sum()), 1e-9))


def _serves(rows: pl.DataFrame) -> dict[tuple[str, str], tuple[str, ...]]:
    count = rows.group_by("operation", "work_center", "group").len()
    kept = count.filter(pl.col("len") >= SERVES * pl.col("len").sum().over("operation", "work_center"))
    found = kept.sort("group").group_by("operation", "work_center", maintain_order=True).agg("group")
    return {(o, c): tuple(g) for o, c, g in found.iter_rows()}


def _during(rows: pl.DataFrame) -> dict[tuple[str, str], During]:
    setup = pl.col("activity") == Activity.SETUP.value
    counts = rows.group_by("operation", "work_center").agg(
        setup.sum().alias("setups"), (~setup).sum().alias("work")
    )
    return {(o, c): During.SETUP if not work else During.ALL for o, c, _, work in counts.iter_rows()}


# ---------------------------------------------------------------- whether work waits for them
def free_starts(
    records: Records,
    history: History,
    table: pl.DataFrame,
    units: dict[str, int],
    openings: dict[str, Opening],
) -> pl.DataFrame:
    """Starts of lots that had waited though their work center was open and had a free unit until then."""
    assert records.events is not None  # a history has been read from them
    moment = [
        ((pl.col(c) - history.origin).dt.total_microseconds() / 1e6).alias(f"{c}_s") for c in ("start", "end")
    ]
    stops = records.events.filter(
        ~pl.col("activity").cast(pl.String).is_in([*WORK, Activity.TRANSPORT.value])
    )
    down = stops.drop_nulls(["start", "end"]).select("work_center", "unit", *moment)
    taken = pl.concat([table.select("work_center", "unit", "start_s", "end_s"), down]).unique()
    found = []
    for (name,), own in table.group_by("work_center", maintain_order=True):
        just_before = own["start_s"].to_numpy() - ROUND_S
        busy = taken.filter(pl.col("work_center") == name)
        at_once = going_on(busy, just_before)
        opening = openings.get(str(name))
        is_open = np.ones(own.height, bool) if opening is None else _is_open(opening, just_before)
        waited = own["ready_s"].fill_null(np.inf).to_numpy() < just_before - ROUND_S
        found.append(own.filter(pl.Series(waited & is_open & (at_once < units.get(str(name), 1)))))
    return pl.concat(found)


def without_wait(table: pl.DataFrame) -> pl.DataFrame:
    """Visits of the table of jobs that start when their lot is there."""
    return table.filter(pl.col("start_s") - pl.col("ready_s") <= ROUND_S)


def more_often(at_waits: float, by_chance: float) -> bool:
    """Whether the odds that all are at work after a wait are far above those without one."""
    return at_waits * (1 - by_chance) > MORE * by_chance * (1 - at_waits)


def going_on(rows: pl.DataFrame, at_s: Floats) -> Floats:
    """How many rows go on at each moment."""
    begun = np.searchsorted(np.sort(rows["start_s"].to_numpy()), at_s, side="right")
    gone = np.searchsorted(np.sort(rows["end_s"].to_numpy()), at_s, side="right")
    return np.asarray(begun - gone, np.float64)


def _is_open(opening: Opening, at_s: Floats) -> Flags:
    return np.asarray(opening.open_until(at_s + ROUND_S) - opening.open_until(at_s - ROUND_S) > ROUND_S)


def _group(
    name: str, rows: pl.DataFrame, starts: tuple[Floats, Floats], records: Records | None
) -> tuple[Group, list[Finding]]:
    """A group from its rows; `starts` of lots that had waited beside a free unit, and of those that had not
    waited: people limit the plant if all of them are at work at the first, far more than at the second."""
    people = tuple(sorted(rows["personnel"].unique().to_list()))
    share = _levels(rows)
    most = max(int(np.searchsorted(np.cumsum(share), MOST)), 1)
    count, tends = _heads(rows, people, most, records)
    full = min(most, count * tends)
    held, usual = (int((going_on(rows, at_s - ROUND_S) >= full).sum()) for at_s in starts)
    waits, others = (len(at_s) for at_s in starts)
    at_waits = held / max(waits, 1)
    by_chance = usual / others if others >= FEW else float(share[full:].sum())
    limits = (
        waits >= FEW
        and at_waits >= BESIDE
        and more_often(at_waits, by_chance)
        and held >= MATTERS * rows.height
    )
    group = Group(name, people, count, tends, limits)
    ends = _count_interval(group, share, rows.height)
    return group, _findings(group, rows.height, (at_waits, by_chance, waits), ends)


def _count_interval(group: Group, share: Floats, n: int) -> intervals.Interval:
    """How many may be at work at once: jobs at once over what each looks after, and no more than names."""
    low, high = intervals.of_capacity(group.count * group.tends, share.tolist(), n)
    low, high = (round(end) // group.tends for end in (low + intervals.HALF, high - intervals.HALF))
    most = len(group.people) if len(group.people) > 1 else high
    low, high = max(min(low, group.count), 1), max(min(high, most), group.count)
    return low - intervals.HALF, high + intervals.HALF


def _heads(
    rows: pl.DataFrame, people: tuple[str, ...], most: int, records: Records | None
) -> tuple[int, int]:
    """How many are at work at once, and how many jobs each looks after."""
    if len(people) == 1 and records is not None:
        spent = float(rows["open_s"].sum())
        worked = (records.personnel_s or {}).get(people[0], 0.0)
        tends = min(max(round(spent / worked), 1), most) if worked > 0 else 1
        return math.ceil(most / tends), tends
    spans = rows.sort("personnel", "start_s").with_columns(
        reach=pl.col("end_s").cum_max().shift(1).over("personnel").fill_null(-np.inf)
    )
    spans = spans.with_columns(piece=(pl.col("start_s") > pl.col("reach")).cum_sum())
    there = spans.group_by("piece").agg(pl.col("start_s").min(), pl.col("end_s").max())
    count = max(int(np.searchsorted(np.cumsum(_levels(there)), MOST)), 1)
    own = [_levels(r) for _, r in rows.group_by("personnel")]
    width = max(len(s) for s in own)
    jobs = np.mean([np.pad(s, (0, width - len(s))) for s in own], axis=0)
    return min(count, len(people)), max(int(np.searchsorted(np.cumsum(jobs), PERSON)), 1)


def _findings(
    group: Group, n: int, held: tuple[float, float, int], ends: intervals.Interval
) -> list[Finding]:
    at_waits, by_chance, waits = held
    low, high = intervals.of_share(at_waits * waits, waits)
    what = f"personnel.{group.id}"
    verdict = "limits the plant" if group.limits else "seen, but does not limit the plant: left out of it"
    how = (
        f"most at work at once, of {len(group.people)} names"
        if len(group.people) > 1
        else "jobs at once under one name; how many people that are the log does not tell"
        if group.tends == 1
        else "jobs at once under one name over what each worked"
    )
    why = (
        f"all are at work at {at_waits:.0%} of the {waits} starts beside a free machine "
        f"({low:.0%} to {high:.0%}), at {by_chance:.0%} of those without a wait"
    )
    return [
        Finding(f"{what}.count", f"{group.count}; {verdict}", n, f"{how}; {why}", group.count, *ends),
        Finding(
            f"{what}.tends",
            str(group.tends),
            n,
            "jobs that one person does at once in 90 % of busy times",
            group.tends,
            group.tends - intervals.HALF,
            group.tends + intervals.HALF,
        ),
    ]
