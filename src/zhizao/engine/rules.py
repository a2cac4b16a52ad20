"""Rules of the user's own: from a name to an address for the loop, from a bad answer to a clear error."""

from __future__ import annotations

import importlib
import inspect
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import isfinite
from types import ModuleType
from typing import Any

import numpy as np

from zhizao.kernels import tables as k
from zhizao.kernels.rules import address_of
from zhizao.plant.rules import RULE_INPUTS, OwnRule, RuleKind, arguments_of, rule_name
from zhizao.quantities import RuleError, nearest_name

_RIGHT = {
    RuleKind.DISPATCH: "a number, the lowest goes first",
    RuleKind.ROUTING: "a number, the lowest is taken",
    RuleKind.RELEASE: "a number, above 0 for yes, or True or False",
    RuleKind.QUALITY: "a share from 0 to 1",
}


# while a lot is in a queue
_CHANGING = {RULE_INPUTS[RuleKind.DISPATCH].index(name) for name in ("now", "setup")}
_PLANNED = RULE_INPUTS[RuleKind.DISPATCH].index("planned")
Constants = tuple[tuple[str, type, Any], ...]
"""Name, type and value of what a rule finds outside itself."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """One rule, with the places of its inputs."""

    kind: RuleKind
    name: str
    function: Callable[..., Any]
    places: tuple[int, ...]

    def says(self, what: str) -> str:
        """A sentence about the rule, with its place."""
        code = self.function.__code__
        return f"{self.kind.value} rule {self.name!r} ({code.co_filename}, line {code.co_firstlineno}) {what}"


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The rules of a plant, and where their code lies in this process."""

    loaded: tuple[_Loaded, ...]
    table: Any  # of the kernels

    def within(self, t: k.Tables) -> k.Tables:
        """The tables with the rules in them; a queue whose ranks stay as they are is kept in their order.

        Its first lot begins without a look at the others, where it needs no more than a unit. A plan decides
        nothing where a rule asks for it.
        """
        centers = t.centers.copy()
        for row, rule in enumerate(self.loaded):
            if rule.kind is RuleKind.DISPATCH and _PLANNED in rule.places:
                centers["extras"][centers["rule"] == k.USER_RULE + row] &= ~k.X_PLAN
        plain = (centers["extras"] & k.X_LOOKS == 0) & (centers["off_shift"] != k.NO_START)
        for row, rule in enumerate(self.loaded):
            if rule.kind is RuleKind.DISPATCH and not _CHANGING & set(rule.places):
                own = centers["rule"] == k.USER_RULE + row
                centers["order"][own] = k.USER_RULE + row
                centers["starts"][own] = np.where(centers["alike"] * plain, k.FIRST_LOT, k.BY_CHOICE)[own]
        return t._replace(rules=self.table, centers=centers)

    def failure(self, row: int, inputs: Any) -> RuleError:
        """What to say of a rule whose answer was none; it is asked the same again in plain Python."""
        rule, half = self.loaded[row], len(inputs) // 2
        given = [float(inputs[half + place]) for place in rule.places]
        names = inspect.signature(rule.function).parameters
        call = ", ".join(f"{name}={value:.15g}" for name, value in zip(names, given, strict=True))
        try:
            answer = rule.function(*given)
        except Exception as reason:  # noqa: BLE001  whatever a user's function raises is shown to the user
            error = RuleError(
                rule.says(f"failed{_line_of(reason, rule)}: {_reason(reason)}; it was called with {call}")
            )
            error.__cause__ = reason
            return error
        if _is_right(rule.kind, answer):
            answer = f"{inputs[-1]:.15g} when compiled, {answer!r} in plain Python"
        else:
            answer = repr(answer)
        return RuleError(rule.says(f"gave {answer}; right is {_RIGHT[rule.kind]}; it was called with {call}"))


def _is_right(kind: RuleKind, answer: Any) -> bool:
    try:
        number = float(answer)
    except (TypeError, ValueError):
        return False
    return (
        0.0 <= number <= 1.0 if kind is RuleKind.QUALITY else isfinite(number) and abs(number) <= k.TOO_MUCH
    )


def _line_of(reason: BaseException, rule: _Loaded) -> str:
    """The line of the rule's own file in which it failed."""
    file = rule.function.__code__.co_filename
    lines = [frame.lineno for frame in traceback.extract_tb(reason.__traceback__) if frame.filename == file]
    return f" in line {lines[-1]}" if lines else ""


