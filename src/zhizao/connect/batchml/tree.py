"""Elements of an XML file with their lines; a file that declares types or entities is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from zhizao.quantities.errors import InputError

MOST_BYTES = 1 << 27
"""A recipe or record is far smaller; what is larger is refused."""
DEEPEST = 100
"""Elements within one another."""
NAMESPACES = ("http://www.wbf.org/xml/", "http://www.mesa.org/xml/B2MML")
"""How the namespaces of BatchML and B2MML begin: V02 to V05 (WBF), and those of MESA since."""


@dataclass(slots=True)
class Branch:
    """An element: its name without namespace, its text, its line, and what is in it."""

    name: str
    line: int
    texts: list[str] = field(default_factory=list)
    inside: list[Branch] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without space around it."""
        return "".join(self.texts).strip()

    def all(self, name: str) -> Iterator[Branch]:
        """The elements of a name in it."""
        return (one for one in self.inside if one.name == name)

    def first(self, *names: str) -> Branch | None:
        """The first element on a path of names."""
        at: Branch | None = self
        for name in names:
            at = None if at is None else next(at.all(name), None)
        return at

    def say(self, *names: str) -> str:
        """Text of the first element on a path of names; empty where there is none."""
        found = self.first(*names)
        return "" if found is None else found.text


def read_tree(path: str | Path) -> Branch:
    """Read a file of BatchML or B2MML.

    Raises
    ------
    InputError
        With file and line: it cannot be read, is no XML, is of another namespace, is larger than 128 MB, has
        more than 100 elements within one another, or declares types or entities (which can make a small file
        fill the memory).
    """
    path = Path(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: found {path.stat().st_size:,} bytes; right is at most {MOST_BYTES:,}")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    return _parsed(data, path)


def _parsed(data: bytes, path: Path) -> Branch:
    parser = expat.ParserCreate(namespace_separator=" ")
    top = Branch("", 0)
    stack = [top]

    def begin(name: str, _: dict[str, str]) -> None:
        space, _gap, local = name.rpartition(" ")
        line = parser.CurrentLineNumber
        if len(stack) == 1 and not space.startswith(NAMESPACES):
            right = "give BatchML or B2MML (namespace http://www.mesa.org/xml/B2MML, or of the WBF)"
            raise InputError(f"{path}:{line}: found <{local}> of the namespace {space!r}; {right}")
        if len(stack) > DEEPEST:
            raise InputError(f"{path}:{line}: found more than {DEEPEST} elements within one another")
        branch = Branch(local, line)
        stack[-1].inside.append(branch)
        stack.append(branch)

    def refuse(*_: object) -> None:
        line = parser.CurrentLineNumber
        raise InputError(f"{path}:{line}: found a document type or entity; right is XML without them")

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = lambda text: stack[-1].texts.append(text)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InputError(f"{path}:{error.lineno}: no XML: {expat.ErrorString(error.code)}") from None
    except (LookupError, ValueError) as error:
        raise InputError(f"{path}:1: cannot be decoded: {error}") from None
    return top.inside[0]
