"""The loop over steps: error control, inputs, outputs, crossings, and what ends a run."""

from __future__ import annotations

import numpy as np

from zhizao.solvers.phases.kernels import tables as k
from zhizao.solvers.phases.kernels.jit import kernel
from zhizao.solvers.phases.kernels.steps import (
    EPS,
    between,
    derivative,
    differentiate,
    explicit_dense,
    explicit_step,
    implicit_dense,
    implicit_step,
    is_stiff,
)

LOOKS = 8  # places in a step at which crossings are looked for: two closer ones in between are not seen
SLACK = 100.0  # absolute tolerances that a state may lie below its bound: the error of a few steps


@kernel
def _first_step(pr: k.Problem, lim: k.Limits, w: k.Work) -> float:
    """First step to try: Hairer, Norsett, Wanner (1993), II.4, without its second derivative."""
    size, rate = 0.0, 0.0
    for i in range(len(w.x)):
        allowed = pr.absolute[i] + lim.relative * abs(w.x[i])
        size += (w.x[i] / allowed) ** 2
        rate += (w.k[0, i] / allowed) ** 2
    span = lim.until - lim.begin
    if size < 1e-10 or rate < 1e-10:
        return float(1e-6 * span)
    return float(min(0.01 * np.sqrt(size / rate), span))


@kernel
def _crossing(pr: k.Problem, w: k.Work, c: int, a: float, b: float) -> float:
    """Share of the step at which a crossing lies between two shares; 2: it does not."""
    state, level, direction = pr.state[c], pr.level[c], pr.direction[c]
    before = between(w, state, a) - level
    after = between(w, state, b) - level
    rises = before < 0.0 <= after and direction != k.FALLING
    falls = before > 0.0 >= after and direction != k.RISING
    if not (rises or falls):
        return 2.0
    for _ in range(60):
        middle = 0.5 * (a + b)
        value = between(w, state, middle) - level
        if (value < 0.0) == rises and value != 0.0:
            a = middle
        else:
            b = middle
    return b


@kernel
def _last_share(pr: k.Problem, w: k.Work) -> float:
    """Share of the step at which the earliest crossing that ends the run lies; 2: none."""
    earliest = 2.0
    for c in range(len(pr.state)):
        if pr.ends[c]:
            for look in range(LOOKS):
                share = _crossing(pr, w, c, look / LOOKS, (look + 1) / LOOKS)
                if share <= 1.0:
                    earliest = min(earliest, share)
                    break
    return earliest


@kernel
def _keep_hits(pr: k.Problem, w: k.Work, h: float, last: float) -> bool:
    """Keep the crossings of this step up to a share; False: there is no room for more."""
    for c in range(len(pr.state)):
        for look in range(LOOKS):
            share = _crossing(pr, w, c, look / LOOKS, (look + 1) / LOOKS)
            if share <= last and share <= 1.0:
                row = w.tally[k.HITS]
                if row == len(w.hit_time):
                    return False
                w.hit_time[row] = w.clock[k.TIME] + share * h
                w.hit_which[row] = c
                for i in range(len(w.x)):
                    w.hit_state[row, i] = between(w, i, share)
                w.tally[k.HITS] += 1
    return True


@kernel
def _keep_outputs(pr: k.Problem, w: k.Work, h: float, last: float, reached: float) -> None:
    """Fill the outputs that lie in this step."""
    t = w.clock[k.TIME]
    row = w.tally[k.NEXT]
    while row < len(pr.times) and pr.times[row] <= (reached if last > 1.0 else t + last * h):
        share = min(max((pr.times[row] - t) / h, 0.0), 1.0)
        for i in range(len(w.x)):
            w.found[row, i] = between(w, i, share)
        row += 1
    w.tally[k.NEXT] = row


@kernel
def _below(pr: k.Problem, w: k.Work) -> bool:
    """Whether a state after the step lies below its bound by more than the solver's error."""
    for i in range(len(w.x)):
        if w.new[i] < pr.lower[i] - SLACK * pr.absolute[i]:
            w.tally[k.BLAME] = i
            return True
    return False


@kernel
def _try_step(pr: k.Problem, lim: k.Limits, w: k.Work, h: float) -> int:
    """A step by the present method; a status."""
    if w.tally[k.METHOD] == k.IMPLICIT:
        return implicit_step(pr, lim, w, h)
    return explicit_step(pr, lim, w, h)


@kernel
def _prepare(pr: k.Problem, lim: k.Limits, w: k.Work, span: float) -> int:
    """Rates at the present point, and for the implicit method their derivatives."""
    status = derivative(pr, w, w.clock[k.TIME], w.x, w.k[0])
    if status == k.DONE and w.tally[k.METHOD] == k.IMPLICIT:
        status = differentiate(pr, lim, w, span)
        w.k[6] = w.k[0]
    return status


