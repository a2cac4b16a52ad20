"""Molecules: what the sequences of an antibody say of its surface, and what that may mean for the recipe."""

from zhizao.studies.molecule.result import Molecule, MoleculeResult
from zhizao.studies.molecule.risk import Loss, Risk, as_measure, comments, in_words, under_risk
from zhizao.studies.molecule.study import molecule

__all__ = [
    "Loss",
    "Molecule",
    "MoleculeResult",
    "Risk",
    "as_measure",
    "comments",
    "in_words",
    "molecule",
    "under_risk",
]
