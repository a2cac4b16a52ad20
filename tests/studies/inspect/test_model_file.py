"""The model file: what was saved is what is loaded, and what is damaged or foreign is refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from zhizao import InputError
from zhizao.studies.inspect import Inspector

Parts = dict[str, bytes]


@pytest.fixture
def saved(inspector: Inspector, tmp_path: Path) -> Path:
    return inspector.save(tmp_path / "model.zi")


def test_scores_before_and_after_are_equal(inspector: Inspector, saved: Path, plates: Path) -> None:
    loaded = Inspector.load(saved)
    assert loaded.to_json() == inspector.to_json()
    before, after = (one.score(plates / "more").to_json() for one in (inspector, loaded))
    assert before == after


def test_equal_inspectors_give_equal_bytes(inspector: Inspector, saved: Path, tmp_path: Path) -> None:
    again = Inspector.load(saved).save(tmp_path / "again.zi")
    assert again.read_bytes() == saved.read_bytes()


def changed(path: Path, change: Callable[[Parts], None]) -> Path:
    """The file with changed parts."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def in_header(**fields: object) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts["header.json"] = json.dumps(json.loads(parts["header.json"]) | fields).encode()
        parts["checksum"] = sha256(parts["header.json"]).hexdigest().encode()

    return change


def with_objects(parts: Parts) -> None:
    """An array that would run code when unpickled, with a fitting checksum."""
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    parts["bank.npy"] = stream.getvalue()
    header = json.loads(parts["header.json"])
    in_header(arrays=header["arrays"] | {"bank.npy": sha256(stream.getvalue()).hexdigest()})(parts)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda parts: parts.update({"bank.npy": parts["bank.npy"][:-4] + b"\0\0\0\1"}), "checksum of bank"),
        (lambda parts: parts.update({"header.json": parts["header.json"] + b" "}), "checksum of its header"),
        (lambda parts: parts.update({"more.py": b""}), "parts are not those of a model"),
        (lambda parts: parts.pop("scores.npy"), "parts are not those of a model"),
        (in_header(form_version=99), "version 99 of the form"),
        (in_header(form="other"), "no model file"),
        (in_header(recipe="best"), "found the recipe 'best'"),
        (in_header(backbone="0" * 64), "another backbone"),
        (with_objects, "is damaged"),
        (in_header(facts={}), "facts of its training: 'title'"),
        (in_header(hot=None), "is damaged"),
        (in_header(arrays=None), "is damaged"),
    ],
    ids=[
        "array",
        "header",
        "more",
        "less",
        "version",
        "form",
        "recipe",
        "backbone",
        "pickle",
        "facts",
        "types",
        "none",
    ],
)
def test_a_file_that_was_changed_is_refused(saved: Path, change: Callable[[Parts], None], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Inspector.load(changed(saved, change))


@pytest.mark.parametrize("content", [b"", b"PK\3\4 nonsense", b"\x80\x04."])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.zi").write_bytes(content)
    with pytest.raises(InputError, match="is no model file"):
        Inspector.load(tmp_path / "model.zi")


def test_a_file_that_is_cut_short_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-100])
    with pytest.raises(InputError, match="is no model file"):
        Inspector.load(saved)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent.zi: no such file"):
        Inspector.load(tmp_path / "absent.zi")