@kernel
def _accept(pr: k.Problem, w: k.Work, h: float, reached: float) -> int:
    """Interpolate, keep outputs and crossings, and go on to the end of the step or to the last crossing."""
    if w.tally[k.METHOD] == k.IMPLICIT:
        implicit_dense(w)
    else:
        explicit_dense(w, h)
    last = _last_share(pr, w)
    if not _keep_hits(pr, w, h, last):
        return k.HITS_FULL
    _keep_outputs(pr, w, h, last, reached)
    if last <= 1.0:
        for i in range(len(w.x)):
            w.x[i] = between(w, i, last)
        w.clock[k.TIME] += last * h
        return k.CROSSED
    w.x[:] = w.new
    w.clock[k.TIME] = reached
    return k.DONE


@kernel
def _next_step(w: k.Work, h: float, status: int, below: bool) -> float:
    """Step to try next, after one that failed, was refused or was accepted."""
    if status != k.DONE or below or not np.isfinite(w.clock[k.ERROR]):
        w.tally[k.WHY] = k.BELOW if below and status == k.DONE else status
        w.tally[k.GREW] = 0
        return 0.25 * h
    order = 4.0 if w.tally[k.METHOD] == k.IMPLICIT else 5.0
    factor = 0.9 * max(w.clock[k.ERROR], 1e-10) ** (-1.0 / order)
    most = 5.0 if w.tally[k.GREW] else 1.0
    w.tally[k.GREW] = w.clock[k.ERROR] <= 1.0
    if w.tally[k.WHY] == k.DONE:
        w.tally[k.WHY] = k.TOO_SMALL
    return h * min(max(factor, 0.2), most)


@kernel
def _cross_segment(pr: k.Problem, lim: k.Limits, w: k.Work) -> int:
    """One segment of one shape of the inputs, from the present time; a status."""
    segment = w.tally[k.SEGMENT]
    stop = lim.until
    if segment + 1 < len(pr.input_time):
        stop = min(stop, pr.input_time[segment + 1])
    status = _prepare(pr, lim, w, stop - w.clock[k.TIME])
    if status != k.DONE:
        return status
    if w.clock[k.STEP] <= 0.0:
        w.clock[k.STEP] = _first_step(pr, lim, w)
    while status == k.DONE and w.clock[k.TIME] < stop:
        status = _attempt(pr, lim, w, stop)
    return status


@kernel
def _attempt(pr: k.Problem, lim: k.Limits, w: k.Work, stop: float) -> int:
    """Try one step, not beyond `stop`, and set the next; a status that is not `DONE` ends the run."""
    t, h = w.clock[k.TIME], w.clock[k.STEP]
    whole = t + 1.01 * h >= stop
    if whole:
        h = stop - t
    if w.tally[k.WHY] != k.DONE and h <= 8.0 * EPS * max(abs(t), abs(stop)):
        return int(w.tally[k.WHY])
    if w.tally[k.STEPS] == lim.steps:
        return k.STEPS_SPENT
    w.tally[k.STEPS] += 1
    status = _try_step(pr, lim, w, h)
    below = status == k.DONE and w.clock[k.ERROR] <= 1.0 and _below(pr, w)
    refused = status != k.DONE or below or not w.clock[k.ERROR] <= 1.0
    following = _next_step(w, h, status, below)
    # a step cut short by `stop` says little about the next one, unless it was refused
    w.clock[k.STEP] = following if refused or not whole else max(following, w.clock[k.STEP])
    if refused:
        w.tally[k.REJECTED] += 1
        return k.DONE
    w.tally[k.WHY] = k.DONE
    return _go_on(pr, lim, w, h, stop if whole else t + h)


@kernel
def _go_on(pr: k.Problem, lim: k.Limits, w: k.Work, h: float, reached: float) -> int:
    """After an accepted step: choose the method, keep what is asked for, prepare the next step."""
    explicit = w.tally[k.METHOD] == k.EXPLICIT
    stiff = explicit and lim.method == k.AUTO and is_stiff(w, h)
    status = _accept(pr, w, h, reached)
    if status != k.DONE:
        return status
    if stiff:
        w.tally[k.METHOD] = k.IMPLICIT
    elif explicit:
        w.k[0] = w.k[6]
        return k.DONE
    return _prepare(pr, lim, w, lim.until - reached)


@kernel
def integrate(pr: k.Problem, lim: k.Limits, w: k.Work) -> int:
    """Integrate from `lim.begin` to `lim.until` or to a crossing that ends the run; a status."""
    w.x[:] = pr.start
    w.clock[k.TIME] = lim.begin
    w.tally[k.METHOD] = k.IMPLICIT if lim.method == k.IMPLICIT else k.EXPLICIT
    w.tally[k.GREW] = 1
    segments = len(pr.input_time)
    while w.tally[k.SEGMENT] + 1 < segments and pr.input_time[w.tally[k.SEGMENT] + 1] <= lim.begin:
        w.tally[k.SEGMENT] += 1
    while w.tally[k.NEXT] < len(pr.times) and pr.times[w.tally[k.NEXT]] <= lim.begin:
        w.found[w.tally[k.NEXT]] = pr.start
        w.tally[k.NEXT] += 1
    status = k.DONE
    while status == k.DONE and w.clock[k.TIME] < lim.until:
        status = _cross_segment(pr, lim, w)
        if status == k.DONE and w.tally[k.SEGMENT] + 1 < segments:
            w.tally[k.SEGMENT] += 1
    return status
