"""The edge node: from an outbox to the broker."""

from zhizao.connect.sparkplug.edge.node import EdgeNode

__all__ = ["EdgeNode"]
