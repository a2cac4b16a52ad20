"""Energy tariff, measures and their evidence, uncertainty of parameters."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from zhizao.plant.model import forms
from zhizao.plant.model.base import Id, Model, Number, Weight, Whole
from zhizao.quantities.fields import Emission, EnergyPrice, Time


class TariffPeriod(Model):
    """A price of energy in a weekly time window."""

    when: Annotated[str, forms.WEEKLY_WINDOW]
    """Weekly window, for example `mon-fri 08:00-11:00, 18:00-21:00`."""
    price: EnergyPrice
    """Price in it."""


class Tariff(Model):
    """Energy price by time of day, and the CO2 of a kWh."""

    default: EnergyPrice = 0.0
    """Price outside all periods."""
    periods: tuple[TariffPeriod, ...] = ()
    """Windows with their own price; the first that matches counts."""
    co2: Emission = 0.0
    """CO2 per kWh."""


class Evidence(Model):
    """How a measure's numbers are known: by a study that was run, or from a source. Without it: assumed."""

    study: str | None = None
    """Study that measured them."""
    run: str | None = None
    """Run of that study."""
    source: str | None = None
    """Publication, supplier's statement or record that they come from."""
    note: str | None = None
    """Anything a reader should know."""

    @model_validator(mode="after")
    def _known_by_something(self) -> Self:
        forms.check_evidence(self.study, self.source)
        return self


class MeasureKind(Enum):
    """Kinds of measures that the library knows (docs/measures.md)."""

    VISUAL_INSPECTION = "visual-inspection"
    PROCESS_CONTROL = "process-control"
    PREDICTIVE_MAINTENANCE = "predictive-maintenance"
    DISPATCHING = "dispatching"
    SCHEDULING = "scheduling"
    QUICK_CHANGEOVER = "quick-changeover"
    STANDBY = "standby"
    LOAD_SHIFTING = "load-shifting"
    EXTRA_UNIT = "extra-unit"
    EXTRA_WORKER = "extra-worker"
    CROSS_TRAINING = "cross-training"
    RELEASE_CONTROL = "release-control"
    LOT_SIZE = "lot-size"
    TRANSFER_BATCH = "transfer-batch"
    BUFFER = "buffer"
    EXTRA_VEHICLE = "extra-vehicle"
    AUTOMATIC_STORE = "automatic-store"
    VIRTUAL_SAMPLES = "virtual-samples"
    PARAMETRIC_PATTERNS = "parametric-patterns"
    AUTOMATIC_MARKERS = "automatic-markers"


class Measure(Model):
    """What could be done, what it costs, what it changes, and how that is known."""

    id: Id
    """Name, unique in the plant."""
    title: str = ""
    """What it is, in a few words (default: its id)."""
    kind: MeasureKind | None = None
    """Kind of the library that it is one of (default: none)."""
    cost: Number | None = None
    """Money, once; below 0 it is a saving. Null: not known, and neither is whether it pays."""
    yearly_cost: Number = 0.0
    """Money a year to keep it up (licences, service, people that are not in the plant)."""
    installation: Time = 0.0
    """Time from the decision until it works; it is paid for at the beginning, and gains nothing before."""
    set: Annotated[dict[str, Any], forms.AS_IN_FILE] = {}
    """Changes: path by id (`routes.parka.cut-parka.defects.found`) and new value, written as in the file.
    None only for `kind: scheduling`, where following the plan of `schedule` is the change."""
    uncertain: dict[str, str] = {}
    """Numbers among the changes that are known as a range only: path, and `uniform(low, high)` or
    `triangular(low, mode, high)` that holds the value set."""
    needs: tuple[str, ...] = ()
    """Measures that must be taken too."""
    excludes: tuple[str, ...] = ()
    """Measures that cannot be taken too; said of one of two, it holds for both."""
    evidence: Evidence | None = None
    """How the numbers are known (default: assumed)."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        forms.check_changes(self.set, by_plan=self.kind is MeasureKind.SCHEDULING)
        return self

    @property
    def name(self) -> str:
        """Its title, or its id where it has none."""
        return self.title or self.id

    @property
    def assumed(self) -> bool:
        """Whether nothing is said of how its numbers are known."""
        return self.evidence is None


class Uncertainty(Model):
    """Standard error of an estimated parameter; `simulate` and `compare` resample it."""

    what: Id
    """Which number: `work_centers.<id>.setup`, `work_centers.<id>.failures.between` or `.repair`,
    `operations.<name>.takes`, `.delay` or `.defects.share` (in all routes, repeats `<name> #2` too),
    `orders.<product>.every`, `orders.every` (of streams that no other names), `orders.mix.<product>`,
    `routes.<route>.<operation>.next.<operation or end>`."""
    error: Weight
    """Standard error of the number, as a share of it: 0.1 where it is known to ±20 % (95 % interval)."""
    observations: Annotated[Whole, Field(ge=1)]
    """Observations that it was measured from; four times as many would halve the error."""
