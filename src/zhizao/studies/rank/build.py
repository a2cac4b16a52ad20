"""Build an index step by step: denominate, impute, treat, normalise, weigh, aggregate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from zhizao.studies.rank.model import IndexModel, Node
from zhizao.studies.rank.spec import Aggregation, Imputation, Normalisation, Treatment, Weighting
from zhizao.studies.rank.steps.aggregate import aggregated
from zhizao.studies.rank.steps.arrays import Floats, ranks
from zhizao.studies.rank.steps.impute import imputed
from zhizao.studies.rank.steps.normalise import normalised
from zhizao.studies.rank.steps.treat import Treated, treated
from zhizao.studies.rank.steps.weights import weighted_by

Scores = dict[str, Floats]
"""Scores by name of an indicator or a group; the last axis is the unit."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The choice made at each step; `aggregation` None leaves each group with its own."""

    imputation: Imputation
    treatment: Treatment | None
    normalisation: Normalisation
    scale: tuple[float, float]
    weighting: Weighting
    aggregation: Aggregation | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """What each step made of the values, by unit and indicator, and the scores of all groups."""

    denominated: Floats
    imputed: Floats
    treated: Floats
    treatments: tuple[Treated, ...]
    normalised: Floats
    weights: dict[str, Floats]
    scores: Scores
    index: Floats
    ranks: Floats


def recipe_of(model: IndexModel) -> Recipe:
    """The choices that the index file makes."""
    steps = model.file.steps
    ends = (steps.range[0], steps.range[1])
    return Recipe(steps.impute, steps.treat, steps.normalise, ends, steps.weights)


def built(model: IndexModel, recipe: Recipe, *, raw: Floats | None = None) -> Built:
    """Build the index; `raw` stands in for the values of the table, by unit and indicator."""
    values = denominated(model, model.raw if raw is None else raw)
    filled = imputed(values, recipe.imputation, model.donors)
    tame, what = treated(filled, recipe.treatment)
    common = scaled(model, tame, recipe)
    weights = weights_of(model, common, recipe)
    scores = scored(model, common, weights, recipe)
    index = scores[model.top]
    return Built(values, filled, tame, what, common, weights, scores, index, ranks(index))


def denominated(model: IndexModel, raw: Floats) -> Floats:
    """Values per denominator; unknown where that is unknown or 0."""
    return raw / np.where(model.per != 0, model.per, np.nan)


def scaled(model: IndexModel, values: Floats, recipe: Recipe) -> Floats:
    """Normalised values, less what is lost to inequality."""
    posts = replace(model.posts, scale=recipe.scale)
    return normalised(values, recipe.normalisation, posts) * model.kept_share


def scored(model: IndexModel, common: Floats, weights: dict[str, Floats], recipe: Recipe) -> Scores:
    """Scores of all groups from the bottom up; leading axes of values and weights broadcast."""
    found: Scores = {name: common[..., number] for number, name in enumerate(model.indicators)}
    for node in model.nodes:
        found[node.name] = _group(model, node, found, weights[node.name], recipe)
    return found


def _group(model: IndexModel, node: Node, found: Scores, weights: Floats, recipe: Recipe) -> Floats:
    parts = _parts(node, found)
    steps = model.file.steps
    shape = np.broadcast_shapes(parts.shape, (*weights.shape[:-1], 1, weights.shape[-1]))
    score = aggregated(
        np.broadcast_to(parts, shape),
        weights[..., None, :],
        recipe.aggregation or node.aggregation,
        power=steps.power,
        present=steps.present,
    )
    return score if node.kept is None else score * node.kept


def _parts(node: Node, found: Scores) -> Floats:
    return np.stack(np.broadcast_arrays(*(found[part] for part in node.parts)), axis=-1)


def weights_of(model: IndexModel, common: Floats, recipe: Recipe) -> dict[str, Floats]:
    """Weights of the parts of each group, which sum to one, from the bottom up."""
    found: Scores = {name: common[:, number] for number, name in enumerate(model.indicators)}
    weights: dict[str, Floats] = {}
    for node in model.nodes:
        weights[node.name] = weighted_by(_parts(node, found), node.given, recipe.weighting)
        found[node.name] = _group(model, node, found, weights[node.name], recipe)
    return weights
