"""An equipment file: units with capacity and cleaning, skids, lines, durations, limits of holding."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, field_validator, model_validator

from zhizao.plant.files.forms import read_form
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.plant.model.base import Id, Model, Weight, Whole
from zhizao.quantities import PlantError
from zhizao.quantities.fields import Share, Time, fault

Count = Annotated[Whole, Field(ge=1)]


class EquipmentError(PlantError):
    """An equipment file has faults, or does not fit its recipes; all that were found are in `faults`."""

    _of = "equipment"


class Cleaning(Model):
    """Cleaning in place (CIP) of a unit."""

    takes: Time = Field(validation_alias=AliasChoices("for", "takes"), serialization_alias="for")
    """Duration."""
    skid: Id | None = None
    """Skid that it needs (default: none)."""
    between: Literal["batches", "products"] = "batches"
    """`batches`: the unit is dirty after each batch; `products`: only before another product."""
    every: Count = 1
    """Between batches: it is cleaned after so many of them."""
    dirty_at_most: Time | None = None
    """Longest time from the end of a batch to the beginning of this cleaning; longer ones are counted."""
    clean_at_most: Time | None = None
    """Longest time from the end of this cleaning to the next batch; longer ones are counted."""

    @model_validator(mode="after")
    def _every_batch_or_product(self) -> Self:
        if self.between == "products" and self.every > 1:
            right = "none: between products a unit is cleaned before each other product"
            raise fault(f"found every: {self.every}", right)
        return self


class EquipmentUnit(Model):
    """Units of one kind (ISA-88), each of which does one unit procedure at a time."""

    id: Id
    """Name of the kind, unique."""
    count: Count = 1
    """How many there are."""
    capacity: str | None = None
    """What one holds, a volume or a mass with its unit: `6 m3`, `500 kg` (default: not known)."""
    does: tuple[str, ...] = ()
    """Unit procedures that it does, by name, beside those whose equipment requirement names the unit."""
    cleaning: tuple[Cleaning, ...] = ()
    """How it is cleaned."""
    storage: Annotated[Whole, Field(ge=0)] | None = None
    """Batches that can wait before it in storage (default: as many as there are)."""

    @field_validator("does", "cleaning", mode="before")
    @classmethod
    def _one_or_many(cls, data: Any) -> Any:
        return data if isinstance(data, (list, tuple)) else [data]

    @field_validator("cleaning")
    @classmethod
    def _distinct(cls, data: tuple[Cleaning, ...]) -> tuple[Cleaning, ...]:
        for kind in ("batches", "products"):
            alike = [one for one in data if one.between == kind]
            if kind == "products" and len(alike) > 1:
                raise fault(f"found {len(alike)} cleanings between products", "one, of their total duration")
            if len(alike) > 1 and any(one.dirty_at_most or one.clean_at_most for one in alike):
                found = f"found {len(alike)} cleanings between batches, with limits"
                raise fault(found, "limits on a unit with one of them: the log does not tell them apart")
        return data


class HoldLimit(Model):
    """How long a batch may be held between two unit procedures."""

    before: Id
    """Unit procedure that must start in time."""
    after: Id
    """Earlier unit procedure, from whose end the time counts."""
    at_most: Time
    """Limit."""
    then: Literal["count", "scrap"] = "scrap"
    """What becomes of a batch that was held longer: lost (`scrap`), or only counted."""


class Batches(Model):
    """Batches to make."""

    product: str | None = None
    """Product of the recipe (default: that of the only one)."""
    count: Count
    """How many."""
    every: Time = 0.0
    """Time between their releases (default: all at the start)."""
    size: str | None = None
    """Size with its unit (default: the nominal size of the recipe)."""
    due: Time | None = None
    """Due so long after release (default: not due)."""


class Equipment(Model):
    """A plant that runs recipes."""

    name: str = Field(validation_alias=AliasChoices("equipment", "name"), serialization_alias="equipment")
    """Name of the plant."""
    start: datetime = datetime(2026, 1, 5)
    """Moment t = 0, local to the plant."""
    units: Annotated[tuple[EquipmentUnit, ...], Field(min_length=1)]
    """Units."""
    skids: dict[str, Count] = Field(default_factory=dict)
    """Skids that clean, with their numbers."""
    lines: dict[str, Count] = Field(default_factory=dict)
    """Transfer lines and other things that unit procedures share, with their numbers."""
    uses: dict[str, dict[str, Count]] = Field(default_factory=dict)
    """By unit procedure: lines that it needs from its start to its end, and how many."""
    times: dict[str, Time] = Field(default_factory=dict)
    """Durations that the recipes do not state, by name: `Stage Materials`, or `Pack / Stage Materials`."""
    varies: dict[str, Share] = Field(default_factory=dict)
    """By unit procedure: standard deviation of its duration over its mean (default: it does not vary)."""
    holds: tuple[HoldLimit, ...] = ()
    """Limits of holding."""
    choices: dict[str, Weight] = Field(default_factory=dict)
    """Weights of the branches of a selection, by the unit procedure that each begins with."""
    batches: tuple[Batches, ...] = ()
    """Batches to make. Required unless `plant` has orders."""
    plant: dict[str, Any] = Field(default_factory=dict)
    """What the plant has beside recipes and units, as in a plant file: by id, what is there is completed."""


def read_equipment(path: str | Path) -> tuple[Equipment, YamlTree]:
    """Read an equipment file, with the lines of its parts.

    Raises
    ------
    InputError
        It cannot be read.
    EquipmentError
        It has faults; all of them, with file and line.
    """
    return read_form(Path(path), Equipment, EquipmentError, "an equipment file")
