"""Steps of a route into operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from zhizao.connect.smt2020.equipment import SETUP, set_up_each_time
from zhizao.connect.smt2020.tables import Row, duration, exact, fault, key, share, text, whole, yes
from zhizao.connect.smt2020.times import Columns, random_time, shifted
from zhizao.plant import Alternative, Batch, Defects, Operation, QueueLimit, Span, Takes
from zhizao.quantities import Distribution, nearest_name

_WORK = Columns("PDIST", "PTIME", "PTUNITS")
_ROUNDS = 9
"""Rounds of rework after which a lot goes on all the same; at 2 % nobody gets there."""
_ALL_PIECES = 1_000_000  # more than a lot has: once a lot
_BATCH_KEYS = {
    frozenset({"crit_sameroutestep"}): "operation",
    frozenset({"crit_samepart", "crit_samestepname"}): "operation",
    frozenset({"crit_samepart"}): "product",
    frozenset({"crit_samepartfam", "crit_samestepname"}): "family",
    frozenset({"crit_samestepname"}): "family",
}
"""What lots of a batch share, by the criteria (BATCHCRITF) of their tool."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the steps of a route need to know of the rest of the model."""

    tools: Mapping[str, Row]
    ways: Mapping[tuple[str, str], Distribution]
    pieces: int | None  # of every lot on this route, None where they differ
    family: str  # of the parts on this route
    set_ups: Mapping[str, Distribution]
    compatible: bool

    @property
    def width(self) -> float:
        """Share of a uniform time's width that is meant."""
        return 0.5 if self.compatible else 1.0


def operations(rows: list[Row], around: Surroundings) -> tuple[Operation, ...]:
    """Make the operations of a route; steps refer to one another by number."""
    rows = [row for row in rows if _known(row, around.tools)]
    names = step_names(rows)
    steps = [_operation(row, names, around) for row in rows]
    places = {key(text(row, "STEP")): number for number, row in enumerate(rows)}
    for number, (row, step) in enumerate(zip(rows, steps, strict=True)):
        if number:
            _way(step, _place(rows[number - 1], around), _place(row, around), around)
        _rework(row, step, number, places, names, around)
        _later(row, steps, number, places, names)
    return tuple(Operation.model_validate(step) for step in steps)


def step_names(rows: list[Row]) -> dict[str, str]:
    """Name the operation of each step: by its description where that is unique in the route."""
    texts = Counter(row.cells.get("DESC", "") for row in rows)
    names: dict[str, str] = {}
    for row in rows:
        step, words = key(row.cells.get("STEP", "?")), row.cells.get("DESC", "")
        unique = words and texts[words] == 1
        if step in names:
            fault(row, "STEP", f"found the step {step} again", "number each step of a route once")
        names[step] = words if unique else f"{step} {words}".strip()
    return names


def _known(row: Row, tools: Mapping[str, Row]) -> bool:
    family = text(row, "STNFAM")
    if family in tools:
        return True
    right = "a STNFAM of the table of tools"
    fault(row, "STNFAM", f"found no tools {family!r}", right, nearest_name(family, tools))
    return False


def _place(row: Row, around: Surroundings) -> str:
    return around.tools[row.cells["STNFAM"]].cells.get("STNFAMLOC", "")


def _operation(row: Row, names: dict[str, str], around: Surroundings) -> dict[str, object]:
    tool = around.tools[row.cells["STNFAM"]]
    step: dict[str, object] = {
        "id": names[key(row.cells.get("STEP", "?"))],
        "on": (Alternative(work_center=row.cells["STNFAM"]),),
        "takes": _takes(row, tool, around),
        "sample": share(row, "STEPPERCENT", default=100.0),
        "setup_family": row.cells.get("SETUP"),
        "cascade": _cascade(row, around),
    }
    if "BATCHMN" in row.cells or "BATCHMX" in row.cells:
        step |= _batch(row, tool, around)
    return step


# ---------------------------------------------------------------- time
def _takes(row: Row, tool: Row, around: Surroundings) -> Takes:
    load = duration(tool, "LTIME", "LTUNITS", default=0.0) + duration(tool, "ULTIME", "ULTUNITS", default=0.0)
    per, pieces = row.cells.get("PTPER", "per_lot").lower(), around.pieces
    if per not in ("per_lot", "per_piece", "per_batch"):
        fault(row, "PTPER", f"found {per!r}", "write per_lot, per_piece or per_batch")
    interval = duration(row, "PARTINTERVAL", "PARTINTUNITS", default=0.0)
    batched = "BATCHMX" in row.cells
    parts: dict[str, Distribution | None] = {"load": Distribution.constant(load) if load else None}
    if "SETUP" in row.cells and set_up_each_time(row):
        own = random_time(row, SETUP) if "STIME" in row.cells else around.set_ups.get(row.cells["SETUP"])
        parts["per_batch"] = own
    if per != "per_piece":
        parts["per_lot"] = random_time(row, _WORK, width=around.width)
    elif interval:
        parts |= _first_and_rest(random_time(row, _WORK, width=around.width), interval, pieces)
    elif pieces is None or batched:
        parts["per_piece"] = random_time(row, _WORK, width=around.width)
    else:
        parts["per_lot"] = random_time(row, _WORK, factor=pieces, width=around.width)
    once = {"pieces_per_batch": _ALL_PIECES} if parts.get("per_batch") else {}
    return Takes.model_validate({**parts, **once})


