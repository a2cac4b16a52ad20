"""Values of a plant file are changed in a form, and nothing else of its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.studies.plants import LINE
from tests.web.test_scene_places import COMMENTED, PLANTS
from zhizao.plant import parse_plant
from zhizao.quantities import InputError
from zhizao.web.plant_form import form_of, with_values

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


def test_a_value_is_changed_and_comments_stay() -> None:
    values = {"work_centers/2/units": "3", "routes/r/0/takes": "normal(5 min, sd 1 min)"}
    found = with_values(COMMENTED, values, "shop.yaml")
    right = COMMENTED.replace("units: 2", "units: 3").replace(
        "takes: 60 s", "takes: normal(5 min, sd 1 min)", 1
    )
    assert found == right
    assert parse_plant(found).work_centers[2].units[2].id == "press-3"


@pytest.mark.parametrize("file", PLANTS, ids=lambda file: file.stem)
def test_every_value_of_every_example_is_written_as_it_was_read(file: Path) -> None:
    text = file.read_bytes().decode("utf-8")
    values = {one.path: one.value for entry in form_of(text) for one in entry.fields}
    found = with_values(text, values, file.name)
    assert parse_plant(found, folder=file.parent) == parse_plant(text, folder=file.parent)


@pytest.mark.parametrize("value", ["", "a\nb"])
def test_what_is_no_value_on_one_line_is_refused(value: str) -> None:
    with pytest.raises(InputError, match="one value on one line"):
        with_values(COMMENTED, {"work_centers/2/units": value}, "shop.yaml")


@pytest.mark.parametrize("value", ["1}, x: {", "[1, 2]", "&a 1", "x # y", "a: b", '"'])
def test_no_value_changes_more_than_itself(value: str) -> None:
    found = with_values(COMMENTED, {"work_centers/2/units": value}, "shop.yaml")
    forms = [{f.path: f.value for e in form_of(text) for f in e.fields} for text in (COMMENTED, found)]
    assert forms[1] == forms[0] | {"work_centers/2/units": value}


def test_what_is_not_in_the_file_is_refused() -> None:
    for path in ("work_centers/9/units", "plant", "work_centers/0/id", "tariff/default", ""):
        with pytest.raises(InputError, match="no value"):
            with_values(LINE, {path: "1"}, "line.yaml")


def test_the_api_writes_values_and_refuses_what_is_no_plant(client: httpx.Client) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    form = client.get("/api/files/line.yaml/values").json()
    field = next(
        one for entry in form["entries"] for one in entry["fields"] if one["path"] == "routes/r/1/takes"
    )
    assert (field["value"], field["title"]) == ("exponential(8 min)", "takes")
    assert field["about"]
    body = {"values": {"routes/r/1/takes": "6 parsecs"}, "hash": form["hash"]}
    assert client.put("/api/files/line.yaml/values", json=body).status_code == 422
    body["values"] = {"routes/r/1/takes": "6 min"}
    assert client.put("/api/files/line.yaml/values", json=body).status_code == 200
    assert client.get("/api/files/line.yaml").text == LINE.replace("exponential(8 min)", "6 min")
    assert client.put("/api/files/line.yaml/values", json=body).status_code == 409
