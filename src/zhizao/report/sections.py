"""What a report can show: plain values in, no knowledge of plants or studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import polars as pl

Better = Literal["higher", "lower", "neither"]
Judged = Literal["better", "worse", "unclear", "changed"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and, where known, its confidence interval."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class HeadlineRow:
    """One big number: now, or before and after with the relative change (a share, with its interval).

    `unit` `share` is shown in per cent. `better` says which way is an improvement.
    """

    name: str
    unit: str
    before: Estimate
    after: Estimate | None = None
    change: Estimate | None = None
    better: Better = "neither"
    judged: Judged | None = None
    """The verdict of the study, where it goes by more than this interval."""

    @property
    def verdict(self) -> Judged:
        """That of the study; else whether the interval of the change tells it from 0, and which way."""
        if self.judged is not None:
            return self.judged
        change = self.change
        if change is None or change.low is None or change.high is None:
            return "unclear"
        if not (change.low > 0 or change.high < 0):
            return "unclear"
        if self.better == "neither":
            return "changed"
        return "better" if (change.low > 0) == (self.better == "higher") else "worse"


@dataclass(frozen=True, slots=True)
class Headline:
    """The numbers that a manager reads first."""

    rows: tuple[HeadlineRow, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs of plain text (a blank line separates them); no markup is read."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A frame as a table; of more than `limit` rows the first are shown and the rest counted.

    In a frame with a column `unit`, numbers in columns called value, before, after, mean, low or high are in
    that unit; where it is `share`, they are shown in per cent.
    """

    title: str
    frame: pl.DataFrame
    note: str = ""
    limit: int = 200


@dataclass(frozen=True, slots=True)
class Lines:
    """Curves over a common x (numbers or times); a value that is None or nan leaves a gap.

    `mark` is a place on an x of numbers where a dashed line stands. Curves of `right` go by an axis of their
    own on the right.
    """

    title: str
    x: Sequence[float] | Sequence[datetime]
    series: Mapping[str, Sequence[float | None]]
    x_label: str
    y_label: str
    note: str = ""
    steps: bool = False  # a value holds until the next one (a number of lots)
    mark: float | None = None
    right: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    right_label: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Distributions laid over one another, each as shares of its own sample."""

    title: str
    samples: Mapping[str, Sequence[float]]
    unit: str
    x_label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class StackedBars:
    """One bar per category, made of shares by state; `shares[state][i]` belongs to `categories[i]`."""

    title: str
    categories: Sequence[str]
    shares: Mapping[str, Sequence[float]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tornado:
    """Horizontal bars from a middle line, one row per name: a change (a share) one way and the other.

    `changes` names the two ways; `changes[way][i]` belongs to `names[i]`, and None leaves that bar out.
    """

    title: str
    names: Sequence[str]
    changes: Mapping[str, Sequence[float | None]]
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars side by side, one for each source of data at each name, with intervals.

    `values[source][i]` belongs to `names[i]`; a value that is not known leaves its bar out.
    """

    title: str
    names: Sequence[str]
    values: Mapping[str, Sequence[Estimate]]
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Bars that each begin where the one above ends, and their total with its interval.

    `steps[i]` is what `names[i]` adds to the steps before it, in `unit` (of `share`: shares, shown in per
    cent); `total` has the interval of the sum, where it is known.
    """

    title: str
    names: Sequence[str]
    steps: Sequence[float]
    total: Estimate
    label: str
    unit: str
    total_name: str = "together"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A point to pick: what it costs (x) and brings (y), and what is shown of it once it is picked.

    `on_front`: no other point is as good in both; `facts` and `rows` are shown below the chart.
    """

    name: str
    x: float
    y: Estimate
    on_front: bool
    facts: Mapping[str, str]
    rows: Sequence[HeadlineRow] = ()


@dataclass(frozen=True, slots=True)
class Scatter:
    """Points to pick from and their Pareto front; the point `picked` is shown first."""

    title: str
    points: Sequence[Choice]
    x_label: str
    y_label: str
    picked: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class FlowPlace:
    """A place of a flow map: visits per lot and hours of work of one visit, by source of data."""

    name: str
    per_lot: Mapping[str, float]
    work_h: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class FlowStep:
    """A step from one place to another: how often per lot, and hours of waiting, by source of data.

    A `source` or `target` that is no place of the map stands for where lots come from or go to.
    """

    source: str
    target: str
    per_lot: Mapping[str, float]
    wait_h: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FlowMap:
    """Places and steps as a graph; `sources` names what was counted, such as log and twin."""

    title: str
    places: Sequence[FlowPlace]
    steps: Sequence[FlowStep]
    sources: Sequence[str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class GanttRow:
    """One bar of a Gantt chart; `kind` is an activity or a state.

    What is not known of it is empty. `late_s`: how late its order is, below 0 for a slack; `batch`: rows of
    one unit, start and batch are one bar.
    """

    unit: str
    start: datetime
    end: datetime
    kind: str
    label: str = ""
    lot: str = ""
    order: str = ""
    product: str = ""
    operation: str = ""
    worker: str = ""
    batch: str = ""
    due: datetime | None = None
    late_s: float | None = None
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """Spans of time in which units do not work, in order of time."""

    units: Sequence[str]
    spans: Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Gantt:
    """What each unit did in a window, units in the order of `rows`.

    `frozen_until`: operations that begin before it are not to be changed.
    """

    title: str
    rows: Sequence[GanttRow]
    note: str = ""
    closed: Sequence[Closed] = ()
    frozen_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """Tables below one line, which shows them when it is clicked."""

    summary: str
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True)
class Folds:
    """Lines of a list, each with its tables one click away."""

    title: str
    folds: Sequence[Fold]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a gallery and what is said below it; `png` is the file."""

    caption: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures side by side, in the order given; `left_out` counts those that are not shown."""

    title: str
    shots: Sequence[Shot]
    note: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Squares on a layout, the darker the higher their `values`; `places` are names at their coordinates.

    `x_m`, `y_m` are centres and `size_m` the side of the squares, in m; `label` says what a value is.
    """

    title: str
    x_m: Sequence[float]
    y_m: Sequence[float]
    size_m: float
    values: Sequence[float]
    label: str
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    note: str = ""


Section = (
    Headline
    | Prose
    | Table
    | Folds
    | Lines
    | Histogram
    | StackedBars
    | Tornado
    | Bars
    | Waterfall
    | Scatter
    | FlowMap
    | Gantt
    | Gallery
    | HeatMap
)
