"""The model file: a zip of plain arrays and one header, checked before use; it holds no code.

`header.json` names the form, the version, the recipe, the hash of the backbone, and the hash of every array;
`checksum` is the hash of the header. Arrays are NumPy's `.npy`, read without pickle.
"""

from __future__ import annotations

import json
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from zhizao.quantities import InputError
from zhizao.studies.inspect.calibration import Calibration
from zhizao.studies.inspect.detectors import (
    Bank,
    Classes,
    Combination,
    Detector,
    Discriminant,
    Gaussian,
    Joined,
    Whole,
)
from zhizao.studies.inspect.features import load_backbone
from zhizao.studies.inspect.model import Model
from zhizao.studies.inspect.recipe import RECIPES, Recipe

FORM = "zhizao inspector"
VERSION = 3
"""Version of the file's form; a reader refuses one that it does not know."""
MOST_BYTES = 512_000_000
"""Most bytes that are unpacked: a thorough model takes 6 MB."""
ARRAYS = {"bank": (np.float32, 2), "scores": (np.float64, 1), "parts": (np.int64, 1)}
"""Arrays of every file: type and number of dimensions."""
WHOLE = {
    "gaussian_mean": (np.float32, 1),
    "gaussian_scale": (np.float32, 1),
    "gaussian_whitening": (np.float32, 2),
    "cells_centres": (np.float64, 1),
    "cells_spreads": (np.float64, 1),
    "picture_centres": (np.float64, 1),
    "picture_spreads": (np.float64, 1),
    "cells": (np.float32, 1),
}
"""Arrays of a recipe that judges more than the bank; the last value of a discriminant is its offset."""
KNOWN = {"known": (np.float32, 1)}
"""Array of a model that learned from pictures of defective parts too."""
CLASSES = {"classes": (np.float32, 2)}
"""Array of a model that tells classes of defects; their names stand in the header."""
EVERY = ARRAYS | WHOLE | KNOWN | CLASSES
_DATE = (1980, 1, 1, 0, 0, 0)


def write_model(model: Model, facts: dict[str, Any], path: Path) -> Path:
    """Write a model with facts about its training; equal models give equal bytes."""
    held = _arrays_of(model)
    packed = {f"{name}.npy": _packed(held[name], EVERY[name][0]) for name in held}
    header = {
        "form": FORM,
        "form_version": VERSION,
        "recipe": model.recipe.name,
        "backbone": load_backbone(deep=model.recipe.deep).sha256,
        "false_alarms": model.calibration.false_alarms,
        "hot": model.hot,
        "classes": [] if model.classes is None else list(model.classes.names),
        "arrays": {name: sha256(content).hexdigest() for name, content in packed.items()},
        "facts": facts,
    }
    text = json.dumps(header, ensure_ascii=False, indent=1).encode()
    parts = {"header.json": text, "checksum": sha256(text).hexdigest().encode()} | packed
    draft = path.with_name(path.name + ".draft")
    with zipfile.ZipFile(draft, "w") as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    draft.replace(path)
    return path


def _arrays_of(model: Model) -> dict[str, Any]:
    detector, calibration = model.detector, model.calibration
    held = {"bank": detector.bank.vectors, "scores": calibration.scores, "parts": calibration.of_part}
    if model.classes is not None:
        held["classes"] = model.classes.weights
    if detector.whole is None or detector.joined is None:
        return held
    whole = detector.whole
    held |= {f"gaussian_{name}": getattr(whole.gaussian, name) for name in ("mean", "scale", "whitening")}
    for kind, one in (("cells", detector.joined.cells), ("picture", detector.joined.picture)):
        held |= {f"{kind}_centres": one.centres, f"{kind}_spreads": one.spreads}
    held["cells"] = np.append(whole.cells.weights, whole.cells.offset)
    if whole.known is not None:
        held["known"] = np.append(whole.known.weights, whole.known.offset)
    return held


def _detector(arrays: dict[str, Any], recipe: Recipe) -> Detector:
    bank = Bank(arrays["bank"])
    if not recipe.whole:
        return Detector(bank)
    gaussian = Gaussian(*(arrays[f"gaussian_{name}"] for name in ("mean", "scale", "whitening")))
    cells, known = (
        Discriminant(arrays[name][:-1], float(arrays[name][-1])) if name in arrays else None
        for name in ("cells", "known")
    )
    assert cells is not None
    of_cells, of_picture = (
        Combination(arrays[f"{kind}_centres"], arrays[f"{kind}_spreads"]) for kind in ("cells", "picture")
    )
    return Detector(bank, Whole(gaussian, cells, known), Joined(of_cells, of_picture))


