"""Trousers: front, back, waistband and patch pockets. Lengths are in mm.

Proportions are ours; the construction (crotch line, forks from the thigh, crease line in the middle of the
leg, back crotch dropped so that the inside seams agree) follows Aldrich, Metric Pattern Cutting for Women's
Wear. The crotch line lies on y = 0, the centre on x = 0, and the grain runs along the crease line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import dist

from zhizao.records.patterns import Body
from zhizao.records.patterns.model import Point, Points
from zhizao.records.patterns.outline import length_mm
from zhizao.records.patterns.seams import Dart, Seam, SeamKind
from zhizao.studies.draft.curves import chained, curve, direction, root
from zhizao.studies.draft.shape import HEM_MM, ZIP_MM, Drawn, ImpossibleError, Parameter, Shape, Side, Style

HIP_SHIFT = 0.01
"""Of the hip girth: by how much a back is wider than a quarter, and a front narrower."""
FRONT_FORK = 0.28
"""Share of the crotch extension that the front has."""
LEAST_FORK = 0.11
"""Least crotch extension over the hip girth: Aldrich's is about 1/6, close jeans have about 1/9."""
HIP_LEVEL, KNEE_LEVEL = 0.27, 0.44
"""Hip line above the crotch over the rise; knee below the crotch over the inside leg."""
CENTRE_SHIFT = (0.010, 0.030)
"""How far the centre seam slants in at the waist, front and back, over the hip girth."""
BACK_RISE = 0.09
"""By how much the centre back is higher than the side at the waist, over the rise."""
SIDE_SHIFT = 0.015
"""How far the side seam slants in at the waist at most, over the hip girth; darts take the rest."""
DART_LENGTH = (0.33, 0.38)
"""Length of the dart over the rise, front and back."""

POCKET_LEVEL = 0.42
"""Upper edge of the pocket below the waist over the rise."""


@dataclass(frozen=True, slots=True)
class _Half:
    """Widths of one half of a leg, front or back."""

    name: str
    hip: float
    fork: float
    waist: float
    knee: float
    hem: float
    centre_shift: float
    lift: float
    dart_length: float


@dataclass(frozen=True, slots=True)
class _Levels:
    rise: float
    hip: float
    knee: float
    hem: float


def draw(body: Body, design: Mapping[str, float]) -> Drawn:
    """Draw trousers.

    Raises
    ------
    ImpossibleError
        The leg is too narrow for thigh, knee or foot, or the waist is wider than the hip.
    """
    levels = _levels(body, design)
    ahead, behind = _halves(body, design, levels)
    forward = _leg(ahead, levels, 0.0, levels.rise)
    inside = length_mm(forward.side("inside leg").line)
    drop = root(
        lambda y: length_mm(_inside(behind, levels, -y)) - inside, -0.3 * levels.rise, 0.5 * levels.rise
    )
    outside = length_mm(forward.side("side").line)
    top = root(
        lambda y: length_mm(_outside(behind, levels, y)) - outside, levels.hip * 1.05, levels.rise * 1.5
    )
    if drop is None or top is None:
        raise ImpossibleError("no back leg fits the front: check thigh_ease, knee_ease and hem_width")
    backward = _leg(behind, levels, -drop, top)
    darts = tuple(
        dart for half, shape in ((ahead, forward), (behind, backward))
        if (dart := _dart(half, shape)) is not None
    )  # fmt: skip
    return _with_band(body, design, (forward, backward), darts)


def _levels(body: Body, design: Mapping[str, float]) -> _Levels:
    rise = body.body_rise + design["rise_ease"]
    inside = body.inside_leg + design["length_ease"]
    knee = KNEE_LEVEL * body.inside_leg
    if inside <= knee * 1.1:
        raise ImpossibleError(f"length_ease: the leg ends {inside / 10:.1f} cm below the crotch, at the knee")
    return _Levels(rise, HIP_LEVEL * rise, -knee, -inside)


