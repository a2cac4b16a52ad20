"""Drop rows that cannot be used, repair those that can be, and refuse a log with too many of either."""

from __future__ import annotations

import polars as pl

from zhizao.quantities.errors import LogError
from zhizao.records.checks import rows_finding
from zhizao.records.findings import Finding
from zhizao.records.intake.sides import estimate_sides

MOST_REPAIRED = 0.05
"""Share of rows up to which a fault is repaired; beyond it the columns are more likely wrong."""
_OF_MACHINES = ("failure", "maintenance")
_MAY_LACK_LOT = ("setup", "transport")  # a vehicle on its way to a lot, a machine set up ahead
_AGREES_S = 60.0  # a logged length and the times may differ by so much: clocks show minutes


class Intake:
    """Rows on their way from a file into records, with what was found on it."""

    def __init__(
        self, rows: pl.DataFrame, source: str, findings: list[Finding], *, total: int | None = None
    ) -> None:
        self.rows, self.source, self.findings = rows, source, findings
        self.total = rows.height if total is None else total
        self.cost_centers = False  # the log's work centers are cost centers, by the guess
        self.input_added = False  # `pieces_in` is a sum of what came out, not a column of the log

    def note(self, check: str, found: str, count: int, *, done: str, remedy: str) -> None:
        """Report rows, if there are any."""
        finding = rows_finding(check, found, count, self.total, done=done, remedy=remedy)
        self.findings += [] if finding is None else [finding]

    def refuse_many(self, bad: pl.DataFrame, what: str, remedy: str) -> None:
        """Refuse the log if more than a few rows have a fault."""
        if bad.height > MOST_REPAIRED * self.total:
            shown = ", ".join(str(r) for r in bad["row"].head(5))
            found = f"rows {what}: row {shown} ({bad.height} of {self.total})"
            raise LogError(f"{self.source}: {found}; {remedy}")


def clean(intake: Intake) -> None:
    """Duplicates, rows without times or names, ends before starts, missing sides."""
    _drop_duplicates(intake)
    _drop_timeless(intake)
    _find_homes(intake)
    _name_places(intake)
    _tell_machines_apart(intake)
    _split_unlike(intake)
    _name_numbered(intake)
    _mend_backward(intake)
    _use_lengths(intake)
    _estimate(intake)


def _drop_duplicates(intake: Intake) -> None:
    rows = intake.rows
    same = [name for name in rows.columns if name != "row"]
    intake.rows = rows.unique(same, keep="first", maintain_order=True).drop("instance", "_ids", strict=False)
    dropped = rows.height - intake.rows.height
    intake.note(
        "duplicates", "rows that are the same in every column read and every id", dropped,
        done="dropped", remedy="export each report once",
    )  # fmt: skip


def _drop_timeless(intake: Intake) -> None:
    rows = intake.rows
    intake.rows = rows.filter(pl.col("start").is_not_null() | pl.col("end").is_not_null())
    if intake.rows.is_empty():
        raise LogError(f"{intake.source}: no row has a time; name the columns of times in the column map")
    intake.note(
        "no time", "rows without a start and an end", rows.height - intake.rows.height,
        done="dropped", remedy="book a time for each row",
    )  # fmt: skip


