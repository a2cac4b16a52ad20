"""The linear program behind a portfolio: limits, needs and exclusions as rows, tangents of risk as cuts."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zhizao.workflows.portfolio.model import Floats, Problem

if TYPE_CHECKING:
    from highspy import Highs

MONEY = 0
"""Row of money in the limits."""
NEAR = 1e-9
"""Absolute gap that counts as none; values are near 1."""


@dataclass(slots=True, eq=False)
class Program:
    """Maximise values · x − weight × s over row · x ≤ upper, tangent · x ≤ s, low ≤ x ≤ high.

    x is by measure, then year. Rows are scaled to a largest entry of 1 (tolerances of solvers are absolute);
    `money` marks those that bound money, of which `scale` keeps the factor.
    """

    values: Floats
    weight: float
    low: Floats
    high: Floats
    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    entry: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    money: list[int] = field(default_factory=list)
    tangents: list[Floats] = field(default_factory=list)

    def at_most(self, columns: NDArray[np.int64], entries: Floats, upper: float) -> None:
        """Add a row."""
        here, unit = len(self.upper), float(np.abs(entries).max())
        self.row += [here] * len(columns)
        self.column += columns.tolist()
        self.entry += (entries / unit).tolist()
        self.upper.append(upper / unit)

    @property
    def unit(self) -> float:
        """Of money: programs are solved with values near 1."""
        return max(float(np.abs(self.values).max()), 1e-9)

    def relaxed(self) -> Relaxed | None:
        """Solve the linear relaxation; None where it has no point."""
        solver = self._solver()
        solver.run()
        solution = solver.getSolution()
        if not solution.dual_valid:
            return None
        count = len(self.values)
        prices = -np.array(solution.row_dual)[: len(self.upper)] * self.unit
        return Relaxed(
            np.array(solution.col_value)[:count],
            -solver.getInfo().objective_function_value * self.unit,
            -np.array(solution.col_dual)[:count] * self.unit,
            prices,
        )

    def whole(self, start: Floats, *, gap: float, nodes: int, seconds: float) -> Whole:
        """Solve for whole numbers, from a plan that is at hand, to a relative gap or a limit of the work."""
        from highspy import HighsModelStatus, HighsSolution, HighsVarType

        solver, count = self._solver(), len(self.values)
        columns = np.arange(count, dtype=np.int32)
        solver.changeColsIntegrality(count, columns, np.full(count, HighsVarType.kInteger))
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("mip_abs_gap", NEAR)
        solver.setOptionValue("mip_max_nodes", nodes)
        solver.setOptionValue("time_limit", seconds)
        at_hand = HighsSolution()
        at_hand.col_value = [*start.tolist(), *self._deviation(start)]
        solver.setSolution(at_hand)
        solver.run()
        info, solution = solver.getInfo(), solver.getSolution()
        dual = float(info.mip_dual_bound)
        return Whole(
            np.round(np.array(solution.col_value)[:count]) if solution.value_valid else None,
            -dual * self.unit if isfinite(dual) else inf,
            solver.getModelStatus() == HighsModelStatus.kTimeLimit,
        )

    def _deviation(self, x: Floats) -> list[float]:
        """The last column at a point, as its tangents bound it; without a weight there is none."""
        if self.weight == 0:
            return []
        return [max((float(cut @ x) / self.unit for cut in self.tangents), default=0.0)]

    def _solver(self) -> Highs:
        """The program in HiGHS: silent, in one thread, so that equal programs have equal solutions."""
        from highspy import HighsLp, MatrixFormat

        matrix, upper = self._matrix()
        extra = matrix.shape[1] - len(self.values)
        program = HighsLp()
        program.num_row_, program.num_col_ = matrix.shape
        program.col_cost_ = np.append(-self.values / self.unit, [self.weight] * extra)
        program.col_lower_ = np.append(self.low, [0.0] * extra)
        program.col_upper_ = np.append(self.high, [inf] * extra)
        program.row_lower_, program.row_upper_ = np.full(len(upper), -inf), upper
        program.a_matrix_.format_ = MatrixFormat.kRowwise
        program.a_matrix_.start_ = matrix.indptr
        program.a_matrix_.index_ = matrix.indices
        program.a_matrix_.value_ = matrix.data
        solver = _silent()
        solver.setOptionValue("threads", 1)
        solver.passModel(program)
        return solver

    def _matrix(self) -> tuple[Any, Floats]:
        """Rows and cuts; with a weight, a last column for the standard deviation in `unit`."""
        from scipy.sparse import coo_array, csr_array, hstack, vstack

        shape = (len(self.upper), len(self.values))
        matrix = csr_array(coo_array((self.entry, (self.row, self.column)), shape=shape))
        if self.weight == 0:
            return matrix, np.array(self.upper)
        wide = hstack([matrix, csr_array((shape[0], 1))], format="csr")
        if not self.tangents:
            return wide, np.array(self.upper)
        cuts = np.array(self.tangents)
        sizes = np.maximum(np.abs(cuts).max(axis=1, keepdims=True), 1.0)
        rows = csr_array(np.hstack([cuts / sizes, -self.unit / sizes]))
        return vstack([wide, rows], format="csr"), np.append(self.upper, np.zeros(len(cuts)))


def _silent() -> Highs:
    """HiGHS that writes nothing: stdout may hold JSON."""
    from highspy import Highs

    class Silent(Highs):
        def enableCallbacks(self) -> None:  # noqa: N802  # name of HiGHS
            self.silent()  # before the first callback starts, which writes the banner
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    return Silent()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A point of whole numbers (None: none was found), the bound of all, and whether time ran out."""

    x: Floats | None
    bound: float
    out_of_time: bool


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """An optimum of the linear relaxation: the point, its value, reduced values, and prices of the rows."""

    x: Floats
    bound: float
    reduced: Floats
    prices: Floats


