"""A phase file with fitted parameters: what else it says, comments too, stays."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from math import isnan
from typing import Any

from zhizao.solvers.phases.spread import Spread as Across
from zhizao.studies.phase.spec import Spread

_DIGITS = 6


def fitted_text(text: str, spreads: Mapping[str, Across], given: Mapping[str, float | Spread]) -> str:
    """Text of a phase file with parameters replaced.

    Parameters
    ----------
    text
        The file as it was.
    spreads
        Mean and standard deviation by parameter.
    given
        What the file says of its parameters.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    yaml = YAML()
    yaml.width = 150
    root: Any = yaml.load(text)
    block = root.get("parameters")
    if block is None:
        block = CommentedMap()
        root["parameters"] = block
    for name, one in spreads.items():
        value = CommentedMap({"mean": _rounded(one.mean), "sd": _rounded(_sd(one, given.get(name)))})
        value.fa.set_flow_style()
        block[name] = value
        if not one.shown and not block.fa.flow_style():
            block.yaml_add_eol_comment(_reason(one), name)
    out = StringIO()
    yaml.dump(root, out)
    return out.getvalue()


def _sd(one: Across, given: float | Spread | None) -> float:
    """The fitted one, or for one batch that of the file in proportion to the mean."""
    if not isnan(one.sd):
        return one.sd
    if isinstance(given, Spread):
        if given.mean is not None and given.sd is not None and given.mean:
            return given.sd / abs(given.mean) * one.mean
        low, high = given.low or 0.0, given.high or 0.0
        return (high - low) / (3**0.5 * (high + low)) * one.mean if high + low else 0.0
    return 0.0


def _reason(one: Across) -> str:
    if isnan(one.sd):
        return "sd not fitted: one batch"
    return f"spread not shown; up to {one.sd_high:.3g} is not excluded"


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
