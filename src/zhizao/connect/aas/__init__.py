"""Asset Administration Shells: a plant and its KPIs as a package for other tools."""

from zhizao.connect.aas.kpis import Kpi, Kpis, Origin
from zhizao.connect.aas.names import BASE
from zhizao.connect.aas.write import FORMATS, check_library, environment, write_aas

__all__ = ["BASE", "FORMATS", "Kpi", "Kpis", "Origin", "check_library", "environment", "write_aas"]
