"""Which tags of a site mean what: the rules of a site file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pydantic import BaseModel, ConfigDict, field_validator

from zhizao.plant import Plant
from zhizao.quantities import InputError
from zhizao.quantities.errors import nearest_name
from zhizao.records import UnitState
from zhizao.records.tags import CLOCK, OF_LOTS, OF_UNITS, STATES, unit_tag


class UnitTags(BaseModel):
    """Tags of one unit; what is left out has its usual name, what is null is not there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tags: dict[str, str | None] = {}
    """Tag of `State`, `Job`, `Lot`, `Order`, `Product`, `Operation`, `Pieces`, `Good`, `Scrap`, `Rework` …"""
    states: dict[str, str] = {}
    """What a value of the state tag means: `idle`, `setup`, `busy`, `blocked`, `down` …"""
    rollover: float | None = None
    """Value after which a counter begins again at 0 (65,536 for a 16-bit register)."""
    every_pieces: float = 1.0
    """Pieces that one count stands for."""

    @field_validator("tags")
    @classmethod
    def _known(cls, tags: dict[str, str | None]) -> dict[str, str | None]:
        for name in tags:
            if name not in OF_UNITS:
                raise ValueError(f"found {name!r}; right is one of {', '.join(OF_UNITS)}")
        return tags

    @field_validator("states")
    @classmethod
    def _meant(cls, states: dict[str, str]) -> dict[str, str]:
        right = [state.value for state in UnitState]
        for value, meaning in states.items():
            if meaning not in right:
                raise ValueError(f"{value}: found {meaning!r}; right is one of {', '.join(right)}")
        return states

    def meaning(self, value: str) -> UnitState | None:
        """Give the state that a value means; None where nobody has said so."""
        own = self.states.get(value)
        return STATES.get(value) if own is None else UnitState(own)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a tag is: a quantity of a unit, a message about lots, or the clock (unit None)."""

    unit: str | None
    what: str


@dataclass(frozen=True)
class TagRules:
    """Tags of a plant.

    Parameters
    ----------
    plant
        The plant.
    units
        Rules of units by their id; other units have the usual tags.

    Raises
    ------
    InputError
        A unit that the plant does not have, or a tag with two meanings.
    """

    plant: Plant
    units: dict[str, UnitTags]

    def __post_init__(self) -> None:
        own = self.centers
        for unit in self.units:
            if unit not in own:
                near = nearest_name(unit, own)
                right = f"did you mean {near!r}?" if near else f"right is one of {', '.join(own)}"
                raise InputError(f"tags: found unit {unit!r}, which {self.plant.name} does not have; {right}")

    @cached_property
    def centers(self) -> dict[str, str]:
        """Work center of each unit."""
        return {unit.id: center.id for center in self.plant.work_centers for unit in center.units}

    @cached_property
    def meanings(self) -> dict[str, Meaning]:
        """What each tag means."""
        found = {name: Meaning(None, name) for name in (*OF_LOTS, CLOCK)}
        for unit, center in self.centers.items():
            own = self.of(unit).tags
            for what in OF_UNITS:
                tag = own.get(what, unit_tag(center, unit, what))
                if tag is None:
                    continue
                if tag in found:
                    raise InputError(
                        f"tags: found {tag!r} for {found[tag].unit} and for {unit}; right is one"
                    )
                found[tag] = Meaning(unit, what)
        return found

    def of(self, unit: str) -> UnitTags:
        """Rules of a unit."""
        return self.units.get(unit, _USUAL)


_USUAL = UnitTags()
