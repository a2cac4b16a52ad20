"""The primary host: from the broker to a sink."""

from zhizao.connect.sparkplug.host.primary import PrimaryHost

__all__ = ["PrimaryHost"]