def program_of(problem: Problem, values: Floats, weight: float, bounds: tuple[Floats, Floats]) -> Program:
    """Write the program of a portfolio."""
    count, years = values.shape
    program = Program(values.ravel(), weight, *bounds)
    place = np.arange(count * years).reshape(count, years)
    for each in range(count) if years > 1 else ():
        program.at_most(place[each], np.ones(years), 1.0)
    for a, b in problem.excludes:
        program.at_most(np.concatenate([place[a], place[b]]), np.ones(2 * years), 1.0)
    for a, b in problem.needs:
        for year in range(years):
            columns = np.concatenate([place[a, : year + 1], place[b, : year + 1]])
            program.at_most(columns, np.repeat([1.0, -1.0], year + 1), 0.0)
    _limits(program, problem, place)
    return program


def _limits(program: Program, problem: Problem, place: NDArray[np.int64]) -> None:
    limits, uses = problem.limits, problem.uses
    for resource, kept in enumerate(limits.kept):
        most = np.cumsum(limits.by_year[resource]) if kept else limits.by_year[resource]
        takers = np.flatnonzero(uses[resource])
        for year in range(limits.years):
            if not isfinite(most[year]) or not len(takers):
                continue
            columns = place[takers, (0 if kept else year) : year + 1]
            entries = np.repeat(uses[resource][takers], columns.shape[1])
            if resource == MONEY:
                program.money.append(len(program.upper))
            program.at_most(columns.ravel(), entries, float(most[year]))
    takers = np.flatnonzero(uses[MONEY])
    if isfinite(limits.total) and len(takers):
        program.money.append(len(program.upper))
        program.at_most(place[takers].ravel(), np.repeat(uses[MONEY][takers], limits.years), limits.total)


def shadow_price(problem: Problem, values: Floats) -> float:
    """What one more unit of money would add, by the linear relaxation; nan without a limit.

    All limits of money grow in proportion.
    """
    money = problem.limits.money
    if not isfinite(money) or money <= 0:
        return float("nan")
    zeros = np.zeros(values.size)
    program = program_of(problem, values, 0.0, (zeros, zeros + 1))
    found = program.relaxed()
    if found is None:
        return float("nan")
    return float(sum(found.prices[row] * program.upper[row] for row in program.money)) / money
