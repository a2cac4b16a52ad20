"""Which unit takes which lot: dispatch rules (Pinedo, Scheduling, ch. 14) and the user's own."""

from __future__ import annotations

from math import exp
from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.compiling.decorators import cold, inline, kernel
from zhizao.kernels.cranes import by_distance
from zhizao.kernels.material import move_parts, parts_there
from zhizao.kernels.plan import (
    due_of,
    is_early,
    is_held,
    look_at,
    note_ready,
    pass_turn,
    planned_amount,
    planned_row,
    planned_start,
    unit_in_turn,
)
from zhizao.kernels.reservations import can_reserve
from zhizao.kernels.rules import ask, wants
from zhizao.kernels.supply import job_calendar, resources_ready
from zhizao.kernels.times import close_of
from zhizao.kernels.work import family_of, process_time, setup_between, setup_time

_HOLDS = k.X_CASCADE | k.X_MIN_RUN
_WAITS = -2  # less a row of the plan: the turn of an idle unit that waits for it, while others choose
_MEAN_TIMES = 1 << 5 | 1 << 6  # inputs of a rule that take some looking up


@kernel
def find_unit(t: Any, s: Any, center: int) -> int:
    """The fastest unit that could start now, the first listed on ties; -1: none."""
    c = t.centers[center]
    if not s.calendars[c.calendar].open:
        return -1
    best = -1
    for unit in range(c.unit_first, c.unit_end):
        if s.idle[unit] and (best < 0 or t.units[unit].pace < t.units[best].pace):
            best = unit
            if c.even:
                break
    return best


@kernel
def _only_unit(t: Any, s: Any, center: int, first: int) -> int:
    """The idle unit `first` if it is the only one at a center that is open; -1: there are others."""
    for unit in range(first + 1, t.centers[center].unit_end):
        if s.idle[unit]:
            return -1
    return first


@kernel
def _mean_setup(t: Any, s: Any, unit: int, family: int) -> float:
    number = setup_between(t, t.centers[t.units[unit].center], s.units[unit].family, family)
    return float(t.dists[number].average)


@cold
def _own_family_waits(t: Any, s: Any, center: int, unit: int) -> bool:
    """Whether a lot waits at a center that a unit can take as it is set up, not one bound to another."""
    by = t.centers[center].setup_by
    lot = s.centers[center].head
    while lot >= 0:
        p = t.steps[s.lots[lot].step]
        home = s.homes[lot, p.same] if p.extras & k.X_SAME else -1
        if home in (-1, unit) and family_of(t, s, by, lot) == s.units[unit].family:
            return True
        lot = s.lots[lot].next
    return False


@cold
def holds_its_setup(t: Any, s: Any, center: int, unit: int) -> bool:
    """Whether a unit may not change over now: lots are in its cascade, or its run is too short yet."""
    x = s.units[unit]
    c = t.centers[center]
    if x.inside > 0:
        return True
    return bool(x.family >= 0 and x.run < c.min_run and _own_family_waits(t, s, center, unit))


@kernel
def _suits(t: Any, s: Any, center: int, unit: int, family: int) -> bool:
    """Whether an idle unit may take a lot of a family, by what few centers have."""
    if setup_between(t, t.centers[center], s.units[unit].family, family) == 0:
        return True
    return not holds_its_setup(t, s, center, unit)


@kernel
def unit_for(t: Any, s: Any, center: int, lot: int, only: int) -> int:
    """The idle unit with the least mean set-up for a lot, then the fastest, then the first; -1: none may.

    `only`: the one unit that is idle, -1 where several are.
    """
    c = t.centers[center]
    p = t.steps[s.lots[lot].step]
    first, end = c.unit_first, c.unit_end
    if p.extras & k.X_SAME and s.homes[lot, p.same] >= 0:
        first = s.homes[lot, p.same]
        end = first + 1
    elif only >= 0:
        first, end = only, only + 1
    family = family_of(t, s, c.setup_by, lot)
    best, least = -1, 0.0
    for unit in range(first, end):
        if not s.idle[unit] or (c.extras & _HOLDS and not _suits(t, s, center, unit, family)):
            continue
        setup = 0.0 if family < 0 else _mean_setup(t, s, unit, family)
        if best < 0 or setup < least or (setup == least and t.units[unit].pace < t.units[best].pace):
            best, least = unit, setup
    return best


