"""Train a detector on normal samples, measure its false alarms on further ones, and watch tables with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.studies.monitor.facts import version
from zhizao.studies.monitor.process.detector import Part, Recipe, joined, part_of, train, usable
from zhizao.studies.monitor.process.findings import PerYear, Watched
from zhizao.studies.monitor.process.limits import Rate, rate_of
from zhizao.studies.monitor.process.result import MonitorResult
from zhizao.studies.monitor.process.statistics import Method, names_of
from zhizao.studies.monitor.samples import Floats, Samples, read_samples

if TYPE_CHECKING:
    from zhizao.engine import Progress

LASTING = 3
"""Alarms in a row that count as a detection: a single one may be false."""
FEWEST_ROWS = 8
"""Rows of a table that is divided; what the statistics and the limit need is checked for each."""
EXPLAINED = 20
"""Rows with an alarm, from the detection on, over which contributions are averaged."""
MOVED = 1.0
"""Standard deviations that a mean moves within the normal data before its column is named as drifting."""
_YEAR_S = 365.25 * 86400
_NEAR = 0.01  # times are often rounded


@dataclass(frozen=True, slots=True)
class MonitorOptions:
    """How to monitor.

    Parameters
    ----------
    method
        `pca`, `dpca` (PCA of lagged samples), `cva` (canonical variate analysis), or `pooled` (the last two).
    lags
        Samples that a statistic looks at, the newest included; `pca` looks at one.
    false_alarms
        Share of normal rows that may give an alarm.
    onset
        Row (from 1) of the watched tables at which a known fault begins; None: none is known.
    columns
        Sensors (default: all columns of numbers).
    time
        Column of times (default: by its name).
    step_s
        Sampling interval in s of tables without times; that of times must agree with it.
    """

    method: str = Method.POOLED.value
    lags: int = 2
    false_alarms: float = 0.01
    onset: int | None = None
    columns: tuple[str, ...] = ()
    time: str | None = None
    step_s: float | None = None

    def __post_init__(self) -> None:
        if self.step_s is not None and not 0 < self.step_s < np.inf:
            raise InputError(f"step_s: found {self.step_s:g}; expected a time above 0")
        if self.method not in {one.value for one in Method}:
            known = ", ".join(one.value for one in Method)
            raise InputError(f"method: found {self.method!r}; expected one of {known}")
        if self.lags < 1:
            raise InputError(f"lags: found {self.lags}; expected 1 or more")
        if not 0 < self.false_alarms < 0.5:
            raise InputError(f"false_alarms: found {self.false_alarms:g}; expected a share between 0 and 0.5")
        if self.onset is not None and self.onset < 1:
            raise InputError(f"onset: found {self.onset}; expected the number of a row, from 1")

    @property
    def recipe(self) -> Recipe:
        """What the detector is made by."""
        return Recipe(Method(self.method), self.lags, self.false_alarms)


def monitor(
    normal: str | Path | Sequence[str | Path],
    watched: str | Path | Sequence[str | Path] = (),
    *,
    options: MonitorOptions | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> MonitorResult:
    """Monitor a process with many sensors: train on normal samples, measure false alarms, watch tables.

    Parameters
    ----------
    normal
        Tables of normal operation (CSV or Parquet, a row per sample, a column per sensor). One table: half of
        the rows fit the statistics, a quarter sets the limits, the last quarter measures the false alarms.
        Several: the halves of the last one set limits and measure, the others fit.
    watched
        Tables to watch, with the same sensors.
    options
        How to monitor.
    seed
        Of the bootstrap of the limits.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        A table cannot be read, lacks a sensor, has times that do not increase, or has too few rows.
    """
    options = options or MonitorOptions()
    tables = [read_samples(path, time=options.time) for path in _paths(normal)]
    if not tables:
        raise InputError("normal: found no table; give one of normal operation")
    others = [read_samples(path, time=options.time) for path in _paths(watched)]
    work = _Work(options, tables, seed)
    found = list[Watched]()
    for number, table in enumerate(others):
        found.append(work.watch(table))
        if progress is not None:
            progress((number + 1) / len(others))
    return work.result(others, tuple(found))


def _paths(given: str | Path | Sequence[str | Path]) -> list[str | Path]:
    return [given] if isinstance(given, str | Path) else list(given)


class _Work:
    """A trained detector and the parts of the normal rows."""

    def __init__(self, options: MonitorOptions, tables: list[Samples], seed: int) -> None:
        self.options, self.tables, self.seed = options, tables, seed
        names = options.columns or tables[0].names
        fit, limits, check, self.check_table = _parts(tables, names)
        kept, self.left_out = usable(joined([fit, limits, check]), names)
        more = usable(fit, names)[1]
        self.left_out = {**more, **self.left_out}
        kept = tuple(number for number in kept if names[number] not in more)
        if not kept:
            name, reason = next(iter(self.left_out.items()))
            raise InputError(f"{tables[0].file}: found no sensor to monitor ({name}: {reason}); give one")
        self.names = tuple(names[number] for number in kept)
        self.fit, self.limits, self.check = (part.of(kept) for part in (fit, limits, check))
        self.detector = train(options.recipe, self.names, self.fit, self.limits, seed)

    def watch(self, table: Samples) -> Watched:
        """The detector's index of a table, its alarms, and which sensors they go by."""
        part, onset = part_of(table, self.names), self.options.onset
        index = self.detector.index(part)
        if onset is not None and onset > len(index):
            raise InputError(
                f"{table.file}: onset: found row {onset} of {len(index)}; give a row of the table"
            )
        if onset is not None and table.remarks:
            raise InputError(
                f"{table.file}: onset: found rows that are not in the order of time or repeat others; write "
                "them in order, one row per time"
            )
        start = 0 if onset is None else onset - 1
        first = _lasting(index, start)
        step = _step(table, self.options.step_s)
        delay = None if first is None or onset is None else first - start
        elapsed = [
            None if delay is None or step is None else _elapsed(table, start, start + delay + more, step)
            for more in (0, LASTING - 1)
        ]
        return Watched(
            name=Path(table.file).stem,
            index=index,
            false_alarms=_rate(index[:start]),
            detection=_rate(index[start:]),
            first=None if first is None else first + 1,
            time=None if first is None else _time(table, first),
            delay_rows=delay,
            delay_s=elapsed[0],
            certain_s=elapsed[1],
            contributions=() if first is None else self._contributions(part, index, first),
        )

    def _contributions(self, part: Part, index: Floats, first: int) -> tuple[tuple[str, float], ...]:
        rows = first + np.flatnonzero(index[first:] > 1)[:EXPLAINED]
        shares = self.detector.contributions(part, rows).mean(axis=0)
        order = np.argsort(-shares)
        return tuple((self.names[number], float(shares[number])) for number in order)

    def result(self, others: list[Samples], watched: tuple[Watched, ...]) -> MonitorResult:
        """Everything that was found."""
        options, index = self.options, self.detector.index(self.check)
        step = _step(self.check_table, options.step_s)
        checked = _rate(index)
        if checked is None:
            raise InputError(
                f"{self.check_table.file}: found no complete row to measure false alarms; give more"
            )
        return MonitorResult(
            title=Path(self.tables[0].file).stem,
            inputs=(
                *(table.as_input("normal") for table in self.tables),
                *(table.as_input("watched") for table in others),
            ),
            seed=self.seed,
            version=version(),
            method=options.method,
            lags=1 if options.method == Method.PCA else options.lags,
            stated=options.false_alarms,
            sensors=self.names,
            statistics=names_of(self.detector.statistics),
            left_out=self.left_out,
            rows=(self.fit.rows, self.limits.rows, self.check.rows),
            checked=checked,
            check_index=index,
            per_year=_per_year(index, step),
            lasting_alarms=_runs(index > 1, LASTING),
            drifting=self._drifting(),
            remarks=tuple(f"{one.file}: {said}" for one in (*self.tables, *others) for said in one.remarks),
            onset=options.onset,
            watched=watched,
        )

    def _drifting(self) -> tuple[str, ...]:
        detector = self.detector
        moved = (np.nanmean(self.check.values, axis=0) - detector.mean) / detector.deviation
        return tuple(name for name, by in zip(self.names, moved, strict=True) if abs(by) > MOVED)


