"""What the pages of results about pictures show beside tables."""

from zhizao.studies.inspect.pages.charts import roc_curve, score_distribution
from zhizao.studies.inspect.pages.gallery import gallery

__all__ = ["gallery", "roc_curve", "score_distribution"]