@cold
def least_setup(t: Any, s: Any, center: int, lot: int) -> float:
    """The least mean set-up for a lot among all units of a center."""
    least = k.TOO_MUCH
    family = family_of(t, s, t.centers[center].setup_by, lot)
    for unit in range(t.centers[center].unit_first, t.centers[center].unit_end):
        least = min(least, _mean_setup(t, s, unit, family))
    return least


@cold
def free_units(t: Any, s: Any, center: int) -> int:
    """Units that could start now."""
    n = 0
    if s.calendars[t.centers[center].calendar].open:
        for unit in range(t.centers[center].unit_first, t.centers[center].unit_end):
            n += s.idle[unit]
    return n


@kernel
def _mean_time(t: Any, x: Any) -> float:
    a = t.alternatives[x.alternative]
    return float(a.mean_lot_s + x.active * a.mean_piece_s)


@inline
def _mean_rest(t: Any, x: Any) -> float:
    """Mean work of a lot from here to the end of its route."""
    p = t.steps[x.step]
    return float(p.rest_lot_s + x.active * p.rest_piece_s)


@cold
def _mean_of_queue(t: Any, s: Any, center: int) -> float:
    total = 0.0
    lot = s.centers[center].head
    while lot >= 0:
        total += _mean_time(t, s.lots[lot])
        lot = s.lots[lot].next
    return total / s.centers[center].waiting


@cold
def _atc(weight: float, time: float, slack: float, scale: float) -> float:
    """Apparent tardiness cost with look-ahead 2 (Vepsalainen & Morton 1987, doi 10.1287/mnsc.33.8.1035)."""
    if weight <= 0.0:
        weight = 1.0
    return -weight / max(time, 1e-9) * exp(-max(slack, 0.0) / max(2.0 * scale, 1e-9))


@kernel
def _own_rank(t: Any, s: Any, rule: int, center: int, unit: int, lot: int) -> float:
    """The number by which the user's rule ranks a lot; `unit` counts for its set-up only."""
    x = s.lots[lot]
    inputs = s.rule_inputs
    inputs[0], inputs[1], inputs[2], inputs[3], inputs[4] = (
        s.clock[0].now,
        due_of(t, s, lot),
        x.release,
        x.since,
        x.priority,
    )
    if t.rules[2 * rule + 1] & _MEAN_TIMES:
        inputs[5], inputs[6] = _mean_time(t, x), _mean_rest(t, x)
    inputs[8], inputs[9] = x.active, x.pieces
    if wants(t, rule, 7):
        inputs[7] = _mean_setup(t, s, unit, family_of(t, s, t.centers[center].setup_by, lot))
    if wants(t, rule, 10):
        inputs[10] = planned_start(t, s, lot, -1)
    return float(ask(t, s, rule, lot, -k.TOO_MUCH))


@cold
def _rank(t: Any, s: Any, center: int, unit: int, lot: int, scale: float) -> float:
    """The number by which a rule that no queue can be ordered by ranks a lot; the lowest is first."""
    rule = t.centers[center].rule
    if rule == k.CRITICAL_RATIO:
        return float(_ratio(t, s, lot))
    if rule == k.ATC:
        x = s.lots[lot]
        slack = due_of(t, s, lot) - s.clock[0].now - _mean_rest(t, x)
        return float(_atc(x.priority, _mean_time(t, x), slack, scale))
    setup = _mean_setup(t, s, unit, family_of(t, s, t.centers[center].setup_by, lot))
    return by_distance(t, s, center, lot, setup)


@kernel
def gather_of(t: Any, s: Any, batch: int, lot: int) -> int:
    """Row of State.gathers that counts the lots that may go in one batch with this one."""
    b = t.batches[batch]
    return int(b.gather + 1 + family_of(t, s, b.by, lot))


@kernel
def joins(t: Any, s: Any, lot: int, row: int) -> bool:
    """Whether a lot may go in a batch of those that `gathers[row]` counts."""
    batch = t.alternatives[s.lots[lot].alternative].batch
    return bool(batch >= 0 and gather_of(t, s, batch, lot) == row)


