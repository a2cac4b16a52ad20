"""What reading a garment pattern costs: CPU time and peak memory by size of the file.

    python -m benchmarks.patterns [MB ...]

The files are invented: pieces of 80 vertices, written as pattern systems write them (R12, blocks without
tables). Each is read in a process of its own. The table is benchmarks/results/patterns.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from math import cos, pi, sin
from pathlib import Path

TABLE = Path(__file__).parent / "results" / "patterns.md"
SIZES_MB = (1.0, 4.0, 16.0)
VERTICES = 80
READ = """
import resource, sys, time
from zhizao.connect.dxf import read_with_faults
import ezdxf.recover
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, began = peak(), time.process_time()
read = read_with_faults(sys.argv[1])
print(len(read.pattern.pieces), len(read.errors), time.process_time() - began, before, peak())
"""


def tags(*pairs: tuple[int, object]) -> str:
    return "".join(f"{code:3}\n{value}\n" for code, value in pairs)


def block(number: int) -> str:
    """A round piece with its texts and a grain line."""
    corners = [
        (400 * cos(2 * pi * n / VERTICES), 300 * sin(2 * pi * n / VERTICES)) for n in range(VERTICES + 1)
    ]
    texts = [(0, "TEXT"), (8, 1), (10, 0.0), (20, 0.0), (40, 6.0)]
    return (
        tags((0, "BLOCK"), (8, 0), (2, f"P{number}_M"), (70, 64), (10, 0.0), (20, 0.0))
        + tags(*texts, (1, f"PIECE NAME: P{number}"), *texts, (1, "SIZE: M"))
        + tags((0, "POLYLINE"), (8, 1), (66, 1), (70, 0))
        + "".join(tags((0, "VERTEX"), (8, 1), (10, f"{x:.4f}"), (20, f"{y:.4f}")) for x, y in corners)
        + tags((0, "SEQEND"), (8, 1))
        + tags((0, "LINE"), (8, 7), (10, -100.0), (20, 0.0), (11, 100.0), (21, 0.0))
        + tags((0, "ENDBLK"))
    )


def write(path: Path, megabytes: float) -> None:
    """Write a file of about so many MB."""
    count = max(1, round(megabytes * 1e6 / len(block(1000))))
    inserts = "".join(tags((0, "INSERT"), (8, 1), (2, f"P{n}_M"), (10, 0.0), (20, 0.0)) for n in range(count))
    head = tags((0, "SECTION"), (2, "HEADER"), (0, "ENDSEC"), (0, "SECTION"), (2, "BLOCKS"))
    rest = tags((0, "ENDSEC"), (0, "SECTION"), (2, "ENTITIES"))
    units = tags((0, "TEXT"), (8, 1), (10, 0.0), (20, 0.0), (40, 6.0), (1, "UNITS: METRIC"))
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(head)
        file.writelines(block(n) for n in range(count))
        file.write(rest + inserts + units + tags((0, "ENDSEC"), (0, "EOF")))


def measured(megabytes: float) -> str:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.dxf"
        write(path, megabytes)
        size = path.stat().st_size / 1e6
        done = subprocess.run(
            [sys.executable, "-c", READ, str(path)], capture_output=True, encoding="utf-8", check=True
        )
    pieces, errors, cpu_s, before, peak = map(float, done.stdout.split())
    assert errors == 0
    growth = (peak - before) * 1.048576 / size
    return f"| {size:.1f} | {pieces:.0f} | {cpu_s:.1f} | {cpu_s / size:.1f} | {peak:.0f} | {growth:.0f} |"


def main(arguments: Sequence[str]) -> None:
    rows = [measured(float(size)) for size in arguments or map(str, SIZES_MB)]
    run = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"
    heads = (
        "file MB",
        "pieces",
        "CPU s",
        "CPU s per MB",
        "peak memory MiB",
        "bytes of memory per byte of file",
    )
    lines = [
        "# Reading a garment pattern",
        "",
        f"`python -m benchmarks.patterns`, {run}. Files are invented ({VERTICES} vertices a piece).",
        "",
        f"| {' | '.join(heads)} |",
        "| --- " * len(heads) + "|",
        *rows,
        "",
    ]
    TABLE.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    print(TABLE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
