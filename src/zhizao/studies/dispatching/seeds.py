"""Known dispatch rules as expressions, from which a search begins (Pinedo, Scheduling, 2016, ch. 14)."""

from __future__ import annotations

from dataclasses import dataclass

from zhizao.studies.dispatching.grammar import Call, Number, Tree, call, facts_in

FAR_S = 1e6  # so many seconds outweigh any set-up


@dataclass(frozen=True, slots=True)
class Known:
    """Which facts differ between the lots of a plant, and how long a lot typically works at a center."""

    facts: frozenset[str]
    work_s: float


def known_rules(known: Known) -> dict[str, Tree]:
    """Rules by name, of those facts that tell lots apart."""
    slack = call("-", call("-", "due", "now"), "rest")
    ratio = call("/", call("-", "due", "now"), "rest")
    urgent = call("*", Number(FAR_S, 1), "priority")
    weight: Tree = call("max", "priority", Number(1.0)) if "priority" in known.facts else Number(1.0)
    late = call(
        "exp", call("neg", call("/", call("max", slack, Number(0.0, 1)), Number(2 * known.work_s, 1)))
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
        "ATC with set-up": _with_setup(atc, known.work_s),
    }
    told = known.facts | {"now", "since", "release", "work", "rest"}
    return {name: tree for name, tree in rules.items() if told.issuperset(facts_in(tree))}


def _with_setup(atc: Call, work_s: float) -> Tree:
    """ATCS (Lee, Bhaskaran & Pinedo 1997, IIE Transactions 29)."""
    return call("*", atc, call("exp", call("neg", call("/", "setup", Number(work_s, 1)))))