@cold
def _together(t: Any, s: Any, center: int, first: int, batch: int, most: int) -> Any:
    """(Amount, pieces) of the batch of at most so much that a lot would start now: those that fit, and whose
    parts are left.
    """
    b = t.batches[batch]
    row = gather_of(t, s, batch, first)
    amount, pieces = 0, 0
    lot = first
    following = s.centers[center].head
    while lot >= 0:
        x = s.lots[lot]
        size = x.active if b.in_pieces else 1
        if amount + size <= most and not x.special & k.SEEN and joins(t, s, lot, row):
            if parts_there(t, s, lot):
                move_parts(t, s, lot, k.TAKE)
                x.special |= k.SEEN
                amount += size
                pieces += x.active
        lot = following
        if lot >= 0:
            following = s.lots[lot].next
    _forget(t, s, center)
    return amount, pieces


@cold
def _forget(t: Any, s: Any, center: int) -> None:
    """Put back the parts that were taken for a look."""
    lot = s.centers[center].head
    while lot >= 0:
        if s.lots[lot].special & k.SEEN:
            s.lots[lot].special &= ~k.SEEN
            move_parts(t, s, lot, k.GIVE_BACK)
        lot = s.lots[lot].next


@cold
def may_join(t: Any, s: Any, center: int, unit: int, lot: int) -> bool:
    """Whether a lot may go with a batch on this unit, and is not frozen on another."""
    own = unit_in_turn(t, s, center, lot) if s.clock[0].frozen > 0 else -1
    return own in (-1, unit)


@cold
def _amount_for(t: Any, s: Any, center: int, unit: int, batch: int, row: int) -> int:
    """How much waits that may go in one batch on this unit."""
    amount = 0
    lot = s.centers[center].head
    while lot >= 0:
        if joins(t, s, lot, row) and may_join(t, s, center, unit, lot):
            amount += s.lots[lot].active if t.batches[batch].in_pieces else 1
        lot = s.lots[lot].next
    return int(amount)


@kernel
def _gathered(t: Any, s: Any, center: int, unit: int, batch: int, lot: int) -> bool:
    """Whether a batch with this lot may start: enough is there, or the lot has waited long enough."""
    b = t.batches[batch]
    if s.clock[0].now >= s.lots[lot].since + b.wait:
        return True
    least = b.least
    if t.centers[center].extras & k.X_PLAN:
        least = max(least, planned_amount(t, s, lot))
    row = gather_of(t, s, batch, lot)
    if s.gathers[row].amount < least:
        return False
    if s.clock[0].frozen > 0 and _amount_for(t, s, center, unit, batch, row) < least:
        return False
    if not t.centers[center].extras & k.X_PARTS:
        return True
    amount, _ = _together(t, s, center, lot, batch, b.most)
    return bool(amount >= b.least)


@kernel
def starting_stage(t: Any, s: Any, center: int, unit: int, lot: int) -> int:
    """Who is taken when the lot starts: those for the set-up, where there is one, or those who process."""
    c = t.centers[center]
    if not t.alternatives[s.lots[lot].alternative].staged or c.setup_by == k.NO_SETUP:
        return k.AT_PROCESS
    family = family_of(t, s, c.setup_by, lot)
    return k.AT_SETUP if setup_between(t, c, s.units[unit].family, family) > 0 else k.AT_PROCESS


@kernel
def may_start(t: Any, s: Any, center: int, unit: int, lot: int) -> bool:
    """Whether parts, people, the rest of its batch and the time are there for a lot."""
    c = t.centers[center]
    if c.extras & k.X_PLAN and is_held(t, s, center, lot):
        return False
    if c.extras & k.X_PARTS and not parts_there(t, s, lot):
        return False
    if c.extras & k.X_PEOPLE and not resources_ready(t, s, lot, starting_stage(t, s, center, unit, lot)):
        return False
    if c.extras & k.X_BATCH:
        batch = t.alternatives[s.lots[lot].alternative].batch
        if batch >= 0 and not _gathered(t, s, center, unit, batch, lot):
            return False
    if c.off_shift == k.NO_START and not _fits(t, s, unit, lot):
        return False
    return bool(not c.extras & k.X_RESERVES or can_reserve(t, s, center, lot))


