"""OPC UA: read the tags of any server, and show a plant to any client."""

from zhizao.connect.opcua.browse import browse, browse_async
from zhizao.connect.opcua.client import Client, Health, Sink
from zhizao.connect.opcua.security import Anonymous, Login, Plain, Security, SecurityError
from zhizao.connect.opcua.server import Server
from zhizao.connect.opcua.settings import Endpoint, Subscription

__all__ = [
    "Anonymous",
    "Client",
    "Endpoint",
    "Health",
    "Login",
    "Plain",
    "Security",
    "SecurityError",
    "Server",
    "Sink",
    "Subscription",
    "browse",
    "browse_async",
]
