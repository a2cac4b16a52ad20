"""The inputs of a study: files of the folder, read and refused in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.quantities import InputError
from zhizao.web.columns import columns_of
from zhizao.web.folder import Folder, refuse_outside

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.quantities import Fault
    from zhizao.records import Records
    from zhizao.records.intake import LogImport


@dataclass(frozen=True, slots=True)
class Material:
    """Files of the folder by their role in a study."""

    folder: Folder
    names: Mapping[str, str]
    allow_code: bool = False

    def has(self, role: str) -> bool:
        """Whether the role has a file."""
        return role in self.names

    def path(self, role: str) -> Path:
        """The file of a role."""
        return self.folder.path(self.names[role])

    def stem(self, role: str) -> str:
        """Name of the file without its ending."""
        return Path(self.names[role]).stem

    def plant(self, role: str = "plant") -> Plant:
        """The plant of a role."""
        return read_plant_in(self.folder, self.names[role], allow_code=self.allow_code)[0]

    def ordered_plant(self) -> Plant:
        """The plant, with the orders of the role `orders` in place of its own where there are some."""
        from zhizao.plant import orders_with_warnings

        plant = self.plant()
        return orders_with_warnings(plant, self.path("orders"))[0] if self.has("orders") else plant

    def plant_with_measures(self) -> Plant:
        """The plant with the measures of the role `measures` added to its own."""
        from zhizao.plant import with_measure_files

        plant = with_measure_files(self.plant(), [self.part("measures")])
        if not self.allow_code:
            _refuse_code(self.names["measures"], plant)
        return plant

    def part(self, role: str) -> Path:
        """A YAML file with a part of a plant, such as its prices; it names nothing outside the folder."""
        from zhizao.plant.files.reader import text_of
        from zhizao.plant.files.yaml_tree import read_tree

        path = self.path(role)
        refuse_outside(
            path.name, read_tree(text_of(path, ("a part of a plant", "YAML text")), path.name).data
        )
        return path

    def log(self, role: str = "log") -> Records:
        """The event log of a role, by its column map where it has one."""
        return read_log_in(self.folder, self.names[role]).records

    def hashes(self, plants: frozenset[str]) -> dict[str, str]:
        """SHA-256 of each input and of the column map of each log.

        A plant counts by what it says, with the tables that it names.
        """
        found = {role: self._hash(role, role in plants) for role in sorted(self.names)}
        for role, name in sorted(self.names.items()):
            if role not in plants and (columns := self.folder.columns_of(name)) is not None:
                found[f"columns of {role}"] = sha256(columns.read_bytes()).hexdigest()
        return found

    def _hash(self, role: str, is_plant: bool) -> str:
        if is_plant:
            from zhizao.experiments.inputs import plant_input

            return plant_input(self.plant(role)).sha256
        with self.path(role).open("rb") as file:
            digest = sha256()
            while part := file.read(1 << 20):
                digest.update(part)
        return digest.hexdigest()


def read_log_in(folder: Folder, name: str) -> LogImport:
    """Read an event log of the folder, by its column map where it has one."""
    from zhizao.connect import read_log

    return read_log(folder.path(name), columns=columns_of(folder, name).as_map())


def read_plant_in(folder: Folder, name: str, *, allow_code: bool) -> tuple[Plant, tuple[Fault, ...]]:
    """Read a plant file of the folder, and its warnings.

    Raises
    ------
    InputError
        It has faults, names a table outside the folder, or uses Python rules of its own that are not allowed.
    """
    from zhizao.plant.files.reader import text_of

    return parse_plant_in(folder, name, text_of(folder.path(name)), allow_code=allow_code)


def parse_plant_in(
    folder: Folder, name: str, text: str, *, allow_code: bool
) -> tuple[Plant, tuple[Fault, ...]]:
    """Read the text of a plant file as if it stood in the folder (see `read_plant_in`)."""
    from zhizao.plant import parse_with_warnings
    from zhizao.plant.files.yaml_tree import read_tree

    refuse_outside(name, read_tree(text, name).data)
    plant, warnings = parse_with_warnings(text, file=str(folder.root / name), folder=folder.root)
    if not allow_code:
        _refuse_code(name, plant)
    return plant, warnings


def _refuse_code(name: str, plant: Plant) -> None:
    """Refuse rules of the user's own, in the plant and in what its measures set."""
    from zhizao.plant.query.measures import with_needed
    from zhizao.plant.rules import rule_name
    from zhizao.plant.rules_used import rules_used

    changed = (
        plant.with_measures(with_needed(plant.measures, [one.id])) for one in plant.measures if one.set
    )
    for each in (plant, *changed):
        for _, own in rules_used(each):
            raise InputError(
                f"{name}: uses the Python rule {rule_name(own)!r}; the page runs no code from plant files "
                "unless `zhizao serve` is started with --allow-code"
            )
