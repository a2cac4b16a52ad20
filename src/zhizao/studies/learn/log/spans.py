"""Sets of time spans on a common clock: their union, and how much of it lies before a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhizao.studies.learn.log.jobs import Flags, Floats
from zhizao.studies.learn.log.week import DAY_S, WEEK_S, Opening


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Spans that do not touch, in order (s)."""

    start: Floats
    end: Floats

    @property
    def total_s(self) -> float:
        """Length of all."""
        return float((self.end - self.start).sum())

    def until(self, at_s: Floats) -> Floats:
        """Time within the spans before each moment."""
        edge = np.stack([self.start, self.end], axis=1).ravel()
        gone = np.cumsum(np.stack([np.zeros_like(self.start), self.end - self.start], axis=1).ravel())
        found: Floats = np.interp(at_s, edge, gone, left=0.0) if len(edge) else np.zeros(len(at_s))
        return found

    def holds(self, at_s: Floats, *, slack_s: float = 0.0) -> Flags:
        """Whether each moment lies within a span, by more than `slack_s`."""
        place = np.searchsorted(self.start, at_s - slack_s, side="right") - 1
        end = np.append(self.end, -np.inf)[place]
        held: Flags = (place >= 0) & (end > at_s + slack_s)
        return held

    def without(self, other: Spans) -> Spans:
        """What is left when other spans are taken out."""
        if not len(other.start) or not len(self.start):
            return self
        moment = np.concatenate([self.start, self.end, other.start, other.end])
        step = np.repeat([1, -1, -1, 1], [len(self.start), len(self.end), len(other.start), len(other.end)])
        order = np.lexsort((step, moment))
        level, moment = np.cumsum(step[order]), moment[order]
        on = (level[:-1] > 0) & (np.diff(moment) > 0)
        return union(moment[:-1][on], moment[1:][on])


def union(start_s: Floats, end_s: Floats) -> Spans:
    """Union of spans."""
    kept = end_s > start_s
    start, end = start_s[kept], end_s[kept]
    order = np.argsort(start, kind="stable")
    start, reach = start[order], np.maximum.accumulate(end[order]) if len(order) else end
    if not len(start):
        return Spans(start, reach)
    new = np.append(True, start[1:] > reach[:-1])
    last = np.append(np.flatnonzero(new)[1:] - 1, len(start) - 1)
    return Spans(start[new], reach[last])


def within(spans: Spans, opening: Opening) -> Spans:
    """What of spans lies within the hours of a week and on no day off."""
    if not len(spans.start):
        return spans
    weekly = np.array(opening.calendar().weekly).reshape(-1, 2)
    weeks = np.arange(spans.start[0] // WEEK_S, spans.end[-1] // WEEK_S + 2)[:, None] * WEEK_S
    begin, end = weeks[0], weeks[-1]  # before and after all of them
    rest = np.array(opening.off) * DAY_S
    shut = np.concatenate([begin, (weeks + weekly[:, 1]).ravel(), rest])
    open_again = np.concatenate([(weeks + weekly[:, 0]).ravel(), end + WEEK_S, rest + DAY_S])
    return spans.without(union(shut, open_again))
