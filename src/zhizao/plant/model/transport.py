"""Transport between work centers: fixed times, fleets, conveyors, stacker cranes."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from zhizao.plant.model import forms
from zhizao.plant.model.base import Id, Model, Whole
from zhizao.plant.model.downtime import Failure, Maintenance
from zhizao.plant.model.equipment import ByState
from zhizao.quantities.fields import Length, MoneyRate, RandomTime, Share, Speed, Time, fault


class Move(Model):
    """Time from one place to another."""

    from_center: str = Field(validation_alias=AliasChoices("from", "from_center"), serialization_alias="from")
    """Place where the way begins: a work center or crane, for a fleet also a location."""
    to: str
    """Place where it ends."""
    takes: Time
    """Time under way."""


class Location(Model):
    """A place on the layout that is no work center: a charger, a place to park."""

    id: Id
    """Name, unique among work centers, cranes and locations."""
    at: tuple[Length, Length]
    """Place on the layout."""


class Distance(Model):
    """Length of the way from one place to another."""

    from_place: str = Field(validation_alias=AliasChoices("from", "from_place"), serialization_alias="from")
    """Work center, crane or location."""
    to: str
    """Work center, crane or location."""
    length: Length
    """Length of the way."""


class Point(Model):
    """A place on a floor where aisles meet or end."""

    id: Id
    """Name, unique on the floor."""
    at: tuple[Length, Length]
    """Place on the layout."""


class Aisle(Model):
    """An aisle from one point to another: one lane, on which vehicles cannot pass one another."""

    from_point: str = Field(validation_alias=AliasChoices("from", "from_point"), serialization_alias="from")
    """Point where it begins."""
    to: str
    """Point where it ends."""
    one_way: bool = False
    """Only from `from` to `to`."""
    length: Annotated[Length, Field(gt=0)] | None = None
    """Length (default: the straight distance between the points)."""


AHEAD = ".>v<^"
"""Cells of a map on which vehicles run."""


class Floor(Model):
    """A floor on which vehicles meet: aisles between points, or a map of cells; each zone holds one vehicle.

    Vehicles stand beside the floor while they load, unload or have nothing to do, as many as may be.
    """

    id: Id
    """Name, unique among floors."""
    zone: Annotated[Length, Field(gt=0)]
    """Length of aisle for one vehicle, with its distance to the next; side of a cell of `map`."""
    points: tuple[Point, ...] = ()
    """Where aisles meet or end."""
    aisles: tuple[Aisle, ...] = ()
    """Aisles; each is divided into zones."""
    map: str | None = None
    """Rows of cells: `.` free, `#` blocked, `>` `<` `^` `v` free, but not against the arrow."""
    corner: tuple[Length, Length] = (0.0, 0.0)
    """Place on the layout of the outer corner of the first cell of `map`."""
    stations: dict[str, str] = {}
    """Point at which a work center, crane or location stands (default: the nearest point or free cell)."""

    @field_validator("map")
    @classmethod
    def _known_cells(cls, text: str | None) -> str | None:
        for row, line in enumerate((text or "").splitlines(), start=1):
            for column, sign in enumerate(line, start=1):
                if sign not in f"{AHEAD}# ":
                    found = f"found {sign!r} in row {row}, column {column} of the map"
                    raise fault(found, "give one of . # > < ^ v")
        return text

    @model_validator(mode="after")
    def _one_description(self) -> Floor:
        if (self.map is None) == (not self.aisles):
            found = "found no aisles and no map" if self.map is None else "found both aisles and a map"
            raise fault(found, "give points and aisles, or a map")
        if self.map is not None and (self.points or self.stations):
            right = "leave them out: places stand at the nearest free cell"
            raise fault("found points or stations beside a map", right)
        if self.map is not None and not set(self.map) & set(AHEAD):
            raise fault("found no free cell in the map", "give cells of . > < ^ v")
        return self


class Layout(Enum):
    """How a way runs between two places of which only the coordinates are known."""

    RECTILINEAR = "rectilinear"  # along the two axes
    STRAIGHT = "straight"


class FleetDispatch(Enum):
    """Which load a free vehicle takes next (first come on ties)."""

    FIFO = "fifo"
    NEAREST = "nearest"  # least empty travel
    PRIORITY = "priority"
    EARLIEST_DUE_DATE = "earliest-due-date"


class Charging(Model):
    """Battery of a vehicle: full at the start, and charged anew once it has run so long."""

    after: RandomTime
    """Time under way, loaded or empty, that a charge lasts; a trip that is begun is ended first."""
    takes: RandomTime = Field(validation_alias=AliasChoices("for", "takes"), serialization_alias="for")
    """Duration of a charge."""
    at: str | None = None
    """Work center or location of the chargers (default: where the vehicle stands)."""
    chargers: Annotated[Whole, Field(ge=1)] | None = None
    """Vehicles of the fleet that can be charged at a time (default: all)."""

    _above_zero = field_validator("after")(forms.mean_above_zero)


class Fleet(Model):
    """Vehicles of one kind, each of which carries one lot at a time between the work centers."""

    id: Id
    """Name, unique among work centers, fleets, cranes and conveyors."""
    vehicles: Annotated[Whole, Field(ge=1, le=forms.MOST_UNITS)] = 1
    """How many; they are called `<id>-1`, `<id>-2`, …"""
    serves: tuple[str, ...] = ()
    """Work centers and cranes between which it carries lots (default: all)."""
    home: str | None = None
    """Work center, crane or location where the vehicles stand at the start (default: the first it serves)."""
    times: tuple[Move, ...] = ()
    """Times under way between places, the same for the way back unless that is listed too."""
    distances: tuple[Distance, ...] = ()
    """Lengths of the ways that `times` does not list; the same back unless listed."""
    speed: Annotated[Speed, Field(gt=0)] | None = None
    """Speed of a vehicle, for `distances` and for places of which only the coordinates are known."""
    floor: str | None = None
    """Floor on which it meets others: travel times are what the traffic gives (default: it meets nobody)."""
    turn: Time = 0.0
    """Time for a quarter turn on a floor."""
    layout: Layout = Layout.RECTILINEAR
    """How ways run that are neither in `times` nor in `distances`: `rectilinear` or `straight`."""
    load: RandomTime | None = None
    """Time to take up a lot."""
    unload: RandomTime | None = None
    """Time to put it down."""
    dispatch: FleetDispatch = FleetDispatch.FIFO
    """Which load goes first: `fifo`, `nearest`, `priority` or `earliest-due-date`."""
    charging: Charging | None = None
    """Battery (default: none to be charged)."""
    calendar: str | None = None
    """Working time, by name (default: always); a trip that is begun is ended over time."""
    failures: tuple[Failure, ...] = ()
    """Failure modes of each vehicle; `busy` counts the time under way with a load."""
    maintenance: tuple[Maintenance, ...] = ()
    """Planned maintenance of each vehicle."""
    power: ByState = ByState()
    """Power by state: `setup` is the empty trip to a load, `busy` the trip with it."""
    cost: MoneyRate = 0.0
    """Money per vehicle and hour on shift."""


class ConveyorKind(Enum):
    """What a conveyor does when the lot at its end finds no room."""

    ACCUMULATING = "accumulating"  # the others close up behind it
    SLOTTED = "slotted"  # all stand; lots go on only where a slot passes


class Conveyor(Model):
    """A conveyor from one work center to another."""

    id: Id
    """Name, unique among work centers, fleets, cranes and conveyors."""
    from_center: str = Field(validation_alias=AliasChoices("from", "from_center"), serialization_alias="from")
    """Work center where lots go on it."""
    to: str
    """Work center (or crane) at its end."""
    length: Annotated[Length, Field(gt=0)]
    """Length."""
    speed: Annotated[Speed, Field(gt=0)]
    """Speed."""
    places: Annotated[Whole, Field(ge=1)]
    """Lots that it holds; a lot takes length / places of it."""
    kind: ConveyorKind = ConveyorKind.ACCUMULATING
    """`accumulating` or `slotted`."""
    power: ByState = ByState()
    """Power of the whole: `busy` while lots move on it, `blocked` while the first finds no room."""
    cost: MoneyRate = 0.0
    """Money per hour."""


class StorageClass(Model):
    """A class of products and the share of a rack in which they are stored."""

    share: Annotated[Share, Field(gt=0, lt=1)]
    """Share of the rack; the shares of all classes make 1."""
    products: tuple[str, ...] = ()
    """Products that are stored in it (default, for one class: all that no other class lists)."""


class Retrieval(Enum):
    """Which of the lots that are asked for a crane fetches next."""

    FIRST_COME = "first-come"
    NEAREST = "nearest"  # least empty travel


class Dwell(Enum):
    """Where a crane goes that has nothing to do (dwell point)."""

    STAY = "stay"  # where it has put its last lot down
    CORNER = "corner"
    MIDDLE = "middle"  # of the rack


class Crane(Model):
    """A stacker crane with its rack (AS/RS): lots bound for the work centers that it serves wait in it."""

    id: Id
    """Name, unique among work centers, fleets, cranes and conveyors."""
    serves: Annotated[tuple[str, ...], Field(min_length=1)]
    """Work centers whose lots it stores, and brings when there is room for them."""
    length: Annotated[Length, Field(gt=0)]
    """Length of the rack; lots come in and go out at a lower corner."""
    height: Annotated[Length, Field(gt=0)]
    """Height of the rack."""
    speed: Annotated[Speed, Field(gt=0)]
    """Speed along the rack."""
    lift: Annotated[Speed, Field(gt=0)]
    """Speed up and down; both at once, so that the longer of the two times counts."""
    transfer: RandomTime | None = None
    """Time to take up a lot, and time to put it down."""
    command: Literal["single", "dual"] = "dual"
    """`dual`: from where it has stored a lot it goes on to fetch one; `single`: it comes back first."""
    classes: tuple[StorageClass, ...] = ()
    """Class-based storage, the class nearest to the corner first (default: any place for any lot)."""
    retrieval: Retrieval = Retrieval.FIRST_COME
    """Which of the lots that have room at their work center comes next: `first-come` or `nearest`."""
    dwell: Dwell = Dwell.STAY
    """Where it goes, at idle power, when it has nothing to do: `stay`, `corner` or `middle`."""
    at: tuple[Length, Length] | None = None
    """Place of the corner on the layout."""
    calendar: str | None = None
    """Working time, by name (default: always); a trip that is begun is ended over time."""
    failures: tuple[Failure, ...] = ()
    """Failure modes."""
    maintenance: tuple[Maintenance, ...] = ()
    """Planned maintenance."""
    power: ByState = ByState()
    """Power by state: `setup` is the empty trip to a load."""
    cost: MoneyRate = 0.0
    """Money per hour on shift."""


class Transport(Model):
    """How lots get from one work center to another: by conveyor, in a listed time, by fleet, or in `default`.

    The first of these that is given for a way is taken; within a work center there is no way.
    """

    default: Time = 0.0
    """Time between work centers where nothing else is given."""
    times: tuple[Move, ...] = ()
    """Fixed times, without vehicles."""
    locations: tuple[Location, ...] = ()
    """Places besides the work centers."""
    floors: tuple[Floor, ...] = ()
    """Floors on which vehicles meet."""
    fleets: tuple[Fleet, ...] = ()
    """Vehicles; a way that several fleets serve belongs to the first."""
    conveyors: tuple[Conveyor, ...] = ()
    """Conveyors."""
    cranes: tuple[Crane, ...] = ()
    """Stacker cranes with their racks."""
