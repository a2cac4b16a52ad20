"""What every result says of its runs."""

from __future__ import annotations

import pytest

from tests.studies.plants import line
from zhizao.experiments.facts import RunFacts, RunPlan, as_json, in_words, on_page
from zhizao.experiments.window import Window
from zhizao.kpi import FORMULAS, formula_of
from zhizao.quantities import InputError

FACTS = RunFacts(line(), Window(28.0, 2.0, "as reported"), 7, 3, True, False, "1.0", inputs=())


def test_the_json_the_page_and_the_sentence_say_the_same() -> None:
    found = as_json(FACTS)
    assert (found["days"], found["warm_up_days"], found["replications"]) == (28.0, 2.0, 7)
    assert on_page(FACTS)["pairs of runs"] == 7
    assert in_words(FACTS).startswith("7 pairs of runs with common random numbers, 2 days of warm-up cut off")


@pytest.mark.parametrize(("days", "pairs", "said"), [(0, 5, "days"), (None, 1, "at least 2 pairs")])
def test_a_plan_that_makes_no_sense_is_refused(days: float | None, pairs: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        RunPlan(days, pairs)


def test_a_kpi_is_found_by_its_id_and_a_mean_by_its_short_name() -> None:
    assert formula_of("lead_time") is FORMULAS["lead_time_mean"]
    assert formula_of("lead_time_p90") is FORMULAS["lead_time_p90"]
    with pytest.raises(InputError, match="did you mean 'unit_cost'"):
        formula_of("unitcost")
