"""Settings of the study."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """How the time is spent, and when two combinations count as equal.

    `search` is a share of the time after the pilot. Of what is then left, screening measures without a known
    cost leaves the share `proof`; so many `priceless` ones are proved. The search of a dispatch rule and the
    making of a plan take `rule` each. `relevance` is a share of the goal's value; `pairs` are replications of
    each proposal in the final comparison, `draws` plants that are drawn there where numbers are uncertain,
    each with `pairs_of_a_draw`.
    """

    search: float = 0.55
    relevance: float = 0.005
    first: int = 2
    fewest_lots: int = 20  # completed in a window; of fewer no mean can be known (as for a warm-up)
    most_replications: int = 20_000
    fewest_pairs: int = 4
    pairs: int = 40
    fewest_draws: int = 6
    draws: int = 12
    pairs_of_a_draw: int = 8  # all draws have the same ones: of fewer, the noise is known too badly
    proposals: int = 14
    proof: float = 0.7
    rule: float = 0.15
    priceless: int = 6
    fewest_proposals: int = 3
    spare_s: float = 0.5  # for the result itself
    after_cancel_s: float = 8.0  # a user waits no longer after Ctrl-C


PLAN = Plan()
SPENT = 0.8
"""Share of the time left that the proof plans to use: runs of one plant vary in length."""
ENOUGH = 1500
"""Replications that a search of a dozen measures takes with room to spare (benchmarks/subsets.py)."""
RUNS_OF_A_PLAN = 30
"""Runs of the twin that making a plan takes at least: one by each dispatch rule, and what a search finds."""
MOST_DAYS = 3660.0
"""Longest window that is tried for a plant that completes few lots."""
NO_LIMIT_S = 1e9
"""Seconds of a study without a time limit: some thirty years."""
