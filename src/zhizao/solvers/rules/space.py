"""Dispatch rules of the literature as expressions: seeds of a search (Pinedo, Scheduling, 2016, ch. 14)."""

from __future__ import annotations

from dataclasses import dataclass

from zhizao.solvers.rules.grammar import Call, Number, Tree, call, inputs_of

_OUTWEIGHS_S = 1e6  # one step of priority counts this much: more than any set-up


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """What rules are made of: inputs that differ between lots, and the typical work of a lot in s."""

    inputs: frozenset[str]
    work_s: float


def known_rules(space: SearchSpace) -> dict[str, Tree]:
    """Rules by name: those that only read inputs of the search space."""
    slack = call("-", call("-", "due", "now"), "rest")
    ratio = call("/", call("-", "due", "now"), "rest")
    urgent = call("*", Number(_OUTWEIGHS_S, 1), "priority")
    weight: Tree = call("max", "priority", Number(1.0)) if "priority" in space.inputs else Number(1.0)
    late = call(
        "exp", call("neg", call("/", call("max", slack, Number(0.0, 1)), Number(2 * space.work_s, 1)))
    )
    atc = call("neg", call("*", call("/", weight, "work"), late))
    rules: dict[str, Tree] = {
        "FIFO": "since",
        "first in the plant": "release",
        "EDD": "due",
        "SPT": "work",
        "least work left": "rest",
        "most work left": call("neg", "rest"),
        "slack": slack,
        "critical ratio": ratio,
        "ATC": atc,
        "least set-up": "setup",
        "priority": call("neg", "priority"),
        "priority, least set-up": call("-", "setup", urgent),
        "weighted SPT": call("/", "work", call("max", "priority", Number(1.0))),
        "SPT with set-up": call("+", "work", "setup"),
        "EDD + work": call("+", "due", "work"),
        "EDD + set-up": call("+", "due", call("*", Number(3.0), "setup")),
        "slack + set-up": call("+", slack, call("*", Number(3.0), "setup")),
        "modified due date": call("max", call("-", "due", "now"), "rest"),
        "FIFO + SPT": call("+", "since", call("*", Number(5.0), "work")),
        "ATC with set-up": _with_setup(atc, space.work_s),
    }
    readable = space.inputs | {"now", "since", "release", "work", "rest"}
    return {name: tree for name, tree in rules.items() if readable.issuperset(inputs_of(tree))}


def _with_setup(atc: Call, work_s: float) -> Tree:
    """ATCS (Lee, Bhaskaran & Pinedo 1997, IIE Transactions 29)."""
    return call("*", atc, call("exp", call("neg", call("/", "setup", Number(work_s, 1)))))
