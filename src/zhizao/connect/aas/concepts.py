"""Terms of a package: published identifiers of the IDTA, and our own where none was found.

Published: Hierarchical Structures enabling Bills of Material (IDTA 02011-1-1) and Capability Description
(IDTA 02020-1-0), from the templates at github.com/admin-shell-io/submodel-templates. Units are codes of UCUM
(ucum.org); a unit without a code there, such as money, is left out of the concept.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhizao.connect.aas.kpis import Kpi
from zhizao.connect.aas.names import concept

_STRUCTURE = "https://admin-shell.io/idta/HierarchicalStructures"
STRUCTURE = f"{_STRUCTURE}/1/1/Submodel"
ENTRY_NODE = f"{_STRUCTURE}/EntryNode/1/0"
NODE = f"{_STRUCTURE}/Node/1/0"
HAS_PART = f"{_STRUCTURE}/HasPart/1/0"
IS_PART_OF = f"{_STRUCTURE}/IsPartOf/1/0"
ARCHETYPE = f"{_STRUCTURE}/ArcheType/1/0"

CAPABILITIES = "https://admin-shell.io/idta/SubmodelTemplate/CapabilityDescription/1/0"
_CAPABILITY = "https://admin-shell.io/idta/CapabilityDescription"
CAPABILITY_SET = f"{_CAPABILITY}/CapabilitySet/1/0"
CAPABILITY_CONTAINER = f"{_CAPABILITY}/CapabilityContainer/1/0"
CAPABILITY = f"{_CAPABILITY}/Capability/1/0"
CAPABILITY_OFFERED = f"{_CAPABILITY}/CapabilityRoleQualifier/Offered/1/0"

EQUIPMENT = concept("EquipmentData")
KPI_SUBMODEL = concept("KeyPerformanceIndicators")
KPI_ENTRY = concept("KeyPerformanceIndicator")
INTERVAL = concept("ConfidenceInterval95")
UNIT_OF_VALUE = concept("UnitOfValue")
ORIGIN = concept("Origin")
OBSERVATIONS = concept("Observations")
STANDARD_ERROR = concept("RelativeStandardError")


@dataclass(frozen=True, slots=True)
class Concept:
    """A term: what it means, its unit as a code of UCUM (empty: none), and who defines it."""

    id: str
    name: str
    definition: str
    unit: str = ""
    source: str = ""
    number: bool = False


_SECONDS = {
    "SetupTime": "Set-up time when the family changes",
    "TimeBetweenFailures": "Time from the end of a repair to the next failure, on the clock of the failure",
    "TimeToRepair": "Duration of a repair",
    "TimeBetweenMaintenance": "Time from the end of one maintenance to the next, on its clock",
    "MaintenanceTime": "Duration of a maintenance",
    "TimePerLot": "Processing time of a lot, once for the lot",
    "TimePerPiece": "Processing time of each piece",
    "TimePerBatch": "Processing time of each run of pieces",
    "LoadTime": "Time to load and unload, once for the lot",
}
_COUNTS = {
    "CyclesBetweenFailures": "Operations or pieces, by the clock, from a repair to the next failure",
    "CyclesBetweenMaintenance": "Operations or pieces, by the clock, from one maintenance to the next",
}
_POWER = {
    "Off": "off shift",
    "Idle": "without work",
    "Setup": "during set-up",
    "Busy": "while processing",
    "Blocked": "while work is done and the next buffer is full",
    "Waiting": "while work in hand waits for personnel",
    "Down": "during a failure",
    "Maintenance": "during maintenance",
    "Standby": "in standby",
    "StartUp": "while starting up, waking up or shutting down",
}
_NUMBERS = {
    "NumberOfUnits": ("Units that can do the same work and share one queue", "1"),
    "Speed": ("Speed of a unit relative to the plan", "1"),
    "BufferCapacity": ("Places for lots in front of the units", "{lot}"),
    "OutputCapacity": ("Places for lots behind the units", "{lot}"),
    "PositionX": ("Place on the layout, along its first axis", "m"),
    "PositionY": ("Place on the layout, along its second axis", "m"),
    "CostRate": ("Money per unit and hour on shift, in the currency of the plant", ""),
    "StartUpTime": ("Time that a unit needs when its calendar opens, before it works", "s"),
    "ShutDownTime": ("Time that a unit needs before its calendar closes, in which it does not work", "s"),
    "PiecesPerBatch": ("Pieces in one run", "{piece}"),
    "WindowDays": ("Length of the simulated window after the warm-up", "d"),
    "Replications": ("Independent replications of the simulation", "1"),
    "Seed": ("Seed of the random numbers of the simulation", "1"),
}
_TEXTS = {
    "Name": "Name in the plant file",
    "WorkCenter": "Work center that the unit belongs to",
    "Currency": "Currency of all money of the plant",
    "Calendar": "Name of the working time",
    "DispatchRule": "How the next lot is picked from the queue",
    "Clock": "What the time to the next failure or maintenance counts",
    "Route": "Route that the operation belongs to",
    "Operation": "Operation that the processing time is of",
    "Failure": "A failure mode of each unit",
    "Maintenance": "A planned maintenance of each unit",
    "ProcessTime": "Processing time of one operation of a route",
    "WindowStart": "Beginning of the time that the event log describes, local to the plant",
    "WindowEnd": "End of the time that the event log describes, local to the plant",
}
_OTHER = (
    Concept(EQUIPMENT, "EquipmentData", "What the plant file says about a plant, a work center or a unit"),
    Concept(KPI_SUBMODEL, "KeyPerformanceIndicators", "Key performance indicators of one origin"),
    Concept(KPI_ENTRY, "KeyPerformanceIndicator", "A key performance indicator, its unit and its interval"),
    Concept(INTERVAL, "ConfidenceInterval95", "Bounds of the 95 % confidence interval of the value"),
    Concept(UNIT_OF_VALUE, "UnitOfValue", "Unit of the value and of its interval, in words"),
    Concept(
        ORIGIN,
        "Origin",
        "How a value is known: stated (in the plant file, without a measurement: an assumption of the twin), "
        "measured (from records of the factory; KPIs with calendars, planned times, power and prices of the "
        "plant file) or simulated (by the twin)",
    ),
    Concept(OBSERVATIONS, "Observations", "Observations that a value was measured from", "1", "", True),
    Concept(
        STANDARD_ERROR,
        "RelativeStandardError",
        "Standard error of a measured value, as a share of the value",
        "1",
        "",
        True,
    ),
)
_UCUM = {
    "share": "1",
    "1": "1",
    "h": "h",
    "h/day": "h/d",
    "lots": "{lot}",
    "lots/day": "{lot}/d",
    "pieces/day": "{piece}/d",
    "pieces/h": "{piece}/h",
    "kWh/piece": "kW.h/{piece}",
    "kWh/day": "kW.h/d",
    "kg/piece": "kg/{piece}",
}


def _own(name: str, definition: str, unit: str = "", *, number: bool = False) -> Concept:
    return Concept(concept(name), name, definition, unit, "", number)


def own_concepts() -> dict[str, Concept]:
    """Our terms of equipment data and KPIs by their ids."""
    found = list(_OTHER)
    for units, means in (("s", _SECONDS), ("1", _COUNTS)):
        for name, words in means.items():
            found.append(_own(f"{name}Mean", f"{words}, mean", units, number=True))
            found.append(_own(f"{name}Distribution", f"{words}, as the distribution in the plant file"))
    found += [_own(f"Power{state}", f"Power of a unit {w}", "kW", number=True) for state, w in _POWER.items()]
    found += [_own(name, words, unit, number=True) for name, (words, unit) in _NUMBERS.items()]
    found += [_own(name, words) for name, words in _TEXTS.items()]
    return {one.id: one for one in found}


def kpi_concept(kpi: Kpi) -> Concept:
    """The term of a KPI; money has no unit here, because each plant has its own currency."""
    unit = _UCUM.get(kpi.unit, "")
    return Concept(concept(f"kpi:{kpi.id}"), kpi.name, kpi.definition, unit, kpi.source, True)
