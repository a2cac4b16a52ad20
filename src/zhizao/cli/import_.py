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
    """What the tables are of."""

    SMT2020 = "smt2020"


@guarded
def import_(
    form: Annotated[  # noqa: ARG001  there is one so far; any other is refused
        Format, typer.Argument(metavar="FORMAT", help="What the tables are of: smt2020.")
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder with the tables.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="PLANT", help="Plant file to write.", show_default=False)
    ],
    compatible: Annotated[
        bool,
        typer.Option(
            "--compatible", help="Read smt2020 as PySCFabSim does, to compare (see docs/validation.md)."
        ),
    ] = False,
) -> None:
    """Make a plant file from the tables of another simulator, and tell all their faults at once.

    smt2020 is the fab testbed of Kopp, Hassoun, Kalir and Mönch (2020), or a fab in the same tables.

    \b
    zhizao import smt2020 SMT2020_HVLM -o fab.yaml
    zhizao import smt2020 SMT2020_HVLM -o fab.yaml --compatible
    """  # noqa: D301  the sign keeps the lines below it apart
    from zhizao.connect.smt2020 import read_smt2020
    from zhizao.plant import warnings_of, write_plant

    check_outputs({"--out": out}, ())
    plant = read_smt2020(folder, compatible=compatible)
    write_plant(plant, out)
    tell_warnings(warnings_of(plant), f"; zhizao check {out} lists them all")
    say([f"{out}: {plant.name}", *(f"  {name}: {n}" for name, n in counts(plant).items())])