def _name_places(intake: Intake) -> None:
    """Every row has a lot (unless it is of a machine), an operation and a place."""
    kind = pl.col("activity").cast(pl.String)
    ahead = pl.col("lot").is_null() & kind.is_in(_MAY_LACK_LOT)
    of_machine = kind.is_in(_OF_MACHINES) | ahead
    intake.note(
        "set-ups without a lot", "set-ups and transports that name no lot", intake.rows.filter(ahead).height,
        done="kept as the machine's own", remedy="book the lot that comes next, if it is known",
    )  # fmt: skip
    nameless = intake.rows.filter(pl.col("lot").is_null() & ~of_machine)
    intake.refuse_many(nameless, "have no lot", "name the column of the lot in the column map")
    rows = intake.rows.filter(pl.col("lot").is_not_null() | of_machine)
    intake.note("no lot", "rows of work without a lot", nameless.height, done="dropped", remedy="book a lot")
    by_worker = rows["work_center"].is_null().all() and rows["unit"].is_null().all() and (
        rows["personnel"].is_not_null().any()
    )  # fmt: skip
    place = pl.coalesce("work_center", "unit", *(["personnel"] if by_worker else []), "operation")
    lost = rows.filter(pl.coalesce("work_center", "unit", "operation", "personnel").is_null())
    intake.refuse_many(
        lost, "have neither a machine nor an operation", "name their columns in the column map"
    )
    without = rows.filter(pl.coalesce("work_center", "unit").is_null()).height
    instead = "the worker (without one, the operation)" if by_worker else "the operation"
    intake.note(
        "no machine", "rows without a machine", without,
        done=f"{instead} used instead", remedy="book the machine, to see what is limited by machines",
    )  # fmt: skip
    rows = rows.with_columns(work_center=place).filter(pl.col("work_center").is_not_null())
    blank = rows.filter(pl.col("operation").is_null() & ~of_machine).height
    intake.note(
        "no operation", "rows without an operation", blank,
        done="the place used instead", remedy="book the operation",
    )  # fmt: skip
    named = pl.when(of_machine).then("operation").otherwise(pl.coalesce("operation", "work_center"))
    intake.rows = rows.with_columns(pl.col("unit").fill_null(pl.col("work_center")), operation=named)


def _find_homes(intake: Intake) -> None:
    """A row that names a machine and no work center is of the one in which the machine stands."""
    rows = intake.rows
    places = rows.drop_nulls(["unit", "work_center"]).group_by("unit").agg(pl.col("work_center").unique())
    places = places.filter(pl.col("work_center").list.len() == 1)
    home = rows.select("unit").join(
        places.select("unit", home=pl.col("work_center").list.first()),
        on="unit",
        how="left",
        maintain_order="left",
    )
    intake.rows = rows.with_columns(pl.coalesce("work_center", home["home"]).alias("work_center"))


def _tell_machines_apart(intake: Intake) -> None:
    """Machines of one name in several work centers are several machines: the work center is put before."""
    rows = intake.rows
    places = rows.select("unit", "work_center").drop_nulls().unique()
    twice = places.filter(pl.len().over("unit") > 1)["unit"].unique().sort()
    hit = pl.col("unit").is_in(twice.to_list())
    shown = ", ".join(map(repr, twice.head(3)))
    intake.note(
        "machines of one name", f"rows of machines whose name stands in several work centers ({shown})",
        rows.filter(hit).height, done="taken for several machines: the work center was put before the name",
        remedy='if each is one machine, leave its work center: "work_center" the machine, "unit": null',
    )  # fmt: skip
    named = pl.concat_str("work_center", "unit", separator=" ")
    intake.rows = rows.with_columns(unit=pl.when(hit).then(named).otherwise("unit"))


def _split_unlike(intake: Intake) -> None:
    """Machines of a cost center that have no operation in common cannot stand in for one another: each is a
    work center."""
    rows = intake.rows
    if not intake.cost_centers:
        return
    done = rows.drop_nulls(["operation", "lot"]).select("work_center", "unit", "operation").unique()
    units = done.select("work_center", "unit").unique()
    pairs = units.join(units, on="work_center", suffix="_2").filter(pl.col("unit") < pl.col("unit_2"))
    alike = done.join(done, on=["work_center", "operation"], suffix="_2").select(
        "work_center", "unit", "unit_2"
    )
    unlike = pairs.join(alike.unique(), on=["work_center", "unit", "unit_2"], how="anti")[
        "work_center"
    ].unique()
    hit = pl.col("work_center").is_in(unlike.to_list())
    shown = ", ".join(unlike.sort().head(3))
    intake.note(
        "unlike machines", f"rows of cost centers whose machines do unlike work ({shown})",
        rows.filter(hit).height, done="each machine was taken for a work center",
        remedy="name the column of the work center in the column map",
    )  # fmt: skip
    intake.rows = rows.with_columns(work_center=pl.when(hit).then("unit").otherwise("work_center"))


