"""Samples on disk: a spool beside the source, one store for all, an archive; none lost, none kept twice."""

from zhizao.connect.store.drain import drain
from zhizao.connect.store.question import How
from zhizao.connect.store.spool import Spool, SpoolFullError
from zhizao.connect.store.store import Store, open_store

__all__ = ["How", "Spool", "SpoolFullError", "Store", "drain", "open_store"]