def _first_and_rest(first: Distribution, interval: float, pieces: int | None) -> dict[str, Distribution]:
    """Time of a lot whose pieces enter one interval after the other: the first one's and the intervals."""
    if pieces is not None:
        longer = shifted(first, (pieces - 1) * interval)
        if longer is not None:
            return {"per_lot": longer}
        return {"per_lot": first, "per_piece": Distribution.constant(interval * (pieces - 1) / pieces)}
    shorter = shifted(first, -interval)
    return {"per_lot": first if shorter is None else shorter, "per_piece": Distribution.constant(interval)}


def _cascade(row: Row, around: Surroundings) -> Takes | None:
    lots = duration(row, "BATCHINTERVAL", "BATCHINTUNITS", default=0.0)
    if lots:
        return Takes(per_lot=Distribution.constant(lots))
    interval = duration(row, "PARTINTERVAL", "PARTINTUNITS", default=0.0)
    if not interval:
        return None
    if around.pieces is None:
        return Takes(per_piece=Distribution.constant(interval))
    return Takes(per_lot=Distribution.constant(exact(interval * around.pieces)))


# ---------------------------------------------------------------- batches
def _batch(row: Row, tool: Row, around: Surroundings) -> dict[str, object]:
    most = whole(row, "BATCHMX") if "BATCHMX" in row.cells else whole(row, "BATCHMN")
    least = whole(row, "BATCHMN", default=1)
    if least > most:
        fault(row, "BATCHMN", f"found {least}, and BATCHMX {most}", "BATCHMN is at most BATCHMX")
        least = most
    if around.pieces is not None and around.pieces > most:
        fault(row, "BATCHMX", f"found {most}, and lots of {around.pieces} pieces", "a lot fits into a batch")
        most = around.pieces
    in_lots = tool.cells.get("BATCHPER", "piece").lower() == "lot"
    if around.compatible:
        lot = 1 if in_lots or around.pieces is None else around.pieces
        least = most = max(most // lot, 1) * lot  # full batches only
    size = Span(least=least, most=most)
    by, family = _batch_key(row, tool, around)
    batch = Batch(lots=size, by=by) if in_lots else Batch(pieces=size, by=by)
    return {"batch": batch, "setup_family": family}


def _batch_key(row: Row, tool: Row, around: Surroundings) -> tuple[str, str | None]:
    """List what lots of a batch share, and the family that says so where it is one."""
    given = tool.cells.get("BATCHCRITF", "crit_sameroutestep").lower()
    by = _BATCH_KEYS.get(frozenset(word for word in given.replace(";", "|").split("|") if word))
    own = row.cells.get("SETUP")
    if by is None:
        known = ", ".join("|".join(sorted(words)) for words in _BATCH_KEYS)
        fault(tool, "BATCHCRITF", f"found {given!r}", f"one of {known}")
    if around.compatible and own is None:
        return "family", row.cells.get("DESC")  # lots of the same step name, whatever their route
    if by != "family" or own is not None:
        return ("operation" if by == "family" else by or "operation"), own
    parts = around.family if "partfam" in given else ""
    return "family", f"{parts} {key(row.cells.get('STEP', '?'))}".strip()


# ---------------------------------------------------------------- ways, rework, later steps
def _way(step: dict[str, object], before: str, here: str, around: Surroundings) -> None:
    delay = around.ways.get((before, here))
    if delay is not None:
        step["delay"] = delay


def _rework(
    row: Row,
    step: dict[str, object],
    number: int,
    places: dict[str, int],
    names: dict[str, str],
    around: Surroundings,
) -> None:
    of_lots = share(row, "REWORK", default=0.0)
    if not of_lots:
        return
    target = key(text(row, "RWKSTEP"))
    if places.get(target, number + 1) > number:
        fault(row, "RWKSTEP", f"found {target}", "this step or an earlier one of the route")
        return
    step["defects"] = Defects(
        per="piece" if row.cells.get("RWKTYPE", "lot").lower() == "piece" else "lot",
        share=of_lots,
        then=f"rework {names[target]}",
        at_most=1 if around.compatible else _ROUNDS,
        otherwise="pass",
    )


def _later(
    row: Row, steps: list[dict[str, object]], number: int, places: dict[str, int], names: dict[str, str]
) -> None:
    """Carry over what this step says of later ones: the unit that they need, the time until they start."""
    own = names[key(row.cells.get("STEP", "?"))]
    if "STEP_CQT" in row.cells:
        exit_step = _later_place(row, "STEP_CQT", number, places)
        if exit_step is not None and "queue_at_most" in steps[exit_step]:
            fault(
                row,
                "STEP_CQT",
                f"found a second limit until step {text(row, 'STEP_CQT')}",
                "one limit a step",
            )
        elif exit_step is not None:
            limit = duration(row, "CQT", "CQTUNITS")
            steps[exit_step]["queue_at_most"] = QueueLimit(from_operation=own, at_most=limit)
    if yes(row, "SVESTN"):
        same = _later_place(row, "FORSTEP", number, places)
        if same is not None and steps[same]["on"] != steps[number]["on"]:
            fault(row, "FORSTEP", f"found {text(row, 'FORSTEP')} on other tools", "a step on the same STNFAM")
        elif same is not None:
            steps[same]["same_unit_as"] = own


def _later_place(row: Row, column: str, number: int, places: dict[str, int]) -> int | None:
    step = key(text(row, column))
    place = places.get(step, -1)
    if place > number:
        return place
    fault(row, column, f"found {step}", "a later step of the route", nearest_name(step, places))
    return None
