"""Colours that people with any colour vision can tell apart, in light and dark.

The hues are those of Okabe and Ito 2008 (*Color Universal Design*; Wong 2011, Nature Methods 8, 441). Colour
is never the only sign: better and worse carry an arrow and a word, charts a legend and tooltips. The values
are CSS variables (`style`), a little lighter in the dark.
"""

from __future__ import annotations

from collections.abc import Iterable

SERIES = ("var(--blue)", "var(--red)", "var(--green)", "var(--pink)", "var(--orange)", "var(--sky)")

_OWN = {
    "busy": "var(--blue)",
    "setup": "var(--sky)",
    "waiting": "var(--yellow)",
    "blocked": "var(--orange)",
    "down": "var(--red)",
    "maintenance": "var(--pink)",
    "start-up": "var(--brown)",
    "standby": "var(--green)",
    "idle": "var(--idle)",
    "off": "var(--off)",
    "process": "var(--blue)",
    "inspect": "var(--green)",
    "failure": "var(--red)",
    "transport": "var(--brown)",
}
_DEEP = {"var(--blue)", "var(--red)", "var(--green)", "var(--brown)"}
_GREY = {"var(--idle)", "var(--off)"}


def colour_of(kind: str) -> str | None:
    """The fixed colour of a state or an activity; None for any other word."""
    return _OWN.get(kind)


def colours_of(kinds: Iterable[str]) -> dict[str, str]:
    """A colour for each kind: states and activities have their own, others what is left of the series."""
    names = list(dict.fromkeys(kinds))
    taken = {colour_of(kind) for kind in names}
    free = [colour for colour in SERIES if colour not in taken] or list(SERIES)
    others = [kind for kind in names if colour_of(kind) is None]
    turn = {kind: free[place % len(free)] for place, kind in enumerate(others)}
    return {kind: colour_of(kind) or turn[kind] for kind in names}


def name_of(colour: str) -> str:
    """Name of a colour in the style: `blue` of `var(--blue)`."""
    return colour.removeprefix("var(--").removesuffix(")")


def is_deep(colour: str) -> bool:
    """Whether a text on it must be of the lightest kind."""
    return colour in _DEEP


def is_grey(colour: str) -> bool:
    """Whether a text on it is of the page's own colour."""
    return colour in _GREY