def _packed(values: Any, kind: type) -> bytes:
    stream = BytesIO()
    np.save(stream, np.ascontiguousarray(values, dtype=kind), allow_pickle=False)
    return stream.getvalue()


def read_model(path: Path) -> tuple[Model, dict[str, Any]]:
    """Read and check a model; gives it with the facts about its training.

    Raises
    ------
    InputError
        It is no model file, is damaged, or was made for another backbone or version.
    """
    try:
        parts = _parts(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give a file that `zhizao inspect train -o` wrote") from None
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path}: is no model file, or is damaged ({error})") from None
    try:
        return _model(path, parts)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: is damaged (its header lacks or garbles {error})") from None


def _model(path: Path, parts: dict[str, bytes]) -> tuple[Model, dict[str, Any]]:
    header = _header(path, parts)
    recipe = RECIPES[header["recipe"]]
    names = [name for name in EVERY if f"{name}.npy" in parts]
    arrays = {name: _array(path, name, parts, header) for name in names}
    calibration = Calibration(arrays["scores"], arrays["parts"], float(header["false_alarms"]))
    finite = all(np.isfinite(values).all() for values in arrays.values())
    numbered = np.array_equal(np.unique(arrays["parts"]), np.arange(len(set(arrays["parts"].tolist()))))
    if not (len(calibration.scores) == len(calibration.of_part) > 0 and numbered and finite):
        raise InputError(f"{path}: is damaged (the arrays do not fit together)")
    detector = _detector(arrays, recipe)
    classes = _classes(path, arrays, [str(name) for name in header["classes"]])
    return Model(recipe, detector, calibration, float(header["hot"]), classes), header["facts"]


def _classes(path: Path, arrays: dict[str, Any], names: list[str]) -> Classes | None:
    weights = arrays.get("classes")
    if weights is None and not names:
        return None
    numbers = 2 * arrays["bank"].shape[1] + 1  # mean and deviation of each channel, and the offset
    if weights is None or weights.shape != (len(names), numbers):
        raise InputError(f"{path}: is damaged (the classes and their weights do not fit together)")
    return Classes(tuple(names), weights)


def _parts(path: Path) -> dict[str, bytes]:
    always = {"header.json", "checksum", *(f"{name}.npy" for name in ARRAYS)}
    whole = always | {f"{name}.npy" for name in WHOLE}
    with zipfile.ZipFile(path) as file:
        infos = {info.filename: info for info in file.infolist()}
        expected = (always, whole, whole | {"known.npy"})
        if set(infos) - {"classes.npy"} not in expected or len(infos) != len(file.infolist()):
            raise zipfile.BadZipFile("its parts are not those of a model")
        if sum(info.file_size for info in infos.values()) > MOST_BYTES:
            raise zipfile.BadZipFile(f"it unpacks to more than {MOST_BYTES:,} bytes")
        return {name: file.read(name) for name in infos}


def _header(path: Path, parts: dict[str, bytes]) -> dict[str, Any]:
    if sha256(parts["header.json"]).hexdigest().encode() != parts["checksum"]:
        raise InputError(f"{path}: is damaged (the checksum of its header does not match)")
    header: dict[str, Any] = json.loads(parts["header.json"])
    if header.get("form") != FORM:
        raise InputError(f"{path}: is no model file of `zhizao inspect`")
    if header["form_version"] != VERSION:
        raise InputError(
            f"{path}: has version {header['form_version']} of the form; "
            f"this zhizao reads version {VERSION}; train the inspector again"
        )
    if header["recipe"] not in RECIPES:
        raise InputError(f"{path}: found the recipe {header['recipe']!r}; expected {', '.join(RECIPES)}")
    recipe = RECIPES[header["recipe"]]
    if recipe.whole != ("cells.npy" in parts):
        raise InputError(f"{path}: is damaged (its arrays are not those of the recipe {recipe.name!r})")
    if header["backbone"] != load_backbone(deep=recipe.deep).sha256:
        raise InputError(f"{path}: was made with another backbone; train the inspector again")
    return header


def _array(path: Path, name: str, parts: dict[str, bytes], header: dict[str, Any]) -> Any:
    content = parts[f"{name}.npy"]
    if sha256(content).hexdigest() != header["arrays"].get(f"{name}.npy"):
        raise InputError(f"{path}: is damaged (the checksum of {name} does not match)")
    kind, dimensions = EVERY[name]
    try:
        values = np.load(BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(f"{path}: is damaged ({error})") from None
    if values.dtype != kind or values.ndim != dimensions:
        raise InputError(f"{path}: is damaged ({name} has another type or shape)")
    return values
