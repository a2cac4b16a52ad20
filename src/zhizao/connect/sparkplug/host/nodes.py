"""What a host knows about its edge nodes, and the rules by which it believes them (chapter 5).

No network here: messages go in, samples, commands and confirmations come out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from zhizao.connect.sparkplug.host.held import Block, Held, Integers, Position
from zhizao.connect.sparkplug.settings import HostSettings
from zhizao.connect.sparkplug.wire.commands import (
    BDSEQ,
    COMMITTED_EPOCH,
    COMMITTED_SEQUENCE,
    REBIRTH,
    Message,
    command,
)
from zhizao.connect.sparkplug.wire.connection import now_us
from zhizao.connect.sparkplug.wire.decode import Decoded, Names, decode, definitions
from zhizao.connect.sparkplug.wire.keys import FORM, Keys, unpack
from zhizao.connect.sparkplug.wire.topics import Address, Kind, Node, SparkplugError, parse
from zhizao.records.samples import STALE

if TYPE_CHECKING:
    from zhizao.connect.sparkplug.wire.payload_pb2 import Payload

_MOST_NODES = 10_000  # names in topics are free: a broken client must not fill the memory
_BEHIND = 128  # of 256 sequence numbers: half of them are ahead of the expected one, half behind


@dataclass
class NodeState:
    """An edge node as its messages show it."""

    node: Node
    online: bool = False
    born: bool = False  # its birth is known, on this connection
    source: str | None = None  # whose outbox it sends from; None: a foreign node, numbered by the host
    bdseq: int = -1
    expected: int = 0  # next sequence number
    names: dict[str | None, Names] = field(default_factory=dict)  # by device; None: the node
    stale: set[str] = field(default_factory=set)  # tags without a connected source
    revived: set[str | None] = field(default_factory=set)  # whose births this host has read at least once
    waiting: dict[int, tuple[Address, Payload]] = field(default_factory=dict)  # ahead of their turn
    gap_since: float | None = None
    position: Position | None = None  # last sample taken from its outbox
    fresh: bool = False  # nothing taken since the birth: it begins with its oldest sample
    parts: list[tuple[Keys, list[Decoded]]] = field(default_factory=list)
    wants_birth: bool = False
    asked: float = float("-inf")
    unborn_since: float | None = None


class Nodes:
    """All nodes of a host; not for several threads."""

    def __init__(self, settings: HostSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.nodes: dict[Node, NodeState] = {}
        self.faults: Counter[str] = Counter()  # what was wrong with messages, by reason
        self.duplicates = 0  # samples that came again, and that the sink will keep once
        self._clock = clock
        self._epoch = now_us()
        self._numbered = 0
        self._held = Held()
        self._confirm: dict[Node, Position] = {}

    def __len__(self) -> int:
        return len(self._held)

    def take(self) -> tuple[Held, dict[Node, Position]]:
        """Give what is to be committed now, and what to confirm afterwards."""
        taken = self._held, self._confirm
        self._held, self._confirm = Held(), {}
        return taken

    def receive(self, topic: str, raw: bytes) -> None:
        """Take a message; a malformed one is counted and named, never fatal."""
        from google.protobuf.message import DecodeError

        from zhizao.connect.sparkplug.wire.payload_pb2 import Payload

        try:
            address = parse(topic)
            if address.kind in (Kind.NCMD, Kind.DCMD):
                return
            state = self._state(address.node)
            payload = Payload.FromString(raw)
            self._dispatch(state, address, payload)
        except SparkplugError:
            self.faults["topic"] += 1
        except DecodeError:
            self.faults["payload is no Sparkplug B"] += 1
        except UnicodeDecodeError:
            self.faults["text is not UTF-8"] += 1
        except ValueError as error:
            self.faults[str(error)] += 1

    def _state(self, node: Node) -> NodeState:
        if node not in self.nodes:
            if len(self.nodes) >= _MOST_NODES:
                raise ValueError(f"more than {_MOST_NODES} edge nodes")
            self.nodes[node] = NodeState(node)
        return self.nodes[node]

    def _dispatch(self, state: NodeState, address: Address, payload: Payload) -> None:
        if address.kind is Kind.NBIRTH:
            self._node_birth(state, payload)
        elif address.kind is Kind.NDEATH:
            self._node_death(state, payload)
        elif not state.born:
            state.wants_birth = True
        else:
            self._in_turn(state, address, payload)

    # ------------------------------------------------------------ births and deaths

    def _node_birth(self, state: NodeState, payload: Payload) -> None:
        bdseq = _bdseq(payload)
        if payload.seq != 0 or not payload.HasField("seq"):
            raise ValueError("NBIRTH whose seq is not 0")
        if bdseq is None:
            raise ValueError("NBIRTH without bdSeq")
        names = definitions(payload, self._prefix(state.node, payload, None))
        state.source = payload.body.decode() if payload.uuid == FORM and payload.body else None
        state.online = state.born = state.fresh = True
        state.bdseq, state.expected, state.names = bdseq, 1, {None: names}
        state.waiting.clear()
        state.parts.clear()
        state.gap_since = state.unborn_since = None
        state.wants_birth = False
        self._values_of_birth(state, None, payload)

    def _prefix(self, node: Node, payload: Payload, device: str | None) -> str:
        state = self.nodes[node]
        ours = payload.uuid == FORM if device is None else state.source is not None
        head = "" if ours else f"{node}/"
        return head if device is None else f"{head}{device}/"

    def _values_of_birth(self, state: NodeState, device: str | None, payload: Payload) -> None:
        """Keep current values: of a foreign node all, of ours those that we do not know to be current."""
        now = now_us()
        rows = decode(payload, state.names[device], now // 1000, self.faults)
        first = device not in state.revived
        state.revived.add(device)
        born = payload.timestamp if payload.HasField("timestamp") else now // 1000
        rows = [row for row in rows if row[2] is not None or row[3] is not None or row[4]]
        back = [(row[0], born, *row[2:]) if row[0] in state.stale else row for row in rows]
        if state.source is not None and not first:
            back = [row for row in back if row[0] in state.stale]
        state.stale -= {row[0] for row in back}
        self._number(back, now)

    def _number(self, rows: list[Decoded], now: int) -> None:
        """Keep samples that no outbox has numbered."""
        sequence = np.arange(self._numbered, self._numbered + len(rows))
        self._numbered += len(rows)
        received = np.full(len(rows), now)
        self._held.add(Block(self.settings.host, self._epoch, sequence, _ms(rows) * 1000, received, rows))

    def _node_death(self, state: NodeState, payload: Payload) -> None:
        if state.bdseq != _bdseq(payload):
            self.faults["NDEATH of another birth"] += 1
            return
        state.online = state.born = False
        state.waiting.clear()
        state.unborn_since = None
        for device in list(state.names):
            self._stale(state, device, now_us() // 1000)

    def _stale(self, state: NodeState, device: str | None, at_ms: int) -> None:
        tags = {definition.tag for definition in state.names.get(device, {}).values()} - state.stale
        state.stale |= tags
        self._number([(tag, at_ms, None, None, STALE) for tag in sorted(tags)], now_us())

    # ------------------------------------------------------------ sequence

    def _in_turn(self, state: NodeState, address: Address, payload: Payload) -> None:
        """Process a message when all before it have come; keep it until then."""
        if not payload.HasField("seq") or payload.seq > 255:
            raise ValueError(f"{address.kind} without a seq of 0 to 255")
        ahead = (payload.seq - state.expected) % 256
        if ahead >= _BEHIND:
            self.faults["message behind its turn"] += 1
            return
        state.waiting[payload.seq] = (address, payload)
        if ahead:
            state.gap_since = self._clock() if state.gap_since is None else state.gap_since
            return
        self._drain(state)

    def _drain(self, state: NodeState) -> None:
        while state.expected in state.waiting:
            address, payload = state.waiting.pop(state.expected)
            state.expected = (state.expected + 1) % 256
            self._process(state, address, payload)
        state.gap_since = self._clock() if state.waiting else None

    def expire(self) -> list[Message]:
        """Give up on messages that are missing for too long, and ask for the births that are wanted."""
        now = self._clock()
        sent: list[Message] = []
        for state in self.nodes.values():
            if state.gap_since is not None and now - state.gap_since >= self.settings.reorder_s:
                self._give_up(state)
            if state.unborn_since is not None and now - state.unborn_since >= self.settings.stale_after_s:
                state.unborn_since, state.online = None, False
                for device in list(state.names):
                    self._stale(state, device, now_us() // 1000)
            if state.wants_birth and now - state.asked >= self.settings.rebirth_every_s:
                state.asked = now
                sent.append(command(state.node, {REBIRTH: True}, now_us() // 1000))
        return sent

    def _give_up(self, state: NodeState) -> None:
        """Ask for a rebirth; a foreign node does not send again, so keep what has come in the meantime."""
        self.faults["message missing"] += 1
        state.wants_birth = True
        order = sorted(state.waiting, key=lambda seq: (seq - state.expected) % 256)
        late = [state.waiting[seq] for seq in order] if state.source is None else []
        state.waiting.clear()
        state.gap_since = None
        for address, payload in late:
            self._process(state, address, payload)
        state.born = False

    def lost_connection(self) -> None:
        """Distrust all nodes: what happened meanwhile is not known, and each has to be born again."""
        for state in self.nodes.values():
            state.waiting.clear()
            state.gap_since = None
            if state.born:
                state.born, state.wants_birth, state.unborn_since = False, True, self._clock()

    # ------------------------------------------------------------ data

    def _process(self, state: NodeState, address: Address, payload: Payload) -> None:
        device = address.device
        if address.kind is Kind.DBIRTH:
            state.names[device] = definitions(payload, self._prefix(state.node, payload, device))
            self._values_of_birth(state, device, payload)
        elif address.kind is Kind.DDEATH:
            self._stale(state, device, payload.timestamp or now_us() // 1000)
        elif device not in state.names:
            self.faults["DDATA without a DBIRTH"] += 1
            state.wants_birth = True
        elif state.source is None:
            now = now_us()
            rows = decode(payload, state.names[device], now // 1000, self.faults)
            state.stale -= {row[0] for row in rows} if state.stale else set()
            self._number(rows, now)
        else:
            self._own_data(state, device, payload)

    def _own_data(self, state: NodeState, device: str | None, payload: Payload) -> None:
        """Take a part of a batch of an outbox; a batch counts when it is complete."""
        rows = decode(payload, state.names[device], 0, self.faults)
        try:
            keys = unpack(payload.body)
            if len(keys.sequence) != len(rows):
                raise ValueError("message whose metrics do not match its keys")
        except ValueError:
            state.wants_birth = True
            raise
        if keys.part == 0:
            state.parts.clear()
        if keys.part != len(state.parts):
            state.wants_birth = True
            raise ValueError("batch that lacks a part")
        state.parts.append((keys, rows))
        if keys.part + 1 == keys.parts:
            parts = state.parts
            state.parts = []
            self._batch(state, parts)

    def _batch(self, state: NodeState, parts: list[tuple[Keys, list[Decoded]]]) -> None:
        head, at = parts[0][0], state.position
        follows = at is None or at[0] != head.epoch or head.first <= at[1] + 1
        if not follows and not state.fresh:
            state.wants_birth = True
            raise ValueError("batch that does not follow the one before")
        state.fresh = False
        if sum(len(rows) for _, rows in parts) != head.count:
            state.wants_birth = True
            raise ValueError("batch that is not complete")
        if at is not None and at[0] == head.epoch:
            self.duplicates += min(max(at[1] - head.first + 1, 0), head.count)
        assert state.source is not None
        self._held.add(_block(state.source, parts))
        state.position = (head.epoch, head.last)
        self._confirm[state.node] = state.position


def _ms(rows: list[Decoded]) -> Integers:
    return np.array([row[1] for row in rows], np.int64)


def _block(source: str, parts: list[tuple[Keys, list[Decoded]]]) -> Block:
    """Put the parts of a batch together, in the order of the outbox, under the keys that it gave."""
    keys = [part for part, _ in parts]
    rows = [row for _, values in parts for row in values]
    sequence = np.concatenate([one.sequence for one in keys])
    time_us = _ms(rows) * 1000 + np.concatenate([one.fraction_us for one in keys])
    received_us = np.concatenate([one.received_us for one in keys])
    if len(parts) > 1:
        order = np.argsort(sequence)
        sequence, time_us, received_us = sequence[order], time_us[order], received_us[order]
        rows = [rows[at] for at in order.tolist()]
    return Block(source, keys[0].epoch, sequence, time_us, received_us, rows)


def confirmation(node: Node, position: Position) -> Message:
    """NCMD that confirms all samples up to and with this one."""
    values: dict[str, int | bool] = {COMMITTED_EPOCH: position[0], COMMITTED_SEQUENCE: position[1]}
    return command(node, values, now_us() // 1000)


def _bdseq(payload: Payload) -> int | None:
    found = [metric for metric in payload.metrics if metric.name == BDSEQ]
    if not found:
        return None
    first = found[0]
    return int(first.long_value if first.WhichOneof("value") == "long_value" else first.int_value)
