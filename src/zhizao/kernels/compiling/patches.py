"""What Numba does otherwise while an entry of ours is compiled: half the compile time, and a faster loop.

Inner kernels are neither optimised nor made machine code of on their own: each is linked once into the entry
that uses it, and LLVM optimises the entry as a whole (docs/decisions/0006-lean-compile.md). This replaces
inner parts of Numba, under its compiler lock, from the first step of an entry's compilation to the last; a
library, function or dispatcher that is not ours is treated as ever even then.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numba
from numba import _dynfunc
from numba.core.codegen import CPUCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.core.config import _OptLevel
from numba.core.cpu import CPUContext
from numba.core.dispatcher import Dispatcher

from zhizao.kernels.compiling.calls import KernelCalls, declare_kernel, is_inner, is_kernel, mark_apart
from zhizao.kernels.compiling.options import BOUNDS_ON

ENTRY = "entry of zhizao: "
"""How the libraries of entries are called, so that nobody else's function is taken for one."""
_OURS = "zhizao."

Replacement = tuple[Any, str, Any]  # owner, name, what stands there meanwhile


class EntryCompiler(Compiler):  # type: ignore[misc]
    """Compiles an entry and all kernels below it."""

    def compile_extra(self, func: Any) -> Any:
        """Compile a function, with the replacements in place."""
        with _replaced(*_LITERAL_FREE, *_libraries(), *_calls(), _executable()):
            return super().compile_extra(func)

    def define_pipelines(self) -> Any:
        """Give Numba's own pipelines, for a library that is known by its name."""
        library = self.state.targetctx.codegen().create_library(ENTRY + self.state.func_id.func_qualname)
        library.enable_object_caching()
        self.state.library = library
        return super().define_pipelines()


class LiteralFreeCompiler(Compiler):  # type: ignore[misc]
    """Compiles a kernel of a solver: none below it once more for a literal number."""

    def compile_extra(self, func: Any) -> Any:
        """Compile a function, with the replacements in place."""
        with _replaced(*_LITERAL_FREE):
            return super().compile_extra(func)


@contextmanager
def _replaced(*replacements: Replacement) -> Iterator[None]:
    """Put replacements in place, and what was there back at the end."""
    with global_compiler_lock, ExitStack() as stack:
        for owner, name, replacement in replacements:
            if name in vars(owner):
                stack.callback(setattr, owner, name, vars(owner)[name])
            else:  # inherited
                stack.callback(delattr, owner, name)
            setattr(owner, name, replacement)
        yield


def _is_entry(library: Any) -> bool:
    return bool(library.name.startswith(ENTRY))


def _libraries() -> list[Replacement]:
    """What is done with the code of a function: inner ones are kept as they are, entries optimised whole."""
    finalize, optimise_final = CPUCodeLibrary.finalize, CPUCodeLibrary._optimize_final_module
    optimise_functions = CPUCodeLibrary._optimize_functions

    def optimise(library: Any) -> None:
        if not _is_entry(library):
            optimise_final(library)
            return
        mark_apart(library._final_module)
        manager, builder = library._codegen._module_pass_manager()
        manager.run(library._final_module, builder)

    def finish(library: Any) -> None:
        if is_inner(library):
            library._finalized = True  # linked, once, into the entry that uses it
            return
        if _is_entry(library):
            library._linking_libraries = _all_below(library)
        finalize(library)

    def prepare(library: Any, module: Any) -> None:
        if is_inner(library) or _is_entry(library):
            module.data_layout = library._codegen._data_layout  # the entry optimises all together
        else:
            optimise_functions(library, module)

    replacements = {"_optimize_final_module": optimise, "finalize": finish, "_optimize_functions": prepare}
    return [(CPUCodeLibrary, name, replacement) for name, replacement in replacements.items()]


def _calls() -> list[Replacement]:
    """Kernels are called in a plain way (unless they may raise, to find faults)."""
    if BOUNDS_ON:
        return []
    declare = CPUContext.declare_function

    def declare_any(context: Any, module: Any, described: Any) -> Any:
        return (declare_kernel if is_kernel(described) else declare)(context, module, described)

    return [
        (CPUContext, "declare_function", declare_any),
        (CPUContext, "call_conv", property(KernelCalls)),
    ]


def _executable() -> Replacement:
    """Inner kernels need no address."""
    get_executable = CPUContext.get_executable

    def executable(context: Any, library: Any, descriptor: Any, env: Any) -> Any:
        if not is_inner(library):
            return get_executable(context, library, descriptor, env)
        return _dynfunc.make_function(
            descriptor.lookup_module(), library.name, "linked into its entry", 0, env, (library,)
        )

    return CPUContext, "get_executable", executable


def _any_number() -> Replacement:
    """No kernel is compiled once more for a literal number."""
    get_template = Dispatcher.get_call_template

    def template(dispatcher: Any, arguments: Any, named: Any) -> Any:
        if dispatcher.py_func.__module__.startswith(_OURS):
            arguments = tuple(numba.types.unliteral(a) for a in arguments)
        return get_template(dispatcher, arguments, named)

    return Dispatcher, "get_call_template", template


_LITERAL_FREE = (_any_number(), (numba.config, "OPT", _OptLevel(2)))


def _all_below(library: Any) -> list[Any]:
    """All libraries that an entry needs, each once: linked at every level they would be there many times."""
    found: dict[Any, None] = {}
    ahead = list(library._linking_libraries)
    while ahead:
        below = ahead.pop()
        if below not in found:
            found[below] = None
            if is_inner(below):
                ahead += below._linking_libraries
    return list(found)
