"""What stands behind a learned number, and how well that makes it known."""

from __future__ import annotations

import pytest

from tests.studies.plants import line
from zhizao.studies.learn.evidence import Finding, known_of


def finding(what: str, amount: float | None, low: float | None, high: float | None, n: int = 25) -> Finding:
    return Finding(what, "", n, "", amount, low, high)


def test_a_number_with_an_interval_is_known_to_a_standard_error() -> None:
    (known,) = known_of([finding("orders.every", 600.0, 541.2, 658.8)], line())
    assert (known.what, known.observations) == ("orders.every", 25)
    assert known.error == pytest.approx(0.05)  # 117.6 s wide, that is 3.92 errors of 30 s


@pytest.mark.parametrize(
    "without",
    [
        finding("orders.every", None, None, None),
        finding("orders.every", 600.0, None, 700.0),
        finding("orders.every", 600.0, 600.0, 600.0),
        finding("orders.every", 0.0, 0.0, 1.0),
        finding("orders.every", 600.0, 500.0, 700.0, n=0),
        finding("orders.every", 600.0, 500.0, float("inf")),
        finding("work_centers.slow.units", 2.0, 1.0, 3.0),
        finding("operations.fold.takes", 60.0, 50.0, 70.0),
        finding("operations.two.defects.share", 0.05, 0.0, 1.0),  # no share has so wide an error
    ],
)
def test_what_has_no_interval_or_no_place_in_the_plant_is_left_out(without: Finding) -> None:
    assert known_of([without], line()) == ()


def test_of_two_findings_on_one_number_the_first_counts() -> None:
    both = [finding("orders.every", 600.0, 541.2, 658.8), finding("orders.every", 600.0, 0.0, 9000.0)]
    assert [known.error for known in known_of(both, line())] == [pytest.approx(0.05)]
