"""Recipes and equipment as a plant: unit procedures are operations, units are work centers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from zhizao.plant import Plant, parse_plant
from zhizao.plant.files.writer import form_text, plant_form
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.quantities import InputError, PlantError
from zhizao.quantities.errors import UnitError
from zhizao.records.recipes import Element, Recipe, require_sound
from zhizao.studies.recipe.details import laid_over, located, timed_in, with_tables
from zhizao.studies.recipe.equipment import Equipment, EquipmentUnit
from zhizao.studies.recipe.faults import Faults
from zhizao.studies.recipe.routes import Procedure, Stage
from zhizao.studies.recipe.sizes import Amount, amount_of, size_of, unlike_nominal
from zhizao.studies.recipe.times import Durations, Timed

Place: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """A batch: its order in the plant, those of its parallel branches, its recipe and size."""

    id: str
    orders: tuple[str, ...]
    recipe: Recipe
    size: Amount | None


@dataclass(frozen=True, slots=True, eq=False)
class RecipePlant:
    """A plant made from recipes: what each operation is of its recipe, the batches, what was left open."""

    plant: Plant
    stages: dict[tuple[str, str], Timed]
    batches: tuple[PlannedBatch, ...]
    notes: tuple[str, ...]
    units: tuple[EquipmentUnit, ...]
    details: dict[str, Any]

    def text(self, *, beside: bool) -> str:
        """The plant as a file; one that is beside the equipment file names the tables which that names."""
        form = plant_form(self.plant)
        return form_text(with_tables(form, self.details) if beside else form)


def plant_of(recipes: Sequence[Recipe], equipment: Equipment, tree: YamlTree) -> RecipePlant:
    """Make the plant that runs recipes on equipment.

    A unit procedure holds its unit and its lines from start to end. Cleaning between batches is maintenance
    of the unit after so many operations; cleaning between products is a set-up. Skids are groups of
    personnel, because these are needed for a maintenance or a set-up alone. Limits of holding are queue
    limits. A unit with storage blocks before service: no batch is begun before its place there is kept.

    Raises
    ------
    RecipeError
        A recipe is wrong on its own.
    EquipmentError
        Names that are not known, unknown durations, a unit that is too small for its batch, a limit of
        holding that can never be kept, what the twin cannot do yet: all of them.
    """
    notes = [str(one) for recipe in recipes for one in require_sound(recipe)]
    building = _Building(equipment, Faults(tree))
    for recipe in recipes:
        building.add(recipe)
    building.orders(recipes)
    building.check()
    form = laid_over(building.form(), equipment.plant, building.faults)
    building.faults.stop()
    try:
        plant = parse_plant(form_text(form), file=tree.file, folder=Path(tree.file).parent)
    except PlantError as error:
        raise located(error, tree) from None
    own = (*notes, *building.notes)
    return RecipePlant(plant, building.stages, tuple(building.batches), own, equipment.units, equipment.plant)


@dataclass(slots=True)
class _Building:
    """A plant in the making."""

    equipment: Equipment
    faults: Faults
    routes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    order_rows: list[dict[str, Any]] = field(default_factory=list)
    stages: dict[tuple[str, str], Timed] = field(default_factory=dict)
    batches: list[PlannedBatch] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    branches: dict[str, list[str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    doers: dict[str, set[str]] = field(default_factory=dict)
    chosen: set[str] = field(default_factory=set)
    kept: set[tuple[str, str]] = field(default_factory=set)
    owners: dict[str, str] = field(default_factory=dict)
    unchecked: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, recipe: Recipe) -> None:
        """Add the routes and products of a recipe."""
        procedure = Procedure(recipe, dict(self.equipment.choices), self.faults)
        procedure.read()
        self.chosen |= procedure.used
        self._asked(recipe)
        self.branches[recipe.product] = [one for one in procedure.ways if one != recipe.product]
        every = [stage for ways in procedure.ways.values() for _, stages in ways for stage in stages]
        self.products |= {_material(one): {"route": None} for stage in every for one in stage.forks}
        for product, ways in procedure.ways.items():
            for number, (_, stages) in enumerate(ways, 1):
                route = product if len(ways) == 1 else f"{product}, way {number}"
                self.routes[route] = self._route(recipe, product, stages)
                self.owners[route] = recipe.product
            weights = {f"{product}, way {n}": weight for n, (weight, _) in enumerate(ways, 1)}
            self.products[product] = {"route": product if len(ways) == 1 else weights}

    def _asked(self, recipe: Recipe) -> None:
        """What a recipe asks of equipment: a name must be there; a condition is not evaluated, and said."""
        own = self.equipment
        known = {*(one.id for one in own.units), *own.lines, *own.skids}
        for _, element in recipe.procedure.walk():
            for name in element.equipment:
                if name not in known:
                    right = "add it to the units, lines or skids of the equipment file"
                    found = f"found a requirement of {name!r}, which is not there"
                    self.faults.of(recipe, element, found, right)
            for condition in element.constraints:
                self.notes.append(
                    f"{element.name}: the condition {condition!r} on its equipment was not checked."
                )

    def _route(self, recipe: Recipe, product: str, stages: tuple[Stage, ...]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for at, stage in enumerate(stages):
            name = stage.element.name
            if name in (one["id"] for one in found):
                self.faults.of(recipe, stage.element, "found its name twice on a route", "name each once")
            self.names.add(name)
            timed = self._timed(recipe, stage.element)
            self.stages[product, name] = timed
            form: dict[str, Any] = {"id": name, "on": self._units_of(recipe, stage.element)}
            form["takes"] = self._takes(name, timed.end_s)
            form |= self._shared(recipe, stage.element, form["on"])
            own = {_material(product): 1} if at == 0 and _material(product) in self.products else {}
            parts = dict.fromkeys(stage.joins, 1) | own
            makes = {_material(one): 1 for one in stage.forks}
            form |= {key: value for key, value in (("parts", parts), ("makes", makes)) if value}
            form |= self._hold(stages, at)
            found.append(form)
        return found

    def _takes(self, name: str, mean_s: float) -> str:
        spread = self.equipment.varies.get(name, 0.0)
        return f"gamma({mean_s!r} s, cv {spread!r})" if spread and mean_s else f"{mean_s!r} s"

    def _timed(self, recipe: Recipe, element: Element) -> Timed:
        durations = Durations(self.equipment.times)
        timed = durations.timed(element)
        self.used |= durations.used
        for one, why in durations.unknown:
            self.faults.of(
                recipe, one, why, f"give its duration in the equipment file: times: {{{one.name}: 10 min}}"
            )
        return timed

    def _units_of(self, recipe: Recipe, element: Element) -> list[str]:
        units = self.equipment.units
        own = [one.id for one in units if element.name in one.does or one.id in element.equipment]
        self.doers.setdefault(recipe.product, set()).update(own)
        if not own:
            right = f"let a unit do it in the equipment file: does: [{element.name}]"
            self.faults.of(recipe, element, "found no unit that does it", right)
        return own or [self.equipment.units[0].id]

    def _shared(self, recipe: Recipe, element: Element, units: list[str]) -> dict[str, Any]:
        """Lines that an operation needs, and skids for the set-up before it."""
        lines = dict(self.equipment.uses.get(element.name, {}))
        for _, one in element.walk():
            for name in one.equipment:
                if name in self.equipment.lines:
                    lines.setdefault(name, 1)
        skids = {
            cleaning.skid
            for unit in self.equipment.units
            for cleaning in unit.cleaning
            if unit.id in units and cleaning.between == "products"
        }
        if len(skids) > 1:
            names = ", ".join(sorted(one or "no skid" for one in skids))
            found = f"found units for it that are cleaned between products with {names}"
            self.faults.of(recipe, element, found, "let units with one skid do it: the twin would take all")
        needs = {one: {"count": 1, "during": "setup"} for one in sorted(filter(None, skids))}
        return {key: value for key, value in (("tools", lines), ("needs", needs)) if value}

    def _hold(self, stages: tuple[Stage, ...], at: int) -> dict[str, Any]:
        before, name = [one.element.name for one in stages[:at]], stages[at].element.name
        found: dict[str, Any] = {}
        for number, limit in enumerate(self.equipment.holds):
            if limit.before != name or limit.after not in before:
                continue
            self.kept.add((limit.before, limit.after))
            if found:
                said = f"found two limits before {name!r} on one route"
                self.faults.at(("holds", number), said, "the twin keeps one of them: write the tighter one")
                continue
            self._reachable(number, stages[before.index(limit.after) + 1 : at])
            rule = {"from": limit.after, "at_most": f"{limit.at_most!r} s", "then": limit.then}
            found = {"queue_at_most": rule}
        return found

    def _reachable(self, number: int, between: tuple[Stage, ...]) -> None:
        """Refuse a limit that is shorter than what is done between."""
        limit = self.equipment.holds[number]
        least_s = sum(self._length(one.element) for one in between)
        if least_s > limit.at_most:
            names = ", ".join(one.element.name for one in between)
            found = f"found {limit.at_most / 60:g} min, but {names} between takes {least_s / 60:g} min"
            self.faults.at(("holds", number, "at_most"), found, "write a limit that can be kept")

    def _length(self, element: Element) -> float:
        return Durations(self.equipment.times).timed(element).end_s

    # ------------------------------------------------------------ batches
    def orders(self, recipes: Sequence[Recipe]) -> None:
        """Add the batches, with an order for each of their parallel branches."""
        by_product = {recipe.product: recipe for recipe in recipes}
        if len(by_product) < len(recipes):
            raise InputError("recipes: found two of one product; give one for each product")
        if bool(self.equipment.batches) == ("orders" in self.equipment.plant):
            found = "found orders beside batches" if self.equipment.batches else "found no batches"
            self.faults.at(("batches",), found, "give batches, or orders below plant")
        for recipe in recipes if not self.equipment.batches else ():
            self._size(recipe, None, 0)
        for number, wanted in enumerate(self.equipment.batches):
            product = wanted.product or (recipes[0].product if len(recipes) == 1 else "")
            if product not in by_product:
                self.faults.unknown(
                    ("batches", number, "product"), product, by_product, "the product of a recipe"
                )
                continue
            size = self._size(by_product[product], wanted.size, number)
            for count in range(wanted.count):
                self._batch(by_product[product], size, count * wanted.every, wanted.due)

    def _batch(self, recipe: Recipe, size: Amount | None, release_s: float, due_s: float | None) -> None:
        name = f"B{len(self.batches) + 1:03d}"
        orders = {name: recipe.product}
        own = f"{recipe.product} / "
        orders |= {f"{name} / {one.removeprefix(own)}": one for one in self.branches[recipe.product]}
        for order, product in orders.items():
            row = {"id": order, "product": product, "pieces": 1, "release": f"{release_s!r} s"}
            if due_s is not None and order == name:
                row["due"] = f"+{due_s!r} s"
            self.order_rows.append(row)
        self.batches.append(PlannedBatch(name, tuple(orders), recipe, size))

    def _size(self, recipe: Recipe, stated: str | None, number: int) -> Amount | None:
        place = ("batches", number, "size")
        try:
            size = size_of(recipe, stated)
        except UnitError as error:
            if stated is None:
                right = "write it as a volume or mass, or give batches one: `size: 400 L`"
                self.faults.of(recipe, recipe.procedure, f"{error.found} as the size of its batch", right)
            else:
                self.faults.at(place, error.found, error.right, error.nearest)
            return None
        except InputError as error:
            self.faults.at(place, str(error), "write a size that it allows")
            return None
        if size is None:
            self.notes.append(
                f"{recipe.product}: the size of a batch is not stated; no unit was checked for it."
            )
            return None
        self.notes += [one for one in (unlike_nominal(recipe, size),) if one]
        for unit in self.equipment.units:
            if unit.id in self.doers[recipe.product]:
                self._fits(unit, size, recipe)
        return size

    def _fits(self, unit: EquipmentUnit, size: Amount, recipe: Recipe) -> None:
        path = ("units", self.equipment.units.index(unit), "capacity")
        if unit.capacity is None:
            self.unchecked.setdefault(unit.id, size.text)
            return
        try:
            room = amount_of(unit.capacity)
        except UnitError as error:
            self.faults.at(path, error.found, error.right, error.nearest)
            return
        if room.dimension is not size.dimension:
            right = f"write it in the dimension of the batch ({size.dimension.value})"
            self.faults.at(path, f"found {unit.capacity} for a batch of {size.text}", right)
        elif room.value < size.value:
            found = f"found {unit.capacity}, too small for a batch of {size.text} of {recipe.product}"
            self.faults.at(path, found, "give it a larger unit, or make smaller batches")

    # ------------------------------------------------------------ names
    def check(self) -> None:
        """Find names that no recipe has: a setting that does nothing is a mistake."""
        own = self.equipment
        self._known(("varies",), own.varies, self.names, "a unit procedure")
        for number, unit in enumerate(own.units):
            if unit.id in (one.id for one in own.units[:number]):
                self.faults.at(
                    ("units", number, "id"), f"found {unit.id!r} again", "give each kind its own id"
                )
            self._known(("units", number, "does"), unit.does, self.names, "a unit procedure")
            for at, one in enumerate(unit.cleaning):
                skids = () if one.skid is None else (one.skid,)
                self._known(("units", number, "cleaning", at, "skid"), skids, own.skids, "a skid")
        self._known(("uses",), own.uses, self.names, "a unit procedure")
        for name, lines in own.uses.items():
            self._known(("uses", name), lines, own.lines, "a line")
        self._known(("times",), set(own.times) - self.used, (), "an element of a recipe that needs it")
        self._known(("choices",), set(own.choices) - self.chosen, (), "what a selection begins with")
        for number, limit in enumerate(own.holds):
            self._known(("holds", number), (limit.before, limit.after), self.names, "a unit procedure")
        self._check_holds()
        if self.unchecked:
            units = ", ".join(f"{unit} ({size})" for unit, size in self.unchecked.items())
            self.notes.append(f"No capacity is stated, so that it was not checked for the batch: {units}.")
        fixed = sorted(self.names - own.varies.keys() - timed_in(own.plant))
        if fixed:
            self.notes.append(f"No spread is stated, so that durations do not vary: {', '.join(fixed)}.")

    def _known(self, place: Place, names: Iterable[str], known: Collection[str], what: str) -> None:
        for name in sorted(set(names) - set(known)):
            self.faults.unknown(place, name, known, what)

    def _check_holds(self) -> None:
        for number, limit in enumerate(self.equipment.holds):
            if {limit.before, limit.after} <= self.names and (limit.before, limit.after) not in self.kept:
                found = f"{limit.after!r} is not before {limit.before!r} on a route"
                self.faults.at(("holds", number), found, "name two that follow one another")

    # ------------------------------------------------------------ form
    def form(self) -> dict[str, Any]:
        """The plant as data of a file."""
        own, by, routes = self.equipment, "product", self.routes
        if any(self.branches.values()):  # of a branch the product is a part, not what the batch becomes
            by, routes = "family", self._families()
        form = {
            "zhizao": 1,
            "plant": own.name,
            "start": own.start.isoformat(sep=" "),
            "work_centers": [_center(one, by) for one in own.units],
            "personnel": [{"id": name, "count": count} for name, count in own.skids.items()],
            "tools": [{"id": name, "count": count} for name, count in own.lines.items()],
            "routes": routes,
            "products": self.products,
            "orders": self.order_rows,
        }
        return {key: value for key, value in form.items() if value}

    def _families(self) -> dict[str, list[dict[str, Any]]]:
        """The routes, with the product of the recipe as family where units are cleaned between products."""
        own = {
            unit.id for unit in self.equipment.units if any(c.between == "products" for c in unit.cleaning)
        }
        return {
            route: [
                one if own.isdisjoint(one["on"]) else one | {"setup_family": self.owners[route]}
                for one in operations
            ]
            for route, operations in self.routes.items()
        }


def _material(branch: str) -> str:
    """What a branch is begun with: made by the unit procedure before it."""
    return f"material for {branch}"


def _center(unit: EquipmentUnit, by: str) -> dict[str, Any]:
    """A kind of units as a work center, cleaned between products by product or by family."""
    form: dict[str, Any] = {"id": unit.id, "units": unit.count}
    between = [one for one in unit.cleaning if one.between == "batches"]
    if between:
        form["maintenance"] = [
            {"clock": "cycles", "every": one.every, "for": f"{one.takes!r} s"}
            | ({"needs": {one.skid: 1}} if one.skid else {})
            for one in between
        ]
    for one in unit.cleaning:
        if one.between == "products":
            form["setup"] = {"by": by, "default": f"{one.takes!r} s"}
    if unit.storage is not None:
        form["buffer"] = {"capacity": unit.storage, "full": "block-before-service"}
    return form
