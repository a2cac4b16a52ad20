"""Rules as the twin takes them: the interpreter of programs, and the function in a rule's file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhizao.plant.rules import rule
from zhizao.solvers.rules import FUNCTION, NO_DUE_S, evaluate


@rule
def steady(  # type: ignore[no-untyped-def]  # noqa: PLR0913
    due, release, since, priority, work, rest, active, pieces,
    rule_word_0, rule_word_1, rule_word_2,
    rule_number_0, rule_number_1, rule_number_2, rule_number_3, rule_number_4, rule_number_5,
):  # fmt: skip
    """Rank by a program that reads neither `now` nor `setup`: evaluated once for each lot."""
    return evaluate(
        (0.0, min(due, NO_DUE_S), release, since, work, rest, 0.0, priority, active, pieces),
        (rule_word_0, rule_word_1, rule_word_2),
        (rule_number_0, rule_number_1, rule_number_2, rule_number_3, rule_number_4, rule_number_5),
    )


@rule
def changing(  # type: ignore[no-untyped-def]  # noqa: PLR0913
    now, due, release, since, priority, work, rest, setup, active, pieces,
    rule_word_0, rule_word_1, rule_word_2,
    rule_number_0, rule_number_1, rule_number_2, rule_number_3, rule_number_4, rule_number_5,
):  # fmt: skip
    """Rank by any program."""
    return evaluate(
        (now, min(due, NO_DUE_S), release, since, work, rest, setup, priority, active, pieces),
        (rule_word_0, rule_word_1, rule_word_2),
        (rule_number_0, rule_number_1, rule_number_2, rule_number_3, rule_number_4, rule_number_5),
    )


def function_of(source: str) -> Callable[..., Any]:
    """The rule in the text of its file."""
    names: dict[str, Any] = {"__name__": "a_rule_that_was_found"}
    exec(compile(source, "<rule>", "exec"), names)
    found: Callable[..., Any] = names[FUNCTION]
    return found
