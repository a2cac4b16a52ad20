"""BatchML and B2MML: recipes, messages and batch production records.

B2MML is used courtesy of MESA International.
"""

from zhizao.connect.batchml.recipes import read_recipes

__all__ = ["read_recipes"]
