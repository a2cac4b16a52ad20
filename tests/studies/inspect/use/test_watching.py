"""A folder that is watched, look by look."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhizao import InputError
from zhizao.studies.inspect import Inspector, watch_folder
from zhizao.studies.inspect.use.watching import PATIENCE, Watch


def names(watch: Watch) -> list[str]:
    return [Path(one.scored.picture.path).name for one in watch.look()]


def test_a_picture_is_scored_once_after_it_has_stopped_changing(
    inspector: Inspector, plates: Path, tmp_path: Path
) -> None:
    content = (plates / "more" / "plate-000.png").read_bytes()
    watch = watch_folder(inspector, tmp_path)
    assert names(watch) == []
    file = tmp_path / "new.png"
    file.write_bytes(content[:500])
    assert names(watch) == []  # seen for the first time
    file.write_bytes(content)
    assert names(watch) == []  # it has grown
    (found,) = watch.look()
    expected = inspector.score(plates / "more" / "plate-000.png").images[0]
    assert (found.scored.score, found.scored.p_value) == (expected.score, expected.p_value)
    assert names(watch) == []


def test_a_file_that_pauses_while_it_is_written_is_waited_for(
    inspector: Inspector, plates: Path, tmp_path: Path
) -> None:
    content = (plates / "more" / "plate-001.png").read_bytes()
    watch = watch_folder(inspector, tmp_path)
    (tmp_path / "slow.png").write_bytes(content[:500])
    assert [names(watch) for _ in range(3)] == [[], [], []]
    (tmp_path / "slow.png").write_bytes(content)
    assert [names(watch) for _ in range(3)] == [[], ["slow.png"], []]


def test_a_broken_file_gets_its_verdict_once_and_stops_nothing(
    inspector: Inspector, plates: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_text("no picture")
    (tmp_path / "b.png").write_bytes((plates / "more" / "plate-001.png").read_bytes())
    (tmp_path / ".hidden.png").write_text("")
    (tmp_path / "note.txt").write_text("")
    watch = watch_folder(inspector, tmp_path)
    looks = [watch.look() for _ in range(PATIENCE + 3)]
    assert [Path(one.scored.picture.path).name for look in looks for one in look] == ["b.png", "a.png"]
    (broken,) = looks[PATIENCE]
    assert (broken.scored.score, broken.drift) == (None, False)
    assert broken.as_json()["verdict"] == "unsupported"


def test_a_file_that_is_replaced_is_scored_again(inspector: Inspector, plates: Path, tmp_path: Path) -> None:
    watch = watch_folder(inspector, tmp_path)
    for source in ("more", "bad"):
        (tmp_path / "camera.png").unlink(missing_ok=True)
        names(watch)
        (tmp_path / "camera.png").write_bytes((plates / source / "plate-000.png").read_bytes())
        names(watch)
        (one,) = watch.look()
        assert one.scored.defective is (source == "bad")


def test_a_stream_of_defects_is_evidence_of_drift(inspector: Inspector, plates: Path, tmp_path: Path) -> None:
    bad = sorted((plates / "bad").glob("*.png"))
    for number in range(60):
        (tmp_path / f"{number:03}.png").write_bytes(bad[number % len(bad)].read_bytes())
    watch = watch_folder(inspector, tmp_path)
    found = [one for _ in range(2) for one in watch.look()]
    assert len(found) == 60
    assert watch.drift.level > 1
    assert max(one.level for one in found) > 20


def test_a_folder_that_is_not_there_is_refused(inspector: Inspector, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found no such folder"):
        watch_folder(inspector, tmp_path / "absent")
