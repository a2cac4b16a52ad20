"""Drafts of any body and design: they pass all checks, or there is said to be no solution."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("shapely", reason="takes the extra [garment]")

from zhizao.quantities.errors import Fault, PatternError
from zhizao.studies.draft import NAMES, SIZES, STYLES, Body, body_of_size, draft


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_draft_of_any_body_passes_its_checks_or_has_no_solution(data: st.DataObject) -> None:
    style = STYLES[data.draw(st.sampled_from(sorted(STYLES)))]
    size = body_of_size(data.draw(st.sampled_from(SIZES)))
    shares = data.draw(st.lists(st.floats(0.93, 1.07), min_size=len(NAMES), max_size=len(NAMES)))
    body = Body(*(share * value for share, value in zip(shares, astuple(size), strict=True)))
    named = data.draw(st.sets(st.sampled_from([one.name for one in style.parameters]), max_size=2))
    design = {
        one.name: data.draw(st.floats(0.8, 1.2)) * one.default_mm
        for one in style.parameters
        if one.name in named
    }
    design = {
        one.name: min(max(design[one.name], one.lowest_mm), one.highest_mm)
        for one in style.parameters if one.name in design
    }  # fmt: skip
    faults = {fault.where for fault in faults_of_draft(style.name, body, design)}
    assert faults <= {"size OWN"}  # no solution; a check names a piece


def faults_of_draft(style: str, body: Body, design: dict[str, float]) -> tuple[Fault, ...]:
    """Faults for which a draft was refused."""
    try:
        draft(style, body=body, design=design)
    except PatternError as error:
        return error.faults
    return ()
