"""The inputs of a study: files of the folder, read and refused in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.web.folder import FileKind, Folder, named_in, refuse_outside
from zhizao.web.read import read_log_in, read_plant_in, refuse_code

if TYPE_CHECKING:
    from zhizao.plant import Plant
    from zhizao.records import Records


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
            refuse_code(self.names["measures"], plant)
        return plant

    def part(self, role: str, what: str = "a part of a plant") -> Path:
        """A YAML file that is no plant, such as prices or a phase; it names nothing outside the folder."""
        from zhizao.plant.files.reader import text_of
        from zhizao.plant.files.yaml_tree import read_tree

        path = self.path(role)
        refuse_outside(path.name, read_tree(text_of(path, (what, "YAML text")), path.name).data)
        return path

    def log(self, role: str = "log") -> Records:
        """The event log of a role, by its column map where it has one."""
        return read_log_in(self.folder, self.names[role]).records

    def hashes(self, plants: frozenset[str]) -> dict[str, str]:
        """SHA-256 of each input and of the column map of each log.

        A plant counts by what it says, with the tables that it names; a phase or equipment file with the
        files of the folder that it names.
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
        digest = sha256()
        for path in (self.path(role), *self._named(role)):
            with path.open("rb") as file:
                while part := file.read(1 << 20):
                    digest.update(part)
        return digest.hexdigest()

    def _named(self, role: str) -> list[Path]:
        """Files of the folder that a phase or equipment file names: an FMU, tables of orders."""
        path = self.path(role)
        if self.folder.kind_of(path) not in (FileKind.PHASE, FileKind.EQUIPMENT):
            return []
        from zhizao.plant.files.reader import text_of
        from zhizao.plant.files.yaml_tree import read_tree

        data = read_tree(text_of(path, ("a phase or equipment file", "YAML text")), path.name).data
        refuse_outside(path.name, data)
        return named_in(self.folder.root, data)
