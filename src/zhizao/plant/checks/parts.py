"""Checks that span several parts of a plant; all faults are found in one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, islice, product

from zhizao.plant.checks.supply import check_supply
from zhizao.plant.faults import Path, Problem
from zhizao.plant.model import PAST_LOTS, Batch, DelayClock, Operation, Personnel, Plant, WipLot, WorkCenter
from zhizao.plant.names import repeated as _repeated
from zhizao.plant.names import unknown as _unknown
from zhizao.plant.query import (
    END,
    followers,
    groups_by_name,
    keeps_places,
    parts_of,
    places,
    rework_target,
    routes_of,
    takes_at,
    work_calendar,
)
from zhizao.quantities.calendars import ALWAYS, Calendar, meet, week_hours
from zhizao.quantities.errors import nearest_name

SET_UP_BY = ("family", "product", "operation")
"""What a set-up may depend on besides product attributes."""
BATCH_BY = ("operation", "product", "family", "any")
"""What lots of a batch may share besides product attributes."""
NO_PLACE_KEPT = "not honoured yet by this version: leave it out, or write full: block-after-service there"
_MOST_COMBINATIONS = 64  # groups of people that are looked at together
_MOST_NEEDS = 8


# ---------------------------------------------------------------- names
def _emptiness(plant: Plant) -> Iterator[Problem]:
    if not plant.routes:
        yield Problem(("routes",), "found no routes", "a plant has at least one")
    if not plant.orders and not plant.wip:
        yield Problem(("orders",), "found no orders", "a plant has at least one order or order stream")


def _duplicates(plant: Plant) -> Iterator[Problem]:
    yield from _repeated(
        "work center", ((("work_centers", i, "id"), w.id) for i, w in enumerate(plant.work_centers))
    )
    units = (
        (("work_centers", i, "units", j), unit.id)
        for i, center in enumerate(plant.work_centers)
        for j, unit in enumerate(center.units)
    )
    yield from _repeated("unit", units)
    yield from _repeated("personnel", ((("personnel", i, "id"), p.id) for i, p in enumerate(plant.personnel)))
    yield from _repeated("tool", ((("tools", i, "id"), t.id) for i, t in enumerate(plant.tools)))
    yield from _repeated("utility", ((("utilities", i, "id"), u.id) for i, u in enumerate(plant.utilities)))
    yield from _repeated("measure", ((("measures", i, "id"), m.id) for i, m in enumerate(plant.measures)))
    for route, operations in plant.routes.items():
        ids = ((("routes", route, i, "id"), operation.id) for i, operation in enumerate(operations))
        yield from _repeated("operation", ids)
    orders = ((("orders", i, "id"), order.id) for i, order in enumerate(plant.orders) if hasattr(order, "id"))
    yield from _repeated("order", orders)
    yield from _repeated("lot", ((("wip", i, "id"), lot.id) for i, lot in enumerate(plant.wip)))


# ---------------------------------------------------------------- calendars
def _calendars(plant: Plant) -> Iterator[Problem]:
    for name, calendar in plant.calendars.items():
        if not calendar.weekly:
            yield Problem(("calendars", name), "found no weekly working time", "give at least one shift")


def _calendar_names(plant: Plant) -> Iterator[Problem]:
    uses: list[tuple[Path, str | None]] = []
    uses += [(("work_centers", i, "calendar"), w.calendar) for i, w in enumerate(plant.work_centers)]
    uses += [(("personnel", i, "calendar"), p.calendar) for i, p in enumerate(plant.personnel)]
    uses += [(("orders", i, "calendar"), getattr(o, "calendar", None)) for i, o in enumerate(plant.orders)]
    for path, name in uses:
        if name is not None and name not in plant.calendars:
            yield _unknown(path, "calendar", name, plant.calendars)


def _open(plant: Plant, name: str | None) -> Calendar:
    return ALWAYS if name is None else plant.calendars.get(name, ALWAYS)


# ---------------------------------------------------------------- operations
def _operations(plant: Plant) -> Iterator[Problem]:
    centers = {center.id for center in plant.work_centers}
    for route, operations in plant.routes.items():
        for number, operation in enumerate(operations):
            path = ("routes", route, number)
            yield from _places(path, operation, centers)
            yield from _outcomes(path, operation)
            yield from _rework(path, operations, number)
            yield from _branches(path, operations, number)
            if operation.delay is None and operation.delay_clock is not DelayClock.CALENDAR:
                right = "give the delay too, or leave its clock out"
                yield Problem((*path, "delay_clock"), "found the clock of a delay without a delay", right)
        yield from _ends(route, operations)


def _places(path: Path, operation: Operation, centers: set[str]) -> Iterator[Problem]:
    if operation.routing is not None and len(operation.on) == 1:
        found = "found a routing rule, and one work center to choose from"
        yield Problem((*path, "routing"), found, "name several in `on`, or leave routing out")
    seen: set[str] = set()
    for number, alternative in enumerate(operation.on):
        here = (*path, "on", number)
        name = alternative.work_center
        if name not in centers:
            yield _unknown(here, "work center", name, sorted(centers))
        if name in seen:
            yield Problem(here, f"found the work center {name!r} again", "name each alternative once")
        seen.add(name)
        if takes_at(operation, alternative) is None:
            yield Problem(
                here, f"found no duration on {name!r}", "give the operation or this alternative takes"
            )


def _outcomes(path: Path, operation: Operation) -> Iterator[Problem]:
    """Refuse what does not go with outcomes."""
    if not operation.outcomes:
        return
    own = (*path, "outcomes")
    if operation.takes is not None or any(alternative.takes is not None for alternative in operation.on):
        yield Problem(own, "found takes beside outcomes, which hold the time", "give one of them")
    for field in ("batch", "cascade"):
        if getattr(operation, field) is not None:
            yield Problem(own, f"found {field} beside outcomes: not honoured yet", "leave one of them out")
    if operation.defects is not None and (operation.defects.share > 0 or operation.defects.rule is not None):
        yield Problem(own, "found a share of defects beside outcomes, which hold it", "leave the share out")
    if operation.defects is None and any(one.defects > 0 for one in operation.outcomes):
        yield Problem(own, "found defects among outcomes, and none on the operation", "give defects: {}")


def _rework(path: Path, operations: tuple[Operation, ...], number: int) -> Iterator[Problem]:
    for field in ("defects", "queue_at_most"):
        part = getattr(operations[number], field)
        target = rework_target(part.then) if part is not None else None
        if target is not None:
            here = (*path, field, "then")
            yield from _not_later(here, operations, target, "rework at ", _ids(operations[: number + 1]))


def _ids(operations: Iterable[Operation]) -> list[str]:
    """Give the names of operations."""
    return [operation.id for operation in operations]


def _not_later(
    path: Path, operations: tuple[Operation, ...], name: str, what: str, right: list[str]
) -> Iterator[Problem]:
    """Refuse an operation that is not among those that may be named."""
    if name not in _ids(operations):
        yield _unknown(path, "operation of this route", name, right)
    elif name not in right:
        few = ", ".join(right[-12:]) or "there is none"
        yield Problem(path, f"found {what}{name!r}, which comes too late", f"it may be one of: {few}")


def _links(plant: Plant) -> Iterator[Problem]:
    """Look at what an operation says of earlier ones of its route."""
    for route, operations in plant.routes.items():
        for number, operation in enumerate(operations):
            path, earlier = ("routes", route, number), operations[:number]
            limit = operation.queue_at_most
            if limit is not None and limit.from_operation is not None:
                here = (*path, "queue_at_most", "from")
                yield from _not_later(here, operations, limit.from_operation, "", _ids(earlier))
            if operation.same_unit_as is not None:
                yield from _dedicated((*path, "same_unit_as"), operations, number)
                if operation.batch is not None:
                    found = "found same_unit_as beside batch, whose lots may need different units"
                    yield Problem((*path, "same_unit_as"), found, "one of them")


def _dedicated(path: Path, operations: tuple[Operation, ...], number: int) -> Iterator[Problem]:
    name, own = operations[number].same_unit_as or "", _on(operations[number])
    faults = list(_not_later(path, operations, name, "", _ids(operations[:number])))
    yield from faults
    other = next((operation for operation in operations[:number] if operation.id == name), None)
    if not faults and other is not None and (len(own) > 1 or _on(other) != own):
        found = f"found {name!r} on {', '.join(_on(other))}, and this operation on {', '.join(own)}"
        yield Problem(path, found, "both are on one and the same work center")


def _on(operation: Operation) -> list[str]:
    return [alternative.work_center for alternative in operation.on]


# ---------------------------------------------------------------- batches
def _batches(plant: Plant) -> Iterator[Problem]:
    attributes = sorted({name for item in plant.products.values() for name in item.attributes})
    centers = {center.id: center for center in plant.work_centers}
    for route, operations in plant.routes.items():
        batches = [(number, o.batch) for number, o in enumerate(operations) if o.batch is not None]
        taken = plant.products.items() if batches else ()
        items = {name: item for name, item in taken if route in routes_of(item)}
        for number, batch in batches:
            path = ("routes", route, number, "batch")
            if batch.by not in (*BATCH_BY, *attributes):
                yield _unknown((*path, "by"), "product attribute", batch.by, [*BATCH_BY, *attributes])
            elif batch.by not in BATCH_BY:
                lacking = [name for name, item in items.items() if batch.by not in item.attributes]
                yield from _without(lacking, batch.by, f"batches of {operations[number].id!r}", plant)
            yield from _gathering(path, operations[number], batch, centers)
            most = batch.pieces.most if batch.pieces is not None else None
            for name, item in items.items():
                if most is not None and item.lot > most:
                    found = f"found at most {most} pieces, and lots of {item.lot} of {name!r}"
                    yield Problem((*path, "pieces"), found, "a lot must fit into a batch")


def _branches(path: Path, operations: tuple[Operation, ...], number: int) -> Iterator[Problem]:
    known = [operation.id for operation in operations]
    for name in operations[number].next:
        if name != END and name not in known:
            yield _unknown((*path, "next", name), "operation of this route", name, [*known, END])
        if name == END and END in known:
            found = f"found an operation called {END!r}, which is also the end of the route"
            yield Problem((*path, "next", name), found, "give the operation another id")


def _ends(route: str, operations: tuple[Operation, ...]) -> Iterator[Problem]:
    """Look for operations from which no branch leads to the end of the route."""
    following = [
        set(operation.next) or {after}
        for operation, after in zip(operations, [*(o.id for o in operations[1:]), END], strict=False)
    ]
    ending: set[str] = {END}
    grown = True
    while grown:
        more = {o.id for o, names in zip(operations, following, strict=True) if names & ending}
        grown = not more <= ending
        ending |= more
    for number, operation in enumerate(operations):
        if operation.next and operation.id not in ending:
            found = f"found no way from {operation.id!r} to the end of the route"
            yield Problem(("routes", route, number, "next"), found, f"let a branch lead on, or to {END}")
            return


def _gathering(
    path: Path, operation: Operation, batch: Batch, centers: dict[str, WorkCenter]
) -> Iterator[Problem]:
    """Find work centers whose buffer never holds enough lots for a batch that waits without end."""
    if batch.wait_at_most is not None or batch.lots is None:
        return
    for center in (centers[name] for name in _on(operation) if name in centers):
        places = center.buffer.capacity if center.buffer is not None else None
        if places is not None and places + len(center.units) < batch.lots.least:
            found = f"found batches of {batch.lots.least} lots or more, more than {center.id!r} can hold"
            yield Problem((*path, "lots"), found, "give the buffer more places, or the batch wait_at_most")


# ---------------------------------------------------------------- people
def _people(plant: Plant) -> Iterator[Problem]:
    centers = {center.id: center for center in plant.work_centers}
    able = groups_by_name(plant)
    reported: set[tuple[object, ...]] = set()
    for route, operations in plant.routes.items():
        for number, operation in enumerate(operations):
            path = ("routes", route, number, "needs")
            unknown = [name for name in operation.needs if name not in able]
            yield from (_unknown((*path, name), "personnel or skill", name, sorted(able)) for name in unknown)
            for needs in () if unknown else _together(operation):
                key = (tuple(needs.items()), tuple(a.work_center for a in operation.on))
                if key not in reported:
                    reported.add(key)  # equal needs at equal places have equal faults: reported once
                    yield from _enough(path, able, needs)
                    yield from _meetings(
                        path, plant, operation, {name: able[name] for name in needs}, centers
                    )


def _together(operation: Operation) -> list[dict[str, int]]:
    """List the people that are needed at a time: for the set-up, and to process."""
    parts = [
        {name: need.count for name, need in operation.needs.items() if need.during.value in ("all", part)}
        for part in ("setup", "process")
    ]
    return [part for number, part in enumerate(parts) if part and part not in parts[:number]]


def _enough(path: Path, able: dict[str, list[Personnel]], needs: dict[str, int]) -> Iterator[Problem]:
    """Look for needs that all people together cannot fill (Hall's condition for every set of needs)."""
    names = list(needs)[:_MOST_NEEDS]
    for size in range(1, len(names) + 1):
        for chosen in combinations(names, size):
            people = {group.id: places(group) for name in chosen for group in able[name]}
            needed = sum(needs[name] for name in chosen)
            there = sum(people.values())
            if needed > there:
                found = f"found {needed} needed of {' and '.join(chosen)}"
                yield Problem((*path, chosen[0]), found, f"the plant has {there}; need at most that many")
                return


def _meetings(
    path: Path,
    plant: Plant,
    operation: Operation,
    able: dict[str, list[Personnel]],
    centers: dict[str, WorkCenter],
) -> Iterator[Problem]:
    """Look for people who are never there when the work center is open."""
    choices = product(*able.values())
    few = islice(choices, _MOST_COMBINATIONS)
    shifts = {tuple(sorted({group.calendar or "" for group in choice})) for choice in few}
    for alternative in operation.on:
        center = centers.get(alternative.work_center)
        if center is None or not _open(plant, center.calendar).weekly:
            continue
        own = ALWAYS if center.calendar not in plant.calendars else work_calendar(plant, center) or ALWAYS
        together = (_common(plant, own, shift) for shift in shifts)
        if not any(week_hours(common) > 0 for common in together):
            people = ", ".join(able)
            found = f"found no time in a week when {center.id!r} is open and {people} are there"
            yield Problem(path, found, "give them calendars that overlap")


def _common(plant: Plant, own: Calendar, names: Iterable[str | None]) -> Calendar:
    common = Calendar(own.weekly)
    for name in names:
        common = meet(common, Calendar(_open(plant, name or None).weekly))
    return common


# ---------------------------------------------------------------- material


def _parts(plant: Plant) -> Iterator[Problem]:
    """Look for parts and by-products that nobody knows, and for parts that nobody supplies."""
    supplied = _supplied(plant)
    for route, operations in plant.routes.items():
        for number, operation in enumerate(operations):
            path = ("routes", route, number, "parts")
            for name in operation.parts:
                if name not in plant.products:
                    yield _unknown((*path, name), "product", name, plant.products)
                elif name not in supplied:
                    found = f"found no order for the part {name!r} and no stock of it"
                    right = "order it, or give its product stock: {initial: …} or {kanban: …}"
                    yield Problem((*path, name), found, right)
            for name in operation.makes:
                if name not in plant.products:
                    yield _unknown(("routes", route, number, "makes", name), "product", name, plant.products)


def _interruptions(plant: Plant) -> Iterator[Problem]:
    """Refuse what is not honoured yet of batches and cascades: interruption, output places."""
    several = {
        alternative.work_center
        for operations in plant.routes.values()
        for operation in operations
        if operation.batch is not None or operation.cascade is not None
        for alternative in operation.on
    }
    for number, center in enumerate(plant.work_centers):
        if center.buffer is not None and center.buffer.output and center.id in several:
            found = "found output places where lots go in batches or in a cascade"
            right = "not honoured yet by this version: leave them out"
            yield Problem(("work_centers", number, "buffer", "output"), found, right)
        if center.preempt.value != "never" and center.id in several:
            found = f"found preempt: {center.preempt.value} where lots go in batches or in a cascade"
            right = "not honoured yet by this version: write never"
            yield Problem(("work_centers", number, "preempt"), found, right)


def _places_kept(plant: Plant) -> Iterator[Problem]:
    """Refuse what is not honoured yet where places are kept before service begins."""
    right = NO_PLACE_KEPT
    kept = {center.id for center in plant.work_centers if keeps_places(center)}
    for route, operations in plant.routes.items():
        for number, operation in enumerate(operations):
            path, own = ("routes", route, number), set(_on(operation))
            ahead = [o.id for o in followers(operations, number) if kept & set(_on(o))]
            for field in ("batch", "split") if ahead else ():
                if getattr(operation, field) is not None:
                    found = f"found {field} before {ahead[0]!r}, where lots block before service"
                    yield Problem((*path, field), found, right)
            if own & kept and (own - kept or operation.routing is not None):
                what = "routing" if operation.routing is not None else "work centers that block after service"
                found = f"found {what} beside one that blocks before service ({min(own & kept)})"
                yield Problem((*path, "on"), found, right)


def _stocks(plant: Plant) -> Iterator[Problem]:
    """Look for stocks that nobody takes from, products from nowhere, and cards that do not count."""
    made = _made(plant)
    parts = parts_of(plant)
    for name, item in plant.products.items():
        if (item.stock.initial or item.stock.kanban) and name not in parts:
            found = f"found a stock of {name!r}, which is no operation's part"
            yield Problem(("products", name, "stock"), found, "name it in the parts of an operation")
        if item.route is None and name not in parts | made:
            found = f"found no route of {name!r}, which is no operation's part and which none makes"
            yield Problem(("products", name, "route"), found, "give it a route")
    yield from _cards(plant, made)


def _made(plant: Plant) -> set[str]:
    return {name for route in plant.routes.values() for operation in route for name in operation.makes}


def _cards(plant: Plant, made: set[str]) -> Iterator[Problem]:
    """Look for kanban loops in which there would be more than their cards."""
    for name, item in plant.products.items():
        cards = item.stock.kanban
        if cards is None:
            continue
        path = ("products", name, "stock", "kanban")
        if name in _ordered(plant) | made | {lot.product for lot in plant.wip}:
            found = f"found {name!r} ordered, made or in the plant beside its {cards} kanban cards"
            right = "only cards release its lots: order a product of its own that takes it as a part"
            yield Problem(path, found, right)
        if item.stock.initial > cards * item.lot:
            found = f"found {item.stock.initial} pieces at the start, more than {cards} lots of {item.lot}"
            yield Problem(path, found, "start with at most a full lot for each card")


def _ordered(plant: Plant) -> set[str]:
    named = {name for order in plant.orders for name in (order.product, *getattr(order, "mix", ()))}
    return {name for name in named if name is not None}


def _supplied(plant: Plant) -> set[str]:
    """Products that come into stock in some way."""
    stocked = {name for name, item in plant.products.items() if item.stock.initial or item.stock.kanban}
    return _ordered(plant) | _made(plant) | stocked


# ---------------------------------------------------------------- set-ups
def _setups(plant: Plant) -> Iterator[Problem]:
    attributes = sorted({name for item in plant.products.values() for name in item.attributes})
    visitors: dict[str, dict[str, None]] = {}
    for name, item in plant.products.items() if attributes else ():
        for operation in (o for route in routes_of(item) for o in plant.routes.get(route, ())):
            for place in _on(operation):
                visitors.setdefault(place, {})[name] = None
    for number, center in enumerate(plant.work_centers):
        if center.setup is None:
            continue
        path = ("work_centers", number, "setup")
        pairs = (
            ((*path, "times", i), f"{entry.from_family or 'any'} to {entry.to}")
            for i, entry in enumerate(center.setup.times)
        )
        yield from _repeated("change", pairs)
        if center.setup.by in SET_UP_BY:
            continue
        if center.setup.by not in attributes:
            yield _unknown((*path, "by"), "product attribute", center.setup.by, [*SET_UP_BY, *attributes])
        else:
            by = center.setup.by
            lacking = [n for n in visitors.get(center.id, ()) if by not in plant.products[n].attributes]
            yield from _without(lacking, by, f"the set-up of {center.id!r}", plant)


def _without(products: Iterable[str], attribute: str, what: str, plant: Plant) -> Iterator[Problem]:
    for name in products:
        found = f"found no attribute {attribute!r}, by which {what} goes"
        near = nearest_name(attribute, plant.products[name].attributes)
        yield Problem(("products", name), found, f"give attributes: {{{attribute}: …}}", near)


# ---------------------------------------------------------------- demand
def _demand(plant: Plant) -> Iterator[Problem]:
    for name, item in plant.products.items():
        for route in routes_of(item):
            if route == PAST_LOTS and route not in plant.routes:
                right = "give past_lots with one of this product, or with others above 0"
                yield Problem(("products", name, "route"), "found no past lot to draw", right)
            elif route not in plant.routes:
                yield _unknown(("products", name, "route"), "route", route, plant.routes)
    for number, order in enumerate(plant.orders):
        if order.product is not None and order.product not in plant.products:
            yield _unknown(("orders", number, "product"), "product", order.product, plant.products)
        for name in getattr(order, "mix", ()):
            if name not in plant.products:
                yield _unknown(("orders", number, "mix", name), "product", name, plant.products)


def _wip(plant: Plant) -> Iterator[Problem]:
    steps = {route: dict.fromkeys(_ids(operations)) for route, operations in plant.routes.items()}
    for number, lot in enumerate(plant.wip):
        item = plant.products.get(lot.product)
        if item is None:
            yield _unknown(("wip", number, "product"), "product", lot.product, plant.products)
            continue
        own = [name for route in routes_of(item) for name in steps.get(route, ())]
        if lot.operation not in own:
            path = ("wip", number, "operation")
            kind = f"operation of route {', '.join(map(repr, routes_of(item)))}"
            yield _unknown(path, kind, lot.operation, own)
        if lot.delay and not _may_delay(plant, lot):
            right = "leave it out: the operation has no delay"
            yield Problem(("wip", number, "delay"), "found a delay left", right)
        if lot.release > 0:
            found = f"found a release {lot.release:g} s after the plant's start, at which the lot is there"
            right = "write a moment up to the start, or make it an order"
            yield Problem(("wip", number, "release"), found, right)


def _may_delay(plant: Plant, lot: WipLot) -> bool:
    routes = (plant.routes.get(route, ()) for route in routes_of(plant.products[lot.product]))
    return any(o.id == lot.operation and o.delay is not None for operations in routes for o in operations)


CHECKS = (
    _emptiness,
    _duplicates,
    _calendars,
    _calendar_names,
    _operations,
    _links,
    _batches,
    _people,
    check_supply,
    _parts,
    _interruptions,
    _places_kept,
    _stocks,
    _setups,
    _demand,
    _wip,
)
"""Checks of names, routes, people, material and demand, in the order in which faults are reported."""
