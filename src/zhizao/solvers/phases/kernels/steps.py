"""One step: Dormand and Prince 5(4), or the Rosenbrock method RODAS, each with its interpolant."""

from __future__ import annotations

import numpy as np

from zhizao.kernels.compiling.derivatives import call_rates
from zhizao.solvers.phases.kernels import tables as k
from zhizao.solvers.phases.kernels.jit import kernel

EPS = float(np.finfo(np.float64).eps)

# Dormand, Prince (1980); interpolant: Hairer, Norsett, Wanner (1993), II.6.
NODE = np.array([0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0])
TABLEAU = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1 / 5, 0.0, 0.0, 0.0, 0.0, 0.0],
        [3 / 40, 9 / 40, 0.0, 0.0, 0.0, 0.0],
        [44 / 45, -56 / 15, 32 / 9, 0.0, 0.0, 0.0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0.0, 0.0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0.0],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
DIFFERENCE = np.array([71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])
MIDDLE = np.array(
    [
        -12715105075 / 11282082432,
        0.0,
        87487479700 / 32700410799,
        -10690763975 / 1880347072,
        701980252875 / 199316789632,
        -1453857185 / 822651844,
        69997945 / 29380423,
    ]
)

# RODAS of order 4(3), L-stable: Hairer, Wanner (1996), IV.7 and IV.10.
GAMMA = 0.25
R_NODE = np.array([0.0, 0.386, 0.21, 0.63, 1.0, 1.0])
R_TIME = np.array([0.25, -0.1043, 0.1035, -0.03620000000000023, 0.0, 0.0])
R_A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [1.544, 0.0, 0.0, 0.0, 0.0],
        [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
        [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0],
    ]
)
R_C = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [-5.6688, 0.0, 0.0, 0.0, 0.0],
        [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
        [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
        [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
        [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
    ]
)
R_DENSE = np.array(
    [
        [10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662],
        [-0.6762803392806898, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872],
    ]
)


@kernel
def set_inputs(pr: k.Problem, w: k.Work, t: float) -> None:
    """Inputs at a time, by the shape of the present segment."""
    segment = w.tally[k.SEGMENT]
    for j in range(len(w.u)):
        past = t - pr.input_time[segment]
        w.u[j] = pr.input_value[segment, j] + pr.input_slope[segment, j] * past


@kernel
def blame(w: k.Work, out: k.Doubles) -> int:
    """Whether all numbers are finite; a status, and the first state that is to blame."""
    for i in range(len(out)):
        if not np.isfinite(out[i]):
            w.tally[k.BLAME] = i
            return k.NOT_FINITE
    return k.DONE


@kernel
def derivative(pr: k.Problem, w: k.Work, t: float, x: k.Doubles, out: k.Doubles) -> int:
    """Derivatives at a point with the inputs of the present segment; a status."""
    set_inputs(pr, w, t)
    w.tally[k.CALLS] += 1
    if call_rates(pr.rates, t, x, pr.p, w.u, out) != 0:
        return k.RAISED
    return blame(w, out)


@kernel
def _measure(pr: k.Problem, lim: k.Limits, w: k.Work) -> None:
    """Root mean square of the error over the tolerance."""
    total, worst = 0.0, -1.0
    for i in range(len(w.x)):
        allowed = pr.absolute[i] + lim.relative * max(abs(w.x[i]), abs(w.new[i]))
        part = (w.error[i] / allowed) ** 2
        total += part
        if part > worst or not np.isfinite(part):
            worst = part
            w.tally[k.BLAME] = i
    w.clock[k.ERROR] = np.sqrt(total / len(w.x))


@kernel
def explicit_step(pr: k.Problem, lim: k.Limits, w: k.Work, h: float) -> int:
    """A step of Dormand and Prince from `w.x`, whose derivative is in `w.k[0]`, to `w.new`."""
    n, t, ramps = len(w.x), w.clock[k.TIME], False
    for j in range(len(w.u)):
        ramps |= pr.input_slope[w.tally[k.SEGMENT], j] != 0.0
    for s in range(1, 7):
        goal = w.new if s == 6 else w.stage
        for i in range(n):
            total = 0.0
            for j in range(s):
                total += TABLEAU[s, j] * w.k[j, i]
            goal[i] = w.x[i] + h * total
        if ramps:
            set_inputs(pr, w, t + NODE[s] * h)
        if call_rates(pr.rates, t + NODE[s] * h, goal, pr.p, w.u, w.k[s]) != 0:
            return k.RAISED
    for i in range(n):
        total = 0.0
        for j in range(7):
            total += DIFFERENCE[j] * w.k[j, i]
        w.error[i] = h * total
    w.tally[k.CALLS] += 6
    _measure(pr, lim, w)
    return k.DONE if np.isfinite(w.clock[k.ERROR]) else blame(w, w.error)


@kernel
def explicit_dense(w: k.Work, h: float) -> None:
    """Coefficients of the interpolant of order 4 after an explicit step."""
    for i in range(len(w.x)):
        change = w.new[i] - w.x[i]
        bend = h * w.k[0, i] - change
        total = 0.0
        for j in range(7):
            total += MIDDLE[j] * w.k[j, i]
        w.dense[0, i], w.dense[1, i], w.dense[2, i] = w.x[i], change, bend
        w.dense[3, i] = change - h * w.k[6, i] - bend
        w.dense[4, i] = h * total


@kernel
def is_stiff(w: k.Work, h: float) -> bool:
    """Whether stability, not accuracy, bounds explicit steps: Hairer and Wanner (1996), IV.2."""
    top, bottom = 0.0, 0.0
    for i in range(len(w.x)):
        top += (w.k[6, i] - w.k[5, i]) ** 2
        bottom += (w.new[i] - w.stage[i]) ** 2
    if bottom > 0.0 and h * np.sqrt(top / bottom) > 3.25:
        w.tally[k.STIFF] += 1
        w.tally[k.CALM] = 0
    else:
        w.tally[k.CALM] += 1
        if w.tally[k.CALM] == 6:
            w.tally[k.STIFF] = 0
    return bool(w.tally[k.STIFF] >= 15)


@kernel
def differentiate(pr: k.Problem, lim: k.Limits, w: k.Work, span: float) -> int:
    """Jacobian and derivative by time at `w.x`, by forward differences; `w.k[0]` holds the rates."""
    n, t = len(w.x), w.clock[k.TIME]
    w.stage[:] = w.x
    for j in range(n):
        size = max(abs(w.x[j]), pr.absolute[j] / lim.relative)
        w.stage[j] = w.x[j] + np.sqrt(EPS) * size
        change = w.stage[j] - w.x[j]
        status = derivative(pr, w, t, w.stage, w.error)
        if status != k.DONE:
            return status
        for i in range(n):
            w.jacobian[i, j] = (w.error[i] - w.k[0, i]) / change
        w.stage[j] = w.x[j]
    later = t + min(np.sqrt(EPS) * max(abs(t), 1e-5), 0.5 * span)
    w.slope[:] = 0.0
    if later > t:
        status = derivative(pr, w, later, w.x, w.error)
        if status != k.DONE:
            return status
        for i in range(n):
            w.slope[i] = (w.error[i] - w.k[0, i]) / (later - t)
    return k.DONE


@kernel
def decompose(a: k.Doubles, pivot: k.Longs) -> bool:
    """LU decomposition in place with row exchanges; False: singular."""
    n = len(a)
    for c in range(n):
        best = c
        for r in range(c + 1, n):
            if abs(a[r, c]) > abs(a[best, c]):
                best = r
        pivot[c] = best
        if not abs(a[best, c]) > 0.0:
            return False
        for j in range(n):
            if best != c:
                a[c, j], a[best, j] = a[best, j], a[c, j]
        for r in range(c + 1, n):
            a[r, c] /= a[c, c]
            for j in range(c + 1, n):
                a[r, j] -= a[r, c] * a[c, j]
    return True


@kernel
def solve(a: k.Doubles, pivot: k.Longs, b: k.Doubles) -> None:
    """Solve in place with the decomposed matrix."""
    n = len(a)
    for i in range(n):
        if pivot[i] != i:
            b[i], b[pivot[i]] = b[pivot[i]], b[i]
    for i in range(n):
        for j in range(i):
            b[i] -= a[i, j] * b[j]
    for back in range(n):
        i = n - 1 - back
        for j in range(i + 1, n):
            b[i] -= a[i, j] * b[j]
        b[i] /= a[i, i]


@kernel
def _implicit_stage(pr: k.Problem, w: k.Work, s: int, h: float) -> int:
    """One stage of RODAS into `w.k[s]`; a status."""
    n, row = len(w.x), w.k[s]
    w.stage[:] = w.x
    for j in range(s):
        for i in range(n):
            w.stage[i] += R_A[s, j] * w.k[j, i]
    if s == 0:
        row[:] = w.k[6]
    else:
        status = derivative(pr, w, w.clock[k.TIME] + R_NODE[s] * h, w.stage, row)
        if status != k.DONE:
            return status
    for i in range(n):
        row[i] += h * R_TIME[s] * w.slope[i]
        for j in range(s):
            row[i] += R_C[s, j] / h * w.k[j, i]
    solve(w.matrix, w.pivot, row)
    return k.DONE


@kernel
def implicit_step(pr: k.Problem, lim: k.Limits, w: k.Work, h: float) -> int:
    """A step of RODAS from `w.x`; Jacobian and derivative by time are known, `w.k[6]` holds the rates."""
    n = len(w.x)
    for i in range(n):
        for j in range(n):
            w.matrix[i, j] = -w.jacobian[i, j]
        w.matrix[i, i] += 1.0 / (h * GAMMA)
    if not decompose(w.matrix, w.pivot):
        return k.SINGULAR
    for s in range(6):
        status = _implicit_stage(pr, w, s, h)
        if status != k.DONE:
            return status
    for i in range(n):
        w.error[i] = w.k[5, i]
        w.new[i] = w.stage[i] + w.k[5, i]
    _measure(pr, lim, w)
    return k.DONE


@kernel
def implicit_dense(w: k.Work) -> None:
    """Coefficients of the interpolant of order 3 after an implicit step."""
    for i in range(len(w.x)):
        w.dense[0, i], w.dense[1, i] = w.x[i], w.new[i] - w.x[i]
        w.dense[4, i] = 0.0
        for row in range(2):
            total = 0.0
            for j in range(5):
                total += R_DENSE[row, j] * w.k[j, i]
            w.dense[2 + row, i] = total


@kernel
def between(w: k.Work, i: int, s: float) -> float:
    """State `i` by the interpolant at the share `s` of the step."""
    d = w.dense
    inner = d[2, i] + s * (d[3, i] + (1.0 - s) * d[4, i])
    return d[0, i] + s * (d[1, i] + (1.0 - s) * inner)
