"""What the letters say: reading, charge, isoelectric point, motifs; by hand and by a second way."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from zhizao.quantities import InputError
from zhizao.studies.molecule.domain import Domain, Number
from zhizao.studies.molecule.fasta import Record, pairs, read_fasta
from zhizao.studies.molecule.sequence import charge, hydropathy, isoelectric_point, liabilities

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "antibody" / "trastuzumab.fasta"
HEAVY = (
    "EVQLVESGGGLVQPGGSLRLSCAASGFNIKDTYIHWVRQAPGKGLEWVARIYPTNGYTRYADSVKGRFTISADTSKNTAYLQMNSLRAED"
    "TAVYYCSRWGGDGFYAMDY"
    "WGQGTLVTVSS"
)
LIGHT = (
    "DIQMTQSPSSLSASVGDRVTITCRASQDVNTAVAWYQQKPGKAPKLLIYSASFLYSGVPSRFSGSRSGTDFTLTISSLQPEDFATYYCQQ"
    "HYTTPPTFGQGTKVEIK"
)


def written(folder: Path, text: str) -> Path:
    path = folder / "chains.fasta"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


# ---------------------------------------------------------------- files
def test_the_example_is_read() -> None:
    _, records = read_fasta(EXAMPLE)
    assert [one.sequence for one in records] == [HEAVY, LIGHT]
    assert list(pairs(EXAMPLE, records)) == ["trastuzumab"]


def test_names_say_which_chains_belong_together() -> None:
    names = ("a_H", "b light", "b heavy", "a|kappa", "c-VH", "c-VL")
    found = pairs("f", tuple(Record(name, line, "") for line, name in enumerate(names, 1)))
    assert {name: {one.name for one in both} for name, both in found.items()} == {
        "a": {"a_H", "a|kappa"},
        "b": {"b light", "b heavy"},
        "c": {"c-VH", "c-VL"},
    }


def test_windows_lines_lower_case_and_spaces_are_read(tmp_path: Path) -> None:
    text = f"\ufeff>one\r\n{HEAVY[:60].lower()} {HEAVY[60:]}\r\n\r\n>two\r\n{LIGHT}\r\n"
    _, records = read_fasta(written(tmp_path, text))
    assert [one.sequence for one in records] == [HEAVY, LIGHT]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "chains.fasta:1: found no record; expected FASTA"),
        ("\n \n", "chains.fasta:1: found no record; expected FASTA"),
        ("name,sequence\na,b\n", "chains.fasta:1: found 'name,sequence' before any name; expected FASTA"),
        (
            f">h\n{HEAVY}\n>l\n{'ACGT' * 90}\n",
            "chains.fasta:3: l: found DNA or RNA; expected protein; translate",
        ),
        (f">h\n{'ACGU' * 90}\n", "chains.fasta:1: h: found DNA or RNA"),
        (
            f">h\n{HEAVY}\n{LIGHT}*\n",
            "chains.fasta:3:108: found '*'; expected one of the 20 amino acids; remove",
        ),
        (f">h\n{HEAVY[:9]}X{HEAVY}\n", "chains.fasta:2:10: found 'X'; expected one of the 20 amino acids"),
        (f">h\n{HEAVY[:9]}U{HEAVY}\n", "chains.fasta:1: h: found 'U' at residue 10"),
        (f">h\n{'A' * 70}Y{'S' * 1929}\n", "chains.fasta:1: h: found 2,000 residues; expected 70 to 1,000"),
        (">h\n>l\n", "chains.fasta:1: h: found 0 residues; expected 70 to 1,000"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_fasta(written(tmp_path, text))
    assert said in str(caught.value)


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_fasta(tmp_path / "gone.fasta")
    (tmp_path / "b.fasta").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="found no text"):
        read_fasta(tmp_path / "b.fasta")


def test_one_chain_alone_and_three_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="f:1: found 1 chain of 'a'; expected a heavy and a light one"):
        pairs("f", (Record("a_H", 1, HEAVY),))
    three = tuple(Record(f"a_{one}", at, HEAVY) for at, one in enumerate("HLK", 1))
    with pytest.raises(InputError, match="f:3: found 3 chains of 'a'"):
        pairs("f", three)


# ---------------------------------------------------------------- charge
def test_the_charge_of_a_short_chain_is_that_by_hand() -> None:
    """At the pH of its pKa, half of a group is charged: lysine at 9.052, aspartate at 3.872."""
    ends = 1 / (1 + 10 ** (9.052 - 9.094)) - 1 / (1 + 10 ** (2.869 - 9.052))
    assert charge(["K"], 9.052) == pytest.approx(0.5 + ends)
    assert charge(["D"], 3.872) == pytest.approx(
        -0.5 + 1 / (1 + 10 ** (3.872 - 9.094)) - 1 / (1 + 10**-1.003)
    )


def test_bridged_cysteines_carry_no_charge_and_the_odd_one_does() -> None:
    assert charge(["GCGC"], 12.0) == pytest.approx(charge(["GG"], 12.0))
    assert charge(["GCGCC"], 12.0) == pytest.approx(charge(["GG"], 12.0) - 1, abs=1e-3)


def test_the_isoelectric_point_is_the_root_of_the_charge_found_another_way() -> None:
    from scipy.optimize import brentq

    root = brentq(lambda ph: charge([HEAVY, LIGHT], ph), 0, 14)
    assert isoelectric_point([HEAVY, LIGHT]) == pytest.approx(root, abs=1e-5)
    assert isoelectric_point([HEAVY, LIGHT] * 2) == pytest.approx(root, abs=1e-5)


def test_charge_falls_with_ph() -> None:
    values = [charge([HEAVY, LIGHT], ph / 10) for ph in range(141)]
    assert all(a > b for a, b in pairwise(values))


def test_hydropathy_is_the_mean() -> None:
    assert hydropathy(["IR"]) == pytest.approx(0.0)
    assert hydropathy(["A", "AV"]) == pytest.approx((1.8 + 1.8 + 4.2) / 3)


# ---------------------------------------------------------------- motifs
def domain(sequence: str, first: int = 1) -> Domain:
    return Domain("H", sequence, tuple(Number(first + at) for at in range(len(sequence))))


def test_motifs_are_found_and_no_others() -> None:
    found = {(one.kind, one.residue, one.motif) for one in liabilities(domain("NGADGNPSNATMC"))}
    assert found == {
        ("deamidation", 1, "NG"),
        ("isomerisation", 4, "DG"),
        ("N-glycosylation", 9, "NAT"),
        ("oxidation", 12, "M"),
        ("cysteine beyond the bridge", 13, "C"),
    }


def test_overlapping_motifs_are_all_found() -> None:
    found = [one.residue for one in liabilities(domain("NNSS")) if one.kind == "N-glycosylation"]
    assert found == [1, 2]


def test_the_region_is_that_of_the_number() -> None:
    regions = [one.region for one in liabilities(domain("MMM", first=26))]
    assert regions == ["framework", "CDR1", "CDR1"]
    assert [one.region for one in liabilities(domain("MM", first=117))] == ["CDR3", "framework"]


def test_the_cysteines_of_the_bridge_are_no_liability() -> None:
    assert [one.imgt for one in liabilities(domain("C" * 83, first=22))] == [
        str(at) for at in range(22, 105) if at not in (23, 104)
    ]
