"""Reports: one self-contained HTML file from plain values and frames, for people and for paper."""

from zhizao.report.page import html, in_notebook, write_report
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
    Report,
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
    "Section",
    "StackedBars",
    "Table",
    "Tornado",
    "html",
    "in_notebook",
    "write_report",
]
