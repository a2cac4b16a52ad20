"""What the letters of chains say by themselves: charge, isoelectric point, hydropathy, motifs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from zhizao.studies.molecule.domain import Domain

N_TERMINUS, C_TERMINUS = 9.094, 2.869
ACIDS = {"D": 3.872, "E": 4.412, "C": 7.555, "Y": 10.85}
BASES = {"H": 5.637, "K": 9.052, "R": 11.84}
"""pKa of proteins: the set IPC_protein of Kozlowski (2016), Biology Direct 11, 55."""
HYDROPATHY = dict(
    zip(
        "ARNDCQEGHILKMFPSTWYV",
        (
            *(1.8, -4.5, -3.5, -3.5, 2.5, -3.5, -3.5, -0.4, -3.2, 4.5),
            *(3.8, -3.9, 1.9, 2.8, -1.6, -0.8, -0.7, -0.9, -1.3, 4.2),
        ),
        strict=True,
    )
)
"""Kyte & Doolittle (1982), Journal of Molecular Biology 157, 105."""
MOTIFS = {
    "deamidation": re.compile("N(?=G)"),
    "isomerisation": re.compile("D(?=G)"),
    "N-glycosylation": re.compile("N(?=[^P][ST])"),
    "oxidation": re.compile("M"),
}
"""Asn-Gly and Asp-Gly degrade fastest (Robinson & Robinson 2001, PNAS 98, 944; Sydow et al. 2014, PLoS ONE 9,
e100736); N-X-S/T without P at X carries glycans (Gavel & von Heijne 1990, Protein Engineering 3, 433)."""
LENGTHS = {"deamidation": 2, "isomerisation": 2, "N-glycosylation": 3, "oxidation": 1}
"""Letters of each motif."""
BRIDGE = (23, 104)
"""IMGT numbers of the two cysteines that are bridged in each variable domain."""


@dataclass(frozen=True, slots=True)
class Liability:
    """A residue that may degrade or carry a glycan; `residue` counts from 1 in the chain as given."""

    kind: str
    chain: str
    residue: int
    imgt: str
    region: str
    motif: str


def charge(sequences: Sequence[str], ph: float) -> float:
    """Net charge of chains together at a pH (Henderson-Hasselbalch), in elementary charges.

    Cysteines count as bridged, but for the odd one of a chain with an odd number of them.
    """
    total = 0.0
    for sequence in sequences:
        count = Counter(sequence)
        count["C"] %= 2
        total += _proton(N_TERMINUS, ph) - (1 - _proton(C_TERMINUS, ph))
        total += sum(count[letter] * _proton(pka, ph) for letter, pka in BASES.items())
        total -= sum(count[letter] * (1 - _proton(pka, ph)) for letter, pka in ACIDS.items())
    return total


def isoelectric_point(sequences: Sequence[str]) -> float:
    """PH at which chains together have no net charge, by bisection to 1e-6; more copies do not move it."""
    low, high = 0.0, 14.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if charge(sequences, middle) > 0 else (low, middle)
    return (low + high) / 2


def hydropathy(sequences: Sequence[str]) -> float:
    """Mean hydropathy of the residues (GRAVY) after Kyte & Doolittle (1982); above 0 is hydrophobic."""
    letters = "".join(sequences)
    return sum(HYDROPATHY[letter] for letter in letters) / len(letters)


def liabilities(domain: Domain) -> tuple[Liability, ...]:
    """Motifs of degradation in a variable domain, by residue; cysteines beyond the bridge are listed too."""
    found = [
        _liability(domain, kind, match.start(), LENGTHS[kind])
        for kind, pattern in MOTIFS.items()
        for match in pattern.finditer(domain.sequence)
    ]
    for place, letter in enumerate(domain.sequence):
        if letter == "C" and domain.numbers[place].number not in BRIDGE:
            found.append(_liability(domain, "cysteine beyond the bridge", place, 1))
    return tuple(sorted(found, key=lambda one: (one.residue, one.kind)))


def _liability(domain: Domain, kind: str, place: int, length: int) -> Liability:
    number = domain.numbers[place]
    return Liability(
        kind,
        domain.chain,
        domain.start + place + 1,
        str(number),
        domain.region(number),
        domain.sequence[place : place + length],
    )


def _proton(pka: float, ph: float) -> float:
    """Share of a group that holds its proton."""
    return float(1 / (1 + 10.0 ** (ph - pka)))
