"""Parts in stock: lots put them there, and operations take them."""

from __future__ import annotations

from typing import Any

from zhizao.kernels import tables as k
from zhizao.kernels._jit import rare
from zhizao.kernels.work import call


@rare
def parts_there(t: Any, s: Any, lot: int) -> bool:
    """Whether all parts that the lot's step builds in are in stock."""
    x = s.lots[lot]
    m = t.materials[t.steps[x.step].material]
    for row in range(m.part_first, m.part_end):
        if s.stocks[t.parts[row].product].pieces < x.active * t.parts[row].pieces:
            return False
    return True


@rare
def take_parts(t: Any, s: Any, lot: int) -> None:
    """Take the parts of the lot's step from stock."""
    x = s.lots[lot]
    m = t.materials[t.steps[x.step].material]
    for row in range(m.part_first, m.part_end):
        s.stocks[t.parts[row].product].pieces -= x.active * t.parts[row].pieces


@rare
def put_in_stock(t: Any, s: Any, lot: int, status: int) -> int:
    """Put a lot that is done into stock if it is somebody's part; gives what becomes of the lot."""
    x = s.lots[lot]
    p = t.products[x.product]
    if status != k.COMPLETED or not p.is_part:
        return status
    s.stocks[x.product].pieces += x.pieces
    for place in range(p.center_first, p.center_end):
        if s.centers[t.lists[place]].waiting > 0 and s.centers[t.lists[place]].empty > 0:
            call(s, t.lists[place])
    return k.STOCKED