@cold
def _time_left(t: Any, s: Any, unit: int, lot: int) -> float:
    """Time from now, less the set-up, to the end of the shift in which a lot would be worked on."""
    calendar = job_calendar(t, s, unit, lot)
    now = s.clock[0].now
    close = close_of(t, calendar, now)
    close = close_of(t, calendar, close)  # a shift that goes on over the week's end is cut in two there
    return float(close - (now + setup_time(t, s, unit, lot)))


@cold
def _fits(t: Any, s: Any, unit: int, lot: int) -> bool:
    """Whether set-up and processing end by the end of the shift."""
    if t.alternatives[s.lots[lot].alternative].batch >= 0:
        return bool(load_that_fits(t, s, unit, lot) > 0)
    return bool(process_time(t, s, unit, lot, s.lots[lot].active) <= _time_left(t, s, unit, lot))


@cold
def load_that_fits(t: Any, s: Any, unit: int, lot: int) -> int:
    """The most for a batch with this lot that ends by the end of the shift, not under its least where so
    much is there; 0: none does.
    """
    batch = t.alternatives[s.lots[lot].alternative].batch
    b = t.batches[batch]
    center = t.units[unit].center
    left = _time_left(t, s, unit, lot)
    amount, pieces = _together(t, s, center, lot, batch, b.most)
    if process_time(t, s, unit, lot, pieces) <= left:
        return int(b.most)
    least = max(s.lots[lot].active if b.in_pieces else 1, min(b.least, amount))
    low, high = least - 1, amount  # what may fit, and what does not
    while high - low > 1:
        middle = (low + high) // 2
        _, pieces = _together(t, s, center, lot, batch, middle)
        if process_time(t, s, unit, lot, pieces) <= left:
            low = middle
        else:
            high = middle
    if low < least:
        return 0
    amount, _ = _together(t, s, center, lot, batch, low)
    return int(low if amount >= least else 0)


@kernel
def _ratio(t: Any, s: Any, lot: int) -> float:
    """Critical ratio: time to the due date over mean work left."""
    x = s.lots[lot]
    return float((due_of(t, s, lot) - s.clock[0].now) / max(_mean_rest(t, x), 1e-9))


@kernel
def _then(t: Any, s: Any, rule: int, center: int, unit: int, lot: int) -> Any:
    """What follows priority in the rules that begin with it: (mean set-up, critical ratio)."""
    setup, ratio = 0.0, 0.0
    if rule != k.PRIORITY_RATIO and not t.centers[center].alike:
        setup = _mean_setup(t, s, unit, family_of(t, s, t.centers[center].setup_by, lot))
    if rule != k.PRIORITY_SETUP:
        ratio = _ratio(t, s, lot)
    return setup, ratio


@inline
def _unit_that_takes(t: Any, s: Any, center: int, lot: int, first: int, only: int) -> int:
    """The unit that a lot would take; `first`: the first idle one, `only`: the same if there is no other."""
    return first if t.centers[center].alike else unit_for(t, s, center, lot, only)


@kernel
def _choose_first(t: Any, s: Any, center: int, first: int, only: int, lot: int) -> Any:
    """(Lot, unit): the first of a queue that is kept in the order of its rule among those that can start.

    This and the other two look at a lot and those behind it.
    """
    while lot >= 0:
        unit = _unit_that_takes(t, s, center, lot, first, only)
        if unit >= 0 and may_start(t, s, center, unit, lot):
            return lot, unit
        lot = s.lots[lot].next
    return -1, -1


@kernel
def _choose_by_priority(t: Any, s: Any, center: int, first: int, only: int, lot: int) -> Any:
    """(Lot, unit) by priority, in which order the queue is kept, and then by set-up or critical ratio."""
    rule = t.centers[center].rule
    best, best_unit = -1, -1
    rank, least, last_least = 0.0, 0.0, 0.0
    while lot >= 0 and (best < 0 or s.lots[lot].rank == rank):
        unit = _unit_that_takes(t, s, center, lot, first, only)
        if unit >= 0:
            then, last = _then(t, s, rule, center, unit, lot)
            before = best < 0 or then < least or (then == least and last < last_least)
            if before and may_start(t, s, center, unit, lot):
                best, best_unit, rank, least, last_least = lot, unit, s.lots[lot].rank, then, last
                if then <= 0.0 and rule == k.PRIORITY_SETUP:
                    break
        lot = s.lots[lot].next
    return best, best_unit


