"""What the page and assistants know of a study: its inputs, its options, and the function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from zhizao.quantities import InputError
from zhizao.web.folder import FileKind
from zhizao.web.material import Material
from zhizao.web.options import Options

if TYPE_CHECKING:
    from zhizao.report import Result

Progress = Callable[[float], None]


class Group(StrEnum):
    """Under which heading the page offers a study."""

    PLANT = "plant"
    MAINTENANCE = "maintenance"
    PROCESS = "process"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Role:
    """A file that a study takes."""

    kind: FileKind
    summary: str
    required: bool = True
    whole: bool = True
    """Whether a file of the kind of plants is a plant; else it holds a part of one, such as its prices."""


@dataclass(frozen=True, slots=True)
class Study:
    """A study as the page offers it; `run` gives its result, `keep` writes what it leaves in the folder."""

    name: str
    summary: str
    inputs: Mapping[str, Role]
    options: type[Options]
    run: Callable[[Material, Any, Progress], Result]
    keep: Callable[[Material, Any], list[str]] | None = None
    forms: Callable[[Any], Mapping[str, bytes]] | None = None
    group: Group = Group.PLANT

    @property
    def in_words(self) -> bool:
        """Whether its result is for readers, and not to be watched."""
        return self.forms is None

    @property
    def writes(self) -> bool:
        """Whether it leaves files in the folder."""
        return self.keep is not None

    @property
    def plants(self) -> frozenset[str]:
        """Roles that are plant files."""
        return frozenset(
            role for role, one in self.inputs.items() if one.kind is FileKind.PLANT and one.whole
        )

    def check(self, names: Mapping[str, str], options: Any) -> Options:
        """The options, once inputs and options fit the study.

        Raises
        ------
        InputError
            An input is missing or unknown, or an option is wrong.
        """
        from pydantic import ValidationError

        for role in names.keys() - self.inputs.keys():
            raise InputError(f"{self.name}: found the input {role!r}; right is {', '.join(self.inputs)}")
        for role, one in self.inputs.items():
            if one.required and role not in names:
                raise InputError(f"{self.name}: found no {role}; {one.summary}")
        try:
            return self.options.model_validate(options)
        except ValidationError as error:
            said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise InputError(f"{self.name}: {said}") from None
