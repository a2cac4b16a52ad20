"""Files that hold more than one shop say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhizao.quantities import InputError
from zhizao.solvers.shop.formats import read_shop

ONE = """jobs, machines
 2 2
Times
 3 2
 2 4
Machines
 1 2
 2 1
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "shop.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_several_shops_is_refused_with_their_number(tmp_path: Path) -> None:
    assert read_shop(written(tmp_path, ONE)).operations == 4
    with pytest.raises(InputError, match=r"shop.txt:11: found 3 shops in the file"):
        read_shop(written(tmp_path, ONE * 3))


def test_rows_after_the_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"shop.txt:9: found '1 2'; the file should have ended"):
        read_shop(written(tmp_path, ONE + " 1 2\n"), form="jsp")
