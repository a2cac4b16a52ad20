"""Places are written into plant files, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.studies.plants import LINE
from zhizao.plant import read_plant
from zhizao.plant.query.transport import coordinates
from zhizao.quantities import InputError
from zhizao.web.scene.places import with_places, write_places

if TYPE_CHECKING:
    import httpx

ROOT = Path(__file__).resolve().parents[2]
PLANTS = sorted(
    [*(ROOT / "examples" / "plants").glob("*.yaml"), *(ROOT / "benchmarks" / "plants").glob("*.yaml")]
)

COMMENTED = """\
# A shop.  Two spaces, and a comment.
zhizao: 1
plant: "shop"   # quoted
work_centers:
  - id: saw     # the old one
    failures: [{between: gamma(6 h, cv 0.5), repair: 1 h, clock: busy}]  # not quoted, with a comma
  - {id: mill, setup: {default: gamma(5 min, cv 0.1)} }   # in short
  -   id: press
      at:
        - 1 m
        - 2 m
      units: 2
routes: {r: [{id: a, on: saw, takes: 60 s}, {id: b, on: mill, takes: 60 s}, {id: c, on: press, takes: 60 s}]}
products: {p: {route: r}}
orders: [{product: p, every: 10 min}]
"""
PLACED = """\
# A shop.  Two spaces, and a comment.
zhizao: 1
plant: "shop"   # quoted
work_centers:
  - id: saw     # the old one
    at: [1.5 m, 2 m]
    failures: [{between: gamma(6 h, cv 0.5), repair: 1 h, clock: busy}]  # not quoted, with a comma
  - {id: mill, setup: {default: gamma(5 min, cv 0.1)}, at: [30 m, 0 m] }   # in short
  -   id: press
      at:
        [7 m, 8.25 m]
      units: 2
routes: {r: [{id: a, on: saw, takes: 60 s}, {id: b, on: mill, takes: 60 s}, {id: c, on: press, takes: 60 s}]}
products: {p: {route: r}}
orders: [{product: p, every: 10 min}]
"""
THREE = {"saw": (1.5, 2.0), "mill": (30.0, 0.0), "press": (7.0, 8.25)}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("lead", ["", "\ufeff"], ids=["plain", "with a byte-order mark"])
def test_the_rest_of_the_file_stays_to_the_byte(tmp_path: Path, end: str, lead: str) -> None:
    file = tmp_path / "shop.yaml"
    file.write_bytes((lead + COMMENTED.replace("\n", end)).encode())
    write_places(file, THREE)
    assert file.read_bytes().decode() == lead + PLACED.replace("\n", end)
    assert coordinates(read_plant(file)) == THREE
    write_places(file, THREE)
    assert file.read_bytes().decode() == lead + PLACED.replace("\n", end), "the same again changes nothing"
    assert [one.name for one in tmp_path.iterdir()] == ["shop.yaml"]


@pytest.mark.parametrize("source", PLANTS, ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_every_plant_of_the_repository_takes_places(tmp_path: Path, source: Path) -> None:
    for one in source.parent.iterdir():
        if one.is_file():
            (tmp_path / one.name).write_bytes(one.read_bytes())
    file = tmp_path / source.name
    places = {name: (10.0 * n, 2.5) for n, name in enumerate(coordinates(read_plant(source)))}
    write_places(file, places)
    assert read_plant(file) == with_places(read_plant(source), places)
    before, after = source.read_text("utf-8").splitlines(), file.read_text("utf-8").splitlines()
    assert [
        line for line in before if line not in after and " at: " not in line and "{id: " not in line
    ] == []


@pytest.mark.parametrize(
    ("text", "places", "said"),
    [
        (COMMENTED, {"sow": (1.0, 2.0)}, "did you mean 'saw'"),
        (
            COMMENTED.replace("at:\n        - 1 m\n        - 2 m", "at: &here [1 m, 2 m]"),
            {"press": (1.0, 1.0)},
            "by hand",
        ),
    ],
    ids=["unknown", "anchor"],
)
def test_what_cannot_be_written_is_refused_and_the_file_stays(
    tmp_path: Path, text: str, places: dict[str, tuple[float, float]], said: str
) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        write_places(file, places)
    assert file.read_text() == text


def test_over_http(client: httpx.Client, tmp_path: Path) -> None:
    client.put("/api/files/line.yaml", content=LINE.encode())
    answer = client.put("/api/files/line.yaml/places", json={"places": {"slow": [12, 4.5]}})
    assert answer.status_code == 200, answer.text
    assert "{id: slow, cost: 10/h, power: {idle: 1 kW, busy: 5 kW}, at: [12 m, 4.5 m]}" in (
        tmp_path / "line.yaml"
    ).read_text("utf-8")
    for wrong in ({"nobody": [1, 2]}, {"slow": [1]}, {"slow": [1e9, 0]}, {"slow": [-1, 0]}, {}):
        answer = client.put("/api/files/line.yaml/places", json={"places": wrong})
        assert answer.status_code == 422, wrong
    assert client.put("/api/files/none.yaml/places", json={"places": {"slow": [1, 2]}}).status_code == 404
    assert client.get(f"/api/results/{'0' * 64}/trace").status_code == 404
