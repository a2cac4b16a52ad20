"""Antibodies judged with the real models; it takes the extra [biologics]."""

from __future__ import annotations

import json
import os
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("anarcii", reason="takes the extra [biologics]")
pytest.importorskip("flash_abb", reason="takes the extra [biologics]")

import zhizao
from tests.studies.molecule.test_sequence import EXAMPLE, HEAVY, LIGHT
from zhizao.quantities import InputError
from zhizao.studies.molecule import Molecule, MoleculeResult
from zhizao.studies.molecule.fold import ONLY_WEIGHTS
from zhizao.studies.molecule.surface import Flag

CONSTANT_LIGHT = (
    "RTVAAPSVFIFPPSDEQLKSGTASVVCLLNNFYPREAKVQWKVDNALQSGNSQESVTEQDSKDSTYSLSSTLTLSKADYEKHKVYACEVT"
    "HQGLSSPVTKSFNRGEC"
)
CONSTANT_HEAVY = (
    "ASTKGPSVFPLAPSSKSTSGGTAALGCLVKDYFPEPVTVSWNSGALTSGVHTFPAVLQSSGLYSLSSVVTVPSSSLGTQTYICNVNHKPSNTKVDKKVEPKSC"
)
LAMBDA = (
    "QSALTQPASVSGSPGQSITISCTGTSSDVGGYNYVSWYQQHPGKAPKLMIYDVSNRPSGVSNRFSGSKSGNTASLTISGLQAEDEADYYC"
    "SSYTSSSTRVFGTGTKVTVL"
)
T_CELL_RECEPTOR = (
    "NAGVTQTPKFQVLKTGQSMTLQCAQDMNHEYMSWYRQDPGMGLRLIHYSVGAGITDQGEVPNGYNVSRSTTEDFPLRLLSAAPSQTSVYF"
    "CASRPGLAGGRPEQYFGPGTRLTVTE"
)
INSULIN_LIKE = "FVNQHLCGSHLVEALYLVCGERGFFYTPKTRREAEDLQVGQVELGGGPGAGSLQPLALEGSLQKRGIVEQCCTSICSLYQLENYCN"


@pytest.fixture(scope="module")
def result() -> MoleculeResult:
    return zhizao.molecule(EXAMPLE)


@pytest.fixture(scope="module")
def trastuzumab(result: MoleculeResult) -> Molecule:
    return result.molecules[0]


def judged(folder: Path, *chains: tuple[str, str]) -> MoleculeResult:
    path = folder / "mab.fasta"
    text = "".join(f">{name}\n{sequence}\n" for name, sequence in chains)
    path.write_text(text, encoding="utf-8", newline="\n")
    return zhizao.molecule(path)


# ---------------------------------------------------------------- what is published
def test_the_cdrs_of_trastuzumab_are_those_published(trastuzumab: Molecule) -> None:
    """IMGT, structure 1n8z: [8.8.13] and [6.3.9]."""
    assert [trastuzumab.heavy.cdr(f"CDR{i}") for i in (1, 2, 3)] == ["GFNIKDTY", "IYPTNGYT", "SRWGGDGFYAMDY"]
    assert [trastuzumab.light.cdr(f"CDR{i}") for i in (1, 2, 3)] == ["QDVNTA", "SAS", "QQHYTTPPT"]
    assert (trastuzumab.heavy.chain, trastuzumab.light.chain) == ("H", "K")


def test_a_lambda_chain_is_numbered(tmp_path: Path) -> None:
    """The light chain of avelumab; IMGT: [9.3.10]."""
    (found,) = judged(tmp_path, ("a_H", HEAVY), ("a_L", LAMBDA)).molecules
    assert found.light.chain == "L"
    assert [found.light.cdr(f"CDR{i}") for i in (1, 2, 3)] == ["SSDVGGYNY", "DVS", "SSYTSSSTRV"]


def test_numbers_are_those_by_hand(trastuzumab: Molecule) -> None:
    """Around the conserved residues, counted by hand: C23, W41, C104, and the joining W118 or F118."""
    for domain, at in ((trastuzumab.heavy, (21, 35, 95, 109)), (trastuzumab.light, (22, 34, 87, 97))):
        numbers = [domain.numbers[place].number for place in at]
        assert numbers == [23, 41, 104, 118]
        joining = "W" if domain.chain == "H" else "F"
        assert [domain.sequence[place] for place in at] == ["C", "W", "C", joining]


def test_surface_metrics_are_those_measured_before(trastuzumab: Molecule) -> None:
    """FlashTAP through its own interface: PSH 126.375, PPC 0.1603, PNC 0.0346, SFvCSP 5.029."""
    assert trastuzumab.metrics["PSH"] == pytest.approx(126.4, abs=0.1)
    assert trastuzumab.metrics["PPC"] == pytest.approx(0.160, abs=0.002)
    assert trastuzumab.metrics["PNC"] == pytest.approx(0.035, abs=0.002)
    assert trastuzumab.metrics["SFvCSP"] == pytest.approx(5.03, abs=0.02)
    assert trastuzumab.metrics["CDR length"] == 8 + 8 + 13 + 6 + 3 + 9
    assert set(trastuzumab.flags.values()) == {Flag.GREEN}


def test_sites_that_degrade_in_trastuzumab_are_found(trastuzumab: Molecule) -> None:
    """Harris et al. (2001), Journal of Chromatography B 752, 233: Asn55 and Asp102 of the heavy chain."""
    in_cdrs = [one for one in trastuzumab.liabilities if one.region != "framework"]
    found = {(one.kind, one.chain, one.residue) for one in in_cdrs}
    assert {("deamidation", "H", 55), ("isomerisation", "H", 102)} <= found


