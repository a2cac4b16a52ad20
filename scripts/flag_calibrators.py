#!/usr/bin/env python3
"""Convert the flag calibrators of flash-abb, a pickle, into the numbers that ship with zhizao.

Run it with the extra `biologics`: `python scripts/flag_calibrators.py`. The pickle may name nothing but
arrays and isotonic regressions, which are read as plain fields: no code of it runs, and scikit-learn is not
needed.
"""

from __future__ import annotations

import importlib.util
import json
import pickle
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "src/zhizao/studies/molecule/flag_probabilities.json"
ARRAYS = {
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
}


class Fields:
    """Stands for an isotonic regression: its fields, and nothing that it can do."""


class Restricted(pickle.Unpickler):
    """A reader of pickles that knows arrays and fields alone."""

    def find_class(self, module: str, name: str) -> Any:
        """Give the class of a name, if it is expected."""
        if (module, name) == ("sklearn.isotonic", "IsotonicRegression"):
            return Fields
        if (module, name) in ARRAYS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"the pickle names {module}.{name}, which is not expected in it")


def steps(regression: Any) -> dict[str, list[float]]:
    """The points between which an isotonic regression interpolates."""
    return {"at": regression.X_thresholds_.tolist(), "probability": regression.y_thresholds_.tolist()}


def main() -> None:
    """Write the file."""
    spec = importlib.util.find_spec("flash_abb")
    if spec is None or spec.origin is None:
        raise SystemExit("flash-abb is not installed: pip install 'zhizao[biologics]'")
    with (Path(spec.origin).parent / "weights" / "flag_calibrators.pkl").open("rb") as file:
        found = Restricted(file).load()["calibrators"]
    low_high = found.pop("PSH")
    curves = {"PSH": [steps(low_high["low"]), steps(low_high["high"])]}
    curves |= {name: [steps(one)] for name, one in found.items()}
    source = {
        "source": "flash-abb 0.0.5, flag_calibrators.pkl, converted by scripts/flag_calibrators.py",
        "licence": "BSD-3-Clause, see flag_probabilities.LICENCE.txt",
    }
    OUT.write_text(json.dumps(source | {"curves": curves}, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
