"""What the studies of a cluster share: checks of what is tried, and words for lists of jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zhizao.quantities import InputError

FEW = 5
"""Jobs that are named in words; the JSON has all."""


def check_trial(replications: int, add: Mapping[str, int]) -> None:
    """Refuse too few replications, and additions of nothing.

    Raises
    ------
    InputError
        With what would be right.
    """
    if replications < 2:
        raise InputError(f"replications: found {replications}; an interval takes at least 2")
    for kind, count in add.items():
        if count < 1:
            raise InputError(f"add: found {count} nodes of {kind}; expected 1 or more")


def few(names: Sequence[str]) -> str:
    """Name the first, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
