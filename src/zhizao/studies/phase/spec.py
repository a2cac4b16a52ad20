"""A phase file: model, start, parameters, inputs, end, and which lots are accepted."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from zhizao.plant.files.forms import read_form
from zhizao.plant.files.yaml_tree import YamlTree
from zhizao.plant.model.base import Model
from zhizao.quantities import PlantError
from zhizao.quantities.fields import Share, Time, fault

Finite = Annotated[float, Field(allow_inf_nan=False)]


class PhaseFileError(PlantError):
    """A phase file has faults; all that were found are in `faults`."""

    _of = "phase"


class Spread(Model):
    """A number that differs from lot to lot: normal with `mean` and `sd`, or uniform from `low` to `high`."""

    mean: Finite | None = None
    """Mean."""
    sd: Annotated[Finite, Field(ge=0)] | None = None
    """Standard deviation."""
    low: Finite | None = None
    """Least value."""
    high: Finite | None = None
    """Greatest value."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        normal = self.mean is not None and self.sd is not None and self.low is None and self.high is None
        uniform = self.mean is None and self.sd is None and self.low is not None and self.high is not None
        if not (normal or (uniform and self.low <= self.high)):  # type: ignore[operator]
            given = ", ".join(sorted(self.model_fields_set)) or "nothing"
            raise fault(f"found {given}", "give mean and sd, or low and high with low <= high")
        return self


class Goal(Model):
    """A state that ends the phase when it crosses a level."""

    state: str
    """Name of the state."""
    level: Finite
    """Level, in the unit of the state."""
    direction: Literal["rising", "falling", "either"] = "either"
    """Way in which it crosses."""


class Accepted(Model):
    """Bounds of a state at the end of the phase."""

    at_least: Finite | None = None
    """Least value of an accepted lot."""
    at_most: Finite | None = None
    """Greatest value of an accepted lot."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        least, most = self.at_least, self.at_most
        if least is None and most is None:
            raise fault("found no bound", "at_least, at_most or both")
        if least is not None and most is not None and least > most:
            raise fault(f"found at_least {least:g} above at_most {most:g}", "at_least <= at_most")
        return self


class PhaseFile(Model):
    """A phase and how lots differ. Numbers are in the units of the model (docs/phases.md)."""

    name: str = Field(validation_alias="phase", serialization_alias="phase")
    """Name, for results."""
    model: str
    """Model of the library, `module:function` of your own that gives one, or an FMU (`tank.fmu`)."""
    start: dict[str, Finite | Spread] = Field(default_factory=dict)
    """Every state at the beginning; of an FMU those that differ from its own start values."""
    parameters: dict[str, Finite | Spread] = Field(default_factory=dict)
    """Parameters that differ from the defaults of the model."""
    inputs: dict[str, Finite | Spread | tuple[tuple[Finite, Finite], ...]] = Field(default_factory=dict)
    """Every input: a number, or `[[time, value], …]`, held from each time on."""
    until: Time
    """End, or with a goal the time at which a lot is given up."""
    ends: Goal | None = None
    """What ends the phase earlier (default: nothing)."""
    accept: dict[str, Accepted] = Field(default_factory=dict)
    """States at the end that a lot is accepted by (default: all lots are)."""
    other_time: Time = 0.0
    """Time that each lot takes beside the phase, such as filling before it."""
    other_defects: Share = 0.0
    """Share of defects for reasons that the model does not hold."""
    energy: str | None = None
    """State that counts energy: in kWh, of an FMU also in J and the like (default: not known)."""
    energy_unit: Literal["kWh", "Wh", "MWh", "J", "kJ", "MJ", "GJ"] | None = None
    """Unit of the energy of an FMU that declares none."""
    step: Time | None = None
    """Step of communication of an FMU (required for an FMU)."""
    time: Literal["s", "min", "h"] | None = None
    """Unit of the time of an FMU (default: s, as the standard has it)."""

    @field_validator("until")
    @classmethod
    def _lasts(cls, data: float) -> float:
        if data <= 0:
            raise fault(f"found {data:g} s", "a time above 0")
        return data

    @field_validator("inputs")
    @classmethod
    def _from_the_start(
        cls, data: dict[str, float | Spread | tuple[tuple[float, float], ...]]
    ) -> dict[str, float | Spread | tuple[tuple[float, float], ...]]:
        for name, given in data.items():
            times = [time for time, _ in given] if isinstance(given, tuple) else [0.0]
            if times[:1] != [0.0] or any(b <= a for a, b in pairwise(times)):
                found = f"found times {', '.join(f'{time:g}' for time in times) or 'of nothing'} of {name}"
                raise fault(found, "rising times, the first of which is 0")
        return data


def read_phase(path: str | Path) -> tuple[PhaseFile, YamlTree]:
    """Read a phase file, with the lines of its parts.

    Raises
    ------
    InputError
        It cannot be read.
    PhaseFileError
        It has faults; all of them, with file and line.
    """
    return read_form(Path(path), PhaseFile, PhaseFileError, "a phase file")
