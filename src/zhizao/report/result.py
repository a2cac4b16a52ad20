"""The contract of results: what every study gives back, and how it is shown."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from zhizao.quantities import Input
from zhizao.report.language import Language
from zhizao.report.page import Report, in_notebook, write_report


class Result(ABC):
    """A frozen result of a study.

    `to_json` has one envelope for all studies: `study`, `version`, `seed`, `inputs`, `interrupted`, then what
    the study found. `page` is what the HTML file and the web page show.
    """

    __slots__ = ()

    study: ClassVar[str]
    """The name of the study, as in `zhizao STUDY`."""

    # What each has as a field or a property of its own
    seed: int
    version: str
    interrupted: bool

    @property
    @abstractmethod
    def title(self) -> str:
        """What was studied: the name of the plant or of the log."""

    @property
    @abstractmethod
    def inputs(self) -> tuple[Input, ...]:
        """What the result was made from."""

    @property
    @abstractmethod
    def notes(self) -> tuple[str, ...]:
        """What a reader must know, in whole sentences."""

    @abstractmethod
    def key_points(self) -> tuple[str, str, str]:
        """How it was found, the answer, and the most important caution or next step; a sentence each."""

    @abstractmethod
    def table(self) -> pl.DataFrame:
        """The main table."""

    @abstractmethod
    def details(self) -> dict[str, Any]:
        """What the study found, as plain data: the JSON without its envelope."""

    @abstractmethod
    def page(self) -> Report:
        """The result as a report."""

    def points(self, how: str, answer: str, otherwise: str = "No caution applies.") -> tuple[str, str, str]:
        """Key points of which the third is the first note that is neither of these, if there is one."""
        return how, answer, next((note for note in self.notes if note not in (how, answer)), otherwise)

    def summary(self) -> str:
        """Three lines: how it was found, the answer, and what to mind or to do next."""
        return "\n".join(self.key_points())

    def to_json(self) -> str:
        """The whole result as JSON; what is unknown is null."""
        envelope = {
            "study": self.study,
            "version": self.version,
            "seed": self.seed,
            "inputs": [asdict(one) for one in self.inputs],
            "interrupted": self.interrupted,
        }
        return json.dumps(envelope | self.details(), ensure_ascii=False, indent=2, allow_nan=False)

    def report(self, path: str | Path, *, language: Language = "en") -> Path:
        """Write one self-contained HTML page; what has no translation stays English."""
        return write_report(self.page(), path, language=language)

    def __str__(self) -> str:
        """One line: the study, what was studied, the answer."""
        return f"{self.study} of {self.title}: {self.key_points()[1]}"

    def __repr__(self) -> str:
        """Short, for a prompt: the fields of a result fill screens."""
        cut = ", interrupted" if self.interrupted else ""
        return f"<{type(self).__name__} of {self.title!r}, seed {self.seed}{cut}>"

    def _repr_html_(self) -> str:
        return in_notebook(self.title, self.notes, self.table())
