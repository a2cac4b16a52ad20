"""`zhizao molecule`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Zhizao
from zhizao.plant import read_plant

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FASTA = EXAMPLES / "antibody" / "trastuzumab.fasta"
PLANT = EXAMPLES / "factories" / "antibodies" / "plant.yaml"
AT = (
    *("--plant", PLANT, "--at", "titre=harvest", "--at", "aggregation=inactivation"),
    *("--at", "filtration=virus-filtration"),
)


def test_a_molecule_becomes_a_measure_and_a_plant_of_the_antibody_factory(
    zhizao: Zhizao, tmp_path: Path
) -> None:
    pytest.importorskip("anarcii", reason="takes the extra [biologics]")
    pytest.importorskip("flash_abb", reason="takes the extra [biologics]")
    measure, plant, fold = tmp_path / "risk.yaml", tmp_path / "plant.yaml", tmp_path / "fv.pdb"
    said = zhizao("molecule", FASTA, *AT, "-o", measure, "--plant-out", plant, "--structure", fold, "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["domains"][0]["CDR3"] == "SRWGGDGFYAMDY"
    assert fold.read_text(encoding="utf-8").count(" CA ") == 227
    assert "assumed" in measure.read_text(encoding="utf-8")
    assert plant.read_text(encoding="utf-8").count("# assumed:") == 6  # three steps of two routes
    assert len(read_plant(plant).uncertainty) == 3
    compared = zhizao(
        "compare", PLANT, "--measures", measure, "--measure", "molecule-trastuzumab", "--days", "20",
        "--replications", "2", "--json",
    )  # fmt: skip
    assert compared.code == 0, compared.err
    shown = zhizao("molecule", FASTA)
    assert "Surface against clinical antibodies" in shown.out
    assert "Risk of the recipe (assumed)" in shown.out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--plant", PLANT), "--plant, --at, and -o or --plant-out: found some of them"),
        (("-o", "risk.yaml"), "--plant, --at, and -o or --plant-out: found some of them"),
        ((*AT, "--at", "titre=fill", "-o", "risk.yaml"), "--at: found titre twice"),
        (("--plant", PLANT, "--at", "title=fill", "-o", "r.yaml"), "did you mean 'titre'?"),
        (("--plant", PLANT, "--at", "titre", "-o", "r.yaml"), "--at: found 'titre'; expected RISK=STEP"),
        (("--structure", "gone/fv.pdb"), "create it first"),
    ],
)
def test_bad_options_are_refused(zhizao: Zhizao, wrong: tuple[str, ...], said: str) -> None:
    done = zhizao("molecule", FASTA, *wrong)
    assert done.code == 2
    assert said in done.err


def test_dna_is_refused(zhizao: Zhizao, tmp_path: Path) -> None:
    file = tmp_path / "dna.fasta"
    file.write_text(f">gene\n{'GATTACA' * 30}\n", encoding="utf-8", newline="\n")
    done = zhizao("molecule", file)
    assert done.code == 2
    assert "dna.fasta:1: gene: found DNA or RNA; expected protein; translate it first" in done.err
