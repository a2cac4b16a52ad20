"""The one decorator of this room, and where compiled kernels are kept between runs.

Numba's own cache looks only at the file that holds a function, and so misses an edit in another kernel file.
Here the cache folder is named after the text of all kernel files, the flags and the versions: any edit
gives a new folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np

from zhizao.kernels._lean import INNER, KernelCalls, KernelCompiler, declare_kernel

F = TypeVar("F", bound=Callable[..., Any])

# numpy's error model: no check for division by zero in the loop (no kernel divides by what can be zero)
_FLAGS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}
JIT_ON = not numba.config.DISABLE_JIT
BOUNDS_ON = os.environ.get("ZHIZAO_BOUNDS", "0") != "0"  # look at every index: slow, to find faults
_ENTRIES: set[str] = set()
_RARE: set[str] = set()


def _fingerprint(source: Path) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(source.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    versions = numba.__version__, np.__version__, sys.version_info[:2]
    digest.update(repr((sorted(_FLAGS.items()), BOUNDS_ON, versions)).encode())
    return digest.hexdigest()


def cache_folder(source: Path = Path(__file__).parent) -> Path:
    """Folder of compiled kernels: `ZHIZAO_CACHE`, else the user's cache folder, else a temporary one."""
    name = f"{source.name}-{_fingerprint(source)}"
    given = os.environ.get("ZHIZAO_CACHE") or os.environ.get("XDG_CACHE_HOME")
    local = os.environ.get("LOCALAPPDATA")
    base = Path(given) if given else Path(local) if local else Path.home() / ".cache"
    folder = base / "zhizao" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"zhizao-{name}"
        folder.mkdir(parents=True, exist_ok=True)
    return folder


FOLDER = cache_folder() if JIT_ON else None


def is_compiled() -> bool:
    """Whether an earlier run left a compiled main loop for exactly these kernels."""
    return FOLDER is not None and any(FOLDER.rglob("loop.run*.nbi"))


@contextmanager
def compiling() -> Iterator[None]:
    """Compile the entries inside without work that nothing uses: half the compile time, and a loop no slower.

    Kernels are optimised once, in their entry (`_install`), and not compiled once more for a literal number.
    This replaces inner parts of Numba; where a release has moved them, compiling takes longer and works all
    the same (docs/decisions/0006-lean-compile.md).
    """
    if not JIT_ON:
        yield
        return
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.config import _OptLevel

    with global_compiler_lock, ExitStack() as stack:
        with suppress(ImportError, AttributeError):
            for owner, name, replacement in (_any_number(), (numba.config, "OPT", _OptLevel(2))):
                stack.callback(setattr, owner, name, getattr(owner, name))
                setattr(owner, name, replacement)
        yield


def _install() -> None:
    """Replace, for kernels alone, what Numba does with a compiled function before anyone calls it."""
    with suppress(ImportError, AttributeError):
        for owner, name, replacement in (*_libraries(), *_calls(), _executable()):
            setattr(owner, name, replacement)


def is_inner(library: Any) -> bool:
    """Whether a library holds a kernel that is called from other kernels only."""
    return bool(library.name.startswith(INNER))


def _libraries() -> list[tuple[Any, str, Any]]:
    """What is done with the code of a function: inner ones are kept as they are, entries optimised whole."""
    from numba.core.codegen import CPUCodeLibrary

    finalize, optimise_final = CPUCodeLibrary.finalize, CPUCodeLibrary._optimize_final_module
    optimise_functions = CPUCodeLibrary._optimize_functions

    def optimise(library: Any) -> None:
        if library.name not in _ENTRIES:
            optimise_final(library)
            return
        _keep_apart(library._final_module)
        manager, builder = library._codegen._module_pass_manager()
        manager.run(library._final_module, builder)

    def finish(library: Any) -> None:
        if is_inner(library):
            library._finalized = True  # linked, once, into the entry that uses it
            return
        if library.name in _ENTRIES:
            library._linking_libraries = _all_below(library)
        finalize(library)

    def prepare(library: Any, module: Any) -> None:
        if is_inner(library) or library.name in _ENTRIES:
            module.data_layout = library._codegen._data_layout  # the entry optimises all together
        else:
            optimise_functions(library, module)

    replacements = {"_optimize_final_module": optimise, "finalize": finish, "_optimize_functions": prepare}
    return [(CPUCodeLibrary, name, replacement) for name, replacement in replacements.items()]


