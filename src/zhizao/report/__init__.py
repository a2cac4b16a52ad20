"""Reports: one self-contained HTML file from plain values and frames, for people and for paper."""

from zhizao.report.page import Report, html, in_notebook, write_report
from zhizao.report.result import Result
from zhizao.report.sections import (
    Estimate,
    Gantt,
    GanttRow,
    Headline,
    HeadlineRow,
    Histogram,
    Judged,
    Lines,
    Prose,
    Section,
    StackedBars,
    Table,
    Tornado,
)

__all__ = [
    "Estimate",
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
    "StackedBars",
    "Table",
    "Tornado",
    "html",
    "in_notebook",
    "write_report",
]
