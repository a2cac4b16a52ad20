"""`zhizao import`: a plant from the tables of another simulator."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli.check import counts
from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, tell_warnings
from zhizao.cli.output import say


class Format(Enum):
    """Supported source formats."""

    SMT2020 = "smt2020"


@guarded
def import_(
    form: Annotated[  # noqa: ARG001  there is one so far; any other is refused
        Format, typer.Argument(metavar="FORMAT", help="Source format: smt2020.")
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder that holds the tables.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="PLANT", help="Plant file to write.", show_default=False)
    ],
    compatible: Annotated[
        bool,
        typer.Option("--compatible", help="Read smt2020 the way PySCFabSim does (see docs/validation.md)."),
    ] = False,
) -> None:
    """Convert the tables of another simulator to a plant file.

    Format smt2020 is the wafer fab testbed of Kopp, Hassoun, Kalir and Mönch (2020). All faults in the tables
    are reported together.

    \b
    Examples:
      zhizao import smt2020 SMT2020_HVLM -o fab.yaml
      zhizao import smt2020 SMT2020_HVLM -o fab.yaml --compatible
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.connect.smt2020 import read_smt2020
    from zhizao.plant import warnings_of, write_plant

    check_outputs({"--out": out}, ())
    plant = read_smt2020(folder, compatible=compatible)
    write_plant(plant, out)
    tell_warnings(warnings_of(plant), f"; run `zhizao check {out}` to list all")
    say([f"{out}: {plant.name}", *(f"  {name}: {n}" for name, n in counts(plant).items())])