def _name_numbered(intake: Intake) -> None:
    """Operations that are numbers (0010, 0020) mean other things at other places: the place is put before."""
    numbers = intake.rows["operation"].drop_nulls().unique()
    if (
        not len(numbers)
        or not numbers.str.contains(r"^\d+$").all()
        or intake.rows["work_center"].n_unique() < 2
    ):
        return
    named = pl.concat_str("work_center", "operation", separator=" ")
    intake.note(
        "numbered operations", "rows whose operation is a number", intake.rows.height,
        done="the place was put before it", remedy="name the operation's text as operation in the column map",
    )  # fmt: skip
    intake.rows = intake.rows.with_columns(operation=named)


def _mend_backward(intake: Intake) -> None:
    """An end before its start: the end is believed, for that is when a report is made."""
    backward = pl.col("end") < pl.col("start")
    bad = intake.rows.filter(backward)
    intake.refuse_many(bad, "end before they start", "are start and end swapped, or is the day the month?")
    summer = bad.filter(
        (pl.col("start") - pl.col("end") <= pl.duration(hours=1)) & pl.col("end").dt.hour().is_in([1, 2, 3])
    )
    hint = f" ({summer.height} of them in the hour in which summer time ends)" if summer.height else ""
    intake.note(
        "ends before starts", f"rows that end before they start{hint}", bad.height,
        done="the end was kept, the start estimated", remedy="correct them, or log in UTC with time_zone",
    )  # fmt: skip
    kept = pl.when(backward).then(None).otherwise("start")
    intake.rows = intake.rows.with_columns(start=kept)


def _use_lengths(intake: Intake) -> None:
    """A logged length gives the missing side, and is compared where both sides are there."""
    rows = intake.rows
    if "duration" not in rows.columns:
        return
    length = pl.duration(microseconds=(pl.col("duration") * 1e6).round().cast(pl.Int64))
    real = (pl.col("end") - pl.col("start")).dt.total_microseconds() / 1e6
    zero = rows.filter((pl.col("duration") == 0) & (real > 0)).height
    differs = rows.filter((pl.col("duration") > 0) & ((real - pl.col("duration")).abs() >= _AGREES_S)).height
    intake.note(
        "spans of 0", "rows whose logged length is 0 though they end later than they start", zero,
        done="the times were used", remedy="book real ends: these may be defaults",
    )  # fmt: skip
    intake.note(
        "unresolved spans", "rows whose logged length is not the time from start to end", differs,
        done="the times were used", remedy="find out which of the two is right",
    )  # fmt: skip
    known = pl.col("duration").is_not_null()
    open_start = pl.col("start").is_null() & known
    open_end = pl.col("end").is_null() & known
    filled = rows.filter(open_start | open_end).height
    intake.note(
        "times from lengths", "rows with one time and a length", filled,
        done="the other time was computed", remedy="none needed",
    )  # fmt: skip
    intake.rows = rows.with_columns(
        start=pl.when(open_start).then(pl.col("end") - length).otherwise("start"),
        end=pl.when(open_end).then(pl.col("start") + length).otherwise("end"),
    ).drop("duration")


def _estimate(intake: Intake) -> None:
    """Missing starts are estimated; missing ends only in a log that has none, else the work is running."""
    sides = ["start", *(["end"] if intake.rows["end"].is_null().all() else [])]
    for side in sides:
        intake.rows, count = estimate_sides(intake.rows, side)
        rule = (
            "estimated as the later of the lot's and the resource's last end"
            if side == "start"
            else "estimated as the earlier of the lot's and the resource's next start"
        )
        intake.note(
            f"estimated {side}s", f"rows without a {side}", count,
            done=f"{rule}, at most 5 medians (work at its longest, waits at their shortest)",
            remedy=f"book the {side} too: then times of work are measured",
        )  # fmt: skip