@kernel
def _choose_by_rank(t: Any, s: Any, center: int, first: int, only: int, lot: int) -> Any:
    """(Lot, unit) by a rank that changes with time or set-up, the first to come on ties."""
    rule = t.centers[center].rule
    scale = _mean_of_queue(t, s, center) if rule == k.ATC else 1.0
    best, best_unit = -1, -1
    least = 0.0
    tiers = t.centers[center].order != k.FIFO  # hot lots first, then those that they interrupted
    while lot >= 0 and (best < 0 or not tiers or s.lots[lot].rank == s.lots[best].rank):
        unit = _unit_that_takes(t, s, center, lot, first, only)
        if unit >= 0:
            if rule >= k.USER_RULE:
                rank = _own_rank(t, s, rule - k.USER_RULE, center, unit, lot)
            else:
                rank = _rank(t, s, center, unit, lot, scale)
            if (best < 0 or rank < least) and may_start(t, s, center, unit, lot):
                best, best_unit, least = lot, unit, rank
        lot = s.lots[lot].next
    return best, best_unit


@inline
def _choose_by_rule(t: Any, s: Any, center: int, first: int, only: int, lot: int) -> Any:
    """(Lot, unit): the first by the rule of a center from `lot` on."""
    c = t.centers[center]
    if c.rule == c.order:
        return _choose_first(t, s, center, first, only, lot)
    if c.rule >= k.PRIORITY_SETUP and c.rule < k.USER_RULE:
        return _choose_by_priority(t, s, center, first, only, lot)
    return _choose_by_rank(t, s, center, first, only, lot)


@cold
def _unit_by_plan(t: Any, s: Any, center: int, lot: int) -> int:
    """The unit that takes a planned lot: its own; another if that is down or the lot is late. -1: none."""
    x = s.lots[lot]
    if unit_in_turn(t, s, center, lot) >= 0:
        return -1
    row = planned_row(t, s, lot)
    unit = t.plans[row].unit if row >= 0 else -1
    own = unit >= 0 and t.units[unit].center == center and not t.steps[x.step].extras & k.X_SAME
    if own and s.idle[unit]:
        family = family_of(t, s, t.centers[center].setup_by, lot)
        if not t.centers[center].extras & _HOLDS or _suits(t, s, center, unit, family):
            return int(unit)
    if own and s.units[unit].downtime < 0:
        if is_early(t, s, lot):
            look_at(s, center, t.plans[row].start)
            return -1
        if t.plans[row].keep:
            return -1
    return int(unit_for(t, s, center, lot, -1))


@cold
def _choose_planned(t: Any, s: Any, center: int, lot: int, early: int) -> Any:
    """(Lot, unit): the first from `lot` on that can start, of those before all that the rule ranks.

    `early` is 1 for those that are early too.
    """
    while lot >= 0 and s.lots[lot].rank < -k.TOO_MUCH and (early or not is_early(t, s, lot)):
        unit = _unit_by_plan(t, s, center, lot)
        if unit >= 0 and may_start(t, s, center, unit, lot):
            return lot, unit
        lot = s.lots[lot].next
    return -1, -1


@cold
def _lot_in_turn(t: Any, s: Any, center: int, unit: int) -> int:
    """The lot that a unit takes next, because it is frozen, if it waits and can start; -1: it does not."""
    row = s.units[unit].turn
    lot = s.centers[center].head
    while lot >= 0 and planned_row(t, s, lot) != row:
        lot = s.lots[lot].next
    if lot < 0:
        return -1
    p = t.steps[s.lots[lot].step]
    if p.extras & k.X_SAME and s.homes[lot, p.same] not in (-1, unit):
        pass_turn(t, s, row)  # it is bound to another unit by what was done before
        return -1
    if s.units[unit].inside > 0:
        family = family_of(t, s, t.centers[center].setup_by, lot)
        if setup_between(t, t.centers[center], s.units[unit].family, family) != 0:
            return -1
    return int(lot) if may_start(t, s, center, unit, lot) else -1


