"""A user's own rules: from `module:function` to an address that the loop can call, and to a clear error."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from zhizao.kernels.rules import address_of
from zhizao.quantities import RuleError, nearest_name

ARGUMENTS = ("now", "due", "release", "since", "priority", "work", "rest", "setup", "active", "pieces")
"""What a rule is told of a lot: times in s from the start (`since`: in this queue), `work` here and `rest` to
the end of the route in s, mean `setup` in s, pieces to be worked on and pieces in all."""


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The rules of a plant, and where their code lies in this process."""

    names: tuple[str, ...]
    addresses: Any

    def failure(self, row: int, told: Any) -> RuleError:
        """What to say of a rule whose answer was none."""
        given = ", ".join(f"{name}={value:g}" for name, value in zip(ARGUMENTS, told, strict=False))
        return RuleError(
            f"dispatch rule {self.names[row]!r} failed, or gave nan or infinity; "
            f"right is a number; it was told {given}"
        )


def load_rules(names: tuple[str, ...]) -> Rules:
    """Compile the rules of a plant."""
    return Rules(names, np.array([_address(name) for name in names] or [0], np.int64))


def _address(name: str) -> int:
    function = _found(name)
    taken = tuple(inspect.signature(function).parameters)
    if len(taken) != len(ARGUMENTS):
        raise RuleError(
            f"dispatch rule {name!r} takes ({', '.join(taken)}); a rule takes ({', '.join(ARGUMENTS)}) "
            "and gives one number: the lot with the lowest goes first"
        )
    try:
        answer = function(*[1.0] * len(ARGUMENTS))
        if not isinstance(answer, (int, float)):
            raise TypeError(f"it gave {answer!r}")
        return _compiled(function)
    except Exception as error:  # whatever a user's function raises is the user's to mend
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise RuleError(f"dispatch rule {name!r} does not work: {reason}") from error


@cache
def _compiled(function: Callable[..., float]) -> int:
    return address_of(function, tuple(range(len(ARGUMENTS))))


def _found(name: str) -> Any:
    module_name, _, function_name = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise RuleError(
            f"dispatch rule {name!r}: there is no module {module_name!r} beside the plant file or on the path"
        ) from error
    function = getattr(module, function_name, None)
    if not inspect.isfunction(function):
        near = nearest_name(function_name, [n for n, f in vars(module).items() if inspect.isfunction(f)])
        hint = f"; did you mean {near!r}?" if near else ""
        raise RuleError(f"dispatch rule {name!r}: {module_name!r} has no function {function_name!r}{hint}")
    return function
