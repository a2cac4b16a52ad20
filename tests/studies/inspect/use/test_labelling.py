"""Which pictures to label next."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhizao import InputError, Pictures
from zhizao.studies.inspect import Inspector, label_next


def test_the_nearest_to_the_threshold_come_first(inspector: Inspector, plates: Path) -> None:
    both = Pictures([plates / "more", plates / "bad"])
    found = label_next(inspector, both, count=5)
    threshold = inspector.model.calibration.threshold
    scores = sorted(abs(one.score - threshold) for one in inspector.score(both).images if one.score)
    assert [abs(one.score - threshold) for one, _ in found.images if one.score] == scores[:5]
    assert found.table()["margin"].is_sorted()
    assert (found.considered, found.looks) == (18, 18)


def test_of_copies_one_is_labelled(inspector: Inspector, plates: Path, tmp_path: Path) -> None:
    for number in range(12):
        content = (plates / "more" / f"plate-{number:03}.png").read_bytes()
        for copy in "ab":
            (tmp_path / f"{number}-{copy}.png").write_bytes(content)
    found = label_next(inspector, tmp_path)
    assert (found.considered, found.looks, len(found.images)) == (24, 12, 12)
    by_rule = label_next(inspector, Pictures(tmp_path, r"-[ab]"))
    assert by_rule.looks == 2


def test_a_file_that_cannot_be_read_is_counted(inspector: Inspector, plates: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(InputError, match="no picture can be read"):
        label_next(inspector, tmp_path)
    found = label_next(inspector, Pictures([tmp_path, plates / "more"]), count=3)
    assert "1 of 13 files were not read: 1 unsupported." in found.notes
    with pytest.raises(InputError, match="count: found 0"):
        label_next(inspector, tmp_path, count=0)
