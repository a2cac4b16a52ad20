"""Static equilibrium of cloth: a Newton method with conjugate gradients, in pseudo-time.

Each step solves one backward Euler step without inertia by one Newton iteration; the step grows while the
quadratic model predicts the energy well (Kelley and Keyes 1998, "Convergence analysis of pseudo-transient
continuation"), so that the end is Newton's method on the equilibrium itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zhizao.solvers.cloth.assembly import sheet_of, slots_of
from zhizao.solvers.cloth.body import Body, Clearance, clearance
from zhizao.solvers.cloth.kernels.contact import contact_blocks, contact_energy, settle
from zhizao.solvers.cloth.kernels.elastic import cloth_blocks, cloth_energy
from zhizao.solvers.cloth.kernels.linear import conjugate_gradients
from zhizao.solvers.cloth.kernels.tables import Field, Sheet, Slots, Touch
from zhizao.solvers.cloth.problem import Cloth, Material, Settings
from zhizao.solvers.cloth.strain import edge_strain, edges_of, principal_stretches

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

LONGEST_STEP_S = 1e4
"""Of pseudo-time: beyond it the mass term no longer changes the system."""
SUFFICIENT = 1e-4
"""Share of the predicted decrease that a step must reach (Armijo)."""
FORCING = 0.1
"""Residual of the linear system at most, relative to its right side."""
HALVINGS = 20
"""Of a step in the line search; after them the step is taken as failed."""
LONGEST_MOVE = 64.0
"""Of a Newton move that the line search may go, in moves."""
CHECK_S = 3.0
"""Of the wall time kept for the final check of distances, which took 0.3 to 2 s with 5,000 points on loaded
machines; at most a fifth of a short limit."""
REPAIRS = 5
"""Rounds of moving the cloth away from where it still cuts the body."""


class End(Enum):
    """Why the solver ended."""

    EQUILIBRIUM = "equilibrium"
    STEPS = "steps"
    TIME = "time"
    STALLED = "stalled"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Progress:
    """Where the solver stands: steps made, residual (1 = the weight), widest open stitch, wall time."""

    steps: int
    residual: float
    gap_m: float
    seconds: float


@dataclass(frozen=True)
class Drape:
    """Cloth at rest.

    Parameters
    ----------
    positions
        [n, 3] in m; vertices of a closed stitch coincide.
    edges, edge_strain
        Every edge [e, 2] and its strain [e].
    stretches
        Principal stretches [t, 2] of the triangles.
    residual
        Norm of the unbalanced forces over the norm of the weights, free nodes.
    end
        Why the solver ended.
    gap_m
        Widest stitch that is still open; 0 if all are closed.
    clearance
        Distance to the body and intersections with it, checked exactly; None without a body.
    steps, iterations
        Steps, and iterations of conjugate gradients in them.
    seconds
        Wall time.
    """

    positions: Array
    edges: Numbers
    edge_strain: Array
    stretches: Array
    residual: float
    end: End
    gap_m: float
    clearance: Clearance | None
    steps: int
    iterations: int
    seconds: float

    @property
    def converged(self) -> bool:
        """Whether it is an equilibrium with all seams closed that does not cut the body."""
        apart = self.clearance is None or self.clearance.free
        return self.end is End.EQUILIBRIUM and self.gap_m == 0 and apart


@dataclass
class _State:
    """Positions of the nodes and what acts on them."""

    x: Array
    node: Numbers
    sheet: Sheet
    slots: Slots
    free: NDArray[np.bool_]
    grid: Field
    touch: Touch
    blocks: Array
    travel_m: float
    step_s: float
    gradient: Array = field(init=False)
    energy: float = field(init=False)

    def __post_init__(self) -> None:
        self.gradient = np.empty_like(self.x)
        self.energy = self.judge(self.x, self.gradient)

    def judge(self, x: Array, gradient: Array) -> float:
        """Energy at `x`; its gradient is filled in, with zeros at pinned nodes."""
        found = cloth_energy(x, self.sheet, gradient)
        found += contact_energy(x, self.grid, self.touch, gradient)
        gradient[~self.free] = 0
        return float(found)

    def gap(self) -> float:
        """Widest open stitch, m."""
        pair = self.sheet.stitch
        return float(np.linalg.norm(self.x[pair[:, 1]] - self.x[pair[:, 0]], axis=1).max(initial=0.0))


@dataclass
class _Run:
    """Limits and counts of one call of `drape`."""

    settings: Settings
    until: float
    began: float
    progress: Callable[[Progress], None]
    weight: float
    steps: int = 0
    iterations: int = 0

    def residual(self, state: _State) -> float:
        return float(np.linalg.norm(state.gradient)) / self.weight

    def over(self) -> End | None:
        if self.steps >= self.settings.steps:
            return End.STEPS
        return End.TIME if time.monotonic() >= self.until else None


def drape(
    cloth: Cloth,
    material: Material,
    body: Body | None = None,
    *,
    settings: Settings | None = None,
    seconds: float = 60.0,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Drape:
    """Sew the pieces together around a body, without gravity, and let them hang until the forces balance.

    Parameters
    ----------
    cloth, material, body
        What hangs, of what, on what. The start must lie outside the body. Cloth passes through itself:
        contact of cloth with cloth is left out.
    settings
        What tunes the solver.
    seconds
        Wall time at most, the final check included; a step that has begun is finished.
    progress
        Called after every step.

    Returns
    -------
    Drape
        The equilibrium, or the state when time or steps ran out or Ctrl-C was pressed; `end` says which.
        Equal inputs give equal bits unless the time limit ends the run.
    """
    settings = settings or Settings()
    _compile()
    began = time.monotonic()
    weight = cloth.rest_areas().sum() * material.density_kg_m2 * float(np.linalg.norm(cloth.gravity_m_s2))
    scale = weight / np.sqrt(len(cloth.rest)) if weight else material.stretch_n_m * 1e-6
    run = _Run(settings, began + seconds - min(CHECK_S, 0.2 * seconds), began, progress, scale)
    node = np.arange(len(cloth.rest))
    state = _state(cloth, material, body, node, settings, cloth.start)
    try:
        if len(cloth.stitches):
            _balance(state, run, sewing=True)
            node = _welded(cloth, state.x, settings)
            state = _state(cloth, material, body, node, settings, _merged(state.x, node))
        end = _balance(state, run, sewing=False)
        end = _part_from_body(state, run, cloth, body, end)
    except KeyboardInterrupt:
        end = End.CANCELLED
    return _result(state, run, cloth, body, end)


@cache
def _compile() -> None:
    """Compile the kernels, or load them, on two triangles: that time is not the caller's."""
    rest = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    cloth = Cloth(rest, np.array([[0, 1, 2], [0, 2, 3]]), np.column_stack([rest, np.zeros(4)]))
    state = _state(cloth, Material(), None, np.arange(4), Settings(), cloth.start)
    _step(state, _Run(Settings(), np.inf, 0.0, lambda _: None, 1.0), 1.0)


