"""Right-hand sides of differential equations: compiled alone or left in Python, called by address."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, njit, types
from numba.core.errors import NumbaError
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from zhizao.kernels.compiling.options import JIT_ON

_KEPT: list[Any] = []  # code must stay where it is for as long as anyone may call it
_PLAIN: list[Any] = []  # without a compiler an address is a place in this list
_DOUBLES = ctypes.POINTER(ctypes.c_double)
_C_CALL = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_double, _DOUBLES, _DOUBLES, _DOUBLES, _DOUBLES)
Sizes = tuple[int, int, int]
"""Numbers of states, parameters and inputs."""


@intrinsic
def _call(typing_context: Any, address: Any, t: Any, x: Any, p: Any, u: Any, out: Any) -> Any:
    """In compiled code: `int32 (double, double *, double *, double *, double *)` at an address."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        number, status = ir.DoubleType(), ir.IntType(32)
        pointer = number.as_pointer()
        kind = ir.FunctionType(status, [number, *[pointer] * 4])
        function = builder.inttoptr(args[0], kind.as_pointer())
        tables = [
            make_array(table)(context, builder, value).data
            for table, value in zip(sig.args[2:], args[2:], strict=True)
        ]
        return builder.call(function, [args[1], *tables])

    return types.int32(types.int64, types.float64, x, p, u, out), code


def _call_plain(address: int, t: float, x: Any, p: Any, u: Any, out: Any) -> int:
    try:
        out[:] = _PLAIN[address](t, x, p, u)
    except Exception:  # noqa: BLE001  whatever a user's function raises: the solver asks again and shows it
        return 1
    return 0


call_rates = _call if JIT_ON else _call_plain
"""Fill `out` with the derivatives; 1 if the function raised, else 0."""


def rates_address(rates: Callable[..., Any], sizes: Sizes) -> tuple[int, str]:
    """Compile a right-hand side `rates(t, x, p, u)` and give its address.

    Parameters
    ----------
    rates
        Function of the time and arrays of states, parameters and inputs; it gives a tuple or an array of the
        derivatives.
    sizes
        Numbers of states, parameters and inputs.

    Returns
    -------
    tuple
        The address, and why the function runs as plain Python; empty: it is compiled.
    """
    if not JIT_ON:
        _PLAIN.append(rates)
        return len(_PLAIN) - 1, "Numba is turned off"
    try:
        called = _compiled(rates, sizes)
    except NumbaError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = next((line for line in lines if not line.startswith("Failed in")), type(error).__name__)
        python = _in_python(rates, sizes)
        _KEPT.append(python)
        return int(ctypes.cast(python, ctypes.c_void_p).value or 0), reason
    _KEPT.append(called)
    return int(called.address), ""


def _compiled(rates: Callable[..., Any], sizes: Sizes) -> Any:
    states, parameters, inputs = sizes
    answer = njit(nogil=True)(rates)
    pointer = types.CPointer(types.float64)

    @cfunc(types.int32(types.float64, pointer, pointer, pointer, pointer))
    def called(t: Any, x: Any, p: Any, u: Any, out: Any) -> Any:
        try:
            rate = answer(t, carray(x, (states,)), carray(p, (parameters,)), carray(u, (inputs,)))
            if len(rate) != states:
                return 1
            for i in range(states):
                out[i] = rate[i]
        except Exception:  # noqa: BLE001  whatever a user's function raises: the solver asks again and shows it
            return 1
        return 0

    return called


def _in_python(rates: Callable[..., Any], sizes: Sizes) -> Any:
    states, parameters, inputs = sizes

    def called(t: float, x: Any, p: Any, u: Any, out: Any) -> int:
        view = np.ctypeslib.as_array
        try:
            rate = rates(t, view(x, (states,)), view(p, (parameters,)), view(u, (inputs,)))
            view(out, (states,))[:] = rate
        except Exception:  # noqa: BLE001  whatever a user's function raises: the solver asks again and shows it
            return 1
        return 0

    return _C_CALL(called)
