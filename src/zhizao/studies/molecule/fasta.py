"""Chains of antibodies in a FASTA file: read, checked, and paired."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from zhizao.quantities import InputError

AMINO_ACIDS = frozenset("ACDEFGHIKLMNPQRSTVWY")
NUCLEOTIDES = frozenset("ACGTUN")
LONGEST = 1_000
"""Residues of a chain; a heavy chain has 450, and 700 in the longest fusions that are still numbered."""
SHORTEST = 70
"""Residues of a chain; a variable domain has 105 or more, and numbering takes 50."""
CHAIN = re.compile(r"(?i)[\s_|:.-]+(?:heavy|light|kappa|lambda|vh|vl|hc|lc|h|l|k)(?:[\s_-]*chain)?$")
"""End of a name that says which chain it is."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a FASTA file: its name, its line (from 1), and its letters."""

    name: str
    line: int
    sequence: str


def read_fasta(path: str | Path) -> tuple[bytes, tuple[Record, ...]]:
    """Read the protein chains of a FASTA file; give its bytes too.

    Raises
    ------
    InputError
        The file cannot be read, is no FASTA, or holds what is no protein chain: with file, line and remedy.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); expected a FASTA file") from None
    except UnicodeDecodeError:
        raise InputError(f"{file}: found no text; expected a FASTA file in UTF-8") from None
    records = _records(file, text)
    for record in records:
        _check(file, record)
    return content, records


def pairs(file: str | Path, records: tuple[Record, ...]) -> dict[str, tuple[Record, Record]]:
    """Two chains by molecule: two records are one molecule; of more, names say which belong together.

    Raises
    ------
    InputError
        A chain has no partner, or a molecule more than two chains.
    """
    if len(records) == 2:
        stems = {_stem(record.name) for record in records}
        name = stems.pop() if len(stems) == 1 else Path(file).stem
        return {name: (records[0], records[1])}
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(_stem(record.name), []).append(record)
    done = {}
    for name, chains in found.items():
        if len(chains) != 2:
            raise InputError(
                f"{file}:{chains[-1].line}: found {len(chains)} chain{'s' if len(chains) > 1 else ''} of "
                f"{name!r}; expected a heavy and a light one, with names such as `{name}_H` and `{name}_L`"
            )
        done[name] = (chains[0], chains[1])
    return done


def _stem(name: str) -> str:
    return CHAIN.sub("", name) or name


def _records(file: Path, text: str) -> tuple[Record, ...]:
    heads: list[tuple[str, int]] = []
    bodies: list[list[str]] = []
    for number, row in enumerate(text.splitlines(), 1):
        line = row.strip()
        if line.startswith(">"):
            heads.append((line[1:].strip(), number))
            bodies.append([])
        elif line and not heads:
            raise InputError(
                f"{file}:{number}: found {line[:20]!r} before any name; expected FASTA: "
                "a line `>name`, then the letters of the chain"
            )
        elif line:
            _check_letters(file, number, line)
            bodies[-1].append(re.sub(r"\s", "", line).upper())
    if not heads:
        raise InputError(f"{file}:1: found no record; expected FASTA: a line `>name`, then letters")
    return tuple(
        Record(name or f"chain {i}", line, "".join(body))
        for i, ((name, line), body) in enumerate(zip(heads, bodies, strict=True), 1)
    )


def _check_letters(file: Path, number: int, line: str) -> None:
    for column, letter in enumerate(line, 1):
        if letter.upper() not in AMINO_ACIDS | NUCLEOTIDES and not letter.isspace():
            remedy = "remove the stop" if letter == "*" else "write the residue that it is"
            raise InputError(
                f"{file}:{number}:{column}: found {letter!r}; expected one of the 20 amino acids; {remedy}"
            )


def _check(file: Path, record: Record) -> None:
    where, found = f"{file}:{record.line}: {record.name}", len(record.sequence)
    if found >= 3 and set(record.sequence) <= NUCLEOTIDES:
        raise InputError(f"{where}: found DNA or RNA; expected protein; translate it first")
    for place, letter in enumerate(record.sequence, 1):
        if letter not in AMINO_ACIDS:
            raise InputError(
                f"{where}: found {letter!r} at residue {place}; expected one of the 20 amino acids; "
                "write the residue that it is"
            )
    if not SHORTEST <= found <= LONGEST:
        raise InputError(
            f"{where}: found {found:,} residues; expected {SHORTEST} to {LONGEST:,}; "
            "give one chain a record, with its whole variable domain"
        )
