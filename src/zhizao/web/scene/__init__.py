"""The plant view: a trace of one replication or log, and the places of the layout."""

from zhizao.web.scene.trace import trace_of

__all__ = ["trace_of"]
