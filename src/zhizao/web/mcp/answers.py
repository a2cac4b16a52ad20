"""The answer of a study as an assistant reads it: sentences first, then figures with their intervals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhizao.quantities import InputError
from zhizao.report.text import cell
from zhizao.web.jobs.job import Job, Status
from zhizao.web.jobs.store import ANSWER
from zhizao.web.mcp.desk import Desk
from zhizao.web.mcp.lookups import MOST_CHARS
from zhizao.web.options import CompareOptions
from zhizao.web.read import read_plant_in
from zhizao.web.studies import STUDIES, with_candidates

if TYPE_CHECKING:
    from zhizao.plant import Measure


def answer(desk: Desk, job: Job) -> dict[str, Any]:
    """What a study found.

    Raises
    ------
    InputError
        It has no result; the message says why.
    """
    if job.result is None:
        raise InputError(job.message or f"{job.study}: {job.status.value}")
    found: dict[str, Any] = json.loads(desk.store.read(job.result, ANSWER))
    found["warnings"] = _warnings(desk, job)
    found["assumed"] = [note for note in found["notes"] if "assumed" in note] + _assumed(desk, job)
    found["interrupted"] = job.status is Status.CANCELLED
    found["files"] = _files(desk, job.result, job.outputs)
    return {"study": job.study, "result": job.result} | found


def _warnings(desk: Desk, job: Job) -> list[str]:
    """Doubtful places of the plant files that the study read."""
    roles = [role for role in job.inputs if role in STUDIES[job.study].plants]
    found = (read_plant_in(desk.folder, job.inputs[role], allow_code=desk.allow_code)[1] for role in roles)
    return [desk.folder.without_path(str(one)) for faults in found for one in faults]


def _assumed(desk: Desk, job: Job) -> list[str]:
    """What the measures that were compared set without evidence."""
    if job.study != "compare" or "other" in job.inputs:
        return []
    plant, _ = read_plant_in(desk.folder, job.inputs["plant"], allow_code=desk.allow_code)
    plant, ids = with_candidates(plant, CompareOptions.model_validate(job.options))
    taken = [one for one in plant.measures if one.id in ids and one.assumed]
    return [f"{one.name}: assumed to set {_settings(one.set)}; {_cost(one, plant.currency)}" for one in taken]


def _settings(changes: Mapping[str, object]) -> str:
    return ", ".join(f"{path} = {value}" for path, value in changes.items())


def _cost(measure: Measure, currency: str) -> str:
    known = "cost not known" if measure.cost is None else f"cost {cell(measure.cost)} {currency}, once"
    return f"{known} and {cell(measure.yearly_cost)} {currency} a year" if measure.yearly_cost else known


def _files(desk: Desk, key: str, outputs: list[str]) -> list[dict[str, Any]]:
    """What the study left; a short text is in the answer, and all of it in `result`."""
    found = []
    for name, path in desk.store.files(key).items():
        size = path.stat().st_size
        one = {"name": name, "bytes": size, "written_to_folder": name in outputs}
        if name not in outputs and size <= MOST_CHARS:
            one["text"] = path.read_text(encoding="utf-8")
        found.append(one)
    return found


def in_words(found: dict[str, Any]) -> str:
    """The same as text, for clients that show no structure."""
    lines = [f"{found['study']} of {found['title']}", "", *found["summary"]]
    if found["headline"]:
        lines += ["", "Headline figures (95 % intervals in brackets):", *map(_row, found["headline"])]
    else:
        lines += ["", *_table(found["table"], found["table_rows"])]
    for head, items in (
        ("Notes", found["notes"]),
        ("Assumed", found["assumed"]),
        ("Warnings of the plant file", found["warnings"]),
    ):
        lines += ["", f"{head}:", *(f"- {one}" for one in items)] if items else []
    for one in found["files"]:
        where = "written into the folder" if one["written_to_folder"] else _NOT_WRITTEN
        lines += ["", f"File {one['name']}, {one['bytes']} bytes: {where}."]
        lines += [one["text"]] if "text" in one else []
    lines += ["", f"Interrupted: {found['interrupted']}. Key of the whole result: {found['result']}"]
    return "\n".join(lines)


_NOT_WRITTEN = (
    "kept with the result, not in the folder (read-only; start `zhizao mcp` with --write to change it)"
)


def _table(table: dict[str, Any], rows: int) -> list[str]:
    """The main table; where the study has no headline, it is what was found."""
    head = " | ".join(column["name"] for column in table["columns"])
    body = [" | ".join("" if value is None else cell(value) for value in row) for row in table["rows"]]
    more = rows - len(body)
    return [head, *body, *([f"{more} more rows are in the whole result."] if more else [])]


def _row(row: dict[str, Any]) -> str:
    unit = row["unit"]
    said = f"- {row['name']}: {_estimate(row['before'], unit)}"
    if row["after"] is not None:
        said += f" -> {_estimate(row['after'], unit)}"
    if row["change"] is not None:
        said += f"; change {_estimate(row['change'], 'share')}, {row['verdict']}"
    return said


def _estimate(one: dict[str, Any], unit: str) -> str:
    if one["value"] is None:
        return "not known"
    value = _number(one["value"], unit)
    if one["low"] is None or one["high"] is None:
        return value
    return f"{value} [{_number(one['low'], unit)} to {_number(one['high'], unit)}]"


def _number(value: float, unit: str) -> str:
    return f"{cell(100 * value)} %" if unit == "share" else f"{cell(value)} {unit}".strip()
