"""What a plant file may say is honoured by the twin, tried by strategies, and stands in the docs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pydantic.fields import FieldInfo

from tests.strategies import plants
from zhizao import kpi, records
from zhizao.engine.lower import lower
from zhizao.kpi.analysis import Difference, Interval
from zhizao.plant import Plant, model, read_plant
from zhizao.plant.faults import file_name
from zhizao.plant.paths import field_paths, parts_by_path
from zhizao.studies.compare import Appraisal, PayBack, Verdict

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "zhizao"
EXAMPLES = ROOT / "examples" / "plants"

HONOURED_ELSEWHERE = {
    "zhizao": ("plant", "the version of the file format; the reader refuses any other"),
    "currency": ("kpi", "a unit of the formulas; the twin counts no money in it"),
    "measures": ("plant", "a measure is applied to the plant before it is lowered"),
    "measures.cost": ("studies", "a comparison shows it beside the gain; the twin has no investments"),
    "measures.yearly_cost": ("studies", "as above"),
    "measures.installation": ("experiments", "net present value and pay-back: nothing is gained before"),
    "uncertainty": ("plant", "plants are drawn from it before they are lowered"),
    "past_lots.others": ("plant", "in the weights of the routes of products, which are lowered"),
    "past_lots.lots.product": ("plant", "as above"),
    "products.price": ("kpi", "money is counted from the records, not in the twin"),
    "products.material": ("kpi", "as above"),
    "products.escape_cost": ("kpi", "as above"),
    "work_centers.cost": ("kpi", "as above"),
    "personnel.cost": ("kpi", "as above"),
    "personnel.overtime_cost": ("kpi", "as above"),
    "tools.cost": ("kpi", "as above"),
    "tariff.co2": ("kpi", "counted from the energy in the records"),
    "work_centers.power": ("kpi", "energy is counted from the times in each state"),
    "transport.fleets.power": ("kpi", "as above"),
    "transport.cranes.power": ("kpi", "as above"),
    "transport.conveyors.power": ("kpi", "as above"),
    "work_centers.at": ("plant", "travel times, where no time and no distance is listed"),
    "transport.cranes.at": ("plant", "as above"),
    "transport.locations": ("plant", "as above"),
    "transport.fleets.layout": ("plant", "as above"),
}
"""Fields that lowering a plant does not read, by full path, with all that is below them: the room that does,
and why.
"""

DESCRIPTIVE = {
    "plant": "the plant's name, for reports",
    "measures.title": "what it is called in reports",
    "measures.kind": "which kind of the library it is one of; reported beside it",
    "measures.evidence": "how the numbers of a measure are known; reported beside the result",
}
"""Fields that change no result, with all that is below them, and why they are there."""

ONE_CHOICE = {"Plant.zhizao", "Push.kind", "Conwip.kind", "ReleaseRule.kind"}
"""Fields with one value, the default."""

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


class AllSeenError(Exception):
    """Nothing is left to look for."""


def over_plants(look: Callable[[Plant], bool]) -> None:
    """Show plants, those of the examples first, until `look` says that it has seen everything."""
    if not any(look(read_plant(file)) for file in sorted(EXAMPLES.glob("*.yaml"))):
        over_strategies(look, examples=300)


def over_strategies(look: Callable[[Plant], bool], *, examples: int) -> None:
    """Show plants of the strategies, the same ones each time, until `look` has seen everything."""

    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(plants())
    def search(plant: Plant) -> None:
        if look(plant):
            raise AllSeenError

    with suppress(AllSeenError):
        search()


def without(paths: Iterable[str], listed: Iterable[str]) -> set[str]:
    """The paths that are neither listed nor below one that is."""
    covered = tuple(listed)
    return {path for path in paths if not any(path == at or path.startswith(f"{at}.") for at in covered)}


def read_by_lowering(plant: Plant) -> set[str]:
    """Paths of the fields that lowering reads, be they given or not."""
    where = {id(part): (prefix, type(part)) for prefix, part in parts_by_path(plant)}
    read: set[tuple[int, str]] = set()

    def note(part: model.Model, name: str) -> Any:
        read.add((id(part), name))
        return object.__getattribute__(part, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model.Model, "__getattribute__", note)
        lower(plant, log=0)
    found = set()
    for part, name in read:
        prefix, kind = where.get(part, ("", None))
        if kind is not None and name in kind.model_fields:
            found.add(f"{prefix}{file_name(kind, name)}")
    return found


def test_every_field_of_a_plant_is_lowered_into_the_twin() -> None:
    missing = without(field_paths(), [*HONOURED_ELSEWHERE, *DESCRIPTIVE])

    def look(plant: Plant) -> bool:
        missing.difference_update(read_by_lowering(plant))
        return not missing

    over_plants(look)
    nothing_missing(missing)


def test_a_field_that_the_twin_needs_not_is_used_where_we_say() -> None:
    rooms = {full: room for full, (room, _) in HONOURED_ELSEWHERE.items()}
    used = {room: words(f"src/zhizao/{room}/**/*.py") for room in set(rooms.values())}
    nothing_missing(full for full, room in rooms.items() if full.split(".")[-1] not in used[room])


def test_every_field_of_a_plant_is_tried_by_the_strategies() -> None:
    tried = words("tests/strategies*.py", "tests/strategies/**/*.py")
    nothing_missing(full for full in FIELDS if FIELDS[full].isdisjoint(tried) and full not in ONE_CHOICE)


def given_in(plant: Plant) -> set[str]:
    """Paths of the fields that have another value than their default."""
    return {
        f"{prefix}{file_name(type(part), name)}"
        for prefix, part in parts_by_path(plant)
        for name, info in type(part).model_fields.items()
        if getattr(part, name) != info.get_default(call_default_factory=True)
    }


@pytest.mark.slow
def test_every_field_of_a_plant_is_drawn_by_the_strategies_by_its_full_path() -> None:
    missing = {path for path, info in field_paths().items() if not one_choice(info)}

    def look(plant: Plant) -> bool:
        missing.difference_update(given_in(plant))
        return not missing

    over_strategies(look, examples=800)
    nothing_missing(missing)


def one_choice(info: FieldInfo) -> bool:
    """Whether a field has one value, its default."""
    return get_origin(info.annotation) is Literal and get_args(info.annotation) == (info.default,)


def test_every_field_of_a_plant_stands_in_the_page_of_the_plant_file() -> None:
    text = page("plant-file.md")
    asked = FIELDS.keys() - NOT_ON_THE_PAGE
    nothing_missing(full for full in asked if not any(f"`{n}`" in text for n in FIELDS[full]))


def test_the_lists_of_exceptions_name_only_fields_that_exist() -> None:
    assert {*HONOURED_ELSEWHERE, *DESCRIPTIVE} <= field_paths().keys()
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