@cold
def _choose_in_turn(t: Any, s: Any, center: int) -> Any:
    """(Lot, unit): the first, by unit, of those that are frozen and can start, else one for a unit that waits
    for none.
    """
    c = t.centers[center]
    for unit in range(c.unit_first, c.unit_end):
        if s.idle[unit] and s.units[unit].turn >= 0:
            lot = _lot_in_turn(t, s, center, unit)
            if lot >= 0:
                return lot, unit
    for unit in range(c.unit_first, c.unit_end):
        if s.idle[unit] and s.units[unit].turn >= 0:
            s.idle[unit] = 0
            s.units[unit].turn = _WAITS - s.units[unit].turn
    first = find_unit(t, s, center)
    only = -1 if c.alike or first < 0 else _only_unit(t, s, center, first)
    lot, unit = -1, -1
    if first >= 0:
        lot, unit = _choose_by_plan(t, s, center, first, only)
    for other in range(c.unit_first, c.unit_end):
        if s.units[other].turn <= _WAITS:
            s.idle[other] = 1
            s.units[other].turn = _WAITS - s.units[other].turn
    return lot, unit


@cold
def _choose_by_plan(t: Any, s: Any, center: int, first: int, only: int) -> Any:
    """(Lot, unit): the first lot that is due by the plan, else one by the rule, else an early planned one."""
    lot, unit = _choose_planned(t, s, center, s.centers[center].head, 0)
    if lot >= 0:
        return lot, unit
    early = s.centers[center].head
    while early >= 0 and s.lots[early].rank < -k.TOO_MUCH and not is_early(t, s, early):
        early = s.lots[early].next
    rest = early
    while rest >= 0 and s.lots[rest].rank < -k.TOO_MUCH:
        rest = s.lots[rest].next
    if rest >= 0:
        lot, unit = _choose_by_rule(t, s, center, first, only, rest)
    if lot < 0:
        lot, unit = _choose_planned(t, s, center, early, 1)
    return lot, unit


@inline
def choose(t: Any, s: Any, center: int, first: int) -> Any:
    """(Lot, unit) to start next: the first by rule among those that can start now; -1: none."""
    c = t.centers[center]
    only = -1 if c.alike else _only_unit(t, s, center, first)
    if c.extras & k.X_PLAN and s.clock[0].frozen > 0:
        lot, unit = _choose_in_turn(t, s, center)
    elif c.extras & k.X_PLAN:
        lot, unit = _choose_by_plan(t, s, center, first, only)
    else:
        lot, unit = _choose_by_rule(t, s, center, first, only, s.centers[center].head)
    if lot >= 0 and c.extras & k.X_PEOPLE:
        resources_ready(t, s, lot, starting_stage(t, s, center, unit, lot))
    return lot, unit


@cold
def _rank_before(t: Any, s: Any, center: int, lot: int) -> float:
    """The number of a lot that comes before all that a rule ranks; 0: it does not."""
    special = s.lots[lot].special
    note_ready(t, s, lot)
    if special & (k.HOT | k.BACK):
        return k.HOT_RANK if special & k.HOT else k.BACK_RANK
    row = planned_row(t, s, lot)
    if row < 0 or not t.centers[center].extras & k.X_PLAN or t.plans[row].start >= k.NO_DUE:
        return 0.0
    return float((t.plans[row].start - k.PLAN_ZERO_S) * k.PLAN_SCALE)


@kernel
def rank_in_queue(t: Any, s: Any, center: int, lot: int) -> float:
    """The number that a queue is ordered by, the lowest first."""
    order = t.centers[center].order
    if s.lots[lot].special & (k.HOT | k.BACK | k.PLANNED):
        before = _rank_before(t, s, center, lot)
        if before < 0.0:
            return before
    if order == k.HOT_FIRST:
        return 0.0
    if order >= k.USER_RULE:
        return float(_own_rank(t, s, order - k.USER_RULE, center, k.NOTHING, lot))
    if order == k.PRIORITY:
        return float(-s.lots[lot].priority)
    if order == k.EARLIEST_DUE_DATE:
        return float(due_of(t, s, lot))
    return float(_mean_time(t, s.lots[lot]))
