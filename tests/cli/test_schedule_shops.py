"""`zhizao schedule` of a file that holds a shop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Zhizao
from zhizao.solvers.shop.formats import FORMS

VEHICLE = """\
instance_config:
  instance:
    specification: |
      (m0,t)|(m1,t)
      j0|(1,5) (0,2)
    transport: {type: agv, amount: 1}
  logistics:
    specification: |
      m-0|m-1|in-buf
      m-0|0 3 4
      m-1|3 0 6
      in-buf|4 6 0
"""
TWO = """instance long
+++++
of someone
2 2
0 9 1 9
1 9 0 9
instance short
+++++
of someone else
2 2
0 1 1 2
1 2 0 1
"""


def shop(folder: Path, text: str, name: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_yaml_with_vehicles_is_scheduled_as_a_shop(zhizao: Zhizao, tmp_path: Path) -> None:
    said = zhizao("schedule", shop(tmp_path, VEHICLE, "agv.yaml"), "--seconds", "1", "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["value"] == 6 + 5 + 3 + 2


def test_an_instance_of_several_is_chosen(zhizao: Zhizao, tmp_path: Path) -> None:
    path = shop(tmp_path, TWO, "two.txt")
    said = zhizao("schedule", path)
    assert said.code == 2
    assert "two.txt:7: found 2 shops in the file; choose one with --instance NAME" in said.err
    assert "long, short" in said.err
    for instance, best in (("short", 4), ("1", 18)):
        said = zhizao("schedule", path, "--instance", instance, "--seconds", "1", "--json")
        assert json.loads(said.out)["value"] == best


def test_a_form_is_given_by_name(zhizao: Zhizao, tmp_path: Path) -> None:
    path = shop(tmp_path, "1 3\n1 2 0 3 2 5\n", "shop.txt")
    said = zhizao("schedule", path)
    assert said.code == 2
    assert "shop.txt:1: the shop may be read as fjsp or as jsp; say which with --form NAME" in said.err
    for form, best in (("jsp", 2 + 3 + 5), ("fjsp", 3)):
        said = zhizao("schedule", path, "--form", form, "--seconds", "1", "--json")
        assert json.loads(said.out)["value"] == best
    assert "did you mean 'jobshoplab'" in zhizao("schedule", path, "--form", "jobshop-lab").err


def test_help_lists_the_forms(zhizao: Zhizao) -> None:
    said = zhizao("schedule", "--help").out
    words = {word.strip(",.│ ") for word in said.split()}
    assert words >= set(FORMS)


@pytest.mark.parametrize("option", ["--form", "--instance"])
def test_options_of_shops_are_refused_with_a_plant(zhizao: Zhizao, plant: Path, option: str) -> None:
    said = zhizao("schedule", plant, option, "jsp")
    assert said.code == 2
    assert f"{option} needs a benchmark instance; plant.yaml is read as a plant" in said.err
