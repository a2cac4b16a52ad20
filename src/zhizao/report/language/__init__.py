"""Languages of reports: English, in which studies write, and Chinese by a table of terms and sentences."""

from zhizao.report.language.words import LANGUAGES, Language, Words, words_of

__all__ = ["LANGUAGES", "Language", "Words", "words_of"]
