"""Garment patterns in DXF (AAMA, ASTM D6673): read what pattern systems write, and write it again.

Needs the extra `garment` (ezdxf, shapely).
"""

from zhizao.connect.dxf.read import MOST_BYTES, PatternFile, read_pattern, read_with_faults
from zhizao.connect.dxf.write import write_pattern

__all__ = ["MOST_BYTES", "PatternFile", "read_pattern", "read_with_faults", "write_pattern"]
