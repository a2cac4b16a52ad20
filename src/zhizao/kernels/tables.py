"""Tables of the twin: what does not change during a run (`Tables`) and what does (`State`).

One record array per thing, one row per instance. Times in s, shares in 0..1. A dist of 0 is "no time", a row
number of -1 is "none". `engine.lower` builds them, `engine.lift` reads them back; nobody else knows them.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

# -- codes ------------------------------------------------------------------------------------------------
CONSTANT: Final = 0
UNIFORM: Final = 1
TRIANGULAR: Final = 2
EXPONENTIAL: Final = 3
GAMMA: Final = 4
WEIBULL: Final = 5
LOGNORMAL: Final = 6
NORMAL: Final = 7
BETA: Final = 8
DISCRETE: Final = 9
EMPIRICAL: Final = 10

FIFO: Final = 0
PRIORITY: Final = 1
EARLIEST_DUE_DATE: Final = 2
SHORTEST_PROCESSING_TIME: Final = 3
CRITICAL_RATIO: Final = 4
ATC: Final = 5
LEAST_SETUP: Final = 6
PRIORITY_SETUP: Final = 7
PRIORITY_RATIO: Final = 8
PRIORITY_SETUP_RATIO: Final = 9
HOT_FIRST: Final = 10  # first come, where some lots may be hot
USER_RULE: Final = 100  # + row of Tables.rules
RULE_PLACES: Final = 16  # inputs of any rule of the user's own, before the numbers of the product

PAUSE: Final = 0
FINISH: Final = 1
NO_START: Final = 2

NO_SETUP: Final = -1
BY_FAMILY: Final = 0
BY_OPERATION: Final = 1
BY_PRODUCT: Final = 2

BY_CALENDAR: Final = 0
BY_BUSY: Final = 1
BY_RUNNING: Final = 2  # set-up (empty travel) too
BY_CYCLES: Final = 3
BY_PIECES: Final = 4

RESUME: Final = 0
RESTART: Final = 1
SCRAP: Final = 2

# states of a unit, in the order of zhizao.records.UnitState
OFF: Final = 0
IDLE: Final = 1
SETUP: Final = 2
BUSY: Final = 3
BLOCKED: Final = 4
WAITING: Final = 5
DOWN: Final = 6
MAINTENANCE: Final = 7
STANDBY: Final = 8
START_UP: Final = 9
STATES: Final = 10

# what a unit does with the lot in its hand
EMPTY: Final = 0
IN_SETUP: Final = 1
IN_PROCESS: Final = 2
HOLDS: Final = 3
IN_WAKE: Final = 4
WAITS: Final = 5  # set up, for those who process
# what a unit does that has none
ASLEEP: Final = 1
LACKS_ROOM: Final = 2  # a lot that it could begin has no place ahead

# for what a need is: bits
FOR_SETUP: Final = 1
FOR_PROCESS: Final = 2
FOR_ALL: Final = 3
# who is taken: bit n stands for needs with `during` n
AT_SETUP: Final = (1 << FOR_SETUP) | (1 << FOR_ALL)
AT_PROCESS: Final = (1 << FOR_PROCESS) | (1 << FOR_ALL)
AFTER_SETUP: Final = 1 << FOR_PROCESS
ANYONE: Final = AT_SETUP | AT_PROCESS
WITH_ITS_GROUP: Final = 2  # how a downtime is due (DOWNTIME_STATE.due): else 1

# classes of events; at equal times the lower class comes first, then the order of scheduling
E_CALENDAR: Final = 0
E_UNIT: Final = 1
E_DONE: Final = 2
E_DOWNTIME: Final = 3
E_ARRIVE: Final = 4
E_SOURCE: Final = 5
E_ORDER: Final = 6
E_LOOK: Final = 7
E_RELEASE: Final = 8
E_STANDBY: Final = 9
E_BELT: Final = 10

# activities, in the order of zhizao.records.Activity
A_SETUP: Final = 0
A_PROCESS: Final = 1
A_TRANSPORT: Final = 3
A_FAILURE: Final = 4
A_MAINTENANCE: Final = 5

# what few steps have: bits of STEP.extras
X_KEEP: Final = 1  # remembers its unit for a later step
X_SAME: Final = 2  # must be done by a unit remembered
X_MARK: Final = 4  # its end starts a queue limit
X_LIMIT: Final = 8  # must begin within a queue limit
X_ENERGY: Final = 16  # its work takes energy beside the power of the unit
X_PARTS: Final = 64  # takes parts from stock (of a center: some step there does)
X_AFTER: Final = 128  # something happens between it and the next step
# and few centers: bits of CENTER.extras
X_BATCH: Final = 1  # some step there makes batches
X_CASCADE: Final = 2
X_MIN_RUN: Final = 4
X_CLEAR: Final = 8  # a lot without a family leaves the unit set up for none
X_PEOPLE: Final = 16  # some step there needs people, tools or utilities
X_LATE: Final = 32  # some step there has a queue limit
X_PREEMPT: Final = 512  # a hot lot interrupts one that is not
X_RESTART: Final = 256  # which then begins again
X_RESERVES: Final = (
    1024  # a lot reserves a place where it goes next before it begins (of a step, and of its centers)
)
X_RESERVED: Final = 2048  # places there are kept so
X_PLAN: Final = 4096  # lots are taken there as a plan says
# a lot needs more than a unit to begin, or is not simply the first
X_LOOKS: Final = X_BATCH | X_PEOPLE | X_PARTS | X_LATE | X_RESERVES | X_PLAN

COUNT: Final = 0  # what a broken queue limit brings: SCRAP as above, or back to a step
REWORK: Final = 3

COMPLETED: Final = 0
SCRAPPED: Final = 1
IN_PLANT: Final = 2
STOCKED: Final = 3

# purposes of a random stream
P_PROCESS: Final = 1
P_SETUP: Final = 2
P_SAMPLE: Final = 3
P_DEFECT: Final = 4
P_DELAY: Final = 5
P_ORDER: Final = 6
P_BETWEEN: Final = 7
P_REPAIR: Final = 8
P_LOT: Final = 9
P_GAP: Final = 10
P_CASCADE: Final = 11
P_TRIP: Final = 30
P_RACK: Final = 31
P_WAKE: Final = 12
P_SPLIT: Final = 13
P_HOLD: Final = 14
P_BRANCH: Final = 15
P_ROUTE: Final = 16

# what the loop says when it returns
DONE: Final = 0
LOG_FULL: Final = 1
EXITS_FULL: Final = 2
LOTS_FULL: Final = 3
HEAP_FULL: Final = 4
BUDGET: Final = 5
BAD_RULE: Final = 6
FLOOR_FULL: Final = 7

# what a step is (STEP.kind): an operation, or a leg of the way to one; legs up to RETRIEVE keep a place where
# the lot is bound for
OPERATION: Final = 0
BRING: Final = 1  # by vehicle to the next work center
RETRIEVE: Final = 2  # by crane out of the rack
FERRY: Final = 3  # by vehicle to a rack
STORE: Final = 4  # by crane into the rack
BELT: Final = 5  # by conveyor

OPEN: Final = 0  # what happens at a conveyor: its entrance is free, or its first lot is at its end
REACH: Final = -1

NOTHING: Final = 0
TABLE: Final = -1  # source of a lot of the order table
CARD: Final = -2  # source of a lot that a kanban card released

# what is special about a lot (bits), and why it comes back to the loop
BESIDE_UNIT: Final = 1  # it stands beside the unit that it left
HOT: Final = 2  # it comes before all others
BACK: Final = 4  # a hot lot has interrupted it
PARKED: Final = 8  # it stands in an output place
WANTS_PLACE: Final = 16  # it waits for one on its unit
SEEN: Final = 64  # it would go in the batch that is looked at
RESERVED: Final = 32  # it keeps a place where it goes next
PLANNED: Final = 128  # a plan knows it
BEGUN: Final = 256  # its first activity has begun
ON_TRANSPORTER: Final = 512  # it stands at the end of a conveyor, or in a rack
FROM_START: Final = 1024  # it is in the plant at t = 0
HOT_RANK: Final = -1.0e305  # before any rank of a rule
BACK_RANK: Final = -1.0e304
PLAN_ZERO_S: Final = 1.0e9  # ranks of planned starts, before any of a rule: (start - this) times that
PLAN_SCALE: Final = 1.0e294
LAST_TURN: Final = -1
NO_TURN: Final = -2
TRANSITION: Final = 1  # between an operation and the next
RELEASED: Final = 2  # its hold is over
CARDS: Final = 1  # cards may be free

TAKE: Final = 1
GIVE_BACK: Final = -1
TOO_MUCH: Final = 1.0e301  # no rank and no due date is as large (none: 1e300)
NO_DUE: Final = 1.0e300
NOT_BEGUN: Final = 1.0e300

LOG_NONE: Final = 0
LOG_LOTS: Final = 1
LOG_EVENTS: Final = 2


def _table(*fields: tuple[str, str]) -> np.dtype[Any]:
    return np.dtype(list(fields), align=True)


# -- what does not change ---------------------------------------------------------------------------------
DIST = _table(
    ("kind", "i8"),
    ("a", "f8"),
    ("b", "f8"),
    ("c", "f8"),
    ("d", "f8"),
    ("first", "i8"),
    ("n", "i8"),
    ("average", "f8"),  # mean
    ("variance", "f8"),
)
CALENDAR = _table(
    ("first", "i8"),  # its first interval in SHIFT
    ("loop", "i8"),  # its first interval that repeats
    ("end", "i8"),  # one past its last interval; end == first: always open
    ("loop_s", "f8"),  # time at which the repeating part begins
    ("period_s", "f8"),
    ("work_before_s", "f8"),  # working time before loop_s
    ("work_period_s", "f8"),
)
SHIFT = _table(("start", "f8"), ("end", "f8"), ("before", "f8"))
UNIT = _table(
    ("center", "i8"),
    ("calendar", "i8"),  # in which it can work
    ("shift", "i8"),  # with the time to start up and to shut down
    ("pace", "f8"),
    ("downtime_first", "i8"),
    ("downtime_end", "i8"),
    ("clocks", "i8"),  # bits 1 << clock of its downtimes
    ("has_standby", "i8"),  # 1: goes to standby when it has been idle for `standby_after_s`
    ("standby_after_s", "f8"),
    ("wake", "i8"),
)
DOWNTIME = _table(
    ("unit", "i8"),
    ("clock", "i8"),
    ("planned", "i8"),  # 1: maintenance
    ("at_once", "i8"),  # interrupts the work in hand
    ("idle_too", "i8"),  # 0: on a unit without work it is passed over as if over
    ("then", "i8"),
    ("between", "i8"),
    ("duration", "i8"),
    ("first", "f8"),  # -1: a draw of `between`
    ("key", "u8"),
    ("need_first", "i8"),  # repair crew
    ("need_end", "i8"),
    ("window", "i8"),  # calendar in which it may begin
    ("group", "i8"),  # of plans that are done together; -1: none
    ("ahead", "f8"),
    ("place", "i8"),  # family of the charger where a vehicle stands; -1: where it is
)
# how lots start at a center (CENTER.starts)
BY_CHOICE: Final = 0  # those that can start are looked for
FIRST_LOT: Final = 1  # nothing to check but the queue: the first lot on the first idle unit
DIRECTLY: Final = 2  # and neither set-up nor standby

CENTER = _table(
    ("unit_first", "i8"),
    ("unit_end", "i8"),
    ("calendar", "i8"),
    ("rule", "i8"),
    ("capacity", "i8"),  # -1: no limit
    ("off_shift", "i8"),
    ("setup_by", "i8"),  # NO_SETUP, BY_FAMILY, BY_OPERATION, or BY_PRODUCT + column of the product's families
    ("setup_default", "i8"),
    ("setup_first", "i8"),  # matrix of dist numbers in `lists`, row = from + 1 (0: none, or another family)
    ("families", "i8"),  # that the matrix knows
    ("order", "i8"),  # rule by whose rank the queue is kept (FIFO: as they come)
    ("alike", "i8"),  # any idle unit suits any lot
    ("even", "i8"),  # all units are equally fast
    ("ready", "i8"),  # 1: lots may be ready though no batch is full
    ("output", "i8"),  # places for lots that are done
    ("starts", "i8"),  # BY_CHOICE, FIRST_LOT or DIRECTLY
    ("extras", "i8"),  # bits X_BATCH...
    ("min_run", "i8"),  # lots between set-ups
    ("feed_first", "i8"),  # centers in `lists` that keep places here
    ("feed_end", "i8"),
)
# what is drawn defective (STEP.defects)
NO_DEFECTS: Final = 0
BY_PIECE: Final = 1
BY_LOT: Final = 2  # all pieces of a lot together

STEP = _table(
    ("alt_first", "i8"),
    ("alt_end", "i8"),
    ("next", "i8"),
    ("position", "i8"),
    ("stream", "i8"),  # what stands for the step in the streams of a lot
    ("sample", "f8"),
    ("defects", "i8"),  # NO_DEFECTS, BY_PIECE or BY_LOT
    ("share", "f8"),
    ("found", "f8"),
    ("false_alarms", "f8"),
    ("rework", "i8"),  # step to go back to; -1: scrap
    ("at_most", "i8"),
    ("pass_on", "i8"),
    ("tries", "i8"),  # column of State.tries
    ("delay", "i8"),
    ("open_delay", "i8"),  # 1: the delay runs only in the open hours of the center
    ("lot_kwh", "f8"),
    ("piece_kwh", "f8"),
    ("family", "i8"),
    ("own_family", "i8"),
    ("extras", "i8"),  # bits X_KEEP...
    ("keep", "i8"),  # column of State.homes that this step writes, that of the step whose unit it needs
    ("same", "i8"),
    ("mark", "i8"),  # column of State.marks that its end writes, that which it is measured by
    ("limit", "i8"),
    ("limit_s", "f8"),
    ("limit_then", "i8"),
    ("limit_step", "i8"),
    ("rest_lot_s", "f8"),  # mean work from here on, per lot and per piece (for critical ratio and ATC)
    ("rest_piece_s", "f8"),
    ("kind", "i8"),  # OPERATION, or a leg: BRING … BELT
    ("end_center", "i8"),  # where the leg ends
    ("outcome_first", "i8"),  # shares of defects of its outcomes in `values`, then kWh; -1: it has none
    ("routing", "i8"),  # row of the user's rule; -1: none
    ("quality", "i8"),  # as above
    ("material", "i8"),  # row of what it takes and makes; -1: none
)
MATERIAL = _table(
    ("part_first", "i8"),
    ("part_end", "i8"),
    ("make_first", "i8"),  # by-products, in the table of parts
    ("make_end", "i8"),
    ("split", "i8"),  # pieces of the lots that it goes on as; 0: it stays one
    ("hold_for", "i8"),
    ("hold_share", "f8"),
    ("branches", "i8"),  # 0: on to the next step
    ("branch_step", "i8"),  # steps in `lists` (-1: the end), cumulative weights in `values`
    ("branch_weight", "i8"),
)
PART = _table(("product", "i8"), ("pieces", "i8"))  # for a piece
# what the work of an alternative is (ALTERNATIVE.kind)
PROCESSING: Final = 0
CASCADING: Final = 1  # the unit takes the next lot after an interval
LEG: Final = 2  # a transporter carries the lot

ALTERNATIVE = _table(
    ("center", "i8"),
    ("fixed", "i8"),  # dist of load
    ("per_lot", "i8"),
    ("per_piece", "i8"),
    ("per_batch", "i8"),
    ("batch_pieces", "i8"),
    ("parts", "i8"),  # 1: more than `per_lot` adds to the work
    ("batch", "i8"),  # row of `batches`; -1: lots go one by one
    ("kind", "i8"),  # PROCESSING, CASCADING or LEG
    ("cascade", "i8"),  # CASCADING: row of `alternatives` that holds the interval between lots
    ("mean_lot_s", "f8"),
    ("mean_piece_s", "f8"),
    ("need_first", "i8"),  # people, tools, utilities
    ("need_end", "i8"),
    ("staged", "i8"),  # 1: some of them only for the set-up, or only to process
)
BATCH = _table(
    ("least", "i8"),
    ("most", "i8"),
    ("in_pieces", "i8"),  # 0: counts lots
    ("by", "i8"),  # NO_SETUP: all alike, or a code of CENTER.setup_by
    ("wait", "f8"),  # s that the oldest waits at most for `least`; 1e300
    ("gather", "i8"),  # row of State.gathers of key 0
    ("alone", "i8"),  # no other operation shares its counter
)
NEED = _table(
    ("resource_first", "i8"), ("resource_end", "i8"), ("count", "i8"), ("during", "i8")
)  # resources in `lists`
RESOURCE = _table(  # personnel, tools, utilities: what is taken and given back
    ("count", "i8"),  # people times the machines that each tends; the parts in which a utility is counted
    ("calendar", "i8"),
    ("center_first", "i8"),
    ("center_end", "i8"),
    ("share", "f8"),  # of a person, tool or unit of the utility in one of the count
)
PRODUCT = _table(
    ("step", "i8"),
    ("lot", "i8"),
    ("priority", "f8"),
    ("family_first", "i8"),  # in `lists`
    ("number_first", "i8"),  # attributes that are numbers, in `values`
    ("is_part", "i8"),
    ("center_first", "i8"),  # centers in `lists` that take it from stock
    ("center_end", "i8"),
    ("initial", "i8"),
    ("cards", "i8"),  # kanban cards of a lot each; 0: none
    ("routes", "i8"),  # to draw from; 0: its one route begins at `step`
    ("route_step", "i8"),  # first steps in `lists`, cumulative weights in `values`
    ("route_weight", "i8"),
    ("sizes", "i8"),  # groups of past lots of one size and weight; 0: routes are drawn by weight alone
    ("size_first", "i8"),  # in `values`: the logarithm of the size of each group, then their weights
    ("size_end", "i8"),  # in `lists`: one past the last route of each group
    ("size_width", "f8"),  # standard deviation of the kernel on the logarithm of the size
    ("key", "u8"),
)
SOURCE = _table(
    ("every", "i8"),
    ("mix_first", "i8"),  # cumulative weights in `values`, products in `lists` at mix_product
    ("mix_product", "i8"),
    ("mix_n", "i8"),
    ("pieces", "i8"),  # -1: one lot
    ("due", "i8"),  # -1: none
    ("priority", "f8"),  # nan: the product's
    ("calendar", "i8"),
    ("first", "f8"),  # -1: after a draw
    ("special", "i8"),  # bits of its lots
    ("key", "u8"),
)
ORDER = _table(
    ("release", "f8"),
    ("product", "i8"),
    ("pieces", "i8"),
    ("due", "f8"),
    ("priority", "f8"),
    ("key", "u8"),
    ("step", "i8"),  # a lot that is in the plant at t = 0 waits there; -1: the first of the route
    ("came", "f8"),  # its release
    ("delay", "f8"),  # s left of its delay there; -1: all of it
    ("special", "i8"),  # bits of its lots
    ("plan", "i8"),  # for each lot that the plan knows, in `lists`: the row of Tables.plans before its own
    ("planned", "i8"),  # how many
)
WHOLE = _table(
    ("conwip", "i8"),  # -1: push
    ("move_first", "i8"),  # centers x centers of s in `values`; -1: no transport time
    ("price_first", "i8"),  # week of prices in `values`: n starts, n prices, n integrals before
    ("price_n", "i8"),  # 0: nothing to integrate
    ("price_zero_s", "f8"),  # time of the week at t = 0
    ("merge_first", "i8"),  # calendars x calendars in `lists`: the calendar when both are open
    ("log", "i8"),
    ("tries_n", "i8"),  # columns of State.tries
    ("needs_n", "i8"),  # columns of State.crew_of
    ("repair_needs_n", "i8"),  # columns of State.repair_of
    ("people", "i8"),  # 1: some step needs personnel or tools
    ("homes_n", "i8"),  # columns of State.homes
    ("marks_n", "i8"),  # columns of State.marks
    ("gathers_n", "i8"),  # rows of State.gathers
    ("burst", "i8"),  # lots that one event can move
    ("has_stock", "i8"),  # some product is a part of others
    ("has_cards", "i8"),  # some product has kanban cards
    (
        "legs",
        "i8",
    ),  # centers x centers of legs (steps) in `lists`, then a crane for each; -1: none
    ("centers_n", "i8"),  # work centers; the centers behind them are transporters
    ("numbers_n", "i8"),  # attributes of products that are numbers
    ("release_rule", "i8"),  # row of the user's rule; -1: none
    ("release_every", "f8"),
    ("by_plan", "i8"),  # 1: lots follow a plan
    ("links_in", "i8"),  # most links to one zone; 0: there is no floor
)
# TRANSPORTER.kind
FLEET: Final = 0
CRANE: Final = 1
CONVEYOR: Final = 2

# TRANSPORTER.dwell: what an idle crane does
STAYS: Final = 0
GOES: Final = 1  # to its dwell point

TRANSPORTER = _table(  # fleets, cranes and conveyors, in the order of their centers
    ("kind", "i8"),  # FLEET, CRANE or CONVEYOR
    ("home", "i8"),  # fleet: family of the place at the start; crane: 0
    ("store", "i8"),  # crane: its two steps
    ("retrieve", "i8"),
    ("single", "i8"),
    ("along_s", "f8"),  # crane: time to the far end and to the top of the rack
    ("up_s", "f8"),
    ("nearest", "i8"),  # 1: of the lots asked for it fetches the nearest
    ("dwell", "i8"),  # STAYS or GOES
    ("dwell_along", "f8"),
    ("dwell_up", "f8"),
    ("class_first", "i8"),  # storage class of each product, in `lists`; -1: any place for any lot
    ("share_first", "i8"),  # share of the rack before each class, and 1, in `values`
    ("places", "i8"),  # conveyor: this and what follows
    ("slotted", "i8"),
    ("travel_s", "f8"),
    ("headway_s", "f8"),
    ("spot_first", "i8"),  # fleet on a floor: zone of each of its places, in `lists`; -1: on none
    ("ahead_first", "i8"),  # time from each zone to each place without traffic, in `values`; 1e300: no way
    ("speed", "f8"),
    ("turn_s", "f8"),  # for a quarter turn
)
ZONE = _table(("link_first", "i8"), ("link_end", "i8"))  # a piece of floor that holds one vehicle
LINK = _table(("to", "i8"), ("length", "f8"), ("heading", "f8"))  # m; quarter turns from east, clockwise

PLAN = _table(  # of each lot, in the order of their starts; between two lots a row with step -1
    ("step", "i8"),
    ("alternative", "i8"),  # -1: the plan does not say
    ("unit", "i8"),  # as above
    ("start", "f8"),  # NO_DUE: the rule of the work center decides when
    ("not_before", "f8"),  # it does not start before that
    ("amount", "i8"),  # it starts a batch of so much at least; 0: the plan does not say
    ("keep", "i8"),  # 1: it waits for its unit as long as that is not down
    ("earlier", "f8"),  # by so much, in s, rules see its due date earlier than it is
    ("then", "i8"),  # row that has its turn after it on its unit; LAST_TURN: none; NO_TURN: it is not frozen
)


class Tables(NamedTuple):
    """The plant as numbers."""

    whole: Any
    dists: Any
    calendars: Any
    shifts: Any
    centers: Any
    units: Any
    downtimes: Any
    steps: Any
    materials: Any
    parts: Any
    alternatives: Any
    batches: Any
    needs: Any
    resources: Any
    products: Any
    sources: Any
    orders: Any
    transporters: Any
    zones: Any
    links: Any
    plans: Any
    values: Any  # f8
    lists: Any  # i8
    rules: Any  # i8, of each rule of the user's own: where its code lies, bits of the inputs that it takes


# -- what does ---------------------------------------------------------------------------------------------
CLOCK = _table(
    ("now", "f8"),
    ("sequence", "i8"),  # events scheduled so far
    ("heap_n", "i8"),
    ("hole", "i8"),  # the root of the heap has been taken and not yet filled
    ("edge", "f8"),  # events from here on stand in the wheel, not in the heap
    ("width", "f8"),  # of a bucket of the wheel: a power of two, so that all its edges are exact
    ("bucket", "i8"),  # that the heap holds
    ("far_n", "i8"),  # events in the wheel
    ("far_free", "i8"),
    ("far_top", "i8"),
    ("free_lot", "i8"),
    ("lots_top", "i8"),
    ("log_n", "i8"),
    ("exits_n", "i8"),
    ("in_plant", "i8"),
    ("backlog_head", "i8"),
    ("backlog_tail", "i8"),
    ("serial", "i8"),
    ("agenda_head", "i8"),
    ("agenda_n", "i8"),
    ("next_order", "i8"),
    ("order_left", "i8"),  # pieces of the order at hand still to be made into lots
    ("operations", "i8"),
    ("turns", "i8"),  # of the loop: events, and lots let in or started
    ("parts", "i8"),  # lots of streams, beside the last of each order
    ("completed", "i8"),
    ("lead_sum", "f8"),
    ("good", "i8"),
    ("tickets", "i8"),  # drawn so far by units that wait for people
    ("waits", "i8"),  # units that hold one
    ("pulling", "i8"),  # the unit that takes its next lot as soon as the last has left; -1: none
    ("serve", "i8"),  # 1: some of them may have what they wait for
    ("planned", "i8"),  # lots that follow the plan, in the plant or outside it
    ("frozen", "i8"),  # operations of the plan whose unit still waits for their turn
    ("bad", "i8"),  # 1 + row of a user's rule whose answer is none
    ("claims_n", "i8"),
    ("claims_free", "i8"),
    ("claims_top", "i8"),
    ("search", "i8"),  # number of the search for a route
    ("labels_n", "i8"),
    ("front_n", "i8"),
)
HEAP = _table(("time", "f8"), ("order", "i8"), ("who", "i8"), ("token", "i8"))
FAR = _table(
    ("time", "f8"), ("order", "i8"), ("who", "i8"), ("token", "i8"), ("bucket", "i8"), ("next", "i8")
)
LOT = _table(  # what every operation touches comes first: one cache line
    ("key", "u8"),
    ("step", "i8"),
    ("alternative", "i8"),
    ("unit", "i8"),  # that holds it; -1
    ("next", "i8"),
    ("previous", "i8"),
    ("loops", "i8"),
    ("loop_end", "i8"),  # step at which rework joins the rest of the lot again; -1: none is in rework
    ("special", "i8"),  # bits
    ("active", "i8"),
    ("since", "f8"),  # in this queue
    ("start", "f8"),  # of processing
    ("pieces", "i8"),
    ("rank", "f8"),  # in this queue, where it is kept in order
    ("priority", "f8"),
    ("due", "f8"),
    ("in_cascade", "i8"),  # in a cascading unit that has taken another lot since
    ("serial", "i8"),
    ("product", "i8"),
    ("defective", "i8"),  # among the active pieces, not yet found
    ("resting", "i8"),  # defective pieces among those that wait for rework, not yet found
    ("release", "f8"),
    ("source", "i8"),
    ("order", "i8"),
    ("scrap", "i8"),
    ("rework", "i8"),
    ("breaks", "i8"),  # queue limits broken
    ("back", "i8"),  # pieces that a batch sends to rework
    ("started", "i8"),  # pieces at release
    ("used", "i8"),  # 0 free, 1 waits outside, 2 in the plant
    ("began", "f8"),  # when its first activity began; NOT_BEGUN before that
)
# what a unit has in hand (UNIT_STATE.in_hand)
ONE_LOT: Final = 0
BATCH_IN_HAND: Final = 1  # or a lot that stays in the cascade when the interval is over
TRIP_IN_HAND: Final = 2

UNIT_STATE = _table(
    ("state", "i8"),
    ("phase", "i8"),
    ("downtime", "i8"),  # row of the downtime that holds it; -1: up
    ("token", "i8"),
    ("lot", "i8"),
    ("calendar", "i8"),  # that the work in hand follows
    ("family", "i8"),
    ("next_family", "i8"),
    ("since", "f8"),  # of this state
    ("start", "f8"),  # of the activity
    ("resumed", "f8"),  # of the present stretch of work
    ("stretch", "f8"),  # its length in working time, if nothing comes between
    ("left", "f8"),  # work left of the activity at `resumed`
    ("total", "f8"),  # work of the whole activity
    ("downtime_start", "f8"),
    ("hands", "i8"),  # lots in hand or blocked, beside those in the cascade
    ("in_hand", "i8"),  # ONE_LOT, BATCH_IN_HAND or TRIP_IN_HAND
    ("pieces", "i8"),  # of the batch
    ("rest", "f8"),  # work left of the lot when its interval is over
    ("inside", "i8"),  # lots in the cascade
    ("jammed", "i8"),  # of them, those done that find no room
    ("run", "i8"),  # lots since the last set-up
    ("turn", "i8"),  # row of PLAN that it takes next, and nothing before; -1: it is free to take any
    ("due", "i8"),  # downtimes that are due
    ("set_up", "f8"),  # end of its last set-up
    ("up_since", "f8"),  # end of its last failure or maintenance
    ("busy_before", "f8"),  # seconds busy up to the end of its last maintenance
    ("asleep", "i8"),  # ASLEEP: in standby; LACKS_ROOM: awake, but blocked without a lot
    ("standby_timer", "i8"),  # 1: an event is scheduled that may send it to standby
    ("idle_since", "f8"),
    ("ticket", "i8"),  # its place among units that wait for people; 0: it waits for none
    ("repair", "i8"),  # calendar of the repair crew at work; -1: none
    ("repair_since", "f8"),  # what it has worked up to then is booked
)
DOWNTIME_STATE = _table(
    ("left", "f8"),
    ("draws", "i8"),
    ("due", "i8"),  # WITH_ITS_GROUP: at once, after another of its group
    ("at", "f8"),  # when a calendar clock runs out
)
CENTER_STATE = _table(
    ("head", "i8"),
    ("tail", "i8"),
    ("waiting", "i8"),
    ("on_the_way", "i8"),
    ("empty", "i8"),  # units without a lot
    ("parked", "i8"),  # lots in its output places
    ("blocked_head", "i8"),
    ("blocked_tail", "i8"),
    ("on_agenda", "i8"),
    ("ready", "i8"),  # batches that are full enough, beside what CENTER.ready says
    ("awaited", "i8"),  # 1: some lot waits for a place here before it begins
    ("shut", "i8"),  # 1: nothing may go on this conveyor now
    ("short", "i8"),  # lots here that lack nothing else, when it was last looked
    ("short_since", "f8"),
    ("look", "f8"),  # when it is looked at because the plan says so
)
GATHER_STATE = _table(("amount", "i8"))  # pieces or lots that wait to be batched
RESOURCE_STATE = _table(("free", "i8"), ("worked", "f8"), ("overtime", "f8"))
CALENDAR_STATE = _table(("open", "i8"))
LOT_EXTRA = _table(  # of a lot
    ("center", "i8"),  # where it stands
    ("made", "i8"),  # lots that came of it here
    ("blocked", "f8"),  # since when it has waited for an output place
    ("left", "f8"),  # work left, at speed 1, where it was interrupted; -1: all of it
    ("delay", "f8"),  # of one that is FROM_START: s left of its first delay; -1: it is drawn
    ("reserved", "i8"),  # alternative where a place is reserved for it
    ("plan", "i8"),  # row of Tables.plans where it is, if it is planned
)
PLANNED_STATE = _table(  # of a row of PLAN; times in s
    ("ready", "f8"),  # when its lot came to the queue first; -1: not yet
    ("start", "f8"),  # when its unit was taken last; -1: not yet
    ("left", "f8"),  # when the lot left the plant after it, the last of those it was split into; -1: not yet
    ("unit", "i8"),
    ("taken", "i8"),  # 1: a lot goes by it, or did
    ("passed", "i8"),  # 1: its unit was taken once, or it never comes any more
    ("over", "f8"),  # by how much its lot broke its queue limit first; 0: it kept it, or has none
)
STOCK_STATE = _table(("pieces", "i8"), ("on_order", "i8"), ("released", "i8"))
SOURCE_STATE = _table(("number", "i8"), ("left", "i8"), ("product", "i8"), ("due", "f8"))
TRIP = _table(  # of a lot that is not at a work center
    ("step", "i8"),  # where it is bound for
    ("alternative", "i8"),
    ("key", "u8"),  # its own, while it has one for the leg
    ("keeps", "i8"),  # a place where it is bound for
    ("stage", "i8"),  # 0: not in a rack; 1: in it; 2: out of it again
    ("along", "f8"),  # place in the rack, s from the corner
    ("up", "f8"),
    ("entered", "f8"),  # on a conveyor
    ("slot", "f8"),
)
TRANSPORTER_STATE = _table(
    ("along", "f8"),  # place of a crane; 0: at the corner
    ("up", "f8"),
    ("since", "f8"),  # when an idle crane had nothing more to do; 1e300: it is not idle
    ("head", "i8"),  # first and last lot on a conveyor, but for the one that has reached its end
    ("tail", "i8"),
    ("end", "i8"),  # the lot at its end; -1
    ("token", "i8"),  # of its next OPEN
    ("asked", "i8"),  # an OPEN is planned
    ("slot", "f8"),  # last slot that was taken
    ("lag", "f8"),  # time that a slotted one has stood
    ("stood", "f8"),  # since then; -1: it moves
    ("trips", "i8"),  # fleet on a floor: this and what follows
    ("delayed_s", "f8"),  # time under way beyond that without traffic
)
CLAIM = _table(("start", "f8"), ("end", "f8"), ("next", "i8"))  # of a zone, in the order of time
ZONE_STATE = _table(
    ("head", "i8"),
    ("label", "i8"),  # first label of the search
    ("search", "i8"),  # that `label` belongs to
    ("visits", "i8"),
    ("held_s", "f8"),
    ("waited_s", "f8"),  # of it, beyond moving and turning, and before setting off from beside the zone
)
LABEL = _table(  # a zone reached, in a gap between two claims
    ("zone", "i8"),
    ("link", "i8"),  # by which; -1: from beside the zone
    ("before", "i8"),  # claim before the gap; -1: none
    ("parent", "i8"),
    ("next", "i8"),  # of the same zone
    ("place", "i8"),  # in the front; -1: expanded
    ("end", "f8"),  # of the gap
    ("departure", "f8"),  # from the parent's zone
    ("arrival", "f8"),
    ("least", "f8"),  # arrival at the end of the route, at least
)
LOG = _table(
    ("serial", "i8"),
    ("step", "i4"),
    ("unit", "i4"),
    ("activity", "i4"),
    ("resource", "i4"),
    ("start", "f8"),
    ("end", "f8"),
    ("pieces_in", "i8"),
    ("good", "i8"),
    ("scrap", "i8"),
    ("rework", "i8"),
)
EXIT = _table(
    ("serial", "i8"),
    ("source", "i8"),
    ("order", "i8"),
    ("product", "i4"),
    ("status", "i4"),
    ("priority", "f8"),
    ("release", "f8"),
    ("due", "f8"),
    ("end", "f8"),
    ("began", "f8"),
    ("pieces", "i8"),
    ("good", "i8"),
    ("scrap", "i8"),
    ("rework", "i8"),
    ("escaped", "i8"),
    ("breaks", "i4"),
)


def _narrow(table: np.dtype[Any], *wide: str) -> np.dtype[Any]:
    """The same table with row numbers and small counts in four bytes: more of it is in the processor's cache.

    Pieces are no small counts. Kernels see them as eight all the same (`compiling.pointers`).
    """
    kinds = {name: table[name].str[1:] for name in table.names or ()}
    kinds |= {name: "i4" for name, kind in kinds.items() if kind == "i8" and name not in wide}
    return _table(*kinds.items())


UNIT, DOWNTIME, STEP = _narrow(UNIT), _narrow(DOWNTIME), _narrow(STEP, "at_most", "stream")
ALTERNATIVE = _narrow(ALTERNATIVE, "batch_pieces")
_PIECES = ("active", "pieces", "defective", "resting", "scrap", "rework", "back", "started")
LOT, DOWNTIME_STATE = _narrow(LOT, "serial", *_PIECES), _narrow(DOWNTIME_STATE)
UNIT_STATE = _narrow(UNIT_STATE, "token", "pieces")


class State(NamedTuple):
    """One replication at one moment."""

    clock: Any  # one row
    heap: Any
    far: Any
    wheel: Any  # i8, first row of `far` in each bucket
    lots: Any
    lot_extra: Any  # one row per lot
    tries: Any  # i8, lots x rework loops
    resource_of: Any  # i8, lots x needs: which resource serves
    repair_of: Any  # i8, units x needs: which resource repairs
    homes: Any  # i8, lots x kept: unit that did the step; -1
    marks: Any  # f8, lots x limits: when the step ended that the limit counts from
    trips: Any  # one for each lot
    transporters: Any
    zones: Any
    claims: Any
    labels: Any
    front: Any  # i8, heap of labels
    gathers: Any
    idle: Any  # i1, units: 1 if empty, up and with no downtime due
    units: Any
    downtimes: Any
    centers: Any
    resources: Any
    calendars: Any
    sources: Any
    stocks: Any  # one row per product
    agenda: Any  # i8, ring of centers to look at
    seconds: Any  # f8, units x STATES
    priced: Any  # f8, units x STATES: integral of the energy price, currency/kWh x s
    work_energy: Any  # f8, units x 2: kWh that the work took beside the power of the unit, and its price
    log: Any
    exits: Any
    planned: Any  # one row for each of Tables.plans
    rule_inputs: Any  # f8: inputs of a rule; behind them those of the rule that failed, and its answer


_F8, _I8, _I1 = np.dtype("f8"), np.dtype("i8"), np.dtype("i1")
TABLE_FIELDS: Final = {
    "whole": (WHOLE, 1),
    "dists": (DIST, 1),
    "calendars": (CALENDAR, 1),
    "shifts": (SHIFT, 1),
    "centers": (CENTER, 1),
    "units": (UNIT, 1),
    "downtimes": (DOWNTIME, 1),
    "steps": (STEP, 1),
    "materials": (MATERIAL, 1),
    "parts": (PART, 1),
    "alternatives": (ALTERNATIVE, 1),
    "batches": (BATCH, 1),
    "needs": (NEED, 1),
    "resources": (RESOURCE, 1),
    "products": (PRODUCT, 1),
    "sources": (SOURCE, 1),
    "orders": (ORDER, 1),
    "transporters": (TRANSPORTER, 1),
    "zones": (ZONE, 1),
    "links": (LINK, 1),
    "plans": (PLAN, 1),
    "values": (_F8, 1),
    "lists": (_I8, 1),
    "rules": (_I8, 1),
}
STATE_FIELDS: Final = {
    "clock": (CLOCK, 1),
    "heap": (HEAP, 1),
    "far": (FAR, 1),
    "wheel": (_I8, 1),
    "lots": (LOT, 1),
    "lot_extra": (LOT_EXTRA, 1),
    "tries": (_I8, 2),
    "resource_of": (_I8, 2),
    "repair_of": (_I8, 2),
    "homes": (_I8, 2),
    "marks": (_F8, 2),
    "trips": (TRIP, 1),
    "transporters": (TRANSPORTER_STATE, 1),
    "zones": (ZONE_STATE, 1),
    "claims": (CLAIM, 1),
    "labels": (LABEL, 1),
    "front": (_I8, 1),
    "gathers": (GATHER_STATE, 1),
    "idle": (_I1, 1),
    "units": (UNIT_STATE, 1),
    "downtimes": (DOWNTIME_STATE, 1),
    "centers": (CENTER_STATE, 1),
    "resources": (RESOURCE_STATE, 1),
    "calendars": (CALENDAR_STATE, 1),
    "sources": (SOURCE_STATE, 1),
    "stocks": (STOCK_STATE, 1),
    "agenda": (_I8, 1),
    "seconds": (_F8, 2),
    "priced": (_F8, 2),
    "work_energy": (_F8, 2),
    "log": (LOG, 1),
    "exits": (EXIT, 1),
    "planned": (PLANNED_STATE, 1),
    "rule_inputs": (_F8, 1),
}
