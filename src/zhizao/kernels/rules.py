"""The user's own rules: compiled alone, called by address, so that the loop is the same for every plant."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold, inline
from zhizao.kernels.compiling.options import JIT_ON

if JIT_ON:
    from zhizao.kernels.compiling.callbacks import address_of as address_of  # for the engine
    from zhizao.kernels.compiling.callbacks import call_rule
else:

    def call_rule(address: int, inputs: Any) -> float:
        """The answer of a rule to its inputs; nan: it failed."""
        try:
            return float(_PLAIN[address](inputs))
        except Exception:  # noqa: BLE001  whatever a user's function raises: the engine asks again and shows it
            return nan

    def address_of(function: Callable[..., float], places: tuple[int, ...]) -> int:
        """Keep a rule, called with the numbers at these places, and give its place in the list."""
        _PLAIN.append(lambda inputs: function(*[float(inputs[place]) for place in places]))
        return len(_PLAIN) - 1


_PLAIN: list[Callable[[Any], float]] = []  # without a compiler an address is a place in this list


@inline
def wants(t: Any, rule: int, place: int) -> bool:
    """Whether a rule takes the input at a place; what costs much is not worked out for nothing."""
    return bool((t.rules[2 * rule + 1] >> place) & 1)


@cold
def _number_inputs(t: Any, s: Any, lot: int) -> None:
    """Put the attributes of a lot's product that are numbers behind the other inputs."""
    first = t.products[s.lots[lot].product].number_first
    for place in range(t.whole[0].numbers_n):
        s.rule_inputs[k.RULE_PLACES + place] = t.values[first + place]


@cold
def _refuse(t: Any, s: Any, rule: int, answer: float) -> None:
    """Stop the run, and keep the rule's inputs and its answer."""
    if s.clock[0].bad == 0:
        n = k.RULE_PLACES + t.whole[0].numbers_n
        s.clock[0].bad = rule + 1
        for place in range(n):
            s.rule_inputs[n + place] = s.rule_inputs[place]
        s.rule_inputs[2 * n] = answer


@inline
def ask(t: Any, s: Any, rule: int, lot: int, low: float) -> float:
    """The answer of a rule to `rule_inputs`; one that is none or out of bounds stops the run.

    A lowest answer of 0 means a share, any other that the highest is as far from 0.
    """
    if t.rules[2 * rule + 1] >> k.RULE_PLACES:
        _number_inputs(t, s, lot)
    answer = call_rule(t.rules[2 * rule], s.rule_inputs)
    high = -low if low < 0.0 else 1.0
    if low <= answer <= high:
        return float(answer)
    _refuse(t, s, rule, answer)
    return low


@cold
def own_share(t: Any, s: Any, lot: int) -> float:
    """The share of sound pieces that the step just done makes defective, by the user's rule."""
    x = s.lots[lot]
    p = t.steps[x.step]
    y = s.units[x.unit]
    now = s.clock[0].now
    worked = s.seconds[x.unit, k.BUSY] - y.busy_before
    if y.state == k.BUSY:
        worked += now - y.since
    inputs = s.rule_inputs
    inputs[0], inputs[1], inputs[2], inputs[3], inputs[4] = now, p.share, x.active, x.pieces, x.loops
    inputs[5], inputs[6], inputs[7] = y.total, 1.0 / t.units[x.unit].pace, now - y.set_up
    inputs[8], inputs[9] = now - y.up_since, worked
    return float(ask(t, s, p.quality, lot, 0.0))


@cold
def may_enter(t: Any, s: Any, lot: int, outside: int, longest: float) -> bool:
    """Whether a lot that waits outside may come in, by the user's rule."""
    x = s.lots[lot]
    inputs = s.rule_inputs
    inputs[0], inputs[1], inputs[2], inputs[3], inputs[4] = (
        s.clock[0].now,
        x.due,
        x.since,
        x.priority,
        x.pieces,
    )
    inputs[5], inputs[6], inputs[7], inputs[8], inputs[9] = 0.0, s.clock[0].in_plant, outside, 0.0, longest
    if x.step >= 0:  # else it is bought, and has no way through the plant
        p = t.steps[x.step]
        first = s.centers[t.alternatives[p.alt_first].center]
        inputs[5] = p.rest_lot_s + x.pieces * p.rest_piece_s
        inputs[8] = first.waiting + first.on_the_way
    return bool(ask(t, s, t.whole[0].release_rule, lot, -k.TOO_MUCH) > 0.0)
