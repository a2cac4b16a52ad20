"""Nodes of tags: folders by their paths, none with more than a hundred entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhizao.records.samples import STALE

if TYPE_CHECKING:
    from asyncua import Node, ua
    from asyncua import Server as UaServer

DIRECT = 50
"""Entries that stand in their folder itself."""
GROUP = 100
"""Entries of a group, which is a folder within the folder; asyncua takes quadratic time for more."""
_GROUPS = 49  # groups of a folder; what comes after stands in a folder of its own, divided likewise
_CAPACITY = DIRECT + _GROUPS * GROUP


class Folders:
    """The nodes below the object of the plant, by the paths of tags."""

    def __init__(self, server: UaServer, space: int, root: Node) -> None:
        self._server = server
        self._space = space
        self._nodes: dict[str, Node] = {"": root}
        self._entries: dict[str, int] = {}
        self.variables: dict[str, ua.NodeId] = {}

    @classmethod
    async def made(cls, server: UaServer, space: int, name: str) -> Folders:
        """Begin with the object of the plant, a site in the words of ISA-95."""
        from asyncua import ua

        root = await server.nodes.objects.add_folder(ua.NodeId("/", space), ua.QualifiedName(name, space))
        folders = cls(server, space, root)
        await folders._level("", root, "Site")
        return folders

    async def folder(self, path: str, level: str | None = None) -> Node:
        """Give the folder of a path, made with those above it if need be; `level` is its ISA-95 level."""
        found = self._nodes.get(path)
        if found is None:
            above, _, name = path.rpartition("/")
            found = await self._made(await self._home(above), path, name)
            if level is not None:
                await self._level(path, found, level)
        return found

    async def variable(self, tag: str, *, is_text: bool) -> ua.NodeId:
        """Give the node of a tag, made if need be; nothing is known of it before its first value."""
        from asyncua import ua

        node = self.variables.get(tag)
        if node is None:
            above, _, name = tag.rpartition("/")
            home = await self._home(above)
            empty = (
                ua.Variant("", ua.VariantType.String) if is_text else ua.Variant(0.0, ua.VariantType.Double)
            )
            node = ua.NodeId(tag, self._space)
            made = await home.add_variable(node, ua.QualifiedName(name, self._space), empty)
            await made.write_value(
                ua.DataValue(ua.Variant(None, ua.VariantType.Null), ua.StatusCode(ua.UInt32(STALE)))
            )
            self.variables[tag] = node
        return node

    async def _home(self, path: str) -> Node:
        """Give the folder in which the next entry of a path stands: itself, or a group within it."""
        folder = await self.folder(path)
        number = self._entries.get(path, 0)
        self._entries[path] = number + 1
        place, first = path, 0
        while number - first >= _CAPACITY:
            first += _CAPACITY
            place = f"{place}/from {first + 1}"
            folder = self._nodes.get(place) or await self._made(folder, place, f"from {first + 1}")
        if number - first < DIRECT:
            return folder
        start = first + DIRECT + (number - first - DIRECT) // GROUP * GROUP
        name = f"{start + 1} to {start + GROUP}"
        group = f"{place}/{name}"
        return self._nodes.get(group) or await self._made(folder, group, name)

    async def _made(self, home: Node, path: str, name: str) -> Node:
        from asyncua import ua

        node = ua.NodeId(f"{path}/", self._space)
        made = await home.add_folder(node, ua.QualifiedName(name, self._space))
        self._nodes[path] = made
        return made

    async def _level(self, path: str, node: Node, level: str) -> None:
        from asyncua import ua

        name = ua.QualifiedName("EquipmentLevel", self._space)
        await node.add_property(ua.NodeId(f"{path}/EquipmentLevel", self._space), name, level)
