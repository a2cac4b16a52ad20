"""A numbered variable domain (IMGT), and its numbering by ANARCII."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from zhizao.quantities import InputError
from zhizao.studies.molecule.fasta import SHORTEST, Record

CDRS = {"CDR1": (27, 38), "CDR2": (56, 65), "CDR3": (105, 117)}
"""First and last number of each, both included (Lefranc et al. 2003, Dev. Comp. Immunol. 27, 55)."""
CONSERVED = {23: "C", 41: "W", 104: "C"}
"""Residues that every variable domain has (Lefranc et al. 2003)."""
MISSING = "molecules take the extra: pip install 'zhizao[biologics]'"


class Number(NamedTuple):
    """An IMGT number with its insertion letter, if any."""

    number: int
    insertion: str = ""

    def __str__(self) -> str:
        return f"{self.number}{self.insertion}"


@dataclass(frozen=True, slots=True)
class Domain:
    """A variable domain: chain (`H`, `K`, `L`), residues, their numbers; `start` residues stand before it."""

    chain: str
    sequence: str
    numbers: tuple[Number, ...]
    start: int = 0

    def region(self, number: Number) -> str:
        """The CDR that a number is in, or `framework`."""
        for name, (first, last) in CDRS.items():
            if first <= number.number <= last:
                return name
        return "framework"

    def cdr(self, name: str) -> str:
        """Residues of a CDR."""
        return "".join(
            letter
            for letter, number in zip(self.sequence, self.numbers, strict=True)
            if self.region(number) == name
        )

    @property
    def cdr_length(self) -> int:
        """Residues of its three CDRs."""
        return sum(len(self.cdr(name)) for name in CDRS)

    def place(self, number: int) -> int:
        """Index of the residue with a number, which the domain must have."""
        return self.numbers.index(Number(number))


class Numberer:
    """ANARCII (Greenshields-Watson et al. 2025, bioRxiv 2025.04.16.648720), loaded once."""

    def __init__(self) -> None:
        try:
            from anarcii import Anarcii
        except ImportError:
            raise InputError(MISSING) from None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own dependencies
            self._model = Anarcii(seq_type="unknown", mode="accuracy", cpu=True, ncpu=1)

    def number(self, file: object, records: Iterable[Record]) -> tuple[Domain, ...]:
        """Number the variable domain of each chain.

        Raises
        ------
        InputError
            A chain has none, or one that lacks a conserved residue.
        """
        return tuple(self._domain(file, record) for record in records)

    def _domain(self, file: object, record: Record) -> Domain:
        where = f"{file}:{record.line}: {record.name}"
        found = self._numbered(record.sequence)
        if found is None:
            raise InputError(
                f"{where}: found no variable domain of an antibody; expected a heavy or a light chain"
            )
        kept = [(number, letter) for number, letter in found["numbering"] if letter != "-"]
        start, end = found["query_start"], found["query_end"] + 1
        domain = Domain(
            found["chain_type"],
            record.sequence[start:end],
            tuple(Number(number, insertion.strip()) for (number, insertion), _ in kept),
            start,
        )
        _check(where, domain, "".join(letter for _, letter in kept))
        for rest in (record.sequence[:start], record.sequence[end:]):
            if len(rest) >= SHORTEST and self._numbered(rest) is not None:
                raise InputError(
                    f"{where}: found two variable domains in one chain; expected one; "
                    "give a record for each (single-chain fragments are not judged as such)"
                )
        return domain

    def _numbered(self, sequence: str) -> dict[str, Any] | None:
        """What ANARCII found, or None where there is no domain of an antibody; it knows T-cell receptors."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: dict[str, Any] = self._model.number([("chain", sequence)])["chain"]
        return None if found["error"] or found["chain_type"] not in ("H", "K", "L") else found


def _check(where: str, domain: Domain, numbered: str) -> None:
    if numbered != domain.sequence:
        raise InputError(f"{where}: found residues that cannot be numbered; give the variable domain alone")
    there = dict(zip(domain.numbers, domain.sequence, strict=True))
    lacking = [f"{letter}{at}" for at, letter in CONSERVED.items() if there.get(Number(at)) != letter]
    if lacking:
        raise InputError(
            f"{where}: found no {', '.join(lacking)} (IMGT); expected a whole variable domain; "
            "give the chain from its first residue"
        )
