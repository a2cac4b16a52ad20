"""Pictures: which files there are, and robust reading of each."""

from zhizao.studies.inspect.pictures.heat import save_heat
from zhizao.studies.inspect.pictures.reading import Picture, Pixels, Verdict, read_picture
from zhizao.studies.inspect.pictures.sets import Pictures

__all__ = ["Picture", "Pictures", "Pixels", "Verdict", "read_picture", "save_heat"]
