"""BatchML of invented recipes, in the namespace of MESA: valid by its schemas."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

BRANCHES = {"split": "ParallelDivergent", "join": "ParallelConvergent", "choice": "SerialDivergent"}


class Part(NamedTuple):
    """A recipe element: `links` are pairs of names; `begin`, `end`, `t…` (transitions), `split…`, `join…`."""

    name: str
    kind: str = "Phase"
    minutes: str = ""
    unit: str = "min"
    inside: Sequence["Part"] = ()
    links: Sequence[tuple[str, str]] = ()
    conditions: Mapping[str, str] = {}
    needs: Sequence[str] = ()


def chain(*names: str) -> list[tuple[str, str]]:
    """Links from each name to the next."""
    return list(pairwise(names))


def phase(name: str, minutes: float | str, unit: str = "min") -> Part:
    return Part(name, minutes=str(minutes), unit=unit)


def unit_procedure(name: str, *phases: Part, needs: Sequence[str] = ()) -> Part:
    names = [one.name for one in phases]
    return Part(name, "UnitProcedure", inside=phases, links=chain("begin", *names, "end"), needs=needs)


def recipe_xml(
    product: str, procedure: Part, size: str = "400 L", bounds: tuple[str, str] = ("200", "500")
) -> str:
    """The text of a master recipe."""
    number, _, unit = size.partition(" ")
    batch_size = (
        f"<BatchSize><Nominal>{number}</Nominal><Min>{bounds[0]}</Min><Max>{bounds[1]}</Max>"
        f"<UnitOfMeasure>{unit}</UnitOfMeasure></BatchSize>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<BatchInformation xmlns="http://www.mesa.org/xml/B2MML">\n'
        f"<MasterRecipe><ID>{product}</ID><Version>1</Version>\n"
        f"<Header><ProductName>{product}</ProductName>{batch_size}</Header>\n"
        f"{_element(procedure)}</MasterRecipe>\n</BatchInformation>\n"
    )


def written(folder: Path, text: str, name: str = "recipe.xml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _element(part: Part) -> str:
    needs = "".join(f"<EquipmentRequirement><ID>{need}</ID></EquipmentRequirement>" for need in part.needs)
    time = ""
    if part.minutes:
        time = (
            "<Parameter><ID>1</ID><Description>Duration</Description><ParameterType>ProcessParameter"
            f"</ParameterType><Value><ValueString>{part.minutes}</ValueString><DataInterpretation>Constant"
            f"</DataInterpretation><DataType>decimal</DataType><UnitOfMeasure>{part.unit}</UnitOfMeasure>"
            "</Value></Parameter>"
        )
    logic = _logic(part) if part.links else ""
    inside = "".join(map(_element, part.inside))
    marks = "".join(
        f"<RecipeElement><ID>{part.name}.{mark}</ID><RecipeElementType>{mark.title()}</RecipeElementType>"
        "</RecipeElement>\n"
        for mark in ("begin", "end")
        if part.links
    )
    return (
        f"<RecipeElement><ID>{part.name}</ID><Description>{part.name}</Description><RecipeElementType>"
        f"{part.kind}</RecipeElementType>{needs}{time}\n{logic}{marks}{inside}</RecipeElement>\n"
    )


def _logic(part: Part) -> str:
    names = list(dict.fromkeys(name for link in part.links for name in link))
    links = "".join(
        f"<Link><ID>{at}</ID><FromID><FromIDValue>{a}</FromIDValue><FromType>Step</FromType><IDScope>Internal"
        f"</IDScope></FromID><ToID><ToIDValue>{b}</ToIDValue><ToType>Step</ToType><IDScope>Internal</IDScope>"
        "</ToID><LinkType>ControlLink</LinkType><Depiction>Line</Depiction></Link>\n"
        for at, (a, b) in enumerate(part.links, 1)
    )
    branches = "".join(
        f"<Link><ID>{name}</ID><LinkType>{kind}</LinkType><Depiction>None</Depiction></Link>\n"
        for name in names
        for start, kind in BRANCHES.items()
        if name.startswith(start)
    )
    own = {one.name for one in part.inside}
    steps = "".join(
        f"<Step><ID>{name}</ID><RecipeElementID>{name if name in own else f'{part.name}.{name}'}"
        "</RecipeElementID><RecipeElementVersion>1</RecipeElementVersion></Step>\n"
        for name in [*names, *sorted(own - set(names))]
        if name in own or name in ("begin", "end")
    )
    transitions = "".join(
        f"<Transition><ID>{name}</ID><Condition>{escape(part.conditions.get(name, 'TRUE'))}</Condition>"
        "</Transition>\n"
        for name in names
        if name not in own and name not in ("begin", "end") and not name.startswith(tuple(BRANCHES))
    )
    return f"<ProcedureLogic>\n{links}{branches}{steps}{transitions}</ProcedureLogic>\n"


def ointment() -> str:
    """A recipe with parallel unit procedures, a selection, equipment requirements and durations."""
    parts = (
        unit_procedure("Dispense", phase("Weigh", 20), needs=["booth"]),
        unit_procedure("Melt Oils", phase("Heat Oils", 40), phase("Stir Oils", 20), needs=["melter"]),
        unit_procedure("Heat Water", phase("Fill Water", 15), phase("Boil", 30), needs=["kettle"]),
        unit_procedure("Emulsify", phase("Combine", 25), phase("Homogenise", 35), needs=["mixer"]),
        unit_procedure("Cool Slowly", phase("Jacket", 90), needs=["cooler"]),
        unit_procedure("Cool Fast", phase("Exchange Heat", 30), needs=["exchanger"]),
        unit_procedure("Fill", phase("Fill Tubes", 60), needs=["filler"]),
    )
    links = [
        *chain("begin", "Dispense", "t1", "split1", "Melt Oils", "join1", "t2", "Emulsify", "choice1"),
        *chain("split1", "Heat Water", "join1"),
        *chain("choice1", "t3", "Cool Slowly", "t5", "Fill", "t7", "end"),
        *chain("choice1", "t4", "Cool Fast", "t6", "Fill"),
    ]
    conditions = {"t3": "viscosity > 40 Pa.s", "t4": "viscosity <= 40 Pa.s"}
    return recipe_xml(
        "Ointment", Part("Make Ointment", "Procedure", inside=parts, links=links, conditions=conditions)
    )
