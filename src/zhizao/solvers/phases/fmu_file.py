"""FMU files: unpacked once, with their variables."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Any

from zhizao.solvers.phases.problem import PhaseError

_NUMBERS = ("Real", "Integer", "Boolean", "Enumeration")


@dataclass(frozen=True, slots=True)
class FmuVariable:
    """A variable of a unit as its description has it.

    `causality` is that of FMI 2.0 (`parameter`, `calculatedParameter`, `input`, `output`, `local`,
    `independent`); `unit` is empty where none is declared; `low` and `high` are the declared bounds.
    `can_start`: a start value may be set, because the unit does not calculate it.
    """

    name: str
    unit: str
    causality: str
    numeric: bool
    can_start: bool
    start: str
    low: float
    high: float


class FmuFile:
    """A .fmu file, unpacked into a folder that is removed by `close`.

    Parameters
    ----------
    path
        The .fmu file.

    Raises
    ------
    PhaseError
        The file cannot be read or is not of FMI 2.0, or FMPy is missing.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._folder = tempfile.TemporaryDirectory(prefix="zhizao-fmu-")
        try:
            self.description = _read(self.path, self._folder.name)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> FmuFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> str:
        """Where it is unpacked."""
        return self._folder.name

    @property
    def any_step(self) -> bool:
        """Whether steps of communication may differ in length."""
        stepped = self.description.coSimulation
        return stepped is None or bool(stepped.canHandleVariableCommunicationStepSize)

    def variables(self) -> dict[str, FmuVariable]:
        """Variables by name."""
        return {one.name: _variable(one) for one in self.description.modelVariables}

    def close(self) -> None:
        """Remove the unpacked files."""
        self._folder.cleanup()


def _variable(one: Any) -> FmuVariable:
    declared = one.declaredType
    unit = one.unit or (declared.unit if declared is not None else None) or ""
    low, high = (
        getattr(one, bound) or (getattr(declared, bound) if declared is not None else None)
        for bound in ("min", "max")
    )
    causality = one.causality or "local"
    free = causality in ("output", "local") and one.variability != "constant"
    return FmuVariable(
        one.name,
        unit,
        causality,
        one.type in _NUMBERS,
        free and one.initial in ("exact", "approx"),
        "" if one.start is None else str(one.start),
        -inf if low is None else float(low),
        inf if high is None else float(high),
    )


def _read(path: Path, folder: str) -> Any:
    try:
        from fmpy import extract, read_model_description
    except ImportError as error:
        raise PhaseError("FMUs need FMPy: pip install 'zhizao[fmu]'") from error
    if not path.is_file():
        raise PhaseError(f"there is no file {str(path)!r}")
    try:
        description = read_model_description(str(path))
        extract(str(path), folder)
    except Exception as error:  # FMPy raises plain exceptions here
        raise PhaseError(f"{path.name!r} is no FMU that can be read: {error}") from error
    if description.fmiVersion != "2.0":
        raise PhaseError(f"FMU {path.name!r} is of FMI {description.fmiVersion}; expected FMI 2.0")
    return description
