"""DXF read line by line, without a library: what each block draws on which layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class NaiveBlock:
    name: str
    polylines: list[tuple[str, list[tuple[float, float]]]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def naive_blocks(path: Path) -> list[NaiveBlock]:
    text = path.read_bytes().decode("cp1252").splitlines()
    blocks: list[NaiveBlock] = []
    entity: dict[str, str] = {}
    inside = False
    for code, value in zip(text[::2], text[1::2], strict=False):
        if code.strip() != "0":
            entity.setdefault(code.strip(), value.strip())
            continue
        if inside and entity:
            keep(blocks, entity)
        inside = value.strip() == "BLOCK" or (inside and value.strip() != "ENDBLK")
        entity = {"0": value.strip()}
    return [block for block in blocks if not block.name.startswith(("*", "$"))]


def keep(blocks: list[NaiveBlock], entity: dict[str, str]) -> None:
    kind, layer = entity["0"], entity.get("8", "")
    if kind == "BLOCK":
        blocks.append(NaiveBlock(entity["2"]))
    elif kind == "POLYLINE":
        blocks[-1].polylines.append((layer, []))
    elif kind == "VERTEX":
        blocks[-1].polylines[-1][1].append((float(entity["10"]), float(entity["20"])))
    elif kind == "LINE":
        blocks[-1].lines.append(layer)
    elif kind == "POINT":
        blocks[-1].points.append(layer)
    elif kind == "TEXT":
        blocks[-1].texts.append(entity["1"])
