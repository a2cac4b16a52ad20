"""Published indices and their data, which are no part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from zhizao.studies.rank.build import Built, built, recipe_of
from zhizao.studies.rank.model import IndexModel, model_of
from zhizao.studies.rank.read import read_index
from zhizao.studies.rank.table import read_table

SHARED = Path(os.environ.get("ZHIZAO_SHARED", Path(__file__).resolve().parents[3] / "shared"))


def data(name: str) -> Path:
    """A file of the published indices; without it the test is skipped."""
    for folder in (SHARED, Path(__file__).resolve().parents[4] / "shared"):
        path = folder / "data" / "index" / name
        if path.exists():
            return path
    pytest.skip(f"data/index/{name} is not in {SHARED}")


def frame(name: str) -> pl.DataFrame:
    """A published table, with the text NA for unknown."""
    return pl.read_csv(data(name), null_values=["", "NA"], infer_schema_length=None, encoding="utf8-lossy")


def model(text: str, table: Path, folder: Path) -> IndexModel:
    """The model of an index file given as text."""
    path = folder / "index.yaml"
    path.write_text(text, encoding="utf-8")
    index, tree = read_index(path)
    return model_of(index, tree, read_table(table))


def build(text: str, table: Path, folder: Path) -> tuple[IndexModel, Built]:
    """Build an index from a file given as text."""
    made = model(text, table, folder)
    return made, built(made, recipe_of(made))