def _calls() -> list[tuple[Any, str, Any]]:
    """Kernels are called in a plain way (unless they may raise, to find faults)."""
    from numba.core.cpu import CPUContext

    if BOUNDS_ON:
        return []
    declare = CPUContext.declare_function

    def declare_any(context: Any, module: Any, described: Any) -> Any:
        inner = described.modname.startswith(INNER) and described.qualname not in _ENTRIES
        return (declare_kernel if inner else declare)(context, module, described)

    return [
        (CPUContext, "declare_function", declare_any),
        (CPUContext, "call_conv", property(KernelCalls)),
    ]


def _executable() -> tuple[Any, str, Any]:
    """Inner kernels need no address."""
    from numba import _dynfunc
    from numba.core.cpu import CPUContext

    get_executable = CPUContext.get_executable

    def executable(context: Any, library: Any, descriptor: Any, env: Any) -> Any:
        if not is_inner(library):
            return get_executable(context, library, descriptor, env)
        return _dynfunc.make_function(
            descriptor.lookup_module(), library.name, "linked into its entry", 0, env, (library,)
        )

    return CPUContext, "get_executable", executable


def _any_number() -> tuple[Any, str, Any]:
    """No kernel is compiled once more for a literal number."""
    from numba.core.dispatcher import Dispatcher

    get_template = Dispatcher.get_call_template

    def template(dispatcher: Any, arguments: Any, named: Any) -> Any:
        return get_template(dispatcher, tuple(numba.types.unliteral(a) for a in arguments), named)

    return Dispatcher, "get_call_template", template


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


def _keep_apart(module: Any) -> None:
    """Tell LLVM which functions are rarely called: they stay functions, small, out of the way."""
    ends = {f"{len(name)}{name}" for name in _RARE}
    for function in module.functions:
        path = re.split(r"B\d+v\d+B", function.name, maxsplit=1)[
            0
        ]  # what Numba's mangling puts behind a name
        if not function.is_declaration and any(path.endswith(end) for end in ends):
            for attribute in ("noinline", "cold", "optsize"):
                function.add_function_attribute(attribute)


def rare(function: F) -> F:
    """Compile a kernel that most events never reach; it costs its callers nothing but the call."""
    _RARE.add(function.__name__)
    return kernel(function)


def _inner(function: F, *, forceinline: bool) -> F:
    flags = _FLAGS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": forceinline}
    compiled: F = numba.njit(**flags, pipeline_class=KernelCompiler)(function)
    return compiled


def kernel(function: F) -> F:
    """Compile a kernel that is called from other kernels only (no wrappers: half the compile time)."""
    if not JIT_ON:
        return function
    return _inner(function, forceinline=False)


def small(function: F) -> F:
    """Compile a kernel of a few lines straight into its callers (a call costs more than its work)."""
    if not JIT_ON:
        return function
    return _inner(function, forceinline=True)


def entry(function: F) -> F:
    """Compile a kernel that Python calls; kept on disk between runs."""
    if not JIT_ON:
        return function
    _ENTRIES.add(function.__name__)
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(FOLDER)
    try:
        compiled: F = numba.njit(**_FLAGS, cache=True)(function)
    finally:
        numba.config.CACHE_DIR = before
    return compiled


if JIT_ON:
    _install()


def is_kept(file: Path, module: str) -> bool:
    """Whether kernels of a solver's file (in the folder of `file`) are compiled and on disk."""
    name = module.rsplit(".", 1)[-1]
    return any(cache_folder(file.parent).rglob(f"{name}.*.nbi"))


def kernels_of(file: str) -> Callable[[F], F]:
    """Give the decorator for the kernels of a solver: `kernel = kernels_of(__file__)`.

    Each is compiled when it is first called and kept on disk until any file of the solver's folder changes.
    """
    if not JIT_ON:
        return lambda function: function
    folder = cache_folder(Path(file).parent)

    def kernel(function: F) -> F:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(folder)
        try:
            compiled: F = numba.njit(**_FLAGS, cache=True)(function)
        finally:
            numba.config.CACHE_DIR = before
        return compiled

    return kernel
