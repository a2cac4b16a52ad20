"""Styles of the upper body: down jacket and vest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from zhizao.records.patterns import Body
from zhizao.records.patterns.model import Points
from zhizao.records.patterns.outline import length_mm
from zhizao.records.patterns.seams import Edge, Seam, SeamKind
from zhizao.studies.draft.bodice import back, collar, frame, front, pocket_bag, sleeve
from zhizao.studies.draft.shape import SEAM_MM, Drawn, ImpossibleError, Parameter, Shape, Style

ARMHOLE_NOTCH = 0.4
"""Place of the notch of an armhole, as a share of its length from the underarm."""
SIDE_NOTCH = 0.5


def _upper(ease: float, hem: float, drop: float, length: float) -> tuple[Parameter, ...]:
    """Parameters that jacket and vest share, with their own defaults in mm."""
    return (
        Parameter("length", length, 450, 1300, "back length, from the back neck point to the hem"),
        Parameter("bust_ease", ease, 40, 500, "girth of the garment at the bust line, less the bust girth"),
        Parameter("hem_ease", hem, 0, 600, "girth of the hem, less the hip girth"),
        Parameter("neck_ease", 50, 0, 200, "girth of the neck hole, less the neck girth"),
        Parameter("shoulder_ease", 10, -60, 80, "by how much the shoulder seam passes the shoulder point"),
        Parameter("armhole_drop", drop, 0, 120, "by how much the armhole is deeper than the arm needs"),
        Parameter("collar_height", 60, 20, 150, "height of the stand collar"),
        Parameter("pocket", 150, 100, 220, "length of the pocket mouth"),
    )


def _vest(body: Body, design: Mapping[str, float]) -> Drawn:
    """Vest: front, back, stand collar and pocket bags."""
    return _body_part(body, design)


def _body_part(body: Body, design: Mapping[str, float]) -> Drawn:
    block = frame(body, design)
    behind, ahead = back(block, SEAM_MM), front(block, SEAM_MM, design["pocket"])
    necks = [length_mm(shape.side("neck").line) for shape in (behind, ahead)]
    stand, bag = collar(necks[0], necks[1], design["collar_height"]), pocket_bag(design["pocket"])
    side = length_mm(behind.side("side").line)
    around = tuple(bag.edge(name) for name in ("bottom", "inner", "top"))
    seams = (
        Seam("shoulder", (behind.edge("shoulder"),), (ahead.edge("shoulder"),)),
        Seam("side", (behind.edge("side"),), (ahead.edge("side"),), notches=((side * SIDE_NOTCH,) * 2,)),
        Seam(
            "collar, back", (behind.edge("neck"),), (stand.edge("back neck"),),
            notches=((necks[0] / 2,) * 2,),
        ),
        Seam(
            "collar, front", (ahead.edge("neck", reversed=True),), (stand.edge("front neck"),),
            notches=((necks[1] / 2,) * 2,),
        ),
        Seam("front zip", (ahead.edge("centre"),), (ahead.edge("centre"),), kind=SeamKind.CLOSURE),
        Seam("collar zip", (stand.edge("front"),), (stand.edge("front"),), kind=SeamKind.CLOSURE),
        Seam("pocket bag", around, around, kind=SeamKind.CENTRE),
    )  # fmt: skip
    return Drawn((behind, ahead, stand, bag), seams)


def _down_jacket(body: Body, design: Mapping[str, float]) -> Drawn:
    """Down jacket: as the vest, with sleeves and quilting lines."""
    upper = _body_part(body, design)
    behind, ahead, stand, bag = upper.shapes
    holes = tuple(length_mm(shape.side("armhole").line) for shape in (behind, ahead))
    arm = sleeve(
        body.upper_arm + design["upper_arm_ease"], (holes[0], holes[1]), design["cap_ease"],
        body.arm_length + design["sleeve_ease"] - design["shoulder_ease"], body.wrist + design["cuff_ease"],
    )  # fmt: skip
    spacing = design["quilting"]
    shapes = (_quilted(behind, spacing), _quilted(ahead, spacing), _quilted(arm, spacing), stand, bag)
    return Drawn(shapes, (*upper.seams, *_sleeve_seams(arm, holes[0], holes[1], design["cap_ease"] / 2)))


def _sleeve_seams(arm: Shape, back_mm: float, front_mm: float, ease_mm: float) -> Iterator[Seam]:
    """Seams of a sleeve; the armhole of the back has two notches, that of the front one."""
    yield Seam("sleeve", (arm.edge("back underarm", reversed=True),), (arm.edge("front underarm"),))
    for name, hole, places in (("back", back_mm, (0.4, 0.44)), ("front", front_mm, (0.4,))):
        first = Edge(name.upper(), 2, reversed=True)  # from the underarm up
        second = arm.edge(f"{name} cap", reversed=name == "front")
        notches = tuple((share * hole, share * (hole + ease_mm)) for share in places)
        yield Seam(f"armhole, {name}", (first,), (second,), ease_mm, notches=notches)


def _quilted(shape: Shape, spacing_mm: float) -> Shape:
    """A piece with quilting lines at right angles to its grain, counted from its hem.

    Raises
    ------
    ImpossibleError
        The piece is lower than one channel.
    """
    from shapely import LineString, Polygon

    area = Polygon([point for side in shape.sides for point in side.line[:-1]])
    left, bottom, right, top = area.bounds
    lines: list[Points] = []
    number = 1
    while (y := bottom + number * spacing_mm) < top - 1e-6:
        crossed = area.intersection(LineString([(left - 1, y), (right + 1, y)]))
        parts = getattr(crossed, "geoms", [crossed])
        lines.extend(
            tuple(part.coords) for part in parts if part.geom_type == "LineString" and part.length > 0
        )
        number += 1
    if not lines:
        raise ImpossibleError(f"quilting of {spacing_mm / 10:.1f} cm: {shape.name} is lower than one channel")
    return replace(shape, internal=(*shape.internal, *lines))


VEST = Style("vest", "Vest", _upper(120, 100, 25, 620), _vest)
DOWN_JACKET = Style(
    "down-jacket",
    "Down jacket",
    (
        *_upper(220, 180, 40, 680),
        Parameter(
            "upper_arm_ease", 140, 40, 300, "width of the sleeve at the underarm, less the upper-arm girth"
        ),
        Parameter("cap_ease", 10, 0, 50, "by how much the sleeve cap is longer than the armhole"),
        Parameter("sleeve_ease", 20, -100, 100, "length of the sleeve, less the arm length"),
        Parameter("cuff_ease", 100, 30, 250, "width of the sleeve at the wrist, less the wrist girth"),
        Parameter("quilting", 80, 30, 300, "distance of the quilting lines"),
    ),
    _down_jacket,
)
