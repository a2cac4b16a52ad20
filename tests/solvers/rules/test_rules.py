"""Expressions of dispatch rules, their variation, and the race between them; no plant is needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from zhizao.solvers.rules import (
    NUMBERS,
    RULE_INPUTS,
    WORDS,
    Behaviour,
    Budget,
    Race,
    SearchSpace,
    Tree,
    Variation,
    call,
    code,
    dimension,
    evaluate,
    fits,
    formula,
    known_rules,
    program,
    ranks,
    simplified,
    source_of,
)

EVERYTHING = SearchSpace(frozenset(RULE_INPUTS), 600.0)


def _behaviour(seed: int = 1) -> Behaviour:
    rng = np.random.default_rng(seed)
    return Behaviour(EVERYTHING, np.array([3600.0, 7200.0]), np.array([0.0, 1.0]), rng)


def test_a_program_and_many_lots_at_once_give_the_same_values() -> None:
    rng = np.random.default_rng(3)
    variation = Variation(EVERYTHING, rng)
    rules = list(known_rules(EVERYTHING).values())
    for _ in range(40):
        rules.append(variation.child(rules[rng.integers(len(rules))], rules[rng.integers(len(rules))]))
    for tree in rules:
        inputs = {name: float(rng.uniform(0.0, 5000.0)) for name in RULE_INPUTS}
        parts = program(tree)
        words, numbers = (tuple(parts[name] for name in names) for names in (WORDS, NUMBERS))
        by_program = evaluate(tuple(inputs.values()), words, numbers)
        many = ranks(tree, {name: np.array([value]) for name, value in inputs.items()})
        assert many[0] == pytest.approx(by_program, rel=1e-12)
        assert fits(tree)


def test_seconds_are_never_added_to_pieces_and_what_cancels_out_goes() -> None:
    assert dimension(call("+", "work", "pieces")) is None
    assert dimension(call("-", "due", "now")) == 1
    assert simplified(call("-", "due", "now")) == "due"  # `now` is the same for all that wait
    assert simplified(call("neg", call("neg", "work"))) == "work"


def test_two_rules_that_order_every_queue_alike_are_one() -> None:
    behaviour = _behaviour()
    assert behaviour.of(call("*", "work", "work")) == behaviour.of("work")
    assert behaviour.of("due") != behaviour.of("work")


def test_a_rule_reads_as_a_formula_and_as_python() -> None:
    slack = call("-", call("-", "due", "now"), "rest")
    ratio = call("/", slack, "rest")
    assert formula(ratio) == "(due − now − rest) ÷ rest"
    assert code(ratio) == "(due - now - rest) / max(rest, 1e-06)"
    assert "def next_lot(now, due, rest):" in source_of(ratio, "A rule.")


def _race(noise: float, seed: int = 1, work: int = 600) -> Race:
    """A race for the rule that orders random queues as `due + work` does."""
    wanted, behaviour = _behaviour(), _behaviour()
    goal = np.frombuffer(wanted.of(call("+", "due", "work")), np.uint8).astype(float)

    def value(tree: Tree, replication: int) -> float:
        own = np.frombuffer(wanted.of(tree), np.uint8)
        common = np.random.default_rng(replication).normal(0.0, noise)
        return 10.0 + float(np.abs(own - goal).mean()) + common

    def values(todo: Sequence[tuple[Tree, int]]) -> list[float]:
        return [value(tree, replication) for tree, replication in todo]

    rng = np.random.default_rng(seed)
    return Race(values, Variation(EVERYTHING, rng), behaviour, Budget(None, work), rng)


def test_the_race_finds_a_known_rule_and_a_seed_finds_it_again() -> None:
    seeds: list[Tree] = ["since", "work", "due"]
    races = [_race(noise=0.5), _race(noise=0.5)]
    first, again = (race.best(seeds) for race in races)
    assert first == again
    assert races[0].values == races[1].values
    assert _behaviour().of(first) != _behaviour().of("due")
    assert np.mean(races[0].values[first]) < np.mean(races[0].values["due"])


def test_the_race_calls_progress_with_the_completed_fraction() -> None:
    race, said = _race(noise=0.5, work=200), list[float]()
    race.progress = said.append
    race.best(["since", "work", "due"])
    assert said == sorted(said)
    assert 0.0 < said[0] < said[-1] == 1.0


def test_a_cancelled_race_gives_the_best_rule_by_then() -> None:
    race, real, calls = _race(noise=0.0), _race(noise=0.0).evaluate, list[int]()

    def evaluated(todo: Sequence[tuple[Tree, int]]) -> list[float]:
        calls.append(len(todo))
        if len(calls) > 4:
            raise KeyboardInterrupt
        return real(todo)

    race.evaluate = evaluated
    assert race.best(["since", "due"]) in race.values
    assert race.interrupted
