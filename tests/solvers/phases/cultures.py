"""Three recorded fed-batch cultures of ../shared, which are simulations of the Bioprocess Library's model."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zhizao.solvers.phases import Model, Phase, Signal

_HERE = Path(__file__).resolve()
_PLACES = (os.environ.get("ZHIZAO_SHARED"), _HERE.parents[4] / "shared", _HERE.parents[3] / "shared")
PROCESS = next((Path(p) / "data" / "process" for p in _PLACES if p and (Path(p) / "data").is_dir()), None)
SCENARIOS = ("exp3_protein", "exp4_fig5", "fig12_step")
COLUMNS = {"volume": 1, "viable": 2, "dead": 3, "glucose": 5, "glutamine": 6, "lactate": 7, "ammonia": 8}
COLUMNS |= {"product": 9}


@dataclass(frozen=True)
class Culture:
    name: str
    times: np.ndarray
    states: dict[str, np.ndarray]
    feed: Signal
    feed_glucose: float
    feed_glutamine: float
    product: dict[str, float]

    def phase(self, model: Model, parameters: dict[str, float] | None = None) -> Phase:
        start = {one.name: float(self.states[one.name][0]) for one in model.states}
        inputs: dict[str, float | Signal] = {
            "feed": self.feed,
            "feed_glucose": self.feed_glucose,
            "feed_glutamine": self.feed_glutamine,
        }
        used = {one.name: inputs[one.name] for one in model.inputs}
        return Phase(model, start, float(self.times[-1]), parameters or {}, used)

    def table(self, names: list[str]) -> np.ndarray:
        return np.column_stack([self.states[name] for name in names])


def culture(name: str) -> Culture:
    """Read a scenario; rows at a feed's switch, which are there twice, once."""
    assert PROCESS is not None
    folder = PROCESS / "cho_fedbatch"
    given = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["start_values"]
    with (folder / f"{name}.csv").open(encoding="utf-8") as file:
        rows = np.array(list(csv.reader(file))[1:], float)
    rows = rows[np.unique(rows[:, 0], return_index=True)[1]]
    dose = [[float(given[f"dosagescheme.table[{i},{j}]"]) for j in (1, 2)] for i in range(1, 11)]
    return Culture(
        name,
        rows[:, 0],
        {state: rows[:, column] for state, column in COLUMNS.items()},
        Signal(tuple(row[0] for row in dose), tuple(row[1] for row in dose)),
        float(given["feedtank.c_in[4]"]),
        float(given["feedtank.c_in[5]"]),
        {
            "product_growth": given.get("bioreactor.culture.alpha", 0.0),
            "product_rate": given.get("bioreactor.culture.beta", 0.4166666666666667),
        },
    )
