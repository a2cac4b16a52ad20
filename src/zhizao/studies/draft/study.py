"""Draft a style in sizes of the table or for one body, and check what was drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from zhizao.quantities import Fault, InputError, nearest_name
from zhizao.quantities.errors import PatternError, UnitError
from zhizao.quantities.units import LENGTH, parse_signed
from zhizao.records.patterns import Body
from zhizao.records.patterns.model import LengthUnit, Pattern, Standard, UnitSource
from zhizao.records.patterns.seams import Draft
from zhizao.studies.draft.bodies import SAMPLE_SIZE, SIZES, body_of_size
from zhizao.studies.draft.checks import faults_of
from zhizao.studies.draft.cutting import made
from zhizao.studies.draft.jackets import DOWN_JACKET, VEST
from zhizao.studies.draft.shape import ImpossibleError, Style
from zhizao.studies.draft.trousers import TROUSERS

STYLES = {style.name: style for style in (DOWN_JACKET, VEST, TROUSERS)}
OWN_SIZE = "OWN"
"""Name of the size that is drafted for the measures of one body."""


@dataclass(frozen=True, slots=True)
class Grading:
    """How far a corner of the cut line moves from the sample size to another size, in mm."""

    piece: str
    rule: str
    size: str
    dx_mm: float
    dy_mm: float


@dataclass(frozen=True, slots=True)
class Drafts:
    """A style as drafted: one draft per size, and the design lengths in mm that were used."""

    style: str
    sizes: tuple[Draft, ...]
    design_mm: tuple[tuple[str, float], ...]

    @property
    def sample_size(self) -> str:
        """The size of the table from which the others differ: M if it was drafted, else the first."""
        names = [one.size for one in self.sizes]
        return SAMPLE_SIZE if SAMPLE_SIZE in names else names[0]

    @property
    def pattern(self) -> Pattern:
        """All pieces as cut, in all sizes, as a file holds them."""
        return self._pattern(cut=True)

    @property
    def sewing_pattern(self) -> Pattern:
        """All pieces along their sewing lines, without allowances."""
        return self._pattern(cut=False)

    def _pattern(self, *, cut: bool) -> Pattern:
        return Pattern(
            style=self.style.upper(),
            pieces=tuple(piece for one in self.sizes for piece in (one.cut if cut else one.sewing)),
            sample_size=self.sample_size,
            standard=Standard.ASTM,
            unit=LengthUnit.MILLIMETRE,
            unit_source=UnitSource.STATED,
        )

    def grading(self) -> tuple[Grading, ...]:
        """Moves of all corners from the sample size to the others."""
        sample = next(one for one in self.sizes if one.size == self.sample_size)
        return tuple(
            Grading(
                piece.name, str(point.rule), other.size,
                round(point.at[0] - base.at[0], 6), round(point.at[1] - base.at[1], 6),
            )
            for other in self.sizes if other is not sample
            for piece, start in zip(other.cut, sample.cut, strict=True)
            for point, base in zip(piece.points, start.points, strict=True)
        )  # fmt: skip


def draft(
    style: str,
    *,
    sizes: Sequence[str] = (SAMPLE_SIZE,),
    body: Body | None = None,
    design: Mapping[str, float | str] | None = None,
) -> Drafts:
    """Draft a style, with seam allowances, notches, grain and seams; needs the extra `garment`.

    Parameters
    ----------
    style
        `down-jacket`, `vest` or `trousers`.
    sizes
        Sizes of the table of women's measures: S, M, L, XL.
    body
        Measures of one body, in place of sizes; `read_body` reads them.
    design
        Design parameters, as texts with unit (`60 cm`) or in mm; all others have their defaults.

    Returns
    -------
    One draft per size, each checked.

    Raises
    ------
    InputError
        An unknown style, size or parameter, or a parameter outside of its bounds.
    PatternError
        Body and parameters have no solution, or a check failed; all faults, with piece and edge.
    """
    chosen = _style(style)
    lengths = _design(chosen, design or {})
    bodies = {OWN_SIZE: body} if body is not None else {size: body_of_size(size) for size in sizes}
    if not bodies:
        raise InputError(f"no size; give one of {', '.join(SIZES)}")
    drafts = []
    for size, measures in bodies.items():
        try:
            drawn = chosen.draw(measures, lengths)
        except ImpossibleError as error:
            fault = Fault(chosen.name, 0, f"size {size}", str(error), "other measures or parameters")
            raise PatternError((fault,)) from error
        drafts.append(made(chosen.name, size, drawn, ruled=len(bodies) > 1))
    faults = [fault for one in drafts for fault in faults_of(one)]
    if faults:
        raise PatternError(tuple(faults))
    return Drafts(chosen.name, tuple(drafts), tuple(lengths.items()))


def _style(name: str) -> Style:
    if name not in STYLES:
        near = nearest_name(name, STYLES)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"style {name!r}: no such style; there are {', '.join(STYLES)}{hint}")
    return STYLES[name]


def _design(style: Style, given: Mapping[str, float | str]) -> dict[str, float]:
    """Design lengths in mm by name.

    Raises
    ------
    InputError
        With all that is wrong.
    """
    wrong = list(_wrong(style, given))
    if wrong:
        raise InputError("\n".join(wrong))
    return {
        one.name: _length_mm(given[one.name]) if one.name in given else one.default_mm
        for one in style.parameters
    }


def _wrong(style: Style, given: Mapping[str, float | str]) -> Iterator[str]:
    known = {one.name: one for one in style.parameters}
    for name, value in given.items():
        if name not in known:
            near = nearest_name(name, known)
            hint = f"; did you mean {near!r}?" if near else ""
            yield f"{name}: {style.name} has no such parameter; there are {', '.join(known)}{hint}"
            continue
        try:
            length = _length_mm(value)
        except UnitError as error:
            yield f"{name}: {error}"
            continue
        low, high = known[name].lowest_mm, known[name].highest_mm
        if not (isfinite(length) and low <= length <= high):
            yield f"{name}: found {length / 10:g} cm; give {low / 10:g} to {high / 10:g} cm"


def _length_mm(value: float | str) -> float:
    return float(value) if not isinstance(value, str) else parse_signed(value, LENGTH) * 1000
