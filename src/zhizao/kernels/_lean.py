"""Numba's way from Python to machine code without the steps that no kernel needs (closures, arrays)."""

from __future__ import annotations

from typing import Any

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

INNER = "zhizao.kernels."
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


class KernelCompiler(CompilerBase):  # type: ignore[misc]
    """Compiles kernels that are called from other kernels: plain loops over numbers in tables."""

    def define_pipelines(self) -> list[Any]:
        """Give the one pipeline, named as Numba expects."""
        codegen = self.state.targetctx.codegen()
        self.state.library = codegen.create_library(INNER + self.state.func_id.func_qualname)
        pipeline = PassManager("kernel")
        for step, name in _PASSES:
            pipeline.add_pass(step, name)
        pipeline.finalize()
        return [pipeline]
