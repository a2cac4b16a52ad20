"""Upper body: front, back, sleeve and stand collar of the down jacket and the vest. Lengths are in mm.

A loose block without darts. Proportions are ours; what is derived from what (neck width from neck girth,
armhole depth from bust and height, sleeve cap from the armhole) follows Aldrich, Metric Pattern Cutting for
Women's Wear, and Müller & Sohn. The back lies with its fold on x = 0, the front with its centre there; the
back neck point is at y = 0, and the grain runs along y.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians, sin

from zhizao.records.patterns import Body
from zhizao.records.patterns.model import Point, Points
from zhizao.records.patterns.outline import length_mm
from zhizao.studies.draft.curves import bezier, chained, curve, direction, heading, root
from zhizao.studies.draft.shape import HEM_MM, ZIP_MM, ImpossibleError, Shape, Side

BACK_SLOPE_DEG, FRONT_SLOPE_DEG = 18.0, 22.0
"""Slope of the shoulder seam: 20° as scanned on average bodies, and the seam 2° to the front."""
BACK_WIDTH, CHEST_WIDTH = 0.90, 0.84
"""Where the armhole is deepest, as a share of half the shoulder width."""
NECK_WIDTH, NECK_RISE, FRONT_NECK = 0.2, 1 / 3, 1.15
"""Half width of the neck hole over its girth; rise of the back and depth of the front neckline over it."""
BUST_SHARE, HEIGHT_SHARE = 1 / 8, 1 / 16
"""Armhole depth below the back neck point from bust and height: 21.5 cm for bust 88, height 168."""
WAIST_SHARE = 0.4
"""Part of the difference between bust line and waist that the side seam follows: outerwear hangs."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Points that front and back share, and the design lengths."""

    neck_width: float
    neck_rise: float
    shoulder_mm: float
    shoulder: Point
    underarm: Point
    waist: Point
    hem: Point


def frame(body: Body, design: Mapping[str, float]) -> Frame:
    """Lay out the lines of the block.

    Raises
    ------
    ImpossibleError
        The garment ends above the waist, or the armhole leaves no room for the shoulder.
    """
    width = NECK_WIDTH * (body.neck + design["neck_ease"])
    rise = NECK_RISE * width
    reach = body.across_shoulder / 2 + design["shoulder_ease"] - width
    if reach <= 0:
        raise ImpossibleError(f"neck_ease leaves no shoulder: the neck hole is {2 * width / 10:.1f} cm wide")
    slope = heading(-BACK_SLOPE_DEG)
    shoulder_mm = reach / slope[0]
    depth = BUST_SHARE * body.bust + HEIGHT_SHARE * body.height + design["armhole_drop"]
    quarter = (body.bust + design["bust_ease"]) / 4
    at_hem = (body.hip + design["hem_ease"]) / 4
    if design["length"] <= body.back_waist_length:
        raise ImpossibleError(
            f"length {design['length'] / 10:.1f} cm ends above the waist; give more than "
            f"{body.back_waist_length / 10:.1f} cm"
        )
    if depth >= body.back_waist_length:
        raise ImpossibleError(
            f"armhole_drop: the armhole ends {depth / 10:.1f} cm below the neck, under the waist"
        )
    at_waist = quarter - WAIST_SHARE * max(0.0, quarter - (body.waist + design["bust_ease"]) / 4)
    return Frame(
        width, rise, shoulder_mm, (width + reach, rise + shoulder_mm * slope[1]), (quarter, -depth),
        (at_waist, -body.back_waist_length), (at_hem, -design["length"]),
    )  # fmt: skip


def back(block: Frame, armhole_mm: float) -> Shape:
    """Back, cut once on the fold; `armhole_mm` is the allowance of the armhole."""
    neck = (block.neck_width, block.neck_rise)
    down = heading(-BACK_SLOPE_DEG)
    neckline = curve((0.0, 0.0), (1.0, 0.0), neck, _turned(down), (0.55, 0.3))
    width = BACK_WIDTH * block.shoulder[0]
    sides = (
        Side("neck", neckline),
        Side("shoulder", (neck, block.shoulder)),
        Side("armhole", armhole(block.shoulder, down, width, block.underarm), armhole_mm),
        Side("side", side_seam(block)),
        Side("hem", (block.hem, (0.0, block.hem[1])), HEM_MM),
        Side("centre", ((0.0, block.hem[1]), (0.0, 0.0)), 0.0, fold=True),
    )
    return Shape("BACK", sides, _grain(block), 1)