def _state(
    cloth: Cloth, material: Material, body: Body | None, node: Numbers, settings: Settings, x: Array
) -> _State:
    """Tables for the nodes; gravity is off while every vertex is a node of its own and stitches are open."""
    sewing = len(cloth.stitches) > 0 and len(x) == len(cloth.rest)
    sheet = sheet_of(cloth, material, node, settings, not sewing)
    slots = slots_of(sheet)
    count = len(sheet.mass)
    free = np.ones(count, bool)
    free[node[cloth.pinned]] = False
    offset = np.full(count, settings.gap_m + material.thickness_m / 2)
    touch = Touch(
        offset,
        material.stretch_n_m,
        0.0 if sewing else material.friction,
        np.zeros(count),
        np.zeros((count, 3)),
        np.zeros((count, 3)),
    )
    nothing = Field(np.zeros(3), 1.0, np.zeros((1, 1, 1)))
    grid = body.field if body else nothing
    travel = settings.travel_m if body else np.inf
    blocks = np.zeros((len(slots.column), 3, 3))
    start = np.array(x, float)
    return _State(start, node, sheet, slots, free, grid, touch, blocks, travel, settings.first_step_s)


def _balance(state: _State, run: _Run, *, sewing: bool) -> End:
    """Step until the forces balance, or all stitches are closed when sewing."""
    failed = 0
    while (end := run.over()) is None:
        residual = run.residual(state)
        if sewing and state.gap() < run.settings.weld_m:
            return End.EQUILIBRIUM
        if residual <= run.settings.tolerance:
            return End.EQUILIBRIUM
        failed = 0 if _step(state, run, residual) else failed + 1
        run.steps += 1
        now = time.monotonic() - run.began
        run.progress(Progress(run.steps, run.residual(state), state.gap(), now))
        if failed > 5:
            return End.STALLED
    return end