def _halves(body: Body, design: Mapping[str, float], levels: _Levels) -> tuple[_Half, _Half]:
    """Widths of front and back.

    Raises
    ------
    ImpossibleError
        As `draw`.
    """
    quarter, shift = (body.hip + design["hip_ease"]) / 4, HIP_SHIFT * body.hip
    fork = body.thigh + design["thigh_ease"] - 2 * quarter
    if fork < LEAST_FORK * body.hip:
        need = LEAST_FORK * body.hip + 2 * quarter - body.thigh
        raise ImpossibleError(f"thigh_ease leaves no crotch extension; give at least {need / 10:.1f} cm")
    if design["hem_width"] < body.ankle:
        raise ImpossibleError(f"hem_width is less than the ankle girth, {body.ankle / 10:.1f} cm")
    knee, waist = body.knee + design["knee_ease"], (body.waist + design["waist_ease"]) / 4
    halves = []
    for name, sign, share, centre, length in (
        ("FRONT", -1, FRONT_FORK, CENTRE_SHIFT[0], DART_LENGTH[0]),
        ("BACK", 1, 1 - FRONT_FORK, CENTRE_SHIFT[1], DART_LENGTH[1]),
    ):
        lift = BACK_RISE * levels.rise if sign > 0 else 0.0
        halves.append(_Half(
            name, quarter + sign * shift, share * fork, waist - sign * shift,
            knee * (0.5 + 0.025 * sign), design["hem_width"] * (0.5 + 0.025 * sign),
            centre * body.hip, lift, length * levels.rise,
        ))  # fmt: skip
    return halves[0], halves[1]


def _crease(half: _Half) -> float:
    """Place of the crease line: in the middle of the leg at the crotch of the front."""
    return (half.hip - half.fork) / 2


def _inside(half: _Half, levels: _Levels, y: float) -> Points:
    """Inside leg from the crotch point at height `y` to the hem."""
    x = _crease(half)
    knee, hem = (x - half.knee / 2, levels.knee), (x - half.hem / 2, levels.hem)
    start = (-half.fork, y)
    lower = direction(knee, hem)
    first = direction(start, knee)
    return chained(curve(start, first, knee, lower, (0.2, 0.35)), (knee, hem))


def _outside(half: _Half, levels: _Levels, top: float) -> Points:
    """Side seam from the waist at height `top` to the hem."""
    x = _crease(half)
    knee, hem = (x + half.knee / 2, levels.knee), (x + half.hem / 2, levels.hem)
    hip, waist = (half.hip, levels.hip), (half.hip - _side_shift(half), top)
    lower = direction(knee, hem)
    upper = curve(waist, direction(waist, hip), hip, (0.0, -1.0))
    return chained(upper, curve(hip, (0.0, -1.0), knee, lower, (0.3, 0.35)), (knee, hem))


def _room(half: _Half) -> float:
    """Length that side seam and dart take out between hip and waist.

    Raises
    ------
    ImpossibleError
        The waist is wider than the hip.
    """
    room = half.hip - half.centre_shift - half.waist
    if room < 0:
        raise ImpossibleError(
            f"the waist of the {half.name.lower()} is {-room / 10:.1f} cm wider than its hip line; "
            "give less waist_ease, or more hip_ease and thigh_ease"
        )
    return room


def _side_shift(half: _Half) -> float:
    return min(_room(half), SIDE_SHIFT * 4 * half.hip)


def _leg(half: _Half, levels: _Levels, crotch: float, top: float) -> Shape:
    """Front or back of a leg; `crotch` and `top` are the heights of crotch point and waist at the side."""
    side, inside = _outside(half, levels, top), _inside(half, levels, crotch)
    waist = (half.centre_shift, levels.rise + half.lift)
    hip = (0.0, levels.hip)
    fall = direction(waist, hip)
    seat = curve(hip, fall, (-half.fork, crotch), (-1.0, 0.0), (0.5, 0.55))
    sides = (
        Side("waist", (waist, side[0])),
        Side("side", side),
        Side("hem", (side[-1], inside[-1]), HEM_MM),
        Side("inside leg", inside[::-1]),
        Side("crotch", seat[::-1]),
        Side("centre", (hip, waist), ZIP_MM if half.name == "FRONT" else 10.0),
    )
    x = _crease(half)
    return Shape(half.name, sides, ((x, levels.hem * 0.9), (x, levels.knee * 0.1)), 2)


def _dart(half: _Half, shape: Shape) -> Dart | None:
    """The dart of a waist edge: what is left after centre and side seam; none if nothing is left."""
    start, end = shape.side("waist").line
    length = dist(start, end)
    intake = length - half.waist
    if intake <= 0:
        return None
    across = direction(start, end)
    middle = length * 0.5
    point = (start[0] + middle * across[0], start[1] + middle * across[1])
    inward = (across[1], -across[0])
    tip = (point[0] + half.dart_length * inward[0], point[1] + half.dart_length * inward[1])
    return Dart(shape.name, 0, middle - intake / 2, middle + intake / 2, tip)


