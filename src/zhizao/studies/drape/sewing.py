"""From a draft to cloth: both halves of every piece meshed, and stitches between points of equal number."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhizao.quantities import InputError
from zhizao.records.patterns import (
    Dart,
    Draft,
    Edge,
    LineKind,
    Piece,
    Seam,
    SeamKind,
    length_mm,
)
from zhizao.records.patterns.seams import place_along
from zhizao.solvers.cloth import Mesh, divide, triangulate

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

Key = tuple[str, int, int]
"""A part of an edge: piece, edge, number of the part; negative for the leg of a dart."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One half of a piece, as drawn or mirrored.

    `mesh` is flat, in m; `first` is the vertex of the cloth at which it starts.
    """

    piece: str
    mirrored: bool
    mesh: Mesh
    first: int


@dataclass(frozen=True, slots=True)
class Sewing:
    """Flat panels and their stitches.

    Parameters
    ----------
    panels
        Both halves of all pieces that are sewn to one another.
    rest, triangles
        As in `Cloth`.
    stitches
        Pairs of vertices [s, 2].
    seam
        Number of the seam of each stitch [s]; -1 for darts and folds.
    seams
        Names of the seams.
    left_out
        Pieces that no seam joins to the others: pockets.
    """

    panels: tuple[Panel, ...]
    rest: Array
    triangles: Numbers
    stitches: Numbers
    seam: Numbers
    seams: tuple[str, ...]
    left_out: tuple[str, ...]

    def piece_of(self) -> NDArray[np.str_]:
        """Piece of every triangle [t]."""
        return np.concatenate([[one.piece] * len(one.mesh.triangles) for one in self.panels])


def sewn(draft: Draft, edge_m: float) -> Sewing:
    """Mesh the pieces of a draft and number the stitches of its seams.

    Parameters
    ----------
    edge_m
        Edge length of the triangles.

    Raises
    ------
    InputError
        A seam joins chains of different numbers of edges, or a piece cannot be meshed.
    """
    names = _joined(draft)
    pieces = {piece.name: piece for piece in draft.sewing if piece.name in names}
    if not pieces:
        raise InputError(f"{draft.style}: no seam joins two pieces; expected a garment with seams")
    lines = dict(_lines(draft, pieces))
    counts = _counts(draft, lines, edge_m)
    meshes = {name: _mesh(name, lines, counts, edge_m) for name in pieces}
    panels, first = [], 0
    for name, mirrored in itertools.product(pieces, (False, True)):
        panels.append(Panel(name, mirrored, meshes[name][0], first))
        first += len(meshes[name][0].points)
    start = {(one.piece, one.mirrored): one.first for one in panels}
    at = {key: value for name in pieces for key, value in meshes[name][1].items()}
    pairs = list(_pairs(draft, lines, at, start))
    stitches = np.array([pair for _, pair in pairs], np.int64).reshape(-1, 2)
    seam = np.array([number for number, _ in pairs], np.int64)
    rest = np.concatenate([one.mesh.points * ([-1, 1] if one.mirrored else [1, 1]) for one in panels])
    triangles = [
        (one.mesh.triangles[:, ::-1] if one.mirrored else one.mesh.triangles) + one.first for one in panels
    ]
    left_out = tuple(piece.name for piece in draft.sewing if piece.name not in names)
    seams = tuple(one.name for one in draft.seams)
    return Sewing(tuple(panels), rest, np.concatenate(triangles), stitches, seam, seams, left_out)


def _joined(draft: Draft) -> set[str]:
    """Pieces that hang together with the largest one."""
    groups = [{piece.name} for piece in draft.sewing]
    for seam in draft.seams:
        ends = {edge.piece for edge in (*seam.first, *seam.second)}
        met = [group for group in groups if group & ends]
        groups = [group for group in groups if not group & ends] + [set().union(*met)]
    largest = max(groups, key=len)
    return largest if len(largest) > 1 else set()


def _lines(draft: Draft, pieces: dict[str, Piece]) -> Iterator[tuple[Key, Array]]:
    """Parts of the outlines in m, in their order: edges, opened where a dart begins and ends."""
    darts = {(dart.piece, dart.edge): dart for dart in draft.darts}
    shares = _breaks(draft, pieces, darts)
    for name, piece in pieces.items():
        for index, edge in enumerate(piece.edges):
            if (dart := darts.get((name, index))) is not None:
                yield from _opened(name, index, piece, dart)
                continue
            whole = length_mm(edge)
            cuts = [0.0, *(share * whole for share in shares.get((name, index), ())), whole]
            for number, (low, high) in enumerate(itertools.pairwise(cuts)):
                yield (name, index, number), _part(edge, low, high)


def _opened(name: str, index: int, piece: Piece, dart: Dart) -> Iterator[tuple[Key, Array]]:
    edge = piece.edges[index]
    legs = [np.array([place_along(edge, at)[0], dart.tip]) / 1000 for at in (dart.from_mm, dart.to_mm)]
    yield (name, index, 0), _part(edge, 0.0, dart.from_mm)
    yield (name, index, -1), legs[0]
    yield (name, index, -2), legs[1][::-1]
    yield (name, index, 1), _part(edge, dart.to_mm, length_mm(edge))


def _part(edge: tuple[tuple[float, float], ...], low_mm: float, high_mm: float) -> Array:
    """The part of a line between two places, in m."""
    line = np.array(edge)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    inner = line[(along > low_mm + 1e-6) & (along < high_mm - 1e-6)]
    ends = [[np.interp(at, along, line[:, i]) for i in (0, 1)] for at in (low_mm, high_mm)]
    return np.concatenate([[ends[0]], inner, [ends[1]]]) / 1000


def _breaks(
    draft: Draft, pieces: dict[str, Piece], darts: dict[tuple[str, int], Dart]
) -> dict[tuple[str, int], tuple[float, ...]]:
    """Where edges must have a point because a dart of their partner lies there, as shares of the length."""
    found: dict[tuple[str, int], tuple[float, ...]] = {}
    for seam in draft.seams:
        for a, b in _partners(seam) if seam.kind is SeamKind.PLAIN else ():
            for one, other in ((a, b), (b, a)):
                dart = darts.get((one.piece, one.index))
                if dart is None:
                    continue
                share = dart.from_mm / (length_mm(pieces[one.piece].edges[one.index]) - dart.intake_mm)
                found[other.piece, other.index] = (1 - share if one.reversed != other.reversed else share,)
    return found


def _partners(seam: Seam) -> list[tuple[Edge, Edge]]:
    """Edges that lie on one another.

    Raises
    ------
    InputError
        The chains have different numbers of edges.
    """
    if len(seam.first) != len(seam.second):
        raise InputError(
            f"seam {seam.name}: {len(seam.first)} edges on one side, {len(seam.second)} on the other; "
            "expected as many on both"
        )
    return list(zip(seam.first, seam.second, strict=True))


def _parts(edge: Edge, lines: dict[Key, Array]) -> list[Key]:
    """Parts of an edge in the direction of the seam, without darts."""
    keys = [key for key in lines if key[:2] == (edge.piece, edge.index) and key[2] >= 0]
    return keys[::-1] if edge.reversed else keys


def _counts(draft: Draft, lines: dict[Key, Array], edge_m: float) -> dict[Key, int]:
    """Number of divisions of each part: the same on both sides of a seam and of a dart."""
    found = {key: max(1, round(_length(line) / edge_m)) for key, line in lines.items()}
    same = [
        pair
        for seam in draft.seams if seam.first[0].piece in {key[0] for key in lines}
        for a, b in _partners(seam)
        for pair in zip(_parts(a, lines), _parts(b, lines), strict=True)
    ]  # fmt: skip
    same += [((*key[:2], -1), (*key[:2], -2)) for key in lines if key[2] == -1]
    changed = True
    while changed:
        changed = False
        for one, other in same:
            most = max(found[one], found[other])
            changed = changed or found[one] != most or found[other] != most
            found[one] = found[other] = most
    return found


def _length(line: Array) -> float:
    return float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())


def _mesh(
    name: str, lines: dict[Key, Array], counts: dict[Key, int], edge_m: float
) -> tuple[Mesh, dict[Key, Numbers]]:
    """Mesh of a piece as drawn, and its vertices along each part of the outline."""
    own = [key for key in lines if key[0] == name]
    outline: list[Array] = []
    at: dict[Key, Numbers] = {}
    total = sum(counts[key] for key in own)
    for key in own:
        first = len(outline)
        outline += list(divide(lines[key], counts[key])[:-1])
        at[key] = np.arange(first, first + counts[key] + 1) % total
    try:
        return triangulate(np.array(outline), edge_m), at
    except InputError as error:
        raise InputError(f"piece {name}: {error}") from error


def _pairs(
    draft: Draft, lines: dict[Key, Array], at: dict[Key, Numbers], start: dict[tuple[str, bool], int]
) -> Iterator[tuple[int, tuple[int, int]]]:
    """Number of the seam and the two vertices of every stitch."""
    for number, seam in enumerate(draft.seams):
        if (seam.first[0].piece, False) not in start:
            continue
        sides = ((False, False), (True, True)) if seam.kind is SeamKind.PLAIN else ((False, True),)
        for (a, b), (left, right) in itertools.product(_partners(seam), sides):
            for one, other in zip(_parts(a, lines), _parts(b, lines), strict=True):
                first = at[one][::-1] if a.reversed else at[one]
                second = at[other][::-1] if b.reversed else at[other]
                for p, q in zip(first + start[a.piece, left], second + start[b.piece, right], strict=True):
                    yield number, (int(p), int(q))
    yield from ((-1, pair) for pair in _closed(draft, lines, at, start))


def _closed(
    draft: Draft, lines: dict[Key, Array], at: dict[Key, Numbers], start: dict[tuple[str, bool], int]
) -> Iterator[tuple[int, int]]:
    """Stitches of darts, and of folds, where both halves of a piece are one."""
    for key in [key for key in lines if key[2] == -1]:
        for mirrored in (False, True):
            first, second = (at[*key[:2], leg] + start[key[0], mirrored] for leg in (-1, -2))
            for p, q in zip(first[:-1], second[::-1][:-1], strict=True):
                yield int(p), int(q)
    for name, index in _folds(draft):
        for key in [key for key in lines if key[:2] == (name, index)]:
            for vertex in at[key]:
                yield int(vertex) + start[name, False], int(vertex) + start[name, True]


def _folds(draft: Draft) -> Iterator[tuple[str, int]]:
    """Edges on the fold, by piece and number."""
    for piece in draft.cut:
        for line in piece.lines_of(LineKind.MIRROR):
            for index, edge in enumerate(piece.edges):
                if (edge[0], edge[-1]) == (line.points[0], line.points[-1]):
                    yield piece.name, index