def front(block: Frame, armhole_mm: float, pocket_mm: float) -> Shape:
    """Front, cut twice, with a zip at its centre and the mouth of a slanted pocket of `pocket_mm`."""
    neck = (block.neck_width, block.neck_rise)
    down = heading(-FRONT_SLOPE_DEG)
    tip = (neck[0] + block.shoulder_mm * down[0], neck[1] + block.shoulder_mm * down[1])
    low = (0.0, block.neck_rise - FRONT_NECK * block.neck_width)
    neckline = curve(low, (1.0, 0.0), neck, _turned(down), (0.5, 0.4))
    width = CHEST_WIDTH * block.shoulder[0]
    sides = (
        Side("neck", neckline),
        Side("shoulder", (neck, tip)),
        Side("armhole", armhole(tip, down, width, block.underarm), armhole_mm),
        Side("side", side_seam(block)),
        Side("hem", (block.hem, (0.0, block.hem[1])), HEM_MM),
        Side("centre", ((0.0, block.hem[1]), low), ZIP_MM),
    )
    mouth = _pocket_mouth(block, pocket_mm)
    return Shape("FRONT", sides, _grain(block), 2, internal=(mouth,), holes=mouth)


def armhole(shoulder: Point, down: Point, width: float, underarm: Point) -> Points:
    """Armhole from the shoulder, at a right angle to its seam, past the across-width line to the underarm.

    Raises
    ------
    ImpossibleError
        The bust line is narrower than the across-width line.
    """
    if underarm[0] <= width * 1.02:
        raise ImpossibleError(
            f"bust_ease: the bust line is {underarm[0] / 5:.1f} cm wide, the width between the armholes "
            f"{width / 5:.1f} cm; give more ease, or less shoulder_ease"
        )
    deepest = (width, underarm[1] + 0.42 * (shoulder[1] - underarm[1]))
    upper = curve(shoulder, (down[1], -down[0]), deepest, (0.0, -1.0))
    lower = curve(deepest, (0.0, -1.0), underarm, (1.0, 0.0), (0.45, 0.5))
    return chained(upper, lower)


def side_seam(block: Frame) -> Points:
    """Side seam from the underarm past the waist to the hem, the same on front and back."""
    fall = direction(block.underarm, block.hem)
    upper = curve(block.underarm, direction(block.underarm, block.waist), block.waist, fall)
    return chained(upper, curve(block.waist, fall, block.hem, direction(block.waist, block.hem)))


def collar(back_mm: float, front_mm: float, height_mm: float) -> Shape:
    """Stand collar, cut twice on the fold at its centre; its lower edge is as long as the neckline."""
    end = back_mm + front_mm
    sides = (
        Side("back neck", ((0.0, 0.0), (back_mm, 0.0))),
        Side("front neck", ((back_mm, 0.0), (end, 0.0))),
        Side("front", ((end, 0.0), (end, height_mm))),
        Side("top", ((end, height_mm), (0.0, height_mm))),
        Side("centre", ((0.0, height_mm), (0.0, 0.0)), 0.0, fold=True),
    )
    return Shape("COLLAR", sides, ((end / 2, height_mm * 0.2), (end / 2, height_mm * 0.8)), 2)


