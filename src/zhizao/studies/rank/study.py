"""Build an index from a file and a table, and find out how sure its ranks are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from zhizao.engine import Progress
from zhizao.experiments.cancel import interrupted
from zhizao.experiments.facts import version
from zhizao.quantities import Input, InputError, hashed, nearest_name
from zhizao.studies.rank.build import Built, Recipe, built, recipe_of
from zhizao.studies.rank.choices import Runs, choices_of
from zhizao.studies.rank.model import IndexModel, model_of
from zhizao.studies.rank.profile import Profile, profile, rank_without
from zhizao.studies.rank.read import read_index
from zhizao.studies.rank.result import RankResult
from zhizao.studies.rank.sobol import Influence, crossed, influences
from zhizao.studies.rank.table import UnitTable, read_table
from zhizao.studies.rank.uncertainty import RankIntervals, rank_intervals

RUNS = 1_000
"""Default number of runs over the choices: the ends of a 90 % interval are then stable to about one place."""
DRAWS = 64
"""Default number of draws of the weights under which every combination of choices is run."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What is wanted beside the ranks.

    `unit` is looked at closely, with what it takes to gain `places`. `runs` over the choices give the rank
    intervals, `draws` of the weights the Sobol indices; 0 leaves either out.
    """

    unit: str | None = None
    places: int = 5
    runs: int = RUNS
    draws: int = DRAWS

    def __post_init__(self) -> None:
        for name, value, least in (
            ("places", self.places, 1),
            ("runs", self.runs, 0),
            ("draws", self.draws, 0),
        ):
            if value < least:
                raise InputError(f"{name}: found {value}; expected {least} or more")


DEFAULT = Aim()


def rank(
    index: str | Path,
    table: str | Path | None = None,
    *,
    aim: Aim = DEFAULT,
    seed: int = 1,
    progress: Progress | None = None,
) -> RankResult:
    """Rank units by a composite index, with intervals over every choice behind it.

    Parameters
    ----------
    index
        An index file (YAML): indicators, groups, and the choice made at each step.
    table
        The table of units, as CSV or Parquet. Default: the one that the index file names, beside it.
    aim
        A unit to look at closely, and how much is computed.
    seed
        Seed of the random numbers.
    progress
        Called with the completed fraction, in 0..1.

    Raises
    ------
    InputError
        The file or the table has faults; all that were found are listed with file and line.
    """
    file, tree = read_index(Path(index))
    units = read_table(_table_of(Path(index), table, file.table))
    model = model_of(file, tree, units)
    row = _row_of(aim.unit, model, units.file)
    recipe = recipe_of(model)
    work = _Work(model, recipe, built(model, recipe), aim, seed, progress)
    cut = interrupted(lambda: work.all(row))
    names = units.texts(file.unit)
    return RankResult(
        model,
        work.found,
        work.intervals,
        work.influences,
        rank_without(model, work.found, recipe),
        work.profile,
        _inputs(Path(index), units),
        seed,
        version(),
        tuple(name for name in names if name not in set(model.units)),
        cut,
    )


@dataclass(slots=True, eq=False)
class _Work:
    """What takes time, so that what is done by a Ctrl-C is kept."""

    model: IndexModel
    recipe: Recipe
    found: Built
    aim: Aim
    seed: int
    progress: Progress | None
    intervals: RankIntervals | None = None
    influences: tuple[Influence, ...] = ()
    profile: Profile | None = None
    runs: Runs = field(init=False)

    def __post_init__(self) -> None:
        self.runs = Runs(self.model, choices_of(self.model))

    def all(self, row: int | None) -> None:
        if self.aim.runs:
            self.intervals = rank_intervals(self.runs, self.aim.runs, self.seed)
        self._done(0.3)
        if self.aim.draws:
            outcome = crossed(self.runs, self.found, self.aim.draws, self.seed)
            self.influences = influences(outcome, self.runs.choices.names, self.seed)
        self._done(0.7)
        if row is not None:
            self.profile = profile(self.model, self.found, self.recipe, row, self.aim.places)
        self._done(1.0)

    def _done(self, share: float) -> None:
        if self.progress is not None:
            self.progress(share)


def _table_of(index: Path, given: str | Path | None, named: str | None) -> Path:
    if given is not None:
        return Path(given)
    if named is None:
        raise InputError(f"{index}: found no table; write table: FILE.csv, or give one beside the index file")
    return index.parent / named


def _row_of(unit: str | None, model: IndexModel, file: str) -> int | None:
    if unit is None:
        return None
    if unit not in model.units:
        near = nearest_name(unit, model.units)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"unit: found no unit {unit!r} in {file}{hint}")
    return model.units.index(unit)


def _inputs(index: Path, units: UnitTable) -> tuple[Input, ...]:
    return (
        hashed("index", index.name, index.read_bytes()),
        Input("table", Path(units.file).name, units.sha256),
    )
