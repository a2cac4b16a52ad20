"""Rules of the user's own: plain Python functions of numbers, which the twin runs as fast as its own code."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from zhizao.quantities.errors import RuleError

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__zhizao_rule__"


class RuleKind(Enum):
    """What a rule decides."""

    DISPATCH = "dispatch"
    """Which lot is next: gives a number for each that waits, the lowest goes first."""
    ROUTING = "routing"
    """Which work center does the operation: gives a number for each alternative, the lowest is taken."""
    RELEASE = "release"
    """Whether a lot that waits outside may come in now: a number above 0, or True, says yes."""
    QUALITY = "quality"
    """Share of the sound pieces of a lot that the operation just done makes defective, 0 to 1."""


RULE_INPUTS: dict[RuleKind, tuple[str, ...]] = {
    RuleKind.DISPATCH: (
        "now", "due", "release", "since", "priority", "work", "rest", "setup", "active", "pieces",
        "planned",
    ),
    RuleKind.ROUTING: (
        "now", "due", "release", "priority", "active", "pieces", "work", "rest", "setup", "load", "room",
        "free", "waiting", "transport", "place", "planned",
    ),
    RuleKind.RELEASE: (
        "now", "due", "since", "priority", "pieces", "rest", "wip", "outside", "here", "longest",
    ),
    RuleKind.QUALITY: (
        "now", "share", "active", "pieces", "loops", "taken", "speed", "since_setup", "since_stop", "worked",
    ),
}  # fmt: skip
"""Names that a rule may take as arguments, in the order of the kernels; docs/rules.md says what they mean."""


OwnRule = str | Callable[..., Any]
"""A rule as a plant holds it: `module:function`, or the function itself where no module has it."""


def rule(function: F) -> F:
    """Mark a function as a rule of the twin; it stays the function that it is.

    It takes any inputs of its kind (`RULE_INPUTS`), in any order, and any attribute of products that is a
    number; all are floats. It gives a number. What it may use is what Numba compiles.

    Parameters
    ----------
    function
        For the fields `dispatch`, `routing`, `release` or `defects` of a plant, by itself or by its name
        `module:function`.

    Raises
    ------
    RuleError
        It is no plain function, or takes something else than plain arguments.
    """
    plain = inspect.isfunction(function) and not inspect.iscoroutinefunction(function)
    if not plain or inspect.isgeneratorfunction(function):
        raise RuleError(f"found {function!r} as a rule; right is a plain function of numbers")
    arguments_of(function, function.__qualname__)
    setattr(function, _MARK, True)
    return function


def arguments_of(function: Callable[..., Any], name: str) -> tuple[str, ...]:
    """Names of the arguments that a rule takes.

    Raises
    ------
    RuleError
        One of them is not plain: it has a default, or stands for several.
    """
    for argument in inspect.signature(function).parameters.values():
        if argument.kind is not argument.POSITIONAL_OR_KEYWORD or argument.default is not argument.empty:
            raise RuleError(
                f"rule {name!r} takes {str(argument)!r}; right is a plain name without a default, "
                "for a rule gets all inputs that it names; write fixed numbers in its module or its body"
            )
    return tuple(inspect.signature(function).parameters)


def is_rule(value: object) -> bool:
    """Whether a value is a function marked with `rule`."""
    return inspect.isfunction(value) and getattr(value, _MARK, False)


def kept(function: Callable[..., Any]) -> OwnRule:
    """`module:function` where that names this very function in any process, else the function itself."""
    module, name = function.__module__, function.__qualname__
    if module != "__main__" and getattr(sys.modules.get(module), name, None) is function:
        return rule_name(function)
    return function


def rule_name(own: OwnRule) -> str:
    """Name of a rule, `module:function`."""
    return own if isinstance(own, str) else f"{own.__module__}:{own.__qualname__}"
