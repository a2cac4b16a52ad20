"""Numba's way from Python to machine code without the steps that no kernel needs (closures, arrays)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.callconv import RETCODE_OK, CPUCallConv, Status
from numba.core.cgutils import get_null_value, get_or_insert_function
from numba.core.compiler import CompilerBase
from numba.core.compiler_machinery import PassManager
from numba.core.typed_passes import (
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.untyped_passes import FixupArgs, IRProcessing, ReconstructSSA, TranslateByteCode

_INNER = "kernel of zhizao: "
"""How the libraries of inner kernels are called, so that nobody else's function is taken for one."""
_PASSES = (
    (TranslateByteCode, "analyse bytecode"),
    (FixupArgs, "fix up arguments"),
    (IRProcessing, "process IR"),
    (ReconstructSSA, "single assignment"),
    (NopythonTypeInference, "types"),
    (PreLowerStripPhis, "remove phis"),
    (IRLegalization, "legal IR before lowering"),
    (NativeLowering, "native lowering"),
    (NoPythonBackend, "machine code"),
)


_KERNELS: set[tuple[str, str]] = set()  # (module, name) of all that KernelCompiler has compiled
_APART: set[str] = set()  # names of functions that are rarely called
_LEAN: set[str] = set()  # symbols of kernels that are called in the plain way


def is_inner(library: Any) -> bool:
    """Whether a library holds a kernel that is called from other kernels only."""
    return bool(library.name.startswith(_INNER))


def is_kernel(described: Any) -> bool:
    """Whether a function descriptor is that of a kernel that is called from other kernels only."""
    return (described.modname, described.qualname) in _KERNELS


def keep_apart(function: Callable[..., Any]) -> None:
    """Remember a kernel that is rarely called."""
    _APART.add(function.__name__)


def mark_apart(module: Any) -> None:
    """Tell LLVM which functions of a module are rarely called: they stay functions, small, out of the way."""
    ends = {f"{len(name)}{name}" for name in _APART}
    for function in module.functions:
        # what Numba's mangling puts behind a name
        path = re.split(r"B\d+v\d+B", function.name, maxsplit=1)[0]
        if not function.is_declaration and any(path.endswith(end) for end in ends):
            for attribute in ("noinline", "cold", "optsize"):
                function.add_function_attribute(attribute)


class KernelCalls(CPUCallConv):  # type: ignore[misc]
    """Kernels hand back what they compute in registers: none raises, so there is no status to look at.

    Numba's own way, a pointer to the result, another to the exception and a status after each call, took a
    third of the instructions of the event loop. It stays for all that is no kernel.
    """

    def get_arguments(self, func: Any) -> Any:
        """Give the arguments that the kernel sees."""
        return func.args if func.name in _LEAN else super().get_arguments(func)

    def return_value(self, builder: Any, retval: Any) -> None:
        """Leave the function with a value."""
        if builder.function.name not in _LEAN:
            super().return_value(builder, retval)
        elif isinstance(builder.function.function_type.return_type, ir.VoidType):
            builder.ret_void()
        else:
            builder.ret(retval)

    def return_status_propagate(self, builder: Any, status: Any) -> None:
        """Tell LLVM that nothing below a kernel fails."""
        if status.excinfoptr is None or builder.function.name in _LEAN:
            builder.unreachable()
        else:
            super().return_status_propagate(builder, status)

    def return_user_exc(
        self, builder: Any, exc: Any, exc_args: Any = None, loc: Any = None, func_name: Any = None
    ) -> None:
        """Tell LLVM that what would raise (a range in steps of 0) does not happen in a kernel."""
        if builder.function.name in _LEAN:
            builder.unreachable()
        else:
            super().return_user_exc(builder, exc, exc_args, loc, func_name)

    def call_function(
        self, builder: Any, callee: Any, resty: Any, argtys: Any, args: Any, attrs: Any = None
    ) -> Any:
        """Call a kernel, or anything else."""
        if callee.name not in _LEAN:
            return super().call_function(builder, callee, resty, argtys, args, attrs)
        found = builder.call(callee, list(self._get_arg_packer(argtys).as_arguments(builder, args)))
        yes, no = ir.Constant(ir.IntType(1), 1), ir.Constant(ir.IntType(1), 0)
        status = Status(RETCODE_OK, yes, no, no, no, no, no, None)
        if resty == types.none:
            return status, get_null_value(self.context.get_value_type(resty))
        return status, self.context.get_returned_value(builder, resty, found)


def declare_kernel(context: Any, module: Any, described: Any) -> Any:
    """Declare a kernel that is called in the plain way."""
    arguments = list(context.get_arg_packer(described.argtypes).argument_types)
    result = context.call_conv.get_return_type(described.restype).pointee
    kind = ir.FunctionType(ir.VoidType() if described.restype == types.none else result, arguments)
    _LEAN.add(described.mangled_name)
    function = get_or_insert_function(module, kind, described.mangled_name)
    if described.inline:
        function.attributes.add("alwaysinline")
    return function


class KernelCompiler(CompilerBase):  # type: ignore[misc]
    """Compiles kernels that are called from other kernels: plain loops over numbers in tables."""

    def define_pipelines(self) -> list[Any]:
        """Give the one pipeline, named as Numba expects."""
        function = self.state.func_id
        _KERNELS.add((function.modname, function.func_qualname))
        self.state.library = self.state.targetctx.codegen().create_library(_INNER + function.func_qualname)
        pipeline = PassManager("kernel")
        for step, name in _PASSES:
            pipeline.add_pass(step, name)
        pipeline.finalize()
        return [pipeline]
