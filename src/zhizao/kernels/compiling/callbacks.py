"""Rules of the user's own: compiled alone, called by address from compiled code."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import Any

from llvmlite import ir
from numba import cfunc, njit, types
from numba.extending import intrinsic

from zhizao.kernels.compiling.pointers import word_of

_KEPT: list[Any] = []  # code must stay where it is for as long as anyone may call it


@intrinsic
def call_rule(typing_context: Any, address: Any, inputs: Any) -> Any:
    """In compiled code: the answer of the C function `double (double *)` at an address to a table."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        number = ir.DoubleType()
        function = builder.inttoptr(args[0], ir.FunctionType(number, [number.as_pointer()]).as_pointer())
        start = word_of(context, builder, args[1], 0)
        return builder.call(function, [builder.inttoptr(start, number.as_pointer())])

    return types.float64(types.int64, inputs), code


def address_of(function: Callable[..., float], places: tuple[int, ...]) -> int:
    """Compile a rule, called with the numbers at these places of the inputs, in this order.

    A failure becomes nan, so that nothing is printed and nothing is lost: left alone, a C callback of Numba
    prints an exception and answers 0.
    """
    picked = _picker(places)
    answer = njit(types.float64(*[types.float64] * len(places)), nogil=True)(function)

    @cfunc(types.float64(types.CPointer(types.float64)))
    def called(inputs: Any) -> Any:
        try:
            return answer(*picked(inputs))
        except Exception:  # noqa: BLE001  whatever a user's function raises: the engine asks again and shows it
            return nan

    _KEPT.append(called)
    return int(called.address)


def _picker(places: tuple[int, ...]) -> Any:
    """A function for compiled code: from a pointer to numbers to the tuple of those at some places."""

    @intrinsic
    def picked(typing_context: Any, inputs: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            word = ir.IntType(64)
            numbers = [builder.load(builder.gep(args[0], [word(place)])) for place in places]
            return context.make_tuple(builder, sig.return_type, numbers)

        return types.Tuple([types.float64] * len(places))(inputs), code

    return picked
