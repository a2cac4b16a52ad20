"""The pages of docs: each is found from the README, the first page and the navigation of the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
PAGES = {path for path in DOCS.rglob("*.md") if path.parent != DECISIONS} | {DECISIONS / "index.md"}


def linked(page: Path) -> set[Path]:
    targets = re.findall(r"\]\(([^)#\s]+\.md)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets}


@pytest.mark.parametrize("start", [ROOT / "README.md", DOCS / "index.md"], ids=["README", "index"])
def test_every_page_is_linked_from_the_readme_and_from_the_first_page(start: Path) -> None:
    assert PAGES - linked(start) - {start, DOCS / "index.md"} == set()


def test_every_decision_is_linked_from_their_index() -> None:
    assert set(DECISIONS.glob("0*.md")) == linked(DECISIONS / "index.md") & set(DECISIONS.glob("0*.md"))


def test_the_navigation_of_the_site_has_every_page_once_and_the_tutorial_first() -> None:
    site = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = leaves(site["nav"])
    assert sorted(pages) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    assert pages[:2] == ["index.md", "tutorial.md"]


def leaves(nav: object) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else []
    return [page for part in parts for page in leaves(part)]


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 100
