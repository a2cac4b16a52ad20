"""The studies that page and assistants offer, in one table: inputs, options, and the function."""

from zhizao.web.studies.plants import PLANTS, with_candidates
from zhizao.web.studies.process_files import PROCESS_FILES
from zhizao.web.studies.study import Group, Progress, Role, Study
from zhizao.web.studies.tables import TABLES

STUDIES = {study.name: study for study in (*PLANTS, *TABLES, *PROCESS_FILES)}
"""Each study by its name, in the order of a first use."""

__all__ = ["STUDIES", "Group", "Progress", "Role", "Study", "with_candidates"]
