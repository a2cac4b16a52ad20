"""Which plant first, with which measures, in which year: a plan under shared limits, and how sure it is.

`sources` reads files; `model` holds the problem, `gains` what the gains may be; `program` and `solve` find
the best plan; `rivals`, `robust` and `rolling` hold it against other ways; `findings` and `result` show it.
"""

from zhizao.workflows.portfolio.result import PortfolioResult
from zhizao.workflows.portfolio.study import portfolio

__all__ = ["PortfolioResult", "portfolio"]
