"""Charts of recipes as blocks, and what is wrong in them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connect.batchml.make import Part, chain, phase, recipe_xml, unit_procedure, written
from zhizao.connect.batchml import read_recipes
from zhizao.quantities.errors import UnitError
from zhizao.records.recipes import (
    Block,
    Element,
    Level,
    Link,
    Logic,
    Node,
    NodeKind,
    Parallel,
    Recipe,
    RecipeError,
    Selection,
    Series,
    Step,
    UnitDimension,
    chart_of,
    check_recipe,
    require_sound,
    unit_of,
)

Tree = str | tuple[str, list["Tree"]]


def recipe_of(folder: Path, *links: tuple[str, str], size: str = "400 L", **conditions: str) -> Recipe:
    """A recipe of unit procedures a, b, c, linked like that."""
    parts = [unit_procedure(name, phase(f"{name}1", 10)) for name in "abc"]
    procedure = Part("p", "Procedure", inside=parts, links=links, conditions=conditions)
    (recipe,) = read_recipes(written(folder, recipe_xml("P", procedure, size)))
    return recipe


BAD = {
    "a loop through 'a', 'b' never ends": [*chain("begin", "a", "t1", "b", "t2", "a"), *chain("c", "end")],
    "a loop back to 'a' never ends: its condition always holds": [
        *chain("begin", "a", "b", "c", "t1", "a"), *chain("c", "t2", "end"),
    ],
    "'c' is never reached from the begin": [*chain("begin", "a", "b", "end"), *chain("c", "end")],
    "no step does 'c'": chain("begin", "a", "b", "end"),
    "the branch at 'b' never joins": [
        *chain("begin", "split1", "a", "join1", "end"), *chain("split1", "c", "join1"), *chain("split1", "b"),
    ],
    "the parallel branches that begin at parallel divergence split1 never join": [
        *chain("begin", "split1", "a", "c", "end"), *chain("split1", "b", "c"),
    ],
    "found a link to 'nowhere', which is not there": [
        *chain("begin", "a", "b", "c", "end"), ("a", "tnowhere"), ("tnowhere", "end"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("found", sorted(BAD))
def test_a_chart_that_cannot_be_run_is_named_with_its_remedy(found: str, tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, *BAD[found])
    text = (tmp_path / "recipe.xml").read_text("utf-8")
    if "no step" in found:
        assert text.count("<Step><ID>c</ID>") == 1
        gone = re.sub("<Step><ID>c</ID>.*</Step>", "", text)
        (recipe,) = read_recipes(written(tmp_path, gone))
    if "nowhere" in found:
        gone = text.replace("<Transition><ID>tnowhere</ID><Condition>TRUE</Condition></Transition>", "")
        (recipe,) = read_recipes(written(tmp_path, gone.replace("tnowhere", "nowhere")))
    errors, _ = check_recipe(recipe)
    said = [str(one) for one in errors]
    assert any(found in one for one in said), said
    assert all(str(tmp_path / "recipe.xml") in one for one in said)
    assert all(one.line > 1 and one.right for one in errors)
    with pytest.raises(RecipeError, match="the recipe has"):
        require_sound(recipe)


def test_a_loop_that_can_end_is_no_fault_and_is_named(tmp_path: Path) -> None:
    links = [*chain("begin", "a", "b", "t1", "a"), *chain("b", "t2", "c", "end")]
    recipe = recipe_of(tmp_path, *links, t1="pH < 6", t2="pH >= 6")
    assert check_recipe(recipe) == ((), ())
    chart = chart_of(recipe.procedure)
    assert chart.loops == ("'a'",)
    assert [one.element.name for one in chart.block.parts if isinstance(one, Step)] == ["a", "b", "c"]


def test_a_way_out_that_is_false_is_none(tmp_path: Path) -> None:
    links = chain("begin", "a", "b", "c", "t1", "end")
    errors, _ = check_recipe(recipe_of(tmp_path, *links, t1="FALSE"))
    assert "its conditions are false" in str(errors[0])


def test_an_unknown_unit_is_named_with_the_nearest(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, *chain("begin", "a", "b", "c", "end"), size="400 litrez")
    errors, _ = check_recipe(recipe)
    assert "batch size: found the unit 'litrez'" in str(errors[0])
    assert errors[0].nearest == "litre"
    text = (tmp_path / "recipe.xml").read_text("utf-8").replace(">min<", ">flurb<").replace("litrez", "L")
    errors, _ = check_recipe(read_recipes(written(tmp_path, text))[0])
    assert len(errors) == 3
    assert "phase 'a1': parameter 'Duration': found the unit 'flurb'" in str(errors[0])


def test_a_batch_size_out_of_its_bounds_is_named(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, *chain("begin", "a", "b", "c", "end"), size="900 L")
    errors, _ = check_recipe(recipe)
    assert "batch size: found 900.0 beside bounds of 200.0 and 500.0" in str(errors[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kg", (UnitDimension.MASS, 1.0)),
        ("Kilolitres", (UnitDimension.VOLUME, 1.0)),
        ("mL", (UnitDimension.VOLUME, 1e-6)),
        ("min", (UnitDimension.TIME, 60.0)),
        ("RPM", (UnitDimension.SPEED, 1.0)),
        ("NULL", None),
        ("", None),
    ],
)
def test_units_are_known_by_symbol_and_name(text: str, expected: tuple[UnitDimension, float] | None) -> None:
    assert unit_of(text) == expected


def test_a_unit_that_is_none_is_refused() -> None:
    with pytest.raises(UnitError, match="furlong"):
        unit_of("furlong")


# ---------------------------------------------------------------- laws
trees = st.recursive(
    st.just("step"),
    lambda inner: st.tuples(
        st.sampled_from(["series", "parallel", "selection"]), st.lists(inner, min_size=2, max_size=3)
    ),
    max_leaves=12,
)


class Drawing:
    """Draws the chart of a tree of blocks, node by node."""

    def __init__(self) -> None:
        self.nodes = [Node("begin", NodeKind.BEGIN, 1)]
        self.links: list[Link] = []
        self.elements: list[Element] = []

    def node(self, kind: NodeKind, *before: str, element: str = "") -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(Node(name, kind, 1, element))
        self.links += [Link(one, name, 1) for one in before]
        return name

    def draw(self, tree: Tree, after: str) -> str:
        """Draw a tree behind a node; gives its last node."""
        if isinstance(tree, str):
            name = f"e{len(self.elements)}"
            self.elements.append(Element(name, name, Level.PHASE, 1))
            return self.node(NodeKind.STEP, after, element=name)
        kind, inside = tree
        if kind == "series":
            for one in inside:
                after = self.draw(one, after)
            return after
        together = kind == "parallel"
        fork = self.node(NodeKind.SPLIT if together else NodeKind.CHOICE, after)
        ways = [self.draw(one, self.node(NodeKind.TRANSITION, fork)) for one in inside]
        return self.node(NodeKind.JOIN if together else NodeKind.MERGE, *ways)


def flat(block: Block) -> object:
    """A block as plain data: nested series are one."""
    if isinstance(block, Step):
        return block.element.name
    if isinstance(block, Series):
        parts = [flat(one) for one in block.parts]
        return parts[0] if len(parts) == 1 else parts
    return (type(block).__name__, [flat(one) for one in block.branches])


def expected(tree: Tree, names: list[str]) -> object:
    if isinstance(tree, str):
        names.append(f"e{len(names)}")
        return names[-1]
    kind, inside = tree
    parts = [expected(one, names) for one in inside]
    if kind == "series":
        nested = [one if isinstance(one, list) else [one] for one in parts]
        return [name for one in nested for name in one]
    return (Parallel if kind == "parallel" else Selection).__name__, parts


@given(trees)
def test_a_chart_drawn_from_blocks_gives_these_blocks(tree: Tree) -> None:
    drawing = Drawing()
    drawing.node(NodeKind.END, drawing.draw(tree, "begin"))
    logic = Logic(tuple(drawing.nodes), tuple(drawing.links))
    chart = chart_of(Element("p", "p", Level.OPERATION, 1, logic=logic, elements=tuple(drawing.elements)))
    assert (chart.problems, chart.loops) == ((), ())
    assert flat(chart.block) == expected(tree, [])