def _parts(tables: Sequence[Samples], names: Sequence[str]) -> tuple[Part, Part, Part, Samples]:
    """Rows to fit, to set the limits, and to measure, with the table of the last."""
    parts, last = [part_of(table, names) for table in tables], tables[-1]
    rows = parts[-1].rows
    if rows < FEWEST_ROWS:
        raise InputError(f"{last.file}: found {rows} rows; give {FEWEST_ROWS} or more of normal operation")
    if len(parts) == 1:
        half, rest = rows // 2, rows // 2 + rows // 4
        return parts[0].cut(0, half), parts[0].cut(half, rest), parts[0].cut(rest, rows), last
    return joined(parts[:-1]), parts[-1].cut(0, rows // 2), parts[-1].cut(rows // 2, rows), last


def _rate(index: Floats) -> Rate | None:
    known = index[~np.isnan(index)]
    return rate_of(known > 1, known) if len(known) else None


def _lasting(index: Floats, start: int) -> int | None:
    """The first row, from `start` on, of so many alarms in a row."""
    alarms = (index[start:] > 1).astype(np.int64)
    run = np.convolve(alarms, np.ones(LASTING, np.int64), "valid") if len(alarms) >= LASTING else alarms[:0]
    found = np.flatnonzero(run == LASTING)
    return start + int(found[0]) if len(found) else None


def _time(table: Samples, row: int) -> datetime | None:
    if table.clock is None:
        return None
    found: datetime = table.clock[row].astype(datetime)
    return found


def _step(table: Samples, stated: float | None) -> float | None:
    """Sampling interval of a table in s: that of its times, or else the one that is stated."""
    found = table.interval_s
    if found is not None and stated is not None and not np.isclose(found, stated, rtol=_NEAR):
        raise InputError(
            f"{table.file}: step: found {stated:g} s; the times are {found:g} s apart; leave it out"
        )
    return stated if found is None else found


def _elapsed(table: Samples, start: int, end: int, step: float) -> float:
    if table.times is None:
        return (end - start) * step
    return float((table.times[end] - table.times[start]) / np.timedelta64(1, "s"))


def _per_year(index: Floats, interval_s: float | None) -> PerYear | None:
    """Alarms per year: stretches of rows above the limit over the time that was watched."""
    from scipy.stats import chi2

    known = int((~np.isnan(index)).sum())
    if interval_s is None or not known:
        return None
    count, years = _runs(index > 1), known * interval_s / _YEAR_S
    low = float(chi2.ppf(0.025, 2 * count)) / 2 if count else 0.0
    high = float(chi2.ppf(0.975, 2 * count + 2)) / 2
    return PerYear(count / years, low / years, high / years, count, years * 365.25)


def _runs(alarms: NDArray[np.bool_], least: int = 1) -> int:
    """Stretches of at least so many rows with an alarm."""
    edges = np.diff(alarms.astype(np.int8), prepend=0, append=0)
    return int((np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1) >= least).sum())
