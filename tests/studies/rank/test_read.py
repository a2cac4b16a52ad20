"""Faults of an index file or its table: where, what was found, what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.studies.rank.test_rank import INDEX, TABLE, small
from zhizao.quantities import InputError


def fault(folder: Path, index: str = INDEX, table: str = TABLE) -> str:
    with pytest.raises(InputError) as caught:
        small(folder, index, table)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("of: [jobs, air]", "of: [jobs, airr]", "found no indicator or group 'airr'"),
        ("of: [jobs, air]", "of: [jobs, airr]", "did you mean 'air'?"),
        ("of: [jobs, air]", "of: [jobs]", "found it in no group"),
        ("of: [jobs, air]", "of: [jobs, air, air]", "put each into one group"),
        ("direction: lower", "direction: down", "found 'down'"),
        ("weight: 3", "wieght: 3", "did you mean 'weight'?"),
        ("weight: 3", "weight: 0", "found 0"),
        ("weight: 3", "goalposts: [0, 9]", "found goalposts that no step uses"),
        ("unit: city", "unit: town", "found no column 'town'"),
        ("weight: 3", "column: jbos", "did you mean 'jobs'?"),
        ("weight: 3", "per: people", "found no column 'people'"),
        ("table: small.csv", "table: other.csv", "found no such file"),
    ],
)
def test_a_fault_of_the_file(old: str, new: str, said: str, tmp_path: Path) -> None:
    message = fault(tmp_path, INDEX.replace(old, new))
    assert said in message


@pytest.mark.parametrize(
    ("alternatives", "said"),
    [
        ("impute: [mean, group-mean]", "found group-mean without a group"),
        ("normalise: [min-max, goalposts]", "indicators.jobs: found no goalposts"),
        ("normalise: [distance-to-target]", "indicators.air: found no target"),
        ("normalise: [distance-to-reference]", "found distance-to-reference without a reference"),
        ("aggregate: [arithmetik]", "did you mean 'arithmetic'?"),
        ("weights: 1.5", "found 1.5"),
    ],
)
def test_an_alternative_that_cannot_be_computed(alternatives: str, said: str, tmp_path: Path) -> None:
    assert said in fault(tmp_path, INDEX + f"uncertainty: {{{alternatives}}}\n")


def test_a_fault_names_file_and_line(tmp_path: Path) -> None:
    message = fault(tmp_path, INDEX.replace("[jobs, air]", "[jobs, airr]"))
    assert "small.yaml:9: groups.top.of" in message
    assert message.startswith("the index has 2 faults")


def test_a_cycle_is_named(tmp_path: Path) -> None:
    message = fault(
        tmp_path, INDEX.replace("top: {of: [jobs, air]}", "a: {of: [jobs, b]}\n  b: {of: [air, a]}")
    )
    assert message.count("found a cycle") == 1
    assert "found a cycle: a > b > a; let no group contain itself" in message


def test_two_groups_at_the_top(tmp_path: Path) -> None:
    message = fault(tmp_path, INDEX.replace("top: {of: [jobs, air]}", "a: {of: [jobs]}\n  b: {of: [air]}"))
    assert "found several groups at the top: a, b" in message


def test_an_indicator_that_is_constant(tmp_path: Path) -> None:
    message = fault(tmp_path, table="city,jobs,air\nA,7,0\nB,7,10\nC,,5\n")
    assert "indicators.jobs: found the same value, 7, in all 2 rows that have one" in message


def test_an_indicator_that_is_missing_everywhere(tmp_path: Path) -> None:
    message = fault(tmp_path, table="city,jobs,air\nA,,0\nB,NA,10\nC,n/a,5\n")
    assert "indicators.jobs: found no value in any of 3 rows" in message


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (TABLE.replace("50", "fifty"), "small.csv:3: jobs: found 'fifty'"),
        (TABLE.replace("50", "inf"), "write a finite number"),
        (TABLE.replace("B,", "A,"), "found 'A' again (first in line 2)"),
        (TABLE.replace("B,", ","), "found no name"),
        ("city,jobs,air\n", "found no rows"),
    ],
)
def test_a_fault_of_the_table(table: str, said: str, tmp_path: Path) -> None:
    assert said in fault(tmp_path, table=table)


def test_a_table_with_semicolons_reads_alike(tmp_path: Path) -> None:
    found = small(tmp_path, table=TABLE.replace(",", ";")).table()
    assert found.equals(small(tmp_path).table())
