"""Virtual samples in place of real ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zhizao.plant.measures.kind import Changes, Kind, Parameter, Values, because
from zhizao.plant.measures.load import flow_of
from zhizao.plant.measures.quality import steps
from zhizao.plant.model import MeasureKind, Operation, Plant
from zhizao.plant.query import routes_of

_SAMPLE = re.compile(r"(^|[^a-z])(proto)?(samples?|prototypes?)($|[^a-z])", re.IGNORECASE)
_CHECKS = re.compile(r"inspect|test|check|measure|qc", re.IGNORECASE)
"""A sample that is taken for an inspection is another thing."""


def _samples(plant: Plant, values: Values) -> Iterator[tuple[str, str, Changes, float | None]]:
    flow, of_samples = flow_of(plant), _sample_routes(plant)
    found = []
    for name, alike in steps(plant).items():
        real = [(route, step) for route, step in alike if route in of_samples or _is_sample(step)]
        if real:
            found.append((sum(flow.lots[route, step.id] for route, step in real), name, real))
    for _, name, real in sorted(found, key=lambda one: -one[0]):
        changes = Changes()
        for route, step in real:
            left, least, most = (
                step.sample * (1 - share)
                for share in (values["replaced"], values.high("replaced"), values.low("replaced"))
            )
            changes.number(f"routes.{route}.{step.id}.sample", left, least, most)
        yield f"at-{name}", f"Virtual samples in place of real ones at {name}", changes, None


def _is_sample(step: Operation) -> bool:
    return bool(_SAMPLE.search(step.id)) and not _CHECKS.search(step.id)


def _sample_routes(plant: Plant) -> set[str]:
    """Routes that only samples take: products whose name or attributes say so."""
    samples, others = set[str](), set[str]()
    for name, product in plant.products.items():
        words = (name, *product.attributes, *product.attributes.values())
        (samples if any(map(_SAMPLE.search, words)) else others).update(routes_of(product))
    named = {route for route in samples if any(map(_is_sample, plant.routes[route]))}
    return samples - others - named  # a step that says it is a sample is the one that makes it


VIRTUAL_SAMPLES = Kind(
    MeasureKind.VIRTUAL_SAMPLES,
    "Virtual samples",
    "A share of the samples is made and judged on a screen: their lots pass the steps that make the sample. "
    "Steps whose name says sample or prototype; all steps of products that say so, where no step does.",
    because("no operation or product says that it is a sample or a prototype"),
    _samples,
    (
        Parameter(
            "replaced", "share of real samples that are no longer made", 0.5, 0.3, 0.7,
        ),
    ),
)  # fmt: skip
