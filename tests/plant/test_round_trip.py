"""A plant that is written and read again is the same plant, bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from tests.strategies import names, plants
from zhizao.plant import Plant, parse_plant, plant_text, read_plant, write_plant
from zhizao.quantities import InputError, PlantError

EXAMPLE = Path(__file__).parents[2] / "examples" / "plants" / "garment.yaml"
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(plants())
def test_what_is_written_reads_back_as_the_same_plant(plant: Plant) -> None:
    assert parse_plant(plant_text(plant)) == plant


@FEW
@given(plants(ids=names))
def test_names_with_any_character_survive_the_file(plant: Plant) -> None:
    assert parse_plant(plant_text(plant)) == plant


def test_a_name_may_end_like_a_distribution() -> None:
    plant = read_plant(EXAMPLE)
    route = plant.routes["parka"]
    named = plant.model_copy(update={"routes": {**plant.routes, "spare)": route, "b": route}})
    assert parse_plant(plant_text(named)) == named


def test_the_example_plant_reads_writes_and_reads_the_same(tmp_path: Path) -> None:
    plant = read_plant(EXAMPLE)
    write_plant(plant, tmp_path / "again.yaml")
    assert read_plant(tmp_path / "again.yaml") == plant
    assert [file.name for file in tmp_path.iterdir()] == ["again.yaml"]


def test_a_comment_stands_at_the_part_that_it_is_about() -> None:
    plant = read_plant(EXAMPLE)
    text = plant_text(
        plant, comments={"routes.parka.cut-parka.takes": "312 lots", "work_centers.cut": "line 1\nline 2"}
    )
    assert any("takes:" in line and line.endswith("  # 312 lots") for line in text.splitlines())
    assert "  # line 1\n  # line 2\n  - id: cut\n" in text
    assert parse_plant(text) == plant


def test_a_comment_about_nothing_in_the_plant_is_refused() -> None:
    with pytest.raises(InputError, match=r"comment at 'nowhere.x'"):
        plant_text(read_plant(EXAMPLE), comments={"nowhere.x": "?"})


def test_a_plant_is_not_written_into_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_plant(read_plant(EXAMPLE), tmp_path / "none" / "plant.yaml")


# ---------------------------------------------------------------- PyYAML, which reads YAML 1.1
FOLDER = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = sorted((*(FOLDER / "plants").glob("*.yaml"), *(FOLDER / "factories").glob("*/plant.yaml")))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_a_plant_file_that_went_through_pyyaml_is_the_same_plant(file: Path) -> None:
    """A script reads the file, changes something and dumps it: `on` and `off` come back as booleans."""
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    assert parse_plant(text, folder=file.parent) == read_plant(file)


def test_a_plant_that_we_write_went_through_pyyaml_is_the_same_plant() -> None:
    plant = read_plant(EXAMPLE)
    assert parse_plant(yaml.safe_dump(yaml.safe_load(plant_text(plant)))) == plant


def test_a_route_may_be_called_true() -> None:
    text = """
zhizao: 1
plant: p
work_centers: [{id: m}]
routes: {true: [{id: o, on: m, takes: 1 h}]}
products: {p: {route: "true"}}
orders: [{product: p, every: 1 h}]
"""
    assert list(parse_plant(text).routes) == ["true"]


def test_a_distribution_that_pyyaml_parted_at_its_comma_is_reported_with_the_remedy() -> None:
    takes = "      per_piece: normal(25 s\n      sd 3 s): null\n"
    text = f"zhizao: 1\nplant: p\nroutes:\n  r:\n  - id: o\n    true: [m]\n    takes:\n{takes}"
    with pytest.raises(PlantError, match=r"'sd 3 s\)', the rest of a distribution.*quote distributions"):
        parse_plant(text)
