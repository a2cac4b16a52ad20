"""House rule 17: what a plant file may say is honoured by the twin, tried by strategies, told in the docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path

import pytest

from zhizao import kpi, records
from zhizao.plant import model

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "zhizao"

HONOURED_ELSEWHERE = {
    "Plant.zhizao": ("plant", "the version of the file format; the reader refuses any other"),
    "Plant.measures": ("plant", "a measure is applied to the plant before it is lowered"),
    "Measure.id": ("plant", "names the measure that is applied"),
    "Measure.set": ("plant", "what a measure changes is changed before the plant is lowered"),
    "Measure.cost": ("studies", "a comparison shows it beside the gain; the twin has no investments"),
    "Product.price": ("kpi", "money is counted from the records, not in the twin"),
    "Product.material": ("kpi", "money is counted from the records, not in the twin"),
    "WorkCenter.cost": ("kpi", "money is counted from the records, not in the twin"),
    "Personnel.cost": ("kpi", "money is counted from the records, not in the twin"),
    "Tariff.co2": ("kpi", "counted from the energy in the records"),
    "Plant.currency": ("kpi", "a unit of the formulas; the twin counts no money in it"),
}
"""Fields that `engine.lower` need not name: the room that does, and why."""

DESCRIPTIVE = {
    "Plant.plant": "the plant's name, for reports",
    "Measure.evidence": "how the numbers of a measure are known; told beside the result",
    "Evidence.study": "see Measure.evidence",
    "Evidence.run": "see Measure.evidence",
    "Evidence.note": "see Measure.evidence",
    "WorkCenter.at": "where it stands on the layout, for pages; transport times are given, not computed",
}
"""Fields that change no result, and why they are there."""

NOT_TRIED = {
    "Plant.zhizao": "there is one version of the format, the default",
    "Evidence.study": "descriptive",
    "Evidence.run": "descriptive",
    "Evidence.note": "descriptive",
}
"""Fields that the strategies leave at their defaults, and why."""

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
    """(Class.field, name in Python, name in a file) of everything that a plant may say."""
    for part in PARTS:
        for field, info in part.model_fields.items():
            yield f"{part.__name__}.{field}", field, info.serialization_alias or info.alias or field


FIELDS = list(fields())
ids = [full for full, _, _ in FIELDS]


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


@pytest.mark.parametrize("full", sorted({*ids} - {*DESCRIPTIVE} - {*HONOURED_ELSEWHERE}))
def test_every_field_of_a_plant_is_lowered_into_the_twin(full: str) -> None:
    _, _, field = full.partition(".")
    assert field in words("src/zhizao/engine/lower*.py", "src/zhizao/engine/lower*/**/*.py")


@pytest.mark.parametrize(("full", "room"), [(full, room) for full, (room, _) in HONOURED_ELSEWHERE.items()])
def test_a_field_that_the_twin_needs_not_is_used_where_we_say(full: str, room: str) -> None:
    _, _, field = full.partition(".")
    assert field in words(f"src/zhizao/{room}/**/*.py")


@pytest.mark.parametrize(("full", "field", "key"), [row for row in FIELDS if row[0] not in NOT_TRIED])
def test_every_field_of_a_plant_is_tried_by_the_strategies(full: str, field: str, key: str) -> None:
    assert {field, key} & words("tests/strategies*.py", "tests/strategies/**/*.py"), full


@pytest.mark.parametrize(("full", "key"), [(full, key) for full, _, key in FIELDS], ids=ids)
def test_every_field_of_a_plant_stands_in_the_page_of_the_plant_file(full: str, key: str) -> None:
    assert f"`{key}`" in page("plant-file.md")


def test_the_lists_of_exceptions_name_only_fields_that_exist() -> None:
    assert {*HONOURED_ELSEWHERE, *DESCRIPTIVE, *NOT_TRIED} <= set(ids)
    assert set(HONOURED_ELSEWHERE).isdisjoint(DESCRIPTIVE)


@pytest.mark.parametrize("thing", [*PARTS, *CHOICES], ids=lambda thing: thing.__name__)
def test_every_part_and_choice_of_a_plant_is_in_the_glossary(thing: type) -> None:
    assert re.search(rf"`{thing.__name__}`", page("glossary.md"))


@pytest.mark.parametrize("column", sorted({*records.EVENTS, *records.LOTS, *records.STATES}))
def test_every_column_of_the_records_is_in_the_glossary(column: str) -> None:
    assert f"`{column}`" in page("glossary.md")


@pytest.mark.parametrize("formula", sorted(kpi.FORMULAS))
def test_every_formula_stands_in_the_page_of_the_formulas(formula: str) -> None:
    assert f"## {formula}\n" in page("kpi.md")


@pytest.mark.parametrize("formula", sorted(kpi.FORMULAS))
def test_every_formula_says_its_unit_and_its_source(formula: str) -> None:
    told = kpi.FORMULAS[formula]
    assert told.unit
    assert told.clause
