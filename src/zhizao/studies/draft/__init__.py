"""Draft garment patterns from body measures: pieces, seams, allowances, sizes. Needs the extra `garment`."""

from zhizao.records.patterns import Body
from zhizao.studies.draft.bodies import NAMES, SIZES, BodyError, body_of, body_of_size, read_body
from zhizao.studies.draft.checks import faults_of
from zhizao.studies.draft.shape import Parameter, Style
from zhizao.studies.draft.study import OWN_SIZE, STYLES, Drafts, Grading, draft

__all__ = [
    "NAMES",
    "OWN_SIZE",
    "SIZES",
    "STYLES",
    "Body",
    "BodyError",
    "Drafts",
    "Grading",
    "Parameter",
    "Style",
    "body_of",
    "body_of_size",
    "draft",
    "faults_of",
    "read_body",
]