def load_rules(uses: tuple[tuple[RuleKind, OwnRule], ...], numbers: tuple[str, ...] = ()) -> Rules:
    """Compile the rules of a plant.

    Parameters
    ----------
    uses
        What each decides, and the rule.
    numbers
        Attributes of products that are numbers, which any rule may take.

    Raises
    ------
    RuleError
        A rule cannot be found or compiled, or takes an argument that is no input.
    """
    loaded = tuple(_load(kind, own, numbers) for kind, own in uses)
    table = [
        (_compiled(rule), sum(1 << bit for bit in {min(place, 62) for place in rule.places}))
        for rule in loaded
    ]
    return Rules(loaded, np.array(table or [(0, 0)], np.int64).ravel())


def _load(kind: RuleKind, own: OwnRule, numbers: tuple[str, ...]) -> _Loaded:
    name = rule_name(own)
    function = _found(kind, own) if isinstance(own, str) else own
    place = {argument: place for place, argument in enumerate(RULE_INPUTS[kind])}
    for number, attribute in enumerate(numbers):
        place.setdefault(re.sub(r"\W", "_", attribute), k.RULE_PLACES + number)
    rule = _Loaded(kind, name, function, ())
    taken = arguments_of(function, name)
    for argument in taken:
        if argument not in place:
            near = nearest_name(argument, place)
            hint = f"; did you mean {near!r}?" if near else ""
            raise RuleError(
                rule.says(f"takes {argument!r}; its inputs are {', '.join(RULE_INPUTS[kind])}")
                + f", and attributes of products that are numbers ({', '.join(numbers) or 'none here'}){hint}"
            )
    return _Loaded(kind, name, function, tuple(place[argument] for argument in taken))


# ---------------------------------------------------------------- compiling
def _compiled(rule: _Loaded) -> int:
    """Address of the code; the same function with the same constants is compiled once."""
    outside = _constants(rule.function)
    try:
        if outside is None:
            return address_of(rule.function, rule.places)
        return _address(rule.function, rule.places, outside)
    except Exception as error:  # whatever the compiler finds wrong is the user's to mend
        hint = "a rule may use numbers, math, tuples, and functions marked with numba.njit"
        raise RuleError(rule.says(f"cannot be compiled: {_reason(error)}; {hint}")) from error


def _constants(function: Callable[..., Any]) -> Constants | None:
    """What a rule finds outside itself, which compiled code holds for good; None: it might change unseen."""
    known = inspect.getclosurevars(function)
    outside = (*known.globals.items(), *known.nonlocals.items())
    fixed = all(
        isinstance(value, (bool, int, float, str, ModuleType)) or callable(value) for _, value in outside
    )
    return tuple((name, type(value), value) for name, value in outside) if fixed else None


@cache
def _address(function: Callable[..., Any], places: tuple[int, ...], _: Constants) -> int:
    return address_of(function, places)


def _reason(error: BaseException) -> str:
    """The first line that says what is wrong; the compiler's first says only how far it came."""
    wrong = re.search(r"No conversion from (\S+) to float64", str(error))
    if wrong:
        return f"it gives {wrong[1]} in some branch, not a number"
    lines = [line.strip() for line in str(error).splitlines()]
    telling = [
        line for line in lines if line and not line.startswith(("Failed in", "No implementation", ">>>"))
    ]
    return f"{type(error).__name__}: {telling[0]}" if telling else type(error).__name__


# ---------------------------------------------------------------- finding
def _found(kind: RuleKind, name: str) -> Any:
    module_name, _, function_name = name.partition(":")
    subject = f"{kind.value} rule {name!r}"
    if module_name == "__main__":
        hint = "; a rule made in a notebook or a script is not there in another process: put it into a module"
    else:
        hint = ""
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise RuleError(
            f"{subject}: there is no module {module_name!r} beside the plant file or on the path ({error})"
        ) from error
    function = getattr(module, function_name, None)
    if not inspect.isfunction(function):
        near = nearest_name(function_name, [n for n, f in vars(module).items() if inspect.isfunction(f)])
        hint = f"; did you mean {near!r}?" if near else hint
        raise RuleError(f"{subject}: {module_name!r} has no function {function_name!r}{hint}")
    return function