# ---------------------------------------------------------------- the fold, by its own geometry
def test_the_fold_has_both_bridges_and_whole_chains(trastuzumab: Molecule) -> None:
    assert trastuzumab.fold.sound
    assert list(trastuzumab.fold.bridges_a) == pytest.approx([2.05, 2.05], abs=0.4)


def test_the_pdb_file_says_the_same(trastuzumab: Molecule) -> None:
    rows = [row for row in trastuzumab.fold.pdb.splitlines() if row.startswith("ATOM")]
    atoms = {
        (row[21], int(row[22:26]), row[12:16].strip()): np.array(
            [float(row[i : i + 8]) for i in (30, 38, 46)]
        )
        for row in rows
    }
    assert sum(name == "CA" for _, _, name in atoms) == len(HEAVY) + len(LIGHT)
    heavy = np.linalg.norm(atoms["H", 22, "SG"] - atoms["H", 96, "SG"])
    light = np.linalg.norm(atoms["L", 23, "SG"] - atoms["L", 88, "SG"])
    assert (heavy, light) == pytest.approx(trastuzumab.fold.bridges_a, abs=0.01)
    line = [atoms["H", at, "CA"] for at in range(1, len(HEAVY) + 1)]
    assert all(2.7 < np.linalg.norm(a - b) < 4.3 for a, b in pairwise(line))


# ---------------------------------------------------------------- laws
def test_neither_the_order_of_chains_nor_constant_domains_change_the_surface(
    tmp_path: Path, trastuzumab: Molecule
) -> None:
    chains = (("L", LIGHT + CONSTANT_LIGHT), ("H", HEAVY + CONSTANT_HEAVY))
    (whole,) = judged(tmp_path, *chains).molecules
    assert whole.metrics == pytest.approx(trastuzumab.metrics, rel=1e-4)
    assert [one.sequence for one in whole.domains] == [HEAVY, LIGHT]
    assert whole.isoelectric_point != trastuzumab.isoelectric_point


def test_residues_before_the_domain_move_the_count_of_residues_alone(
    tmp_path: Path, trastuzumab: Molecule
) -> None:
    signal = "MKWVTFISLLFLFSSAYS"
    (longer,) = judged(tmp_path, ("H", signal + HEAVY), ("L", LIGHT)).molecules
    assert longer.heavy.sequence == HEAVY
    assert longer.heavy.start == len(signal)
    moved = {(one.kind, one.residue - len(signal)) for one in longer.liabilities if one.chain == "H"}
    assert moved == {(one.kind, one.residue) for one in trastuzumab.liabilities if one.chain == "H"}


def test_charged_cdrs_raise_the_patches_of_their_charge(tmp_path: Path, trastuzumab: Molecule) -> None:
    positive = HEAVY.replace("SRWGGDGFYAMDY", "SRWGRKGRYAMDY")
    negative = HEAVY.replace("SRWGGDGFYAMDY", "SRWGDDGEYAMDY")
    plus, minus = judged(
        tmp_path, ("p_H", positive), ("p_L", LIGHT), ("m_H", negative), ("m_L", LIGHT)
    ).molecules
    assert plus.metrics["PPC"] > trastuzumab.metrics["PPC"] + 0.1 > minus.metrics["PPC"]
    assert minus.metrics["PNC"] > trastuzumab.metrics["PNC"] + 0.1 > plus.metrics["PNC"]
    assert plus.charge > trastuzumab.charge > minus.charge


def test_no_pickled_code_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    from zhizao.studies.molecule.fold import Folder

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a pickle was read")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refused)
    Folder()
    assert ONLY_WEIGHTS not in os.environ


# ---------------------------------------------------------------- corners
@pytest.mark.parametrize(
    ("chains", "said"),
    [
        ((("a_H", HEAVY),), "mab.fasta:1: found 1 chain of 'a'; expected a heavy and a light one"),
        ((("a", HEAVY), ("b", HEAVY)), "mab.fasta:3: b: found two heavy chains"),
        ((("a", LIGHT), ("b", LIGHT)), "mab.fasta:3: b: found two light chains"),
        ((("a", HEAVY), ("b", INSULIN_LIKE)), "mab.fasta:3: b: found no variable domain of an antibody"),
        ((("a", HEAVY), ("b", "GS" * 100)), "mab.fasta:3: b: found no variable domain of an antibody"),
        ((("a", HEAVY), ("b", T_CELL_RECEPTOR)), "mab.fasta:3: b: found no variable domain of an antibody"),
        ((("a", f"{HEAVY}{'GGGGS' * 3}{LIGHT}"), ("b", LIGHT)), "a: found two variable domains in one chain"),
        ((("a", HEAVY[::-1]), ("b", LIGHT)), "mab.fasta:1: a: found no"),
        ((("a", HEAVY[:80]), ("b", LIGHT)), "mab.fasta:1: a: found no C104 (IMGT); expected a whole"),
    ],
)
def test_what_is_no_antibody_is_refused(
    tmp_path: Path, chains: tuple[tuple[str, str], ...], said: str
) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        judged(tmp_path, *chains)


def test_a_ph_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="ph: found 15; expected 0 to 14"):
        zhizao.molecule(EXAMPLE, ph=15)


def test_the_json_says_what_is_assumed_and_the_report_is_written(
    result: MoleculeResult, tmp_path: Path
) -> None:
    found = json.loads(result.to_json())
    assert {one["known"] for one in found["risks"]} == {"assumed"}
    assert found["folds"][0]["sound"] is True
    assert "Risk of the recipe (assumed)" in result.report(tmp_path / "page.html").read_text(encoding="utf-8")
