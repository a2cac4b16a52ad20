"""House rule 17: what a plant file may say is honoured by the twin, tried by strategies, told in the docs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from pathlib import Path

from zhizao import kpi, records
from zhizao.kpi.analysis import Difference, Interval
from zhizao.plant import model
from zhizao.studies.compare import Appraisal, PayBack, Verdict

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "zhizao"

HONOURED_ELSEWHERE = {
    "Plant.zhizao": ("plant", "the version of the file format; the reader refuses any other"),
    "Plant.measures": ("plant", "a measure is applied to the plant before it is lowered"),
    "Plant.uncertainty": ("plant", "plants are drawn from it before they are lowered"),
    "Uncertainty.what": ("plant", "as above"),
    "Uncertainty.error": ("plant", "as above"),
    "Uncertainty.observations": ("plant", "how many more it takes to know the number better"),
    "Measure.id": ("plant", "names the measure that is applied"),
    "Measure.set": ("plant", "what a measure changes is changed before the plant is lowered"),
    "Measure.cost": ("studies", "a comparison shows it beside the gain; the twin has no investments"),
    "Measure.yearly_cost": ("studies", "as above"),
    "Product.route": ("plant", "`routes_of` gives the engine the routes of a product"),
    "Product.price": ("kpi", "money is counted from the records, not in the twin"),
    "Product.material": ("kpi", "money is counted from the records, not in the twin"),
    "Product.escape_cost": ("kpi", "money is counted from the records, not in the twin"),
    "WorkCenter.cost": ("kpi", "money is counted from the records, not in the twin"),
    "Fleet.cost": ("kpi", "money is counted from the records, not in the twin"),
    "Crane.cost": ("kpi", "as above"),
    "Conveyor.cost": ("kpi", "as above"),
    "Personnel.cost": ("kpi", "money is counted from the records, not in the twin"),
    "Personnel.overtime_cost": ("kpi", "money is counted from the records, not in the twin"),
    "WorkCenter.at": ("plant", "the way from one place to another"),
    "Location.at": ("plant", "as above"),
    "Crane.at": ("plant", "as above"),
    "Fleet.serves": ("plant", "which ways belong to the fleet"),
    "Fleet.times": ("plant", "times of ways"),
    "Fleet.distances": ("plant", "times of ways"),
    "Fleet.speed": ("plant", "times of ways"),
    "Fleet.layout": ("plant", "times of ways"),
    "Distance.from_place": ("plant", "times of ways"),
    "Fleet.vehicles": ("plant", "vehicles are the units of a work center"),
    "Crane.serves": ("plant", "whose lots wait in the rack"),
    "Transport.locations": ("plant", "places that ways lead to"),
    "Tool.cost": ("kpi", "money is counted from the records, not in the twin"),
    "WorkCenter.start_up": ("plant", "the time to start up and shut down is taken off the calendar"),
    "WorkCenter.shut_down": ("plant", "as above"),
    "Tariff.co2": ("kpi", "counted from the energy in the records"),
    "ByState.off": ("records", "the engine reads the power of each state by the state's name"),
    "ByState.idle": ("records", "as above"),
    "ByState.busy": ("records", "as above"),
    "ByState.blocked": ("records", "as above"),
    "ByState.waiting": ("records", "as above"),
    "ByState.down": ("records", "as above"),
    "ByState.standby": ("records", "as above"),
    "ByState.start_up": ("plant", "as above; the state is called start-up"),
    "Plant.currency": ("kpi", "a unit of the formulas; the twin counts no money in it"),
}
"""Fields that `engine.lower` need not name: the room that does, and why."""

DESCRIPTIVE = {
    "Plant.name": "the plant's name, for reports",
    "Push.kind": "marks the kind of release control; a file says `push`",
    "Conwip.kind": "marks the kind of release control; a file says `{conwip: 20}`",
    "ReleaseRule.kind": "marks the kind of release control; a file says `{rule: module:function}`",
    "Measure.evidence": "how the numbers of a measure are known; told beside the result",
    "Evidence.study": "see Measure.evidence",
    "Evidence.run": "see Measure.evidence",
    "Evidence.note": "see Measure.evidence",
}
"""Fields that change no result, and why they are there."""

NOT_TRIED = {
    "Plant.zhizao": "there is one version of the format, the default",
    "Evidence.study": "descriptive",
    "Evidence.run": "descriptive",
    "Evidence.note": "descriptive",
    "Push.kind": "one choice, the default",
    "Conwip.kind": "one choice, the default",
    "ReleaseRule.kind": "one choice, the default",
}
"""Fields that the strategies leave at their defaults, and why."""

NOT_ON_THE_PAGE = {"Push.kind", "Conwip.kind", "Conwip.lots", "ReleaseRule.kind"}
"""Fields that a file does not name: it says `push` or `{conwip: 20}`, which `Plant.release` tells."""

PARTS = [
    c for c in vars(model).values() if isinstance(c, type) and issubclass(c, model.Model) and c.model_fields
]
CHOICES = [
    c
    for module in (model, records)
    for c in vars(module).values()
    if isinstance(c, type) and issubclass(c, Enum) and c is not Enum
]


def fields() -> Iterator[tuple[str, str, str]]:
    """(Class.field, its name in Python, its name in a file) of everything that a plant may say."""
    for part in PARTS:
        for field, info in part.model_fields.items():
            yield f"{part.__name__}.{field}", field, info.serialization_alias or info.alias or field


FIELDS = {full: {field, key} for full, field, key in fields()}


@cache
def words(*patterns: str) -> set[str]:
    """Names that code says: attributes, keyword arguments and strings, in the files that match."""
    files = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    assert files, f"no file matches {patterns}"
    found: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found |= said(node)
    return found


def said(node: ast.AST) -> set[str]:
    match node:
        case ast.Attribute(attr=name):
            return {name}
        case ast.keyword(arg=str(name)):
            return {name}
        case ast.Constant(value=str(name)):
            return {name}
    return set()


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def nothing_missing(names: Iterable[str]) -> None:
    listed = sorted(names)
    assert not listed, "missing: " + ", ".join(listed)


def test_every_field_of_a_plant_is_lowered_into_the_twin() -> None:
    lowered = words("src/zhizao/engine/*.py")
    asked = FIELDS.keys() - DESCRIPTIVE.keys() - HONOURED_ELSEWHERE.keys()
    nothing_missing(full for full in asked if full.split(".")[1] not in lowered)


def test_a_field_that_the_twin_needs_not_is_used_where_we_say() -> None:
    rooms = {full: room for full, (room, _) in HONOURED_ELSEWHERE.items()}
    used = {room: words(f"src/zhizao/{room}/**/*.py") for room in set(rooms.values())}
    nothing_missing(full for full, room in rooms.items() if full.split(".")[1] not in used[room])


def test_every_field_of_a_plant_is_tried_by_the_strategies() -> None:
    tried = words("tests/strategies*.py", "tests/strategies/**/*.py")
    asked = FIELDS.keys() - NOT_TRIED.keys()
    nothing_missing(full for full in asked if FIELDS[full].isdisjoint(tried))


def test_every_field_of_a_plant_stands_in_the_page_of_the_plant_file() -> None:
    text = page("plant-file.md")
    asked = FIELDS.keys() - NOT_ON_THE_PAGE
    nothing_missing(full for full in asked if not any(f"`{n}`" in text for n in FIELDS[full]))


def test_the_lists_of_exceptions_name_only_fields_that_exist() -> None:
    assert {*HONOURED_ELSEWHERE, *DESCRIPTIVE, *NOT_TRIED} <= FIELDS.keys()
    assert HONOURED_ELSEWHERE.keys().isdisjoint(DESCRIPTIVE)


def test_every_part_and_choice_of_a_plant_and_every_column_is_in_the_glossary() -> None:
    text = page("glossary.md")
    asked = {thing.__name__ for thing in (*PARTS, *CHOICES)} | {
        *records.EVENTS,
        *records.LOTS,
        *records.STATES,
    }
    nothing_missing(word for word in asked if f"`{word}`" not in text)


def test_every_verdict_and_what_a_result_is_made_of_is_in_the_glossary() -> None:
    text = page("glossary.md")
    things = (Verdict, Appraisal, PayBack, Interval, Difference, records.Standstill)
    nothing_missing(thing.__name__ for thing in things if f"`{thing.__name__}`" not in text)
    row = next(line for line in text.splitlines() if "| `Verdict` |" in line)
    nothing_missing(verdict.value for verdict in Verdict if verdict.value not in row)


def test_every_formula_stands_in_the_page_of_the_formulas() -> None:
    text = page("kpi.md")
    nothing_missing(formula for formula in kpi.FORMULAS if f"## {formula}\n" not in text)


def test_every_formula_says_its_unit_and_its_source() -> None:
    nothing_missing(i for i, formula in kpi.FORMULAS.items() if not (formula.unit and formula.clause))
