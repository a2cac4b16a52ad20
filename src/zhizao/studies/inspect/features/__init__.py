"""Features of a picture from a network that ships with the package."""

from zhizao.studies.inspect.features.backbone import Backbone, Features, Floats, load_backbone
from zhizao.studies.inspect.features.patches import View, pattern, view_of

__all__ = ["Backbone", "Features", "Floats", "View", "load_backbone", "pattern", "view_of"]
