"""Names of a package: identifiers of shells, assets and submodels, and short ids that the metamodel allows.

Identifiers are made of the base, the kind and the names of the plant, so that equal plants have equal ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote

from zhizao.quantities.errors import InputError

BASE = "urn:zhizao:plant"
"""Base of the identifiers of a plant where the user gives none."""
LONGEST_ID = 2048
"""Characters of an identifier (AAS Part 1, type Identifier)."""
LONGEST_NAME = 128
"""Characters of a short id and of a display name (AAS Part 1, types NameType and LangStringNameType)."""
_BASE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!$-;=@-Z_a-z~]+")  # a scheme, then no query and no fragment
_SHORT = re.compile(r"[A-Za-z][A-Za-z0-9_]*[A-Za-z0-9]")
_MARK = 6  # bytes of the hash that keeps apart names which look alike without their special characters
_TAKEN = re.compile(rf".*_[0-9a-f]{{{2 * _MARK}}}|(HasPart|IsPartOf)\d+")  # hashes, and names of relations
_KEPT = 100  # characters of a name that stay in a short id with a hash
_REFUSED = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # constraint AASd-130


def concept(name: str) -> str:
    """Identifier of a term of our own, in version 1.0; used where no published one was found."""
    return f"urn:zhizao:aas:{name}:1:0"


def checked(text: str) -> str:
    """Give back a text that XML can hold.

    Raises
    ------
    InputError
        It has a control character (constraint AASd-130 of the metamodel).
    """
    found = _REFUSED.search(text)
    if found:
        raise InputError(
            f"{text!r}: found the character {found.group()!r}; a package has no control characters: rename it"
        )
    return text


def short_id(name: str) -> str:
    """Give a short id: the name itself where the metamodel allows it, else its letters and a hash of it.

    Different names have different short ids, whatever other names there are (constraint AASd-002: letters,
    digits and underscores, a letter first; at most 128 characters).
    """
    if _SHORT.fullmatch(name) and len(name) <= LONGEST_NAME and not _TAKEN.fullmatch(name):
        return name
    kept = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:_KEPT]
    start = kept if kept[:1].isalpha() else f"n_{kept}".rstrip("_")
    return f"{start}_{blake2b(name.encode(), digest_size=_MARK).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Asset:
    """What a shell stands for: the plant, a work center or a unit, by the path of its identifier."""

    root: str
    name: str

    @property
    def id(self) -> str:
        """Identifier of the asset."""
        return self._long(f"{self.root}/asset")

    @property
    def shell(self) -> str:
        """Identifier of its shell."""
        return self._long(f"{self.root}/aas")

    def submodel(self, name: str) -> str:
        """Identifier of one of its submodels."""
        return self._long(f"{self.root}/submodel/{name}")

    def part(self, kind: str, name: str) -> Asset:
        """Something in the plant, such as the `unit` of a name."""
        return Asset(f"{self.root}/{kind}/{quote(name, safe='')}", checked(name))

    def _long(self, found: str) -> str:
        if len(found) > LONGEST_ID:
            raise InputError(
                f"{self.name[:40]!r}…: its identifier has {len(found)} characters; at most {LONGEST_ID} are "
                "allowed: give it a shorter name, or choose a shorter base"
            )
        return found


def plant_asset(base: str, name: str) -> Asset:
    """Give the plant as an asset.

    Raises
    ------
    InputError
        The base is no absolute URI without query and fragment, or the name has control characters.
    """
    if not _BASE.fullmatch(base):
        raise InputError(
            f"base {base!r}: expected an absolute URI without query and fragment, such as "
            "https://factory.example/aas"
        )
    return Asset(f"{base.rstrip('/')}/{quote(checked(name), safe='')}", name)
