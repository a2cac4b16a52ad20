"""Private words do not come back: the reader knows simulation, scheduling and statistics."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BANNED = {
    "luck": "random numbers, common random numbers, simulation noise",
    "ignorance": "parameter uncertainty",
    "told": "called with; given; estimated; significant",
    "hunt": "search context",
    "breeds?": "recombination",
    "bred": "recombined",
    "mended": "repaired",
    "asides": "lot extra",
    "piped": "in cascade",
    "keen": "pulling",
    "doze": "standby timer",
    "bottleneck of the moment": "momentary bottleneck (active-period method)",
    "failure of ours": "internal error",
}
"""A word, and the term of the field that says it."""

REBUILT = ("src/zhizao/studies/learn/", "tests/studies/learn/")
"""Rewritten by a later issue: their words go with them."""

HISTORY = ("docs/decisions/", "CHANGELOG.md", "tests/house/test_words.py")
"""Says what was, or names the words in order to ban them."""


def written() -> list[Path]:
    found = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "docs").rglob("*.md")]
    found += [*(ROOT / "examples").rglob("*.py"), *(ROOT / "examples").rglob("*.yaml")]
    found += [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    return [path for path in found if not name(path).startswith((*REBUILT, *HISTORY))]


@cache
def lines() -> list[tuple[str, int, str]]:
    """Every line that somebody wrote, with its file and number; read once for all words."""
    return [
        (name(path), number, line)
        for path in written()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("word", sorted(BANNED))
def test_a_private_word_does_not_come_back(word: str) -> None:
    seen = re.compile(rf"(?<![a-zA-Z]){word}(?![a-zA-Z])", re.IGNORECASE)
    found = [f"{file}:{number}: {line.strip()[:100]}" for file, number, line in lines() if seen.search(line)]
    assert not found, f"say {BANNED[word]!r} for {word!r}:\n" + "\n".join(found)


def test_no_file_has_a_name_of_old() -> None:
    stems = {
        "found",
        "luck",
        "hunt",
        "ways",
        "homes",
        "turns",
        "hot",
        "ahead",
        "onward",
        "known",
        "ignorance",
    }
    found = {name(path) for path in (ROOT / "src").rglob("*.py") if path.stem in stems}
    assert {path for path in found if not path.startswith(REBUILT)} == set()
