"""Cells that distinguish the start of an activity from its end, by the words in common use."""

from __future__ import annotations

import re
from collections.abc import Collection

import polars as pl

from zhizao.records.intake.names import KINDS, plain

_STARTS = """
    start starts started starting begin begins began begun beginning open opened in track_in move_in check_in
    clock_in log_in logon sign_in enter entered entry activated activate load_in beginn begonnen gestartet
    anfang angefangen anmeldung anmelden angemeldet kommen einbuchung eingebucht einstempeln 开始 开工 进站
    上机 启动 入站 开 进
"""
_ENDS = """
    complete completes completed completion end ends ended ending finish finishes finished close closed stop
    stopped stops out track_out move_out check_out clock_out log_out logoff sign_out exit exited leave left
    done ende beendet beendigung fertig fertiggestellt fertigmeldung abgeschlossen abschluss abmeldung
    abmelden abgemeldet gehen ausbuchung ausgebucht ausstempeln stopp gestoppt erledigt 结束 完工 完成 出站
    下机 停止 关闭 完毕 离站 终止 已完成 出
"""
_GOING_ON = """
    running in_progress in_process in_work wip processing busy active laufend laeuft in_arbeit
    in_bearbeitung 加工中 进行中 生产中 运行
"""
_NEITHER = """
    schedule scheduled assign assigned reassign suspend suspended resume resumed autoskip manualskip withdraw
    withdrawn ate_abort pi_abort abort aborted cancel cancelled canceled unknown pause paused hold on_hold
    queue queued wait waiting pending ready released release planned created enabled unterbrechung
    unterbrochen weiter fortgesetzt wartend geplant freigegeben angelegt storniert abgebrochen 暂停 恢复 等待
    待加工 排队 计划 下达 取消
"""
_ABOUT = """
    operation op job task activity process processing step lot batch work event production run machine order
    arbeitsgang arbeits arbeit vorgangs vorgang auftrags auftrag produktions produktion fertigungs fertigung
    bearbeitungs bearbeitung 加工 工序 生产 作业 任务 操作 工单 已
"""


def _table(words: str, transition: str) -> dict[str, str]:
    return dict.fromkeys(map(plain, words.split()), transition)


TRANSITIONS = {
    **_table(_NEITHER, "other"), **_table(_GOING_ON, "going on"), **_table(_STARTS, "start"),
    **_table(_ENDS, "complete"),
}  # fmt: skip
"""Transition of each word; XES's others (schedule, suspend …) are neither a start nor an end."""
_KIND_WORDS = {
    plain(word): kind
    for word, kind in KINDS.items()
    if (len(word) > 2 or not word.isascii()) and plain(word) not in TRANSITIONS
}
_SUBJECT = "|".join(sorted({*map(plain, _ABOUT.split()), *_KIND_WORDS}, key=len, reverse=True))
_KINDS = "|".join(sorted(_KIND_WORDS, key=len, reverse=True))
_KIND = re.compile(rf"^(?:{_KINDS})|(?:{_KINDS})$")
_LETTERS = (("s", "e"), ("s", "c"), ("s", "f"), ("b", "e"), ("i", "o"), ("a", "e"), ("k", "g"))
"""Start and end (complete, finish), begin and end, in and out, Anfang and Ende, kommen and gehen."""
_WITHOUT_SUBJECT = re.compile(rf"^(?:{_SUBJECT})(?=.)|(?<=.)(?:{_SUBJECT})$")
KNOWN = 0.95  # share of a column's cells that must be such words
_BALANCED = 0.9  # share of lots with as many starts as ends
_MOST_WORDS = 40  # different words of a column of transitions


def words_of_lifecycle(cells: Collection[str]) -> dict[str, str]:
    """Transition of each of a column's different words: start, complete, other; words not known are left out.

    Work that goes on (running, in progress) is a start where no word of the column says so better.
    """
    found = {word: transition for word in cells if (transition := _transition(word)) is not None}
    if (letters := _letters(cells)) is not None:
        return letters
    going = "other" if "start" in found.values() else "start"
    return {word: going if transition == "going on" else transition for word, transition in found.items()}


def _transition(word: str) -> str | None:
    text = plain(word)
    while text not in TRANSITIONS:
        rest = _WITHOUT_SUBJECT.sub("", text, count=1)
        if rest == text:
            return None
        text = rest
    return TRANSITIONS[text]


def _letters(cells: Collection[str]) -> dict[str, str] | None:
    """Two letters that may mean start and end; only the lots' rows show whether they do."""
    for first, last in _LETTERS:
        if {cell.strip().lower() for cell in cells} == {first, last}:
            return {cell: "start" if cell.strip().lower() == first else "complete" for cell in cells}
    return None


def kinds_in(cells: pl.Series) -> pl.Series:
    """The kind of row that such words name as well (`setup start`); null where they name none."""
    words = cells.cast(pl.String)
    found = {
        word: _KIND.search(plain(word))
        for word in words.drop_nulls().unique()
        if plain(word) not in TRANSITIONS
    }
    kinds = {word: _KIND_WORDS[hit.group()] for word, hit in found.items() if hit}
    return words.replace_strict(kinds, default=None, return_dtype=pl.String)


def lifecycle_of(cells: pl.Series) -> pl.Series:
    """Transition of each row: start, complete, other; null where the word is not known."""
    words = cells.cast(pl.String)
    return words.replace_strict(
        words_of_lifecycle(words.drop_nulls().unique()), default=None, return_dtype=pl.String
    )


def has_transitions(cells: pl.Series, lots: pl.Series | None = None) -> bool:
    """Whether a column's cells distinguish starts from ends, whatever its name: nearly all are such words.

    Letters (S and E) are believed where as many rows of each lot begin as end.
    """
    if cells.dtype not in (pl.String, pl.Categorical, pl.Enum):
        return False
    words = cells.cast(pl.String).drop_nulls()
    known_words = words_of_lifecycle(words.unique()) if 0 < words.n_unique() <= _MOST_WORDS else {}
    known = words.is_in(list(known_words)).sum()
    if known_words and max(map(len, known_words)) == 1 and plain(next(iter(known_words))).isascii():
        return lots is not None and _in_balance(cells.replace_strict(known_words, default=None), lots)
    return bool({"start", "complete"} & set(known_words.values())) and known >= KNOWN * len(words)


def _in_balance(transition: pl.Series, lots: pl.Series) -> bool:
    """Whether nearly all lots have as many starts as ends."""
    by_lot = (
        pl.DataFrame({"transition": transition, "lot": lots})
        .group_by("lot")
        .agg((pl.col("transition") == "start").sum() == (pl.col("transition") == "complete").sum())
    )
    return float(by_lot["transition"].mean() or 0.0) >= _BALANCED  # type: ignore[arg-type]
