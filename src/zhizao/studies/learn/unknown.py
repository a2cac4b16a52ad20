"""What a log cannot tell, and what to record so that it can."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from zhizao.records import Records
from zhizao.studies.learn.evidence import Finding


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something the log does not show, what the plant assumes instead, and what to record."""

    what: str
    assumed: str
    record: str


_COLUMNS = {
    "personnel": ("who does the work", "people are never short", "the worker of each row"),
    "pieces_scrap": ("scrap", "nothing is scrapped", "pieces rejected per row"),
    "pieces_rework": (
        "rework",
        "rework steps are ordinary operations of their routes",
        "pieces sent back per row",
    ),
    "batch": ("batches", "lots are worked on one by one", "the batch that lots share"),
}
_ALWAYS = (
    Unknown("why lots wait beyond busy and closed machines", "extra delays, as waited in the log",
            "when a lot is ready, and what it waits for (material, tools, a decision)"),
    Unknown("when orders are released", "an order is released at its first start",
            "release time of each order"),
    Unknown("who could do the work of another", "each operation stays on the work center of the log",
            "which work centers can do which operation"),
    Unknown("room between work centers", "buffers have no limit, transport takes no time of its own",
            "buffer sizes, and moves with start and end"),
    Unknown("energy and cost", "no power and no cost", "power by state, cost rates, prices, the tariff"),
)  # fmt: skip


_INFERRED = {
    "who does the work": r"personnel\..*\.inferred",
    "scrap": r"operations\..*\.defects\.share",
    "when orders are released": r"orders\..*\.release",
}
"""What is not unknown where such a finding, of its whole name, was made."""


def list_unknown(records: Records, findings: Iterable[Finding] = ()) -> tuple[Unknown, ...]:
    """What these records leave open, but for what was inferred from them."""
    names = [finding.what for finding in findings]
    found = {what for what, name in _INFERRED.items() if any(re.fullmatch(name, one) for one in names)}
    return tuple(one for one in _left_open(records) if one.what not in found)


def _left_open(records: Records) -> tuple[Unknown, ...]:
    found = list(_ALWAYS)
    events, lots = records.events, records.lots
    if events is not None:
        found += [
            Unknown(*words)
            for column, words in _COLUMNS.items()
            if events[column].null_count() == len(events)
        ]
        if events["personnel"].null_count() < len(events):
            assumed = "only those limit the plant for whom work was seen to wait"
            found.append(Unknown("whether people are short", assumed, "shifts and skills of the workers"))
        if not (events["activity"].cast(pl.String) == "failure").any():
            found.append(Unknown("failures", "work centers never fail", "breakdowns as rows of their own"))
    if lots["due"].null_count() == len(lots):
        found.append(Unknown("due dates", "orders have none", "the due date of each order"))
    if lots["pieces"].null_count() == len(lots):
        found.append(Unknown("lot sizes", "one piece per lot", "the quantity of each order"))
    return tuple(found)
