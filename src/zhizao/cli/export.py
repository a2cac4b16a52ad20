"""`zhizao export`: a plant and its KPIs for other tools."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant, rules_beside, written
from zhizao.cli.logs import import_log
from zhizao.cli.options import Columns, PlantFile, Replications
from zhizao.cli.output import say
from zhizao.cli.progress import compile_once, progress
from zhizao.quantities.errors import InputError

if TYPE_CHECKING:
    from zhizao.connect.aas import Kpis
    from zhizao.plant import Plant


class Format(Enum):
    """Supported target formats."""

    AAS = "aas"


@guarded
def export(
    form: Annotated[  # noqa: ARG001  there is one so far; any other is refused
        Format, typer.Argument(metavar="FORMAT", help="Target format: aas.")
    ],
    plant_file: PlantFile,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FILE.aasx|.json", help="Package to write.", show_default=False),
    ],
    base: Annotated[
        str | None,
        typer.Option(metavar="URI", help="What all identifiers begin with.", show_default="urn:zhizao:plant"),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(metavar="LOG", help="Add KPIs measured from this event log.", show_default=False),
    ] = None,
    columns: Columns = None,
    days: Annotated[
        float | None,
        typer.Option(help="Add KPIs simulated over a window of so many days.", show_default=False),
    ] = None,
    replications: Replications = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of the random numbers of the simulation.", show_default="1"),
    ] = None,
) -> None:
    """Write a plant as Asset Administration Shells (IEC 63278).

    There is a shell for the plant, each work center and each unit. Every value says whether it is stated in
    the plant file, measured or simulated. What is not known is left out. Equal plants give equal bytes.

    \b
    Examples:
      zhizao export aas plant.yaml -o plant.aasx
      zhizao export aas plant.yaml -o plant.aasx --base https://factory.example/aas
      zhizao export aas plant.yaml -o plant.aasx --log log.csv --days 91
      zhizao export aas plant.yaml -o plant.json
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.connect.aas import BASE, FORMATS, check_library, write_aas

    check_outputs({"--out": out}, (plant_file, log, columns))
    if out.suffix.lower() not in FORMATS:
        raise InputError(f"--out {out}: expected a file that ends with {' or '.join(FORMATS)}")
    if columns is not None and log is None:
        raise InputError("--columns needs --log")
    for option, value in (("--replications", replications), ("--seed", seed)):
        if days is None and value is not None:
            raise InputError(f"{option} needs --days")
    check_library()
    plant = load_plant(plant_file)
    kpis = [] if log is None else [_measured(plant, log, columns)]
    if days is not None:
        with rules_beside(plant_file):
            kpis.append(_simulated(plant, days, replications, 1 if seed is None else seed))
    written("--out", out, lambda path: write_aas(plant, path, kpis=kpis, base=base or BASE))
    units = sum(len(center.units) for center in plant.work_centers)
    counts = f"{1 + len(plant.work_centers) + units} shells"
    say([f"{out}: {plant.name}, {counts}", *(f"  KPIs: {one.origin.value}" for one in kpis)])


def _measured(plant: Plant, log: Path, columns: Path | None) -> Kpis:
    from zhizao.workflows.handover import measured_kpis

    return measured_kpis(import_log(log, columns).records, plant)


def _simulated(plant: Plant, days: float, replications: int | None, seed: int) -> Kpis:
    from zhizao.studies.simulate import simulate
    from zhizao.workflows.handover import simulated_kpis

    compile_once()
    with progress("simulating") as on_progress:
        result = simulate(plant, days=days, replications=replications, seed=seed, progress=on_progress)
    return simulated_kpis(result)
