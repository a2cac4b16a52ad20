"""Read a node list and a job list; all faults are reported together, each with file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from zhizao.quantities import Fault, Input, InputError, PlantError, hashed, nearest_name
from zhizao.solvers.cluster.kernels.tables import WHOLE
from zhizao.solvers.cluster.problem import MOST_KINDS, NO_GPU, Doubles, Node, Request

NODE_COLUMNS = {
    "node": ("sn",),
    "cpu_milli": (),
    "memory_mib": (),
    "gpus": ("gpu",),
    "kind": ("model",),
}
"""Columns of a node list, each with its names in other traces."""
JOB_COLUMNS = {
    "job": ("name", "pod"),
    "cpu_milli": (),
    "memory_mib": (),
    "gpus": ("num_gpu",),
    "gpu_milli": (),
    "kinds": ("gpu_spec",),
    "submit_s": (),
    "duration_s": (),
}
"""Columns of a job list, each with its names in other traces."""
OPTIONAL = frozenset({"kind", "kinds", "gpu_milli", "submit_s", "duration_s"})
MOST_GPUS = 62
"""GPUs of a node that fit into the bits of one word."""


class ClusterFileError(PlantError):
    """A node list or a job list has faults; all that were found are in `faults` and in the message."""

    _of = "cluster"


@dataclass(frozen=True, slots=True, eq=False)
class NodeList:
    """Machines by name."""

    names: tuple[str, ...]
    nodes: tuple[Node, ...]
    input: Input
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class JobList:
    """Jobs by name; times are nan where the file has none."""

    names: tuple[str, ...]
    requests: tuple[Request, ...]
    submit_s: Doubles
    duration_s: Doubles
    input: Input
    unused: tuple[str, ...]


def read_cluster(nodes: Path, jobs: Path) -> tuple[NodeList, JobList]:
    """Read both lists.

    Raises
    ------
    InputError
        A file cannot be read, or has faults; all that were found are listed with file and line.
    """
    machines, work = Cells(nodes, NODE_COLUMNS, "node"), Cells(jobs, JOB_COLUMNS, "job")
    if machines.faults or work.faults:
        raise ClusterFileError((*machines.faults, *work.faults))
    found = tuple(nodes_of(machines))
    wanted = tuple(requests_of(work, {node.kind for node in found if node.gpus}))
    submit, duration = work.numbers("submit_s", None), work.numbers("duration_s", None)
    if machines.faults or work.faults:
        raise ClusterFileError((*machines.faults, *work.faults))
    return (
        NodeList(tuple(machines.names()), found, machines.input, machines.unused),
        JobList(tuple(work.names()), wanted, submit, duration, work.input, work.unused),
    )


class Cells:
    """A table of text, its columns by our names, and the faults found in it so far."""

    def __init__(
        self,
        path: Path,
        columns: Mapping[str, tuple[str, ...]],
        key: str,
        optional: frozenset[str] = OPTIONAL,
    ) -> None:
        self.optional = optional
        frame = _read(path)
        self.file, self.key, self.faults = str(path), key, list[Fault]()
        self.input = hashed(f"{key}s", path.name, path.read_bytes())
        known = {name: name for name in columns} | {
            other: name for name, others in columns.items() for other in others if name not in frame.columns
        }
        self.frame = frame.rename({head: known[head] for head in frame.columns if head in known})
        self.unused = tuple(head for head in frame.columns if head not in known)
        for name in columns:
            if name not in self.frame.columns and name not in self.optional:
                self._missing(name)
        self._misspelt(columns)

    def _missing(self, name: str) -> None:
        near = nearest_name(name, self.unused)
        found = f"found no such column, but {', '.join(self.frame.columns)}"
        self.faults.append(Fault(self.file, 1, name, found, f"add the column {name}", near))

    def _misspelt(self, columns: Mapping[str, tuple[str, ...]]) -> None:
        """A column that is nearly an optional one would else be left out in silence."""
        for head in self.unused:
            near = nearest_name(head, [name for name in columns if name not in self.frame.columns])
            if near in self.optional:
                self.faults.append(Fault(self.file, 1, head, "found an unknown column", "rename it", near))

    def texts(self, name: str) -> list[str]:
        """Give a column as text; empty where there is none."""
        if name not in self.frame.columns:
            return [""] * self.frame.height
        return [("" if cell is None else str(cell)).strip() for cell in self.frame[name]]

    def names(self) -> list[str]:
        """Give the name of each row."""
        return self.texts(self.key)

    def numbers(self, name: str, default: float | None) -> Doubles:
        """A column of numbers from 0 on; nan for an empty cell where there is no default."""
        values = np.full(self.frame.height, np.nan if default is None else float(default))
        for row, cell in enumerate(self.texts(name)):
            if not cell:
                continue
            try:
                values[row] = float(cell)
            except ValueError:
                self.fault(row, name, f"found {cell!r}", "write a number")
                continue
            if not np.isfinite(values[row]) or values[row] < 0:
                self.fault(row, name, f"found {cell}", "write a number from 0 on")
        return values

    def wholes(self, name: str) -> list[int]:
        """A column of whole numbers from 0 on; an empty cell is a fault."""
        values = self.numbers(name, None)
        for row, value in enumerate(values):
            if np.isnan(value) and not self.texts(name)[row]:
                self.fault(row, name, "found nothing", "write a whole number; 0 where none is needed")
            elif value % 1 and not np.isnan(value):
                self.fault(row, name, f"found {value:g}", "write a whole number")
        return [int(value) for value in np.nan_to_num(values, posinf=0.0, neginf=0.0)]

    def fault(self, row: int, name: str, found: str, right: str, near: str | None = None) -> None:
        """Note a fault of a cell."""
        place = f"{self.key} {self.names()[row]!r}, {name}"
        self.faults.append(Fault(self.file, row + 2, place, found, right, near))


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: found no such file; give the path of a CSV or Parquet table")
    try:
        if path.suffix.lower() == ".parquet":
            frame = pl.read_parquet(path)
        else:
            frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: cannot be read as a table ({str(error).splitlines()[0]})") from None
    if not frame.height:
        raise InputError(f"{path}: found no rows; write one row for each")
    return frame


def nodes_of(cells: Cells) -> Iterator[Node]:
    """Nodes of a table; faults are noted in it."""
    _unique(cells)
    cpu, memory, gpus = cells.wholes("cpu_milli"), cells.wholes("memory_mib"), cells.wholes("gpus")
    kinds = cells.texts("kind")
    for row, (count, kind) in enumerate(zip(gpus, kinds, strict=True)):
        if count > MOST_GPUS:
            cells.fault(row, "gpus", f"found {count}", f"write at most {MOST_GPUS} for one node")
        yield Node(cpu[row], memory[row], count, kind if count else NO_GPU)
    if len({kind for kind, count in zip(kinds, gpus, strict=True) if count}) > MOST_KINDS:
        cells.fault(0, "kind", "found too many kinds of GPU", f"write at most {MOST_KINDS}")


def requests_of(cells: Cells, kinds: set[str]) -> Iterator[Request]:
    """Requests of a table, given the kinds of GPU that there are; faults are noted in it."""
    _unique(cells)
    cpu, memory, gpus = cells.wholes("cpu_milli"), cells.wholes("memory_mib"), cells.wholes("gpus")
    shares = cells.numbers("gpu_milli", WHOLE)
    for row, text in enumerate(cells.texts("kinds")):
        wanted = tuple(sorted({part.strip() for part in text.split("|") if part.strip()}))
        for kind in wanted:
            if kind not in kinds:
                right = f"name a kind of the node list: {', '.join(sorted(kinds))}"
                cells.fault(row, "kinds", f"found {kind!r}", right, nearest_name(kind, kinds))
        share = int(shares[row]) if gpus[row] and np.isfinite(shares[row]) else 0
        if gpus[row] and not 0 < share <= WHOLE:
            cells.fault(row, "gpu_milli", f"found {share}", f"write 1 to {WHOLE} for each GPU")
        elif gpus[row] > 1 and share != WHOLE:
            found = f"found {share} of each of {gpus[row]} GPUs"
            cells.fault(row, "gpu_milli", found, "share one GPU only, or take whole ones")
        yield Request(cpu[row], share, gpus[row], wanted, memory[row])


def _unique(cells: Cells) -> None:
    seen: dict[str, int] = {}
    for row, name in enumerate(cells.names()):
        if not name:
            cells.fault(row, cells.key, "found no name", "give each a name")
        elif name in seen:
            found = f"found {name!r} in line {seen[name] + 2} too"
            cells.fault(row, cells.key, found, "give each its own name")
        seen.setdefault(name, row)
