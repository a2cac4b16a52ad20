"""The search in a process of its own: a nesting in as JSON, layouts out, one JSON object per line.

Run as a script, so that it can be ended at any moment; it imports nothing of zhizao.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

POLL_S = 0.1
"""How often layouts are taken from the search; a line is written each time, so that a lost reader ends it."""


def main() -> None:
    """Read a nesting on stdin, search, and write feasible layouts on stdout, each shorter than the last."""
    asked: dict[str, Any] = json.load(sys.stdin)
    reports: Any = None
    try:
        from spyrrow import ProgressQueue, ReportType

        reports = ProgressQueue()
    except ImportError:
        write({"error": "spyrrow is not installed"})
        return
    feasible = (ReportType.ExplFeas, ReportType.CmprFeas, ReportType.Final)
    ended: list[Any] = []
    failed: list[str] = []

    def search() -> None:
        try:
            ended.append(solved(asked, reports))
        except BaseException as error:  # noqa: BLE001  a panic of the library is no Exception; it goes to the reader
            failed.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=search, daemon=True)
    thread.start()
    shortest = float("inf")
    while True:
        alive = thread.is_alive()
        layouts = [one for kind, one in reports.drain() if kind in feasible]
        best = min([*layouts, *ended], key=lambda one: one.width, default=None)
        if best is not None and best.width < shortest:
            shortest = best.width
            placed = [(one.id, one.rotation, *one.translation) for one in best.placed_items]
            write({"length": shortest, "placed": placed})
        else:
            write({})
        if not alive:
            if failed:
                write({"failed": failed[0]})
            return
        time.sleep(POLL_S)


def solved(asked: dict[str, Any], reports: Any) -> Any:
    """Search with sparrow for so long."""
    from datetime import timedelta

    from spyrrow import Item, StripPackingConfig, StripPackingInstance

    items = [
        Item(one["id"], [tuple(point) for point in one["outline"]], one["demand"], one["rotations"])
        for one in asked["parts"]
    ]
    config = StripPackingConfig(
        early_termination=asked["stop_early"],
        min_items_separation=asked["gap"] or None,
        num_workers=asked["workers"],
        seed=asked["seed"],
    )
    config.exploration_time = timedelta(seconds=asked["explore_s"])
    config.compression_time = timedelta(seconds=asked["compress_s"])
    return StripPackingInstance("", asked["width"], items).solve(config, reports)


def write(line: dict[str, Any]) -> None:
    """Write one line at once."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
