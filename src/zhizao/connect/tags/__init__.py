"""Values of tags as records, and back: states, counters and messages of a live plant."""

from zhizao.connect.tags.reader import Move, TagReader
from zhizao.connect.tags.rules import TagRules, UnitTags
from zhizao.connect.tags.writer import TagWriter

__all__ = ["Move", "TagReader", "TagRules", "TagWriter", "UnitTags"]
