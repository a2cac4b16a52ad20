"""Which column of a factory's log holds what: guessed from names in common use, shown, saved and loaded."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from zhizao.quantities.errors import LogError

NAMES: dict[str, tuple[str, ...]] = {
    "lot": (
        "lot",
        "lot_id",
        "case_id",
        "case",
        "case:concept:name",
        "batch_id",
        "job",
        "job_id",
        "work_order",
        "traveler",
        "order",
        "order_id",
        "order_no",
        "工单",
        "工单号",
        "批次",
        "批号",
    ),
    "operation": (
        "operation",
        "operation_name",
        "operation_id",
        "step",
        "process_step",
        "concept:name",
        "task",
        "activity",
        "activity_name",
        "process",
        "工序",
        "工序名称",
    ),
    "work_center": (
        "work_center",
        "workcenter",
        "work_centre",
        "machine",
        "machine_id",
        "equipment",
        "resource",
        "org:resource",
        "station",
        "workstation",
        "unit",
        "设备",
        "机台",
        "工作中心",
    ),
    "unit": ("unit", "work_unit", "machine", "machine_id"),
    "start": (
        "start",
        "start_time",
        "start_timestamp",
        "started",
        "begin",
        "begin_time",
        "time_in",
        "track_in",
        "开始时间",
        "开工时间",
    ),
    "end": (
        "end",
        "end_time",
        "end_timestamp",
        "complete",
        "complete_timestamp",
        "finished",
        "finish_time",
        "stop",
        "time_out",
        "track_out",
        "time:timestamp",
        "结束时间",
        "完工时间",
    ),
    "order": ("order", "order_id", "order_no", "job_order", "sales_order", "订单", "订单号"),
    "product": (
        "product",
        "product_id",
        "part",
        "part_no",
        "part_number",
        "part_desc",
        "item",
        "material",
        "sku",
        "产品",
        "品名",
        "料号",
    ),
    "pieces": ("order_qty", "work_order_qty", "lot_size", "quantity", "qty", "pieces", "批量", "数量"),
    "pieces_in": ("pieces_in", "qty_in"),
    "pieces_good": (
        "pieces_good",
        "good",
        "qty_good",
        "qty_completed",
        "completed_qty",
        "good_qty",
        "合格数",
    ),
    "pieces_scrap": (
        "pieces_scrap",
        "scrap",
        "qty_scrap",
        "qty_rejected",
        "rejected",
        "reject",
        "报废数",
        "不良数",
    ),
    "pieces_rework": ("pieces_rework", "rework", "qty_rework", "返工", "返工数"),
    "activity": ("activity", "report_type", "activity_type", "event_type", "row_type"),
    "personnel": ("personnel", "worker", "worker_id", "operator", "employee", "user", "操作员", "工人"),
    "batch": ("batch", "batch_no", "charge"),
    "due": ("due", "due_date", "due_time", "交期"),
}
"""Names in common use, best first."""

KINDS: dict[str, str] = {
    "s": "setup", "setup": "setup", "set-up": "setup", "changeover": "setup", "换型": "setup",
    "d": "process", "process": "process", "production": "process", "run": "process", "生产": "process",
    "b": "failure", "failure": "failure", "breakdown": "failure", "down": "failure", "故障": "failure",
    "inspect": "inspect", "inspection": "inspect", "qc": "inspect", "检验": "inspect",
    "transport": "transport", "move": "transport", "maintenance": "maintenance", "pm": "maintenance",
    "保养": "maintenance",
}  # fmt: skip
"""What the values of a report-type column mean (lower case)."""

REQUIRED = ("lot", "operation", "work_center", "start", "end")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Names of a log's columns (None: the log has no such column), and how to read two of them.

    `activity` is the column that tells set-up from production and breakdown, `kinds` what its values mean.
    `time_format` is a strptime pattern for times that are not ISO; None finds the pattern.
    """

    lot: str
    operation: str
    work_center: str
    start: str
    end: str
    unit: str | None = None
    order: str | None = None
    product: str | None = None
    pieces: str | None = None
    pieces_in: str | None = None
    pieces_good: str | None = None
    pieces_scrap: str | None = None
    pieces_rework: str | None = None
    activity: str | None = None
    personnel: str | None = None
    batch: str | None = None
    due: str | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    time_format: str | None = None

    def used(self) -> dict[str, str]:
        """Our name -> the log's column, for the columns that the log has."""
        return {name: getattr(self, name) for name in NAMES if getattr(self, name) is not None}

    def save(self, path: str | Path) -> None:
        """Write the map as JSON, or as YAML where the name ends in .yaml or .yml."""
        path = Path(path)
        known = {name: value for name, value in asdict(self).items() if value}
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(_dump(known, path), encoding="utf-8", newline="\n")
        temporary.replace(path)

    @staticmethod
    def load(path: str | Path) -> ColumnMap:
        """Read a map that `save` wrote or a person edited."""
        path = Path(path)
        found = _parse(path)
        names = [f.name for f in fields(ColumnMap)]
        for name in found:
            if name not in names:
                raise LogError(f"{path}: a column map has no entry {name!r}{_nearest(name, names)}")
        missing = [name for name in REQUIRED if not found.get(name)]
        if missing:
            raise LogError(f"{path}: the column map does not say which column holds {', '.join(missing)}")
        return ColumnMap(**found)


def guess_columns(columns: list[str], *, source: str = "log") -> ColumnMap:
    """Guess the map from column names; a column serves one purpose only, save that a machine is its own unit.

    Our own event log (column names of `zhizao.records.EVENTS`) maps onto itself.
    """
    plain = {_plain(name): name for name in reversed(columns)}
    found: dict[str, str] = {}
    for ours in _order(plain):
        taken = set(found.values())
        for candidate in NAMES[ours]:
            column = plain.get(candidate)
            if column is not None and column not in taken:
                found[ours] = column
                break
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise LogError(
            f"{source}: row 1: found no column for {', '.join(missing)} "
            f"among {', '.join(columns) or 'no columns'}; "
            f"name it in a column map, for example {missing[0]}={NAMES[missing[0]][0]!r}"
        )
    return ColumnMap(**found)  # type: ignore[arg-type]


def _order(plain: dict[str, str]) -> list[str]:
    """Names in the order of filling: `activity` means the operation in most foreign logs, a kind in ours."""
    first = ["lot", "operation", "work_center", "start", "end"]
    if "operation" in plain or "concept:name" in plain:
        first.insert(1, "activity")
    return first + [name for name in NAMES if name not in first]


def _plain(name: str) -> str:
    return "_".join(name.strip().strip("﻿").lower().replace("-", " ").replace("_", " ").split())


def _nearest(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(names)}"


def _dump(known: dict[str, Any], path: Path) -> str:
    if path.suffix not in {".yaml", ".yml"}:
        return json.dumps(known, indent=2, ensure_ascii=False) + "\n"
    from ruamel.yaml import YAML

    text = io.StringIO()
    YAML().dump(known, text)
    return text.getvalue()


def _parse(path: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text) if path.suffix == ".json" else YAML(typ="safe").load(text)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, YAMLError) as error:
        raise LogError(f"{path}: the column map cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise LogError(f"{path}: a column map is a table of names, found {type(found).__name__}")
    return found
