"""Steps of differential equations in plain lines: the tableau, and Rosenbrock's method with matrices."""

from __future__ import annotations

import numpy as np

from zhizao.solvers.phases.kernels import steps


def euler(f, x, t, h, count):
    """Explicit Euler: all states after every step."""
    rows = [np.array(x, float)]
    for i in range(count):
        rows.append(rows[-1] + h * np.array(f(t + i * h, rows[-1])))
    return np.array(rows)


def runge_kutta(f, x, t, h):
    """A step of Dormand and Prince: the state of order 5, and its difference to that of order 4."""
    k: list[np.ndarray] = []
    for node, row in zip(steps.NODE, steps.TABLEAU, strict=True):
        k.append(np.array(f(t + node * h, x + h * sum((a * b for a, b in zip(row, k, strict=False)), 0 * x))))
    new = x + h * sum(a * b for a, b in zip(steps.TABLEAU[6], k, strict=False))
    return new, h * sum(a * b for a, b in zip(steps.DIFFERENCE, k, strict=True))


def rosenbrock(f, jacobian, slope, x, t, h):
    """A step of RODAS with a known Jacobian and derivative by time: the new state and its error."""
    left = np.eye(len(x)) / (h * steps.GAMMA) - jacobian
    k: list[np.ndarray] = []
    for i in range(6):
        at = x + sum((a * b for a, b in zip(steps.R_A[i], k, strict=False)), 0 * x)
        right = np.array(f(t + steps.R_NODE[i] * h, at)) + h * steps.R_TIME[i] * slope
        right = right + sum((c / h * b for c, b in zip(steps.R_C[i], k, strict=False)), 0 * x)
        k.append(np.linalg.solve(left, right))
    return at + k[5], k[5]
