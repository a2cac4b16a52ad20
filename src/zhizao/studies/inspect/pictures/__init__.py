"""Pictures: which files there are, and robust reading of each."""

from zhizao.studies.inspect.pictures.defects import with_defect
from zhizao.studies.inspect.pictures.heat import enlarged, heated, save_heat
from zhizao.studies.inspect.pictures.masks import Mask, masks_of
from zhizao.studies.inspect.pictures.reading import Picture, Pixels, Verdict, read_picture
from zhizao.studies.inspect.pictures.sets import SUFFIXES, Pictures

__all__ = [
    "SUFFIXES",
    "Mask",
    "Picture",
    "Pictures",
    "Pixels",
    "Verdict",
    "enlarged",
    "heated",
    "masks_of",
    "read_picture",
    "save_heat",
    "with_defect",
]
