"""Settings of an edge node and of a primary host, and what a host hands its samples to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import polars as pl

from zhizao.connect.sparkplug.wire.topics import Node, SparkplugError, checked
from zhizao.records.endpoint import Endpoint


class Sink(Protocol):
    """What keeps the samples of a host for good."""

    def append(self, samples: pl.DataFrame) -> None:
        """Keep samples (`records.SAMPLES`); durable on return, and a key that comes again is kept once."""


class Confirmation(Enum):
    """What an edge node takes for the delivery of a sample."""

    CONSUMER = "consumer"  # our host has committed it: nothing is lost, whoever dies
    BROKER = "broker"  # the broker has it: the most that a foreign host offers; lost if it dies with the host


@dataclass(frozen=True)
class EdgeSettings:
    """An edge node: where it connects, who it is, and how it sends."""

    broker: Endpoint
    group: str
    edge: str
    memory: Path  # file with the counter of births and deaths (bdSeq) and the tags so far
    spare_brokers: tuple[Endpoint, ...] = ()  # tried in turn when one is lost or has no primary host
    primary_host: str | None = None  # wait until this host is online
    devices: tuple[str, ...] = ()  # tags that begin with `DEVICE/` belong to a device; the others to the node
    confirmation: Confirmation = Confirmation.CONSUMER
    batch: int = 500  # samples per message; 500 numbers are some 15 kB
    window: int = 20_000  # samples under way without confirmation: 40 batches; brokers queue 1,000
    resend_after_s: float = 2.0  # without confirmation; doubles up to 30 s
    poll_s: float = 0.05  # how often an empty outbox is looked into

    def __post_init__(self) -> None:
        for what, name in (("group", self.group), ("edge node", self.edge)):
            checked(what, name)
        for device in self.devices:
            checked("device", device)
        if len({device.lower() for device in self.devices}) < len(self.devices):
            raise SparkplugError(f"devices: found {self.devices}; each differs, not by case alone")
        if self.primary_host is not None:
            checked("primary host", self.primary_host)
        if not 0 < self.batch <= self.window:
            raise SparkplugError(f"batch: found {self.batch}; give 1 to {self.window} (the window)")

    @property
    def node(self) -> Node:
        """Descriptor of the node."""
        return Node(self.group, self.edge)


@dataclass(frozen=True)
class HostSettings:
    """A primary host: where it connects, who it is, and how patient it is."""

    broker: Endpoint
    host: str
    groups: tuple[str, ...] = ()  # empty: all
    commit_every_s: float = 0.05  # samples that arrive within are committed together
    reorder_s: float = 1.0  # how long a message may be missing before a rebirth is asked for
    rebirth_every_s: float = 2.0  # at most one request per node within
    stale_after_s: float = 10.0  # a node that was known and is not born within, after a reconnect
    hold: int = 1_000_000  # samples that wait for a sink that fails; more are refused

    def __post_init__(self) -> None:
        checked("host", self.host)
        for group in self.groups:
            checked("group", group)

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Topic filters of the nodes."""
        from zhizao.connect.sparkplug.wire.topics import NAMESPACE

        return tuple(f"{NAMESPACE}/{group}/#" for group in self.groups) or (f"{NAMESPACE}/#",)
