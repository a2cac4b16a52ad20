"""BatchML and B2MML: recipes, messages and batch production records.

B2MML is used courtesy of MESA International.
"""

from zhizao.connect.batchml.messages import read_message
from zhizao.connect.batchml.recipes import read_recipes
from zhizao.connect.batchml.records import RecordError, read_record
from zhizao.connect.batchml.write import write_record

__all__ = ["RecordError", "read_message", "read_recipes", "read_record", "write_record"]
