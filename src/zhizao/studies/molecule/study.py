"""Judge antibodies by their sequences: numbering, charge, motifs, fold, surface, and recipe risk."""

from __future__ import annotations

from pathlib import Path

from zhizao.engine import Progress
from zhizao.experiments.facts import version
from zhizao.quantities import InputError, hashed
from zhizao.studies.molecule.domain import Domain, Numberer
from zhizao.studies.molecule.fasta import Record, pairs, read_fasta
from zhizao.studies.molecule.fold import Folder
from zhizao.studies.molecule.result import Molecule, MoleculeResult
from zhizao.studies.molecule.risk import losses
from zhizao.studies.molecule.sequence import charge, hydropathy, isoelectric_point, liabilities
from zhizao.studies.molecule.surface import LENGTH, METRICS, flag_probability

HOLD_PH = 3.6
"""PH of virus inactivation (ASTM E2888: 3.6 or less, for 30 minutes)."""


def molecule(
    fasta: str | Path, *, ph: float = 7.4, seed: int = 1, progress: Progress | None = None
) -> MoleculeResult:
    """Judge the antibodies of a FASTA file.

    Parameters
    ----------
    fasta
        File with a heavy and a light chain of each molecule, whole or as variable domains, in any order. Two
        records are one molecule; of more, names such as `A_H` and `A_L` say which belong together.
    ph
        PH at which the net charge is given, 0 to 14.
    seed
        Seed of the draws of the losses together; nothing else is random.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        The file holds no such chains (with file, line and remedy), the pH is none, or the extra is missing.
    """
    if not 0 <= ph <= 14:
        raise InputError(f"ph: found {ph:g}; expected 0 to 14")
    content, records = read_fasta(fasta)
    named = pairs(fasta, records)
    numberer = Numberer()
    domains = {name: numberer.number(fasta, chains) for name, chains in named.items()}
    ordered = {name: _heavy_first(fasta, named[name], found) for name, found in domains.items()}
    folder = Folder()
    done = []
    for count, (name, (heavy, light)) in enumerate(ordered.items(), 1):
        done.append(_judged(name, (heavy, light), tuple(one.sequence for one in named[name]), ph, folder))
        if progress is not None:
            progress(count / len(ordered))
    inputs = (hashed("fasta", str(fasta), content),)
    return MoleculeResult(Path(fasta).stem, tuple(done), ph, HOLD_PH, inputs, seed, version())


def _heavy_first(
    file: str | Path, chains: tuple[Record, Record], domains: tuple[Domain, ...]
) -> tuple[Domain, Domain]:
    first, second = sorted(domains, key=lambda one: one.chain != "H")
    if first.chain != "H" or second.chain == "H":
        kind = "heavy" if second.chain == "H" else "light"
        raise InputError(
            f"{file}:{chains[1].line}: {chains[1].name}: found two {kind} chains; expected a heavy and a "
            "light one, for the surface is that of both; correct the pair"
        )
    return first, second


def _judged(
    name: str, domains: tuple[Domain, Domain], chains: tuple[str, ...], ph: float, folder: Folder
) -> Molecule:
    fold, metrics = folder.fold(*domains)
    values = {LENGTH: float(sum(one.cdr_length for one in domains)), **metrics}
    probabilities = {metric: flag_probability(metric, values[metric]) for metric in METRICS}
    return Molecule(
        name=name,
        heavy=domains[0],
        light=domains[1],
        charge=charge(chains, ph),
        hold_charge=charge(chains, HOLD_PH),
        isoelectric_point=isoelectric_point(chains),
        hydropathy=hydropathy([one.sequence for one in domains]),
        liabilities=tuple(found for one in domains for found in liabilities(one)),
        fold=fold,
        metrics=values,
        probabilities=probabilities,
        losses=losses(probabilities),
    )
