"""The inputs of a study: files of the folder, read and refused in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from zhizao.web.folder import Folder
from zhizao.web.read import read_plant_in

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

    def log(self, role: str = "log") -> Records:
        """The event log of a role."""
        from zhizao.connect import read_log

        return read_log(self.path(role)).records

    def hashes(self, plants: frozenset[str]) -> dict[str, str]:
        """SHA-256 of each input; a plant counts by what it says, with the tables that it names."""
        return {role: self._hash(role, role in plants) for role in sorted(self.names)}

    def _hash(self, role: str, is_plant: bool) -> str:
        if is_plant:
            from zhizao.experiments.inputs import plant_input

            return plant_input(self.plant(role)).sha256
        with self.path(role).open("rb") as file:
            digest = sha256()
            while part := file.read(1 << 20):
                digest.update(part)
        return digest.hexdigest()
