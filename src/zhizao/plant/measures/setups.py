"""Quick change of set-up."""

from __future__ import annotations

from collections.abc import Iterator

from zhizao.plant.measures.kind import Changes, Kind, Parameter, Values, because
from zhizao.plant.measures.load import flow_of
from zhizao.plant.model import MeasureKind, Plant
from zhizao.quantities.distributions import mean


def _quicker(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    load = flow_of(plant).load
    factors = (1 - values.high("reduction"), 1 - values["reduction"], 1 - values.low("reduction"))
    found = []
    for center in plant.work_centers:
        if center.setup is None:
            continue
        times = {f"times.#{n + 1}.takes": one.takes for n, one in enumerate(center.setup.times)}
        times = {p: d for p, d in {"default": center.setup.default, **times}.items() if mean(d) > 0}
        longest = max(map(mean, times.values()), default=0.0)
        changes = Changes()
        for path, before in times.items():
            changes.mean(f"work_centers.{center.id}.setup.{path}", before, factors)
        found.append((load[center.id] * longest, center.id, changes))
    for _, name, changes in sorted(found, key=lambda one: -one[0]):
        yield f"at-{name}", f"Quick change of set-up at {name}", changes, None


QUICK_CHANGE = Kind(
    MeasureKind.QUICK_CHANGEOVER,
    "Quick change of set-up",
    "Work that needs no stopped machine is done before and after the stop (SMED): every set-up time of the "
    "work center is shortened by the same share.",
    because("no work center has set-ups that take time"),
    _quicker,
    (
        Parameter(
            "reduction", "share of the set-up time that is saved", 0.44, 0.3, 0.6,
            source="0.44: Fonda & Meneghetti (2022), The Human-Centric SMED, Sustainability 14, 514 (one "
            "case); method: Shingo (1985), A Revolution in Manufacturing; range assumed",
        ),
    ),
    ("setup",),
)  # fmt: skip
