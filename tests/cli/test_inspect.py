"""`zhizao inspect`, as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime", reason="takes the extra [inspect]")
pytest.importorskip("PIL", reason="takes the extra [inspect]")

from tests.cli.conftest import Zhizao
from tests.studies.inspect.drawn import draw


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    draw(tmp_path / "good", 15, seed=1)
    draw(tmp_path / "more", 4, seed=2)
    draw(tmp_path / "bad", 3, seed=3, scratched=True)
    return tmp_path


def test_train_score_and_evaluate(zhizao: Zhizao, folders: Path) -> None:
    model = folders / "model.zi"
    said = zhizao("inspect", "train", folders / "good", "--false-alarms", "10 %", "-o", model)
    assert (said.code, model.is_file()) == (0, True), said.err
    assert "Fitted to 6 good pictures of 6 parts, calibrated with 9 of 9 others." in said.out
    assert "False alarms: at most 0.1 of good parts (promised)." in said.out

    (folders / "bad" / "broken.png").write_text("no picture")
    maps = folders / "maps"
    said = zhizao("inspect", "score", model, folders / "bad", "--heatmaps", maps, "--json")
    images = json.loads(said.out)["images"]
    assert (said.code, len(images)) == (0, 4)
    assert {"path", "score", "p_value", "defective"} <= set(images[0])
    assert images[0]["defective"] is None
    assert [one["defective"] for one in images[1:]] == [True] * 3
    assert sorted(path.name for path in maps.iterdir()) == [f"000{n + 2}-plate-00{n}.png" for n in range(3)]

    said = zhizao("inspect", "score", model, folders / "bad" / "plate-000.png", folders / "more")
    assert said.code == 0
    assert "Pictures, most anomalous first" in said.out

    said = zhizao("inspect", "evaluate", model, folders / "more", folders / "bad", "--json")
    found = json.loads(said.out)
    assert (said.code, found["detection"]["value"], found["false_alarms"]["parts"]) == (0, 1.0, 4)
    said = zhizao("inspect", "evaluate", model, folders / "more", folders / "bad")
    assert "Detection 100.0% (29.2% to 100.0%, 3 parts)" in said.out


def test_a_rate_that_cannot_be_promised_exits_with_2_and_says_what_is_needed(
    zhizao: Zhizao, folders: Path
) -> None:
    said = zhizao("inspect", "train", folders / "good", "-o", folders / "model.zi")
    assert said.code == 2
    assert "takes good pictures of at least 24 parts (5 to fit, 19 to calibrate), found 15" in said.err
    assert not (folders / "model.zi").exists()


def test_a_file_that_is_no_model_exits_with_2(zhizao: Zhizao, folders: Path) -> None:
    said = zhizao("inspect", "score", folders / "good" / "plate-000.png", folders / "good")
    assert (said.code, "is no model file" in said.err) == (2, True)


@pytest.mark.parametrize("command", ["train", "score", "evaluate"])
def test_the_help_has_an_example(zhizao: Zhizao, command: str) -> None:
    assert f"  zhizao inspect {command}" in zhizao("inspect", command, "--help").out


# ---------------------------------------------------------------- on the line, and in the plant
@pytest.fixture
def model(zhizao: Zhizao, folders: Path) -> Path:
    file = folders / "model.zi"
    said = zhizao("inspect", "train", folders / "good", "--false-alarms", "0.1", "-o", file)
    assert said.code == 0, said.err
    return file


def test_watch_says_a_line_for_each_picture_until_it_is_interrupted(
    zhizao: Zhizao, folders: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folders / "bad" / "broken.png").write_text("no picture")
    for form in ((), ("--json",)):
        pauses: list[float] = []

        def pause(seconds: float, pauses: list[float] = pauses) -> None:
            pauses.append(seconds)
            if len(pauses) == 7:
                raise KeyboardInterrupt

        monkeypatch.setattr("zhizao.cli.inspect.time.sleep", pause)
        said = zhizao("inspect", "watch", model, folders / "bad", "--every", "0.5", *form)
        assert (said.code, set(pauses)) == (0, {0.5}), said.err
        lines = said.out.splitlines()
        assert len(lines) == 4
        assert "ended: 4 pictures, 3 defective, 0 drift alarms" in said.err
        if form:
            assert [json.loads(line)["defective"] for line in lines] == [True, True, True, None]
        else:
            assert all("DEFECTIVE, score" in line for line in lines[:3])
            assert "not read (unsupported" in lines[3]


def test_classes_are_predicted(zhizao: Zhizao, folders: Path) -> None:
    draw(folders / "defects", 0, seed=1)
    draw(folders / "defects" / "scratch", 6, seed=5, scratched=True)
    draw(folders / "defects" / "stain", 6, seed=6, stained=True)
    train = ("inspect", "train", folders / "good", "--false-alarms", "0.1", "-o", folders / "model.zi")
    said = zhizao(*train, "--classes", folders / "defects")
    assert (said.code, "class right for parts not seen" in said.out) == (0, True), said.err
    said = zhizao("inspect", "score", folders / "model.zi", folders / "bad", "--json")
    assert [one["class"] for one in json.loads(said.out)["images"]] == ["scratch"] * 3
    said = zhizao(*train, "--classes", folders / "good")
    assert (said.code, "expected one for each class" in said.err) == (2, True)


def test_label_lists_the_least_certain(zhizao: Zhizao, folders: Path, model: Path) -> None:
    page = folders / "page.html"
    said = zhizao("inspect", "label", model, folders / "more", "--count", "3", "--json", "--report", page)
    assert (said.code, len(json.loads(said.out)["images"])) == (0, 3)
    assert "data:image/png" in page.read_text(encoding="utf-8")
    assert "3 of 4 pictures" in zhizao("inspect", "label", model, folders / "more", "--count", "3").out


def test_an_evaluation_becomes_a_measure_that_compare_judges(
    zhizao: Zhizao, folders: Path, model: Path
) -> None:
    measure, plant = folders / "measure.yaml", folders / "plant.yaml"
    evaluate = ("inspect", "evaluate", model, folders / "more", folders / "bad")
    said = zhizao(*evaluate, "--as-measure", "cut", "-o", measure)
    assert (said.code, measure.is_file()) == (0, True), said.err
    plant.write_text(
        "zhizao: 1\nplant: one machine\nwork_centers: [{id: m}]\n"
        "routes: {r: [{id: cut, on: m, takes: 10 min, defects: {share: 0.3, found: 0}}]}\n"
        "products: {p: {route: r}}\norders: [{product: p, every: 30 min}]\n"
    )
    said = zhizao("compare", plant, "--measures", measure, "--days", "20", "--replications", "4", "--json")
    assert said.code == 0, said.err
    (found,) = json.loads(said.out)["changes"]
    escapes = found["kpis"]["escape_rate"]
    assert escapes["before"] > 0.2
    assert escapes["after"] < 0.05
    for wrong in (("--as-measure", "cut"), ("-o", folders / "other.yaml")):
        said = zhizao(*evaluate, *wrong)
        assert (said.code, "give both, or neither" in said.err) == (2, True)


def test_masks_measure_the_heat_maps(zhizao: Zhizao, folders: Path, model: Path) -> None:
    from PIL import Image

    (folders / "masks").mkdir()
    for file in (folders / "bad").glob("*.png"):
        scratch = Image.open(file).point(lambda level: 255 * (level in (10, 250)))
        scratch.save(folders / "masks" / file.name)
    said = zhizao(
        *("inspect", "evaluate", model, folders / "more", folders / "bad"),
        *("--masks", folders / "masks", "--json"),
    )
    assert said.code == 0, said.err
    assert 0.3 < json.loads(said.out)["aupro"] <= 1
