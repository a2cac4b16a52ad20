"""Fold of a variable fragment and its surface metrics, by FlashABB and FlashTAP."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.studies.molecule.domain import MISSING, Domain
from zhizao.studies.molecule.sequence import BRIDGE
from zhizao.studies.molecule.surface import METRICS

CA, SG = 1, 5
"""Places of two atoms among the 14 of a residue (of a cysteine, for sulphur)."""
BRIDGE_A = 3.0
"""Longest S-S distance, in angstrom, that counts as a bridge: a bond is 2.05."""
CHAIN_A = (2.7, 4.3)
"""C-alpha distances of neighbours, in angstrom, that count as a chain: 3.8, or 2.9 at a cis-proline."""
ONLY_WEIGHTS = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


@dataclass(frozen=True, slots=True)
class Fold:
    """A predicted structure: as PDB text, and what its own geometry says of it.

    `bridges_a` are the S-S distances of the bridge of each domain in angstrom, `broken` the neighbours whose
    C-alpha atoms are no chain.
    """

    pdb: str
    bridges_a: tuple[float, float]
    broken: int

    @property
    def sound(self) -> bool:
        """Whether both bridges are there and no chain is broken; a sound fold may still be wrong."""
        return not self.broken and max(self.bridges_a) <= BRIDGE_A


class Folder:
    """FlashABB and FlashTAP (Ellmen et al. 2026, bioRxiv 2026.06.03.729879), loaded once, on the CPU.

    FlashTAP estimates the metrics of the Therapeutic Antibody Profiler from sequence and fold by regression;
    it does not compute them from the surface. Weights are read as tensors alone: no pickled code runs.
    """

    def __init__(self) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of its own dependencies
                from flash_abb.load_model import fetch_tap
        except ImportError:
            raise InputError(MISSING) from None
        with warnings.catch_warnings(), _only_weights():
            warnings.simplefilter("ignore")
            encoder, head = fetch_tap(device="cpu")
        self._encoder, self._head = encoder.eval(), head.eval()

    def fold(self, heavy: Domain, light: Domain) -> tuple[Fold, dict[str, float]]:
        """Give the fold, and PSH, PPC, PNC and SFvCSP by name."""
        import torch

        paired = [f"{heavy.sequence}|{light.sequence}"]
        tokens = self._encoder.alphabet(paired, pad=True, w_extra_tkns=False)
        nothing = torch.zeros_like(tokens, dtype=torch.bool)  # one molecule: nothing is padded
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            embedded = self._encoder(paired, tokens, nothing, return_emb=True)
            scores = self._head(embedded, torch.ones(embedded.shape[:2], dtype=torch.bool))[0]
            structure = self._encoder.folder(paired)
            pdb = _pdb(structure)
        atoms = structure.coords[0].numpy().astype(np.float64)
        metrics = {name: float(score) for name, score in zip(METRICS, scores, strict=True)}
        return Fold(pdb, _bridges(atoms, heavy, light), _broken(atoms, heavy)), metrics


@contextmanager
def _only_weights() -> Iterator[None]:
    """Let torch read tensors and plain containers alone, whatever a package asks for."""
    before = os.environ.get(ONLY_WEIGHTS)
    os.environ[ONLY_WEIGHTS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[ONLY_WEIGHTS]
        else:
            os.environ[ONLY_WEIGHTS] = before


def _pdb(structure: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        structure.to_pdbs(["fv"], pdb_dir=folder)
        return (Path(folder) / "fv.pdb").read_text(encoding="utf-8")


def _bridges(atoms: NDArray[np.float64], heavy: Domain, light: Domain) -> tuple[float, float]:
    offsets = (0, len(heavy.sequence))
    first, second = (
        float(np.linalg.norm(np.subtract(*(atoms[offset + domain.place(at), SG] for at in BRIDGE))))
        for offset, domain in zip(offsets, (heavy, light), strict=True)
    )
    return first, second


def _broken(atoms: NDArray[np.float64], heavy: Domain) -> int:
    steps = np.linalg.norm(np.diff(atoms[:, CA], axis=0), axis=1)
    inside = np.delete(steps, len(heavy.sequence) - 1)  # from the heavy to the light chain
    return int(((inside < CHAIN_A[0]) | (inside > CHAIN_A[1])).sum())
