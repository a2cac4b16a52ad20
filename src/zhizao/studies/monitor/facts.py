"""What every result about samples says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from zhizao.quantities import Input


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Facts:
    """What was studied, what the result was made from, the seed and the version; base of the results."""

    title: str
    inputs: tuple[Input, ...]
    seed: int
    version: str
    interrupted: bool = False


def version() -> str:
    """The version that results name."""
    from zhizao import __version__

    return __version__