def _with_band(
    body: Body, design: Mapping[str, float], legs: tuple[Shape, Shape], darts: tuple[Dart, ...]
) -> Drawn:
    """Legs with waistband, pocket and seams."""
    ahead, behind = legs
    widths = [
        dist(*shape.side("waist").line) - sum(dart.intake_mm for dart in darts if dart.piece == shape.name)
        for shape in (behind, ahead)
    ]
    band = _band(widths[0], widths[1], design["waistband"])
    inside, outside = (length_mm(ahead.side(name).line) for name in ("inside leg", "side"))
    seat = tuple(length_mm(shape.side("crotch").line) for shape in legs)
    knee = inside * 0.55
    seams = (
        Seam(
            "side", (ahead.edge("side"),), (behind.edge("side"),),
            notches=((outside * 0.2,) * 2, (outside * 0.6,) * 2),
        ),
        Seam("inside leg", (ahead.edge("inside leg"),), (behind.edge("inside leg"),), notches=((knee,) * 2,)),
        Seam("front crotch", *((ahead.edge("crotch"),),) * 2, 0.0, SeamKind.CENTRE, ((seat[0] / 2,) * 2,)),
        Seam(
            "back crotch", *((behind.edge("crotch"), behind.edge("centre")),) * 2, 0.0, SeamKind.CENTRE,
            ((seat[1] / 2,) * 2,),
        ),
        Seam("fly", (ahead.edge("centre"),), (ahead.edge("centre"),), kind=SeamKind.CLOSURE),
        Seam("waistband, back", (band.edge("back waist"),), (behind.edge("waist"),)),
        Seam("waistband, front", (band.edge("front waist"),), (ahead.edge("waist", reversed=True),)),
        Seam("waistband end", (band.edge("front"),), (band.edge("front"),), kind=SeamKind.CLOSURE),
    )  # fmt: skip
    return Drawn((ahead, _with_holes(behind, body, design), band, _pocket(design)), seams, darts)


def _band(back_mm: float, front_mm: float, height_mm: float) -> Shape:
    """Waistband, cut twice on the fold at the centre of the back."""
    end = back_mm + front_mm
    sides = (
        Side("back waist", ((0.0, 0.0), (back_mm, 0.0))),
        Side("front waist", ((back_mm, 0.0), (end, 0.0))),
        Side("front", ((end, 0.0), (end, height_mm))),
        Side("top", ((end, height_mm), (0.0, height_mm))),
        Side("centre", ((0.0, height_mm), (0.0, 0.0)), 0.0, fold=True),
    )
    return Shape("WAISTBAND", sides, ((end * 0.2, height_mm / 2), (end * 0.8, height_mm / 2)), 2)


def _with_holes(shape: Shape, body: Body, design: Mapping[str, float]) -> Shape:
    """The back with drill holes where the upper corners of its pocket lie: just below the tip of the dart."""
    waist = shape.side("waist").line
    x = (waist[0][0] + waist[1][0]) / 2
    y = min(point[1] for point in waist) - POCKET_LEVEL * (body.body_rise + design["rise_ease"])
    half = design["pocket"] / 2
    corners: tuple[Point, ...] = ((x - half, y), (x + half, y))
    return replace(shape, holes=corners)


def _pocket(design: Mapping[str, float]) -> Shape:
    """Patch pocket: a square with a pointed lower edge; its hem is at the top."""
    wide = design["pocket"]
    point = 0.15 * wide
    corners: Points = ((0.0, 0.0), (wide / 2, -point), (wide, 0.0), (wide, wide), (0.0, wide), (0.0, 0.0))
    names = ("lower left", "lower right", "right", "top", "left")
    sides = tuple(
        Side(name, corners[n : n + 2], HEM_MM if name == "top" else 10.0) for n, name in enumerate(names)
    )
    return Shape("POCKET", sides, ((wide / 2, wide * 0.2), (wide / 2, wide * 0.8)), 2)


TROUSERS = Style(
    "trousers",
    "Trousers",
    (
        Parameter("length_ease", -10, -400, 60, "length of the inside seam, less the inside leg"),
        Parameter("waist_ease", 20, 0, 200, "girth of the waistband, less the waist girth"),
        Parameter("hip_ease", 50, 10, 300, "girth at the hip line, less the hip girth"),
        Parameter("rise_ease", 10, -30, 60, "depth of the crotch, less the body rise"),
        Parameter("thigh_ease", 100, 40, 300, "girth of the leg at the crotch, less the thigh girth"),
        Parameter("knee_ease", 100, 30, 400, "girth of the leg at the knee, less the knee girth"),
        Parameter("hem_width", 420, 250, 800, "girth of the leg at the hem"),
        Parameter("waistband", 40, 20, 100, "height of the waistband"),
        Parameter("pocket", 140, 100, 200, "width of the patch pocket"),
    ),
    draw,
)
