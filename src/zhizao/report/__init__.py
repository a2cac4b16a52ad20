"""Reports: one self-contained HTML file from plain values and frames, for people and for paper."""

from zhizao.report.page import Report, html, in_notebook, write_report
from zhizao.report.result import Result
from zhizao.report.sections import (
    Closed,
    Estimate,
    Gallery,
    Gantt,
    GanttRow,
    Headline,
    HeadlineRow,
    Histogram,
    Judged,
    Lines,
    Prose,
    Section,
    Shot,
    StackedBars,
    Table,
    Tornado,
)

__all__ = [
    "Closed",
    "Estimate",
    "Gallery",
    "Gantt",
    "GanttRow",
    "Headline",
    "HeadlineRow",
    "Histogram",
    "Judged",
    "Lines",
    "Prose",
    "Report",
    "Result",
    "Section",
    "Shot",
    "StackedBars",
    "Table",
    "Tornado",
    "html",
    "in_notebook",
    "write_report",
]
