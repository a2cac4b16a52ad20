"""Orders: how many garments of which size."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from zhizao.quantities import InputError, nearest_name


def read_order(text: str) -> dict[str, int]:
    """Garments by size, from a CSV file with the columns size and quantity, or from a text such as `S=2,M=4`.

    Raises
    ------
    InputError
        There is no such file, it lacks a column, a size comes twice, or a quantity is no whole number.
    """
    if "=" in text and not Path(text).is_file():
        rows = [(f"--order {text}", *_split(one)) for one in text.split(",") if one.strip()]
    else:
        rows = list(_of_file(Path(text)))
    order: dict[str, int] = {}
    for where, size, quantity in rows:
        if not quantity.isdecimal():
            raise InputError(f"{where}: size {size}: found {quantity!r}; expected a whole number from 0 on")
        if size in order:
            raise InputError(f"{where}: found size {size} twice; expected one quantity for each size")
        order[size] = int(quantity)
    return order


def check_order(order: Mapping[str, int], sizes: Iterable[str]) -> None:
    """Check an order against the sizes of a pattern.

    Raises
    ------
    InputError
        Nothing is ordered, or a size that the pattern does not have.
    """
    known = tuple(sizes)
    for size in order:
        if size not in known:
            near = nearest_name(size, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise InputError(f"order: found size {size!r}; the pattern has {', '.join(known)}{hint}")
    if any(count < 0 for count in order.values()):
        raise InputError("order: found a quantity below 0; expected 0 or more")
    if not sum(order.values()):
        raise InputError("order: found no garment; expected one or more, such as M=4")


def _split(text: str) -> tuple[str, str]:
    size, _, quantity = text.rpartition("=")
    return size.strip(), quantity.strip()


def _of_file(path: Path) -> Iterable[tuple[str, str, str]]:
    if not path.is_file():
        raise InputError(f"--order {path}: found no such file; give a CSV file, or sizes such as S=2,M=4")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as CSV ({error})") from None
    for number, row in enumerate(rows, start=2):
        if row.get("size") is None or row.get("quantity") is None:
            found = ", ".join(str(head) for head in row)
            raise InputError(f"{path}:{number}: found {found}; expected the columns size and quantity")
        yield f"{path}:{number}", row["size"].strip(), row["quantity"].strip()
