"""Failures of the Azure sample (100 machines, one year) and of AI4I 2020 (Matzka 2020)."""

from __future__ import annotations

import gzip
import lzma
import os
from pathlib import Path

import pytest

from zhizao.studies.maintain import FailureAim, RulesAim, failure_models, failure_rules

_HERE = Path(__file__).resolve()


def shared(name: str) -> Path:
    for folder in (os.environ.get("ZHIZAO_SHARED"), *(_HERE.parents[i] / "shared" for i in (3, 4))):
        if folder and (found := Path(folder) / "data" / "maintenance" / name).exists():
            return found
    pytest.skip(f"the shared data are not here: maintenance/{name}")


@pytest.mark.slow
def test_forecasts_cover_the_failures_that_came(tmp_path: Path) -> None:
    tables = []
    for name in ("failures", "maint", "machines"):
        tables.append(tmp_path / f"{name}.csv")
        tables[-1].write_bytes(gzip.decompress((shared("azure_pdm") / f"PdM_{name}.csv.gz").read_bytes()))
    found = failure_models(*tables)
    assert int(found.forecasts()["covered"].sum()) == 4  # of 4, at the default split
    assert not any(one.fits for one in found.components)  # next to nothing fails before 45 days
    covered = [
        value
        for share in (0.5, 0.6, 0.75, 0.8)
        for value in failure_models(*tables, aim=FailureAim(share)).forecasts()["covered"]
    ]
    assert len(covered) == 16
    assert sum(covered) >= 15  # 16 are reached


@pytest.mark.slow
def test_the_published_rules_are_found_again(tmp_path: Path) -> None:
    pytest.importorskip("lightgbm", reason="takes the extra [maintain]")
    path = tmp_path / "ai4i.csv"
    path.write_bytes(lzma.decompress(shared("ai4i2020.csv.xz").read_bytes()))
    modes = ("UDI", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF")
    found = failure_rules(path, "Machine failure", aim=RulesAim(modes))
    assert (found.rows, found.failures) == (10_000, 339)
    assert found.auc[0] >= 0.98
    words = [one.words for one in found.rules]
    assert any(one.startswith("Rotational speed [rpm] × Torque [Nm] >") and "(900" in one for one in words)
    assert any("Process temperature [K] − Air temperature [K] < 8.6" in one for one in words)
    assert found.failures - found.uncovered >= 280
    assert found.precision is not None
    assert found.precision.value > 0.98
