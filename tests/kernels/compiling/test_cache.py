"""What is compiled is found again by the text of the kernels, wherever their files lie."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from zhizao.kernels.compiling.cache import cache_folder, is_kept
from zhizao.kernels.compiling.options import JIT_ON

KERNELS = """
from zhizao.kernels.compiling.decorators import kernels_of
@kernels_of(__file__)
def plus(x):
    return x + 1
"""
NAME = "kernels_of_a_test"

pytestmark = pytest.mark.skipif(not JIT_ON, reason="nothing is compiled")


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIZAO_CACHE", str(tmp_path / "cache"))


def kernels_in(place: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A file of kernels as one of several checkouts has it, imported."""
    file = place / "kernels" / f"{NAME}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    spec = spec_from_file_location(NAME, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, NAME, module)
    spec.loader.exec_module(module)
    return module


def hits_and_misses(module: ModuleType) -> tuple[int, int]:
    stats = module.plus.stats
    return sum(stats.cache_hits.values()), sum(stats.cache_misses.values())


def test_a_second_checkout_with_equal_kernels_compiles_nothing(tmp_path, monkeypatch) -> None:
    first = kernels_in(tmp_path / "one", KERNELS, monkeypatch)
    assert not is_kept(Path(first.__file__ or ""), NAME)
    assert (first.plus(1), hits_and_misses(first)) == (2, (0, 1))
    second = kernels_in(tmp_path / "other", KERNELS, monkeypatch)
    assert is_kept(Path(second.__file__ or ""), NAME)
    assert (second.plus(1), hits_and_misses(second)) == (2, (1, 0))


def test_an_edit_is_compiled_anew_and_the_other_checkout_keeps_its_own(tmp_path, monkeypatch) -> None:
    assert kernels_in(tmp_path / "one", KERNELS, monkeypatch).plus(1) == 2
    edited = kernels_in(tmp_path / "other", KERNELS.replace("x + 1", "x + 2"), monkeypatch)
    assert (edited.plus(1), hits_and_misses(edited)) == (3, (0, 1))
    again = kernels_in(tmp_path / "one", KERNELS, monkeypatch)
    assert (again.plus(1), hits_and_misses(again)) == (2, (1, 0))


def test_an_edit_of_a_neighbour_in_the_folder_is_compiled_anew(tmp_path, monkeypatch) -> None:
    """Numba's own cache looks at the file of the function only, and so misses it."""
    first = kernels_in(tmp_path, KERNELS, monkeypatch)
    assert first.plus(1) == 2
    before = cache_folder(tmp_path / "kernels")
    (tmp_path / "kernels" / "neighbour.py").write_text("STEP = 2\n", encoding="utf-8")
    assert cache_folder(tmp_path / "kernels") != before
    assert hits_and_misses(again := kernels_in(tmp_path, KERNELS, monkeypatch)) == (0, 0)
    assert (again.plus(1), hits_and_misses(again)) == (2, (0, 1))