def _step(state: _State, run: _Run, residual: float) -> bool:
    """One Newton step in pseudo-time; False if the energy could not be lowered."""
    slots, diagonal = state.slots, state.slots.diagonal
    cloth_blocks(state.x, state.sheet, slots, state.blocks)
    contact_blocks(state.x, state.grid, state.touch, slots, state.blocks)
    inertia = state.sheet.mass / state.step_s**2
    for i in range(3):
        state.blocks[diagonal, i, i] += inertia
    move = np.empty_like(state.x)
    forcing = min(FORCING, float(np.sqrt(residual)))
    limits = (run.settings.inner, forcing)
    run.iterations += conjugate_gradients(slots, state.blocks, state.free, -state.gradient, move, limits)
    slope = float((state.gradient * move).sum())
    longest = float(np.sqrt((move * move).sum(1).max()))
    share = min(1.0, state.travel_m / max(longest, 1e-300))
    share, energy = _search(state, move, share, slope)
    if share == 0.0:
        state.step_s *= 0.1
        return False
    expected = share * slope * (1 - 0.5 * min(share, 1.0))
    _adapt(state, share, (energy - state.energy) / expected if expected < 0 else 1.0)
    x = state.x + share * move
    state.x = x
    settle(x, state.grid, state.touch)
    state.energy = state.judge(x, state.gradient)
    return True


def _search(state: _State, move: Array, share: float, slope: float) -> tuple[float, float]:
    """Share of a move that lowers the energy enough, and the energy there; 0 if none does.

    The Hessian without compressive stress is too stiff, so that moves come out short: a full one that keeps
    its promise is doubled while the energy falls on and no vertex travels too far.
    """
    trial = np.empty_like(state.x)
    most = state.travel_m / max(float(np.sqrt((move * move).sum(1).max())), 1e-300)
    for _ in range(HALVINGS):
        energy = state.judge(state.x + share * move, trial)
        if energy <= state.energy + SUFFICIENT * share * slope:
            break
        share *= 0.5
    else:
        return 0.0, state.energy
    while share >= 1.0 and 2 * share <= min(most, LONGEST_MOVE):
        further = state.judge(state.x + 2 * share * move, trial)
        if further > energy + 0.5 * (energy - state.energy):
            break
        share, energy = 2 * share, further
    return share, energy


def _adapt(state: _State, share: float, gain: float) -> None:
    """Lengthen the step in pseudo-time while the quadratic model holds, shorten it otherwise."""
    if share >= 1.0 and gain > 0.5:
        state.step_s = min(2 * state.step_s, LONGEST_STEP_S)
    elif share < 0.3 or gain < 0.1:
        state.step_s *= 0.5


def _welded(cloth: Cloth, x: Array, settings: Settings) -> Numbers:
    """Node of every vertex once the closed stitches are one node each."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    a, b = cloth.stitches.T
    closed = np.linalg.norm(x[b] - x[a], axis=1) < settings.weld_m
    count = len(x)
    graph = coo_matrix((np.ones(closed.sum()), (a[closed], b[closed])), (count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _merged(x: Array, node: Numbers) -> Array:
    """Mean position of the vertices of each node."""
    count = np.bincount(node)
    return np.stack([np.bincount(node, x[:, i]) / count for i in range(3)], axis=1)


def _part_from_body(state: _State, run: _Run, cloth: Cloth, body: Body | None, end: End) -> End:
    """Where triangles still cut the body, keep more distance there and balance again."""
    for _ in range(REPAIRS if body else 0):
        assert body is not None
        found = clearance(body, state.x[state.node], cloth.triangles)
        if found.free or run.over():
            break
        near = state.node[cloth.triangles[found.cut]].ravel()
        state.touch.offset[near] += 0.5 * run.settings.gap_m + 0.001
        state.energy = state.judge(state.x, state.gradient)
        state.step_s = run.settings.first_step_s
        end = _balance(state, run, sewing=False)
    return end


def _result(state: _State, run: _Run, cloth: Cloth, body: Body | None, end: End) -> Drape:
    positions = state.x[state.node]
    edges = edges_of(cloth.triangles)
    return Drape(
        positions,
        edges,
        edge_strain(cloth.rest, positions, edges),
        principal_stretches(cloth.rest, positions, cloth.triangles),
        run.residual(state),
        end,
        state.gap(),
        clearance(body, positions, cloth.triangles) if body else None,
        run.steps,
        run.iterations,
        time.monotonic() - run.began,
    )
