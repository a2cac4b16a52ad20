"""Master and control recipes of BatchML (ISA-88.00.02), V02 and later, into recipes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from zhizao.connect.batchml.tree import Branch, read_tree
from zhizao.quantities.errors import Fault, InputError
from zhizao.records.recipes import (
    BatchSize,
    Element,
    Level,
    Link,
    Logic,
    Node,
    NodeKind,
    Parameter,
    ParameterKind,
    Recipe,
    RecipeError,
)

_RECIPES = ("MasterRecipe", "ControlRecipe")
_LEVELS = {
    "Procedure": Level.PROCEDURE,
    "UnitProcedure": Level.UNIT_PROCEDURE,
    "UnitRecipe": Level.UNIT_PROCEDURE,
    "Operation": Level.OPERATION,
    "Phase": Level.PHASE,
}
_MARKS = {"Begin": NodeKind.BEGIN, "End": NodeKind.END}
_BRANCHES = {
    "ParallelDivergent": NodeKind.SPLIT,
    "ParallelConvergent": NodeKind.JOIN,
    "SerialDivergent": NodeKind.CHOICE,
    "SerialConvergent": NodeKind.MERGE,
}
_KINDS = {
    "ProcessInput": ParameterKind.INPUT,
    "ProcessOutput": ParameterKind.OUTPUT,
    "ProcessParameter": ParameterKind.PROCESS,
}


def read_recipes(path: str | Path) -> tuple[Recipe, ...]:
    """Read the master and control recipes of a BatchML file, as they are written.

    What is wrong in them is found by `records.recipes.check_recipe`. Signs and approvals, building blocks and
    enumeration sets are no part of a recipe here, and are left out.

    Raises
    ------
    InputError
        With file and line: no BatchML, no recipe in it.
    RecipeError
        Elements of unknown levels, links of unknown types, numbers that are none: all of them.
    """
    root = read_tree(path)
    found = [root] if root.name in _RECIPES else [one for one in root.inside if one.name in _RECIPES]
    if not found:
        right = "right is a MasterRecipe or ControlRecipe"
        raise InputError(f"{path}:{root.line}: found <{root.name}> without a recipe; {right}")
    reader = _Reader(str(path))
    recipes = tuple(reader.recipe(one) for one in found)
    if reader.faults:
        raise RecipeError(tuple(reader.faults))
    return recipes


class _Reader:
    """Reads recipes of one file, and collects what is wrong."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, branch: Branch, where: str, found: str, right: str) -> None:
        self.faults.append(Fault(self.file, branch.line, where, found, right))

    def recipe(self, branch: Branch) -> Recipe:
        own = self.element(branch, Level.PROCEDURE)
        header = branch.first("Header")
        whole = [one for one in own.elements if one.level is Level.PROCEDURE]
        size = None if header is None else header.first("BatchSize")
        product = "" if header is None else header.say("ProductName") or header.say("ProductID")
        return Recipe(
            file=self.file,
            id=branch.say("ID"),
            version=branch.say("Version"),
            product=product or own.name,
            size=None if size is None else self.size(size),
            formula=self.parameters(branch.first("Formula")),
            procedure=_with_needs(whole[0], own) if len(own.elements) == 1 and whole else own,
            batch=branch.say("BatchID") or (branch.say("ID") if branch.name == "ControlRecipe" else ""),
        )

    def size(self, branch: Branch) -> BatchSize:
        nominal, least, most = (self.number(branch, name) for name in ("Nominal", "Min", "Max"))
        return BatchSize(nominal, least, most, branch.say("UnitOfMeasure"), branch.line)

    def number(self, branch: Branch, name: str) -> float | None:
        text = branch.say(name)
        try:
            return float(text) if text else None
        except ValueError:
            self.fault(branch, f"batch size, {name}", f"found {text!r}", "write a number")
            return None

    def element(self, branch: Branch, level: Level) -> Element:
        inside: list[Element] = []
        own: dict[str, NodeKind] = {}
        for one in branch.all("RecipeElement"):
            kind = one.say("RecipeElementType")
            if kind in _MARKS:
                own[one.say("ID")] = _MARKS[kind]
            elif kind in _LEVELS:
                inside.append(self.element(one, _LEVELS[kind]))
            else:
                right = f"write one of {', '.join([*_LEVELS, *_MARKS])}"
                self.fault(one, f"recipe element {one.say('ID')!r}", f"found the type {kind!r}", right)
        logic = branch.first("ProcedureLogic")
        return Element(
            id=branch.say("ID"),
            name=branch.say("Description") or branch.say("ID"),
            level=level,
            line=branch.line,
            parameters=self.parameters(branch),
            equipment=tuple(one.say("ID") for one in branch.all("EquipmentRequirement")),
            constraints=tuple(
                one.say("Condition")
                for need in branch.all("EquipmentRequirement")
                for one in need.all("Constraint")
            ),
            logic=Logic() if logic is None else self.logic(logic, own),
            elements=tuple(inside),
        )

    def logic(self, branch: Branch, marks: dict[str, NodeKind]) -> Logic:
        nodes = []
        for step in branch.all("Step"):
            element = step.say("RecipeElementID")
            kind = marks.get(element, NodeKind.STEP)
            nodes.append(Node(step.say("ID"), kind, step.line, element))
        nodes += [
            Node(one.say("ID"), NodeKind.TRANSITION, one.line, condition=one.say("Condition"))
            for one in branch.all("Transition")
        ]
        links: list[Link] = []
        at_once: list[Link] = []
        for one in branch.all("Link"):
            link = one.say("LinkType")
            if link in _BRANCHES:
                nodes.append(Node(one.say("ID"), _BRANCHES[link], one.line))
                links += _ends(one, one.say("ID"))
            elif link == "ControlLink":
                links += _ends(one, "")
            elif link in ("TransferLink", "SynchronizationLink"):
                at_once += _ends(one, "")
            else:
                right = f"write ControlLink or one of {', '.join(_BRANCHES)}"
                self.fault(one, f"link {one.say('ID')!r}", f"found the type {link!r}", right)
        return Logic(tuple(nodes), tuple(links), tuple(at_once))

    def parameters(self, branch: Branch | None) -> tuple[Parameter, ...]:
        if branch is None:
            return ()
        return tuple(
            Parameter(
                id=one.say("ID"),
                name=one.say("Description"),
                kind=_KINDS.get(one.say("ParameterType"), ParameterKind.OTHER),
                value=one.say("Value", "ValueString"),
                unit=one.say("Value", "UnitOfMeasure"),
                scaled=one.say("Scaled").lower() in ("true", "1"),
                line=one.line,
            )
            for one in branch.all("Parameter")
        )


def _with_needs(procedure: Element, recipe: Element) -> Element:
    """The procedure, with what its recipe asks of the equipment as a whole."""
    return replace(
        procedure,
        equipment=recipe.equipment + procedure.equipment,
        constraints=recipe.constraints + procedure.constraints,
    )


def _ends(link: Branch, through: str) -> list[Link]:
    """From each source to each target of a link, or from and to the branch that the link itself is."""
    sources = [one.say("FromIDValue") for one in link.all("FromID")]
    targets = [one.say("ToIDValue") for one in link.all("ToID")]
    if through:
        ins = [Link(source, through, link.line) for source in sources]
        return ins + [Link(through, target, link.line) for target in targets]
    return [Link(source, target, link.line) for source in sources for target in targets]
