"""One page of the whole loop, put together from the pages of its studies."""

from __future__ import annotations

from zhizao.report import Headline, Prose, Report, Section, Table
from zhizao.workflows.demo.loop import Loop
from zhizao.workflows.demo.story import story

_CAVEAT = (
    "The log behind this page is synthetic: a hidden plant made it, and the twin saw the log alone. Prices, "
    "powers, people and measures, which no log holds, are invented."
)


def page(loop: Loop) -> Report:
    """The page of the demo: what the measures gain first, then how we know."""
    compared, simulated, limited = (study.page() for study in (loop.compared, loop.simulated, loop.limited))
    said = (
        *story(loop),
        _CAVEAT,
        f"Learned from {loop.rows} rows of log, {loop.learned.lots} lots. {loop.validated.verdict}",
        loop.limited.answer,
        *loop.compared.notes,
    )
    return Report(
        title="A garment works, from its log to a proven answer",
        subtitle=f"zhizao demo: {' and '.join(m.id for m in loop.plant.measures)}, all together",
        sections=(
            *_only(compared, Headline),
            Prose("\n\n".join(said), title="In short"),
            *_only(compared, Table)[:2],
            *_only(limited, Table),
            *_charts(simulated),
            *_only(compared, Table)[2:],
            Table("Twin and log", loop.validated.table(), note=f"Baseline: {loop.validated.baseline}."),
        ),
        facts={**compared.facts, "log": "synthetic, 28 days", "lots in the log": loop.learned.lots},
    )


def _only(report: Report, kind: type[Section]) -> list[Section]:
    return [section for section in report.sections if isinstance(section, kind)]


def _charts(report: Report) -> list[Section]:
    return [s for s in report.sections if not isinstance(s, Headline | Prose | Table)]
