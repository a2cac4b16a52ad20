"""`zhizao measures`: what of the library of measures applies to a plant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, written
from zhizao.cli.options import Json, PlantFile, several
from zhizao.cli.output import cell, emit_json, say, show_table
from zhizao.cli.progress import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhizao.plant import Measure, Plant
    from zhizao.plant.measures.library import Places


@guarded
def measures(
    plant_file: PlantFile,
    kind: Annotated[list[str] | None, several("--kind", "KIND", "Kind of measure (default: all)")] = None,
    given: Annotated[
        list[str] | None,
        several("--with", "KIND.PARAMETER=VALUE", "Parameter, such as visual-inspection.detection=0.9"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="PLANT",
            help="Plant file to write, with these measures added (may be PLANT itself).",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the measures of the library that apply to a plant, with what each assumes.

    Each kind finds its own places, at most three, the most important first. Edit what it assumes with
    `--with`, or write the measures into a plant file with `-o` and edit them there; comments are kept.

    \b
    Examples:
      zhizao measures plant.yaml
      zhizao measures plant.yaml --kind visual-inspection --with visual-inspection.detection=0.9
      zhizao measures plant.yaml -o with-measures.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.plant.measures.library import survey

    check_outputs({"--out": out}, ())
    plant = load_plant(plant_file)
    values = dict(map(_value, given or ()))
    found = survey(plant, kind or None, values)
    if out is not None:
        _write(plant, plant_file, out, found, values)
    if as_json:
        emit_json(json.dumps(_form(plant, found, values), indent=2, ensure_ascii=False))
    else:
        _show(plant, found, values)


def _value(text: str) -> tuple[str, object]:
    from zhizao.quantities import InputError

    name, sign, value = (part.strip() for part in text.partition("="))
    if not (name and sign and value and "." in name):
        raise InputError(f"--with: found {text!r}; expected KIND.PARAMETER=VALUE")
    return name, value


# ---------------------------------------------------------------- the file
def _write(
    plant: Plant, plant_file: Path, out: Path, found: Sequence[Places], values: dict[str, object]
) -> None:
    from zhizao.plant.files.appender import read_back, with_measures_added

    new = [measure for places in found for measure in places.measures]
    said = {measure.id: tuple(_assumed(places, values)) for places in found for measure in places.measures}
    if not new:
        tell(f"{out}: not written, for there is no measure to add")
        return
    text = with_measures_added(plant_file, new, said)
    read_back(text, out, plant, new)
    written("--out", out, lambda path: path.write_bytes(text.encode("utf-8")))
    tell(f"plant: {out} ({len(new)} measures added)")


def _assumed(places: Places, values: dict[str, object]) -> list[str]:
    """What a kind assumes, a line each: parameter, value, range, meaning, source."""
    lines = []
    for name, value, known, source, meaning in _parameters(places, values):
        if value:
            said = "" if source == "assumed" else f"; {source}"
            lines.append(f"assumed: {name} = {value}{f' ({known})' if known else ''}, {meaning}{said}")
    return lines or ["assumed: nothing but what it sets"]


def _parameters(places: Places, values: dict[str, object]) -> list[tuple[str, str, str, str, str]]:
    """Rows of parameter, value, range, source, meaning."""
    kind = places.kind.kind.value
    own = {n.partition(".")[2]: v for n, v in values.items() if n.partition(".")[0] == kind}
    taken = places.kind.values(own)
    return [
        (p.name, p.text(taken.of(p.name)), p.range_text, "given" if p.name in own else p.origin, p.meaning)
        for p in places.kind.parameters
    ]


# ---------------------------------------------------------------- what is shown
def _show(plant: Plant, found: Sequence[Places], values: dict[str, object]) -> None:
    there = [places for places in found if places.measures]
    count = sum(len(places.measures) for places in there)
    say([f"{plant.name}: {cell(count)} measures of the library apply; each is assumed."])
    if there:
        rows = [(m.id, m.title, _cost(m)) for places in there for m in places.measures]
        show_table("Measures", ("id", "what it is", "cost once"), rows, right=2)
        more = [f"{cell(p.more)} more places of {p.kind.kind.value}" for p in there if p.more]
        say([f"Not listed: {', '.join(more)}."] if more else [])
        assumed = [
            (places.kind.kind.value, name, value, known, source)
            for places in there
            for name, value, known, source, _ in _parameters(places, values)
            if value
        ]
        heads = ("kind", "parameter", "value", "range", "source")
        show_table("What they assume", heads, assumed, right=5)
    why = [(places.kind.kind.value, places.why) for places in found if not places.measures]
    if why:
        show_table("What does not apply", ("kind", "why"), why, right=2)


def _cost(measure: Measure) -> str:
    return "not known" if measure.cost is None else cell(measure.cost)


def _form(plant: Plant, found: Sequence[Places], values: dict[str, object]) -> dict[str, Any]:
    heads = ("name", "value", "range", "source", "meaning")
    return {
        "plant": plant.name,
        "kinds": [
            {
                "kind": places.kind.kind.value,
                "title": places.kind.title,
                "about": places.kind.about,
                "parameters": [
                    {head: text or None for head, text in zip(heads, row, strict=True)}
                    for row in _parameters(places, values)
                ],
                "measures": [
                    {
                        **measure.model_dump(by_alias=True, exclude_defaults=True, mode="json"),
                        "cost": measure.cost,
                        "assumed": measure.assumed,
                    }
                    for measure in places.measures
                ],
                "more": places.more,
                "why_not": places.why or None,
            }
            for places in found
        ],
    }
