"""The inputs of a study with the hashes of their content."""

from __future__ import annotations

from io import BytesIO

import polars as pl

from zhizao.plant import Plant, PlantState
from zhizao.quantities import Input, hashed
from zhizao.records import Records


def plant_input(plant: Plant) -> Input:
    """A plant; its hash goes by every field, not by how the file is written."""
    return hashed("plant", plant.name, plant.model_dump_json().encode())


def state_input(state: PlantState) -> Input:
    """A state of a plant, with its exact image where it has one."""
    return hashed("state", state.plant, state.model_dump_json().encode())


def frame_input(kind: str, name: str, frame: pl.DataFrame) -> Input:
    """A table such as a plan; its hash goes by columns and rows."""
    content = BytesIO()
    frame.rechunk().write_ipc(content, compression="uncompressed")
    return hashed(kind, name, content.getvalue())


def log_input(name: str, records: Records) -> Input:
    """An event log in memory."""
    events = records.events
    return frame_input("log", name, records.lots if events is None else events)
