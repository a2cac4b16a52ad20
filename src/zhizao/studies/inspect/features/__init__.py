"""Features of a picture from a network that ships with the package."""

from zhizao.studies.inspect.features.backbone import Backbone, Features, Floats, load_backbone
from zhizao.studies.inspect.features.patches import descriptor, patch_vectors

__all__ = ["Backbone", "Features", "Floats", "descriptor", "load_backbone", "patch_vectors"]
