"""MQTT Sparkplug B 3.0: an edge node that sends from an outbox, and a primary host that commits to a sink."""

from zhizao.connect.sparkplug.edge import EdgeNode
from zhizao.connect.sparkplug.host import PrimaryHost
from zhizao.connect.sparkplug.settings import Confirmation, EdgeSettings, HostSettings, Sink

__all__ = ["Confirmation", "EdgeNode", "EdgeSettings", "HostSettings", "PrimaryHost", "Sink"]