def sleeve(
    width_mm: float, armholes: tuple[float, float], ease_mm: float, length_mm_: float, cuff_mm: float
) -> Shape:
    """Sleeve whose cap is as long as the armhole plus ease.

    Parameters
    ----------
    width_mm
        Width at the underarm.
    armholes
        Lengths of the armhole of back and front.
    ease_mm
        By how much the whole cap is longer; half of it on either side.
    length_mm_
        From the shoulder point to the wrist.
    cuff_mm
        Width at the wrist.

    Raises
    ------
    ImpossibleError
        The armhole is too short for the width, the sleeve shorter than its cap, or the cuff too wide.
    """
    targets = (armholes[0] + ease_mm / 2, armholes[1] + ease_mm / 2)
    height, wide_back, wide_front = cap(width_mm, targets)
    seam = length_mm_ - height
    if seam <= 0 or cuff_mm > width_mm:
        raise ImpossibleError(
            f"sleeve of {length_mm_ / 10:.1f} cm, {cuff_mm / 10:.1f} cm wide at the wrist: its cap is "
            f"{height / 10:.1f} cm high, its width {width_mm / 10:.1f} cm"
        )
    middle = (wide_front - wide_back) / 2
    wrist = ((middle - cuff_mm / 2, -seam), (middle + cuff_mm / 2, -seam))
    sides = (
        Side("back cap", cap_half(height, wide_back, BACK_CAP, -1.0)[::-1]),
        Side("front cap", cap_half(height, wide_front, FRONT_CAP, 1.0)),
        Side("front underarm", ((wide_front, 0.0), wrist[1])),
        Side("hem", (wrist[1], wrist[0]), HEM_MM),
        Side("back underarm", (wrist[0], (-wide_back, 0.0))),
    )
    return Shape("SLEEVE", sides, ((0.0, -seam * 0.9), (0.0, height * 0.5)), 2)


BACK_CAP, FRONT_CAP = (0.55, 0.40), (0.48, 0.50)
"""Handles of the cap at the top and at the underarm over its half width: fuller behind, hollower in front."""


def cap_half(height: float, width: float, handles: tuple[float, float], sign: float) -> Points:
    """Half of a cap, from its top at x = 0 to the underarm at `sign * width`, level at both ends."""
    return bezier(
        (0.0, height), (sign * handles[0] * width, height),
        (sign * (1 - handles[1]) * width, 0.0), (sign * width, 0.0),
    )  # fmt: skip


def cap(width_mm: float, targets: tuple[float, float]) -> tuple[float, float, float]:
    """Height of the cap and widths of its back and front, so that both halves have their target lengths.

    Raises
    ------
    ImpossibleError
        No cap of this width is so short.
    """

    def wide(height: float, target: float, handles: tuple[float, float]) -> float:
        half = root(lambda w: length_mm(cap_half(height, w, handles, 1.0)) - target, 0.0, target)
        return 0.0 if half is None else half

    def gap(height: float) -> float:
        return wide(height, targets[0], BACK_CAP) + wide(height, targets[1], FRONT_CAP) - width_mm

    lowest, highest = 0.01 * min(targets), 0.999 * min(targets)
    height = root(gap, lowest, highest)
    if height is None:
        raise ImpossibleError(
            f"sleeve of {width_mm / 10:.1f} cm at the upper arm, armhole of {sum(targets) / 10:.1f} cm; "
            "give less upper_arm_ease, or more armhole_drop"
        )
    return height, wide(height, targets[0], BACK_CAP), wide(height, targets[1], FRONT_CAP)


def pocket_bag(mouth_mm: float) -> Shape:
    """Bag of a slanted pocket, cut four times: two for each side of the body."""
    wide, deep = mouth_mm, 1.3 * mouth_mm
    corners: Points = ((0.0, 0.0), (wide, 0.0), (wide, deep), (0.0, deep), (0.0, 0.0))
    names = ("bottom", "inner", "top", "mouth")
    sides = tuple(Side(name, corners[n : n + 2]) for n, name in enumerate(names))
    return Shape("POCKET BAG", sides, ((wide / 2, deep * 0.2), (wide / 2, deep * 0.8)), 4, "pocketing")


def _pocket_mouth(block: Frame, pocket_mm: float) -> Points:
    """Mouth of the pocket: between waist and hem, slanted to the side."""
    room = block.waist[1] - block.hem[1]
    x, y = 0.5 * block.hem[0], block.waist[1] - 0.35 * room
    dx, dy = pocket_mm / 2 * sin(radians(20)), pocket_mm / 2 * cos(radians(20))
    return ((x - dx, y + dy), (x + dx, y - dy))


def _grain(block: Frame) -> Points:
    x = min(block.shoulder[0], block.hem[0]) * 0.55
    return ((x, block.hem[1] * 0.9), (x, block.hem[1] * 0.3))


def _turned(down: Point) -> Point:
    """Direction at a right angle to a shoulder seam, upward."""
    return (-down[1], down[0])
