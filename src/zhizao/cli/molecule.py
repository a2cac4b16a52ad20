"""`zhizao molecule`: what the sequences of antibodies say of their surface, and of the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, written, written_text
from zhizao.cli.options import Json, ReportFile, Seed, several
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress, tell

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.studies.molecule import MoleculeResult, Risk

FastaFile = Annotated[
    Path,
    typer.Argument(
        metavar="FASTA", help="Heavy and light chains of antibodies (FASTA, protein).", show_default=False
    ),
]
PlantOption = Annotated[
    Path | None,
    typer.Option("--plant", metavar="PLANT", help="Plant that the risk is for (YAML).", show_default=False),
]
Steps = Annotated[
    list[str] | None,
    several("--at", "RISK=STEP", "Step of the plant where a risk shows: titre, aggregation, filtration"),
]


@guarded
def molecule(
    fasta: FastaFile,
    ph: Annotated[float, typer.Option("--ph", help="PH of the net charge.")] = 7.4,
    plant: PlantOption = None,
    at: Steps = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="MEASURE.yaml",
            help="Write the assumed losses as measures, for `zhizao compare --measures`.",
            show_default=False,
        ),
    ] = None,
    plant_out: Annotated[
        Path | None,
        typer.Option(
            "--plant-out",
            metavar="PLANT.yaml",
            help="Write the plant with these losses, uncertain, for `zhizao improve` (one molecule).",
            show_default=False,
        ),
    ] = None,
    structure: Annotated[
        Path | None,
        typer.Option(
            "--structure", metavar="FILE.pdb", help="Write the fold (one molecule).", show_default=False
        ),
    ] = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Judge antibodies by their sequences: numbering, charge, motifs, fold, surface, and risk of the recipe.

    Two records are one molecule; of more, names such as A_H and A_L say which belong together. Surface
    metrics are estimated, and judged by the range of clinical antibodies. Losses of the recipe are assumed.

    \b
    Examples:
      zhizao molecule trastuzumab.fasta
      zhizao molecule trastuzumab.fasta --structure fv.pdb --report page.html
      zhizao molecule mab.fasta --plant plant.yaml --at titre=harvest --at aggregation=hold -o risk.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.molecule import molecule as study

    outputs = {"-o": out, "--plant-out": plant_out, "--structure": structure, "--report": report}
    check_outputs(outputs, (fasta, plant))
    asked = _asked(plant, at, out is not None or plant_out is not None)
    with progress("judging molecules") as on_progress:
        result = study(fasta, ph=ph, seed=seed, progress=on_progress)
    _check_single(result, {"--plant-out": plant_out, "--structure": structure})
    if asked is not None:
        _write_risk(result, asked, out, plant_out)
    if structure is not None:
        written_text("--structure", structure, result.molecules[0].fold.pdb)
        tell(f"fold: {structure}")
    hand_over(result, report, as_json, show_molecules)


def show_molecules(result: MoleculeResult) -> None:
    """Print the answer and the tables."""
    say([result.title, *result.notes])
    show_frame("Surface against clinical antibodies", result.table(), right=2)
    show_frame("Variable domains", result.domains_table(), right=2)
    show_frame("Charge and hydropathy", result.charge_table())
    show_frame("Motifs of degradation", result.motif_table(), right=3)
    show_frame("Risk of the recipe (assumed)", result.risk_table().drop("why", "known"), right=3)
    show_frame("All risks together (assumed)", result.total_table())


def _asked(plant: Path | None, at: list[str] | None, writes: bool) -> tuple[Plant, dict[Risk, str]] | None:
    """The plant and the step of each risk, where they are to be written."""
    from zhizao.quantities import InputError

    given = (plant is not None, bool(at), writes)
    if not any(given):
        return None
    if plant is None or not at or not writes:
        raise InputError(
            "--plant, --at, and -o or --plant-out: found some of them; give all three, or none "
            "(for example --plant plant.yaml --at aggregation=inactivation -o risk.yaml)"
        )
    steps = {}
    for text in at:
        risk, step = _step(text)
        if risk in steps:
            raise InputError(f"--at: found {risk.value} twice; give one step for each risk")
        steps[risk] = step
    return load_plant(plant), steps


def _step(text: str) -> tuple[Risk, str]:
    from zhizao.quantities import InputError, nearest_name
    from zhizao.studies.molecule import Risk

    name, _, step = (part.strip() for part in text.partition("="))
    known = {risk.value: risk for risk in Risk}
    if name not in known or not step:
        near = nearest_name(name, known)
        hint = f"; did you mean {near!r}?" if near and near != name else ""
        raise InputError(f"--at: found {text!r}; expected RISK=STEP, RISK of {', '.join(known)}{hint}")
    return known[name], step


def _check_single(result: MoleculeResult, outputs: dict[str, Path | None]) -> None:
    from zhizao.quantities import InputError

    for option, path in outputs.items():
        if path is not None and len(result.molecules) != 1:
            raise InputError(
                f"{option}: found {len(result.molecules)} molecules; give a FASTA file of one for this option"
            )


def _write_risk(
    result: MoleculeResult, asked: tuple[Plant, dict[Risk, str]], out: Path | None, plant_out: Path | None
) -> None:
    from zhizao.plant import measures_text, write_plant
    from zhizao.studies.molecule import as_measure, comments, in_words, under_risk

    plant, steps = asked
    if out is not None:
        said = {}
        measures = []
        for one in result.molecules:
            measure = as_measure(one.name, one.losses, plant, steps)
            measures.append(measure)
            said[measure.id] = tuple(in_words(loss) for loss in one.losses if loss.risk in steps)
        written_text("-o", out, measures_text(measures, said))
        tell(f"measures: {out} (assumed)")
    if plant_out is not None:
        found = result.molecules[0].losses
        after = under_risk(found, plant, steps)
        beside = comments(found, plant, steps)
        written("--plant-out", plant_out, lambda path: write_plant(after, path, comments=beside))
        tell(f"plant: {plant_out} (losses assumed)")
