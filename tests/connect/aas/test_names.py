"""Identifiers and short ids: unique, allowed, and the same for equal names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhizao.connect.aas.names import BASE, plant_asset, short_id
from zhizao.quantities import InputError

ALLOWED = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,127}")  # AASd-002 of V3.0, and the length of NameType
ANY_NAME = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200)


@given(ANY_NAME)
def test_every_name_has_a_short_id_that_the_metamodel_allows(name: str) -> None:
    assert ALLOWED.fullmatch(short_id(name))


@given(ANY_NAME, ANY_NAME)
def test_different_names_have_different_short_ids_and_identifiers(one: str, other: str) -> None:
    assert (short_id(one) == short_id(other)) is (one == other)
    plant = plant_asset(BASE, "p")
    assert (plant.part("unit", one).id == plant.part("unit", other).id) is (one == other)


def test_a_name_that_is_allowed_stays_and_any_other_gets_a_hash() -> None:
    assert short_id("Press_1") == "Press_1"
    assert re.fullmatch("Press_1_[0-9a-f]{12}", short_id("Press 1"))
    assert re.fullmatch("n_[0-9a-f]{12}", short_id("冲压"))
    assert re.fullmatch("n_1a_[0-9a-f]{12}", short_id("1a"))
    assert short_id("Press-1") != short_id("Press 1")


def test_a_name_that_looks_like_one_with_a_hash_does_not_meet_it() -> None:
    assert short_id(short_id("Press 1")) != short_id("Press 1")


def test_a_place_that_has_the_name_of_a_relation_gets_a_hash() -> None:
    assert re.fullmatch("HasPart01_[0-9a-f]{12}", short_id("HasPart01"))
    assert re.fullmatch("IsPartOf01_[0-9a-f]{12}", short_id("IsPartOf01"))


def test_identifiers_begin_with_the_base_and_escape_names() -> None:
    plant = plant_asset("https://factory.example/aas/", "车间 1")
    assert plant.id == "https://factory.example/aas/%E8%BD%A6%E9%97%B4%201/asset"
    assert plant.part("unit", "a/b").shell.endswith("/unit/a%2Fb/aas")


@pytest.mark.parametrize(
    "base", ["", "factory", "http://a b", "https://a?x=1", "https://a#x", "://a", "1a:b", "https:"]
)
def test_a_base_that_is_no_absolute_uri_is_refused(base: str) -> None:
    with pytest.raises(InputError, match="expected an absolute URI"):
        plant_asset(base, "p")


def test_a_control_character_in_a_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\\x01b.*rename it"):
        plant_asset(BASE, "p").part("unit", "a\x01b")


def test_a_name_too_long_for_an_identifier_is_refused() -> None:
    with pytest.raises(InputError, match="at most 2048 are allowed"):
        _ = plant_asset(BASE, "车" * 700).id
