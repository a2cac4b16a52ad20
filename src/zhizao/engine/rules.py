"""A user's own dispatch rules: from `module:function` to something that the loop can call."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels.rules import ARGUMENTS, compiled_rule, no_rule
from zhizao.quantities import RuleError, nearest_name

Rules = tuple[Any, Any, Any, Any]
"""What stands in the slots of the loop (`USER_SLOTS` of them)."""


def load_rules(names: tuple[str, ...]) -> Rules:
    """Compile the rules of a plant, one slot each."""
    if len(names) > k.USER_SLOTS:
        raise RuleError(f"found {len(names)} dispatch rules of your own; right is at most {k.USER_SLOTS}")
    own = [_compiled(name) for name in names]
    first, second, third, fourth = own + [no_rule() for _ in range(k.USER_SLOTS - len(own))]
    return first, second, third, fourth


def _compiled(name: str) -> Any:
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
        return compiled_rule(function)
    except Exception as error:  # whatever a user's function raises is the user's to mend
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise RuleError(f"dispatch rule {name!r} does not work: {reason}") from error


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
