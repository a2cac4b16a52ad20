"""The first run after an install: it compiles the kernels, which takes about half a minute."""

from __future__ import annotations


def needs_compile() -> bool:
    """Whether the next run compiles the kernels first."""
    from zhizao.engine.run import needs_compile as found

    return found()


def compile_kernels() -> None:
    """Compile what a run needs, by one of the smallest plant.

    Raises
    ------
    KeyboardInterrupt
        It was cancelled.
    """
    from zhizao.engine import RunSettings, run
    from zhizao.plant import parse_plant

    if run(parse_plant(_SMALLEST), RunSettings(days=1.0)).interrupted:
        raise KeyboardInterrupt


_SMALLEST = """
zhizao: 1
plant: one machine
work_centers: [{id: m}]
routes: {r: [{id: o, on: m, takes: 1 min}]}
products: {p: {route: r}}
orders: [{product: p, every: 1 h}]
"""
