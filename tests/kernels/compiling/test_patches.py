"""Numba is left as it was found: what is not ours is compiled as ever, before and after a run."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from zhizao.kernels.compiling.options import TESTED_MINORS, is_lean

ROOT = Path(__file__).resolve().parents[3]
PLACES = """
from numba import njit, config
from numba.core.codegen import CPUCodeLibrary
from numba.core.cpu import CPUContext
from numba.core.dispatcher import Dispatcher
def places():
    owners = CPUCodeLibrary, CPUContext, Dispatcher
    methods = [{k: v for k, v in vars(o).items() if callable(v) or isinstance(v, property)} for o in owners]
    return methods, config.OPT
before = places()
"""
USERS_OWN = (
    PLACES
    + """
import numpy as np
from tests.naive.wrappers import binomials
def compiled():
    @njit
    def below(n):
        return n + 1
    @njit  # as an entry of ours is called
    def binomials(x, y):
        return below(1) + below(x) + x / y
    assert binomials(2, 4) == 5.5
    try:
        binomials(1, 0)
    except ZeroDivisionError:
        pass
    else:
        raise AssertionError("nothing was raised")
    return len(below.overloads), binomials.inspect_asm(binomials.signatures[0]).count("\\n")
alone = compiled()
binomials(10, 0.5, np.uint64(3), 3)
assert places() == before
assert compiled() == alone
assert alone[0] == 2  # one of them for the literal number
"""
)


def python(program: str, **env: str) -> subprocess.CompletedProcess[str]:
    given = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])} | env
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(
        command, env=given, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_a_function_of_the_users_own_is_compiled_as_ever(tmp_path: Path) -> None:
    found = python(USERS_OWN, ZHIZAO_CACHE=str(tmp_path), NUMBA_DISABLE_JIT="0")
    assert found.returncode == 0, found.stderr[-2000:]


def test_the_package_allows_the_releases_of_numba_that_are_tested() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    first, last = TESTED_MINORS[0], TESTED_MINORS[-1]
    major, minor = last.split(".")
    assert f"numba>={first},<{major}.{int(minor) + 1}" in declared
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert f"\nnumba=={last}." in pinned


def test_an_untested_release_of_numba_is_used_through_its_public_interface_and_said_once() -> None:
    assert is_lean("0.68.1", "")
    assert is_lean("0.68.1", "0")
    assert not is_lean("0.68.1", "1")
    with pytest.warns(UserWarning, match=r"Numba 0\.99\.0 is not tested with zhizao \(tested: 0\.68\)"):
        assert not is_lean("0.99.0", "")


def test_kernels_compiled_through_the_public_interface_give_the_same_numbers(tmp_path: Path) -> None:
    program = """
import numpy as np
from tests.naive.wrappers import binomials, hypergeometrics
from zhizao.kernels.compiling.options import LEAN
import sys
print(LEAN, "zhizao.kernels.compiling.patches" in sys.modules)
print(binomials(1000, 0.3, np.uint64(3), 20), hypergeometrics(50, 20, 10, np.uint64(3), 20))
"""
    public = python(program, ZHIZAO_CACHE=str(tmp_path), ZHIZAO_PUBLIC_NUMBA="1", NUMBA_DISABLE_JIT="0")
    lean = python(program, ZHIZAO_PUBLIC_NUMBA="0", NUMBA_DISABLE_JIT="0")
    assert public.returncode == 0, public.stderr[-2000:]
    assert public.stdout.splitlines()[0] == "False False"
    assert lean.stdout.splitlines()[0] == "True True"
    assert public.stdout.splitlines()[1:] == lean.stdout.splitlines()[1:]
