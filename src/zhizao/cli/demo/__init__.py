"""`zhizao demo`: the whole loop on a hidden garment works, from its log to a proven answer."""

from zhizao.cli.demo.command import demo

__all__ = ["demo"]
