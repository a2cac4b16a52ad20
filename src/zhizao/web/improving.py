"""The study `improve` of the page: from a plant or a log, with prices and measures of files beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zhizao.quantities import InputError
from zhizao.web.material import Material
from zhizao.web.options import ImproveOptions

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.records import Records
    from zhizao.report import Result


def run_improve(material: Material, options: ImproveOptions, progress: Callable[[float], None]) -> Result:
    """Find the measures that pay.

    Raises
    ------
    InputError
        Not one of plant and log is given, or measures without a plant that they fit.
    """
    from zhizao.studies.compare import Appraisal
    from zhizao.workflows.improve import improve

    return improve(
        _subject(material),
        money=material.part("money") if material.has("money") else None,
        library=options.library,
        goal=options.goal,
        budget=options.budget,
        at_most=options.at_most,
        days=options.days,
        seconds=options.seconds,
        appraisal=Appraisal(options.interest, options.years),
        seed=options.seed,
        progress=progress,
    )


def _subject(material: Material) -> Plant | Records:
    """The plant with the measures of the file, or the records of the log."""
    if material.has("plant") == material.has("log"):
        raise InputError("improve: give one of a plant and an event log")
    if material.has("plant"):
        return material.plant_with_measures() if material.has("measures") else material.plant()
    if material.has("measures"):
        raise InputError("improve: measures are of a plant; learn a plant from the log first, and give that")
    return material.log()
