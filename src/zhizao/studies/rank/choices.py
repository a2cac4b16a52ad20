"""The choices behind an index, and the index under any combination of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from zhizao.studies.rank.build import Built, Recipe, denominated, recipe_of, scaled, scored, weights_of
from zhizao.studies.rank.model import IndexModel
from zhizao.studies.rank.spec import Aggregation, Alternatives, Imputation, Normalisation, Treatment
from zhizao.studies.rank.steps.arrays import Floats, ranks
from zhizao.studies.rank.steps.impute import imputed
from zhizao.studies.rank.steps.treat import treated

ABOVE_ZERO = (1.0, 100.0)
"""Scale of bounded normalisations in varied runs: a 0 makes a geometric mean 0 whatever the rest."""
AT_ONCE = 2_000
"""Most runs that are computed in one piece, which bounds memory."""

Option = Imputation | Treatment | Normalisation | Aggregation | None
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Factor:
    """One choice and what could have been chosen."""

    name: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """All that is varied: factors with options, and the relative noise of every weight (uniform)."""

    factors: tuple[Factor, ...]
    noise: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all factors; weights come last, where they are varied."""
        return (*(factor.name for factor in self.factors), *(("weights",) if self.noise else ()))


def choices_of(model: IndexModel) -> Choices:
    """What the file says could have been chosen, or else the usual alternatives to what it chose."""
    steps, said = model.file.steps, model.file.uncertainty or _usual(model)
    treatments = tuple(_treatment(steps.treat, points) for points in said.winsorise)
    return Choices(
        (
            Factor("imputation", said.impute or (steps.impute,)),
            Factor("treatment", treatments or (steps.treat,)),
            Factor("normalisation", said.normalise or (steps.normalise,)),
            Factor("aggregation", said.aggregate or (None,)),
        ),
        said.weights,
    )


def _treatment(base: Treatment | None, points: int) -> Treatment | None:
    return (base or Treatment()).model_copy(update={"winsorise": points}) if points else None


def _usual(model: IndexModel) -> Alternatives:
    """The alternatives that most indices could have chosen; imputation only where a value is missing."""
    steps = model.file.steps
    gaps = bool(np.isnan(model.raw).any())
    usual = (steps.impute, Imputation.MEDIAN, Imputation.REGRESSION)
    norms = (steps.normalise, Normalisation.MIN_MAX, Normalisation.Z_SCORE, Normalisation.RANK)
    return Alternatives(
        impute=tuple(dict.fromkeys(usual)) if gaps and steps.impute is not Imputation.NONE else (),
        winsorise=(0, 5) if steps.treat is not None else (),
        normalise=tuple(dict.fromkeys(norms)),
        aggregate=(Aggregation.ARITHMETIC, Aggregation.GEOMETRIC),
    )


class Runs:
    """Ranks under combinations of choices; values up to normalisation are computed once per combination."""

    def __init__(self, model: IndexModel, choices: Choices) -> None:
        self.model, self.choices = model, choices
        self.base = recipe_of(model)
        self._tame: dict[tuple[int, ...], Floats] = {}
        self._common: dict[tuple[int, ...], Floats] = {}
        self._values = denominated(model, model.raw)

    @property
    def weight_count(self) -> int:
        """How many weights there are in all groups."""
        return sum(len(node.parts) for node in self.model.nodes)

    def recipe(self, cell: Sequence[int]) -> Recipe:
        """The recipe of one combination: the number of an option for each factor."""
        options = [factor.options[number] for factor, number in zip(self.choices.factors, cell, strict=True)]
        imputation, treatment, normalisation, aggregation = options
        assert isinstance(imputation, Imputation)
        assert isinstance(normalisation, Normalisation)
        assert treatment is None or isinstance(treatment, Treatment)
        assert aggregation is None or isinstance(aggregation, Aggregation)
        return replace(
            self.base,
            imputation=imputation,
            treatment=treatment,
            normalisation=normalisation,
            scale=ABOVE_ZERO if self._widens(aggregation) else self.base.scale,
            aggregation=aggregation,
        )

    def _widens(self, aggregation: Aggregation | None) -> bool:
        return aggregation is not None and self.base.scale[0] <= 0

    def scores(self, cell: tuple[int, ...], noise: Floats) -> Floats:
        """Index by run and unit; `noise` in -1..1 is by run and weight."""
        recipe = self.recipe(cell)
        common = self._common.get(cell)
        if common is None:
            common = self._common[cell] = scaled(self.model, self._treated(cell, recipe), recipe)
        given = weights_of(self.model, common, recipe)
        pieces = np.array_split(noise, max(1, len(noise) // AT_ONCE))
        return np.concatenate(
            [scored(self.model, common, self._noisy(given, one), recipe)[self.model.top] for one in pieces]
        )

    def _treated(self, cell: tuple[int, ...], recipe: Recipe) -> Floats:
        key = cell[:2]
        if key not in self._tame:
            filled = imputed(self._values, recipe.imputation, self.model.donors)
            self._tame[key] = treated(filled, recipe.treatment)[0]
        return self._tame[key]

    def _noisy(self, given: dict[str, Floats], noise: Floats) -> dict[str, Floats]:
        found, start = {}, 0
        for node in self.model.nodes:
            width = len(node.parts)
            found[node.name] = given[node.name] * (1 + self.choices.noise * noise[:, start : start + width])
            start += width
        return found

    def cells(self) -> list[tuple[int, ...]]:
        """All combinations of options."""
        return list(product(*(range(len(factor.options)) for factor in self.choices.factors)))


def rank_runs(runs: Runs, cells: Ints, noise: Floats) -> Floats:
    """Ranks by run and unit; `cells` holds the number of an option by run and factor."""
    found = np.full((len(cells), len(runs.model.units)), np.nan)
    kinds, which = np.unique(cells, axis=0, return_inverse=True)
    for number, kind in enumerate(kinds):
        rows = np.flatnonzero(which.reshape(-1) == number)
        found[rows] = ranks(runs.scores(tuple(int(one) for one in kind), noise[rows]))
    return found


def shift(found: Floats, nominal: Built) -> Floats:
    """Mean absolute change of rank over the units, by run."""
    return np.asarray(np.nanmean(np.abs(found - nominal.ranks), axis=-1))
