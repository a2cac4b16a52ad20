"""The kernels as plain Python give the digits of the compiled ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings

from tests.engine.shops import digest, raw_run
from tests.laws.factories import factories
from zhizao.plant import Plant, read_plant, write_plant

ROOT = Path(__file__).resolve().parents[2]
DAYS = 0.6
PROGRAM = """
import sys
from pathlib import Path
from tests.engine.shops import digest, raw_run
from zhizao.kernels.compiling.options import JIT_ON
from zhizao.plant import read_plant
assert not JIT_ON
for path in sys.argv[2:]:
    print(digest(raw_run(read_plant(Path(path)), float(sys.argv[1]))))
"""


def drawn(count: int) -> list[Plant]:
    found: list[Plant] = []

    @settings(max_examples=count, phases=[Phase.generate])
    @given(factories())
    def collect(plant: Plant) -> None:
        found.append(plant)

    collect()
    return found


@pytest.mark.slow
def test_plain_python_gives_the_digits_of_the_compiled_kernels(tmp_path: Path) -> None:
    paths = []
    for number, plant in enumerate(drawn(20)):
        paths.append(tmp_path / f"{number}.yaml")
        write_plant(plant, paths[-1])
    paths += [ROOT / "examples" / "plants" / name for name in ("garment.yaml", "energy-shop.yaml")]
    env = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])}
    plain = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(DAYS), *map(str, paths)],
        env=env, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert plain.returncode == 0, plain.stderr[-2000:]
    assert plain.stdout.split() == [digest(raw_run(read_plant(path), DAYS)) for path in paths]
