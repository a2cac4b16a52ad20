"""From a message to values: which topics, which tag, where in the JSON the value and its time are."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from zhizao.quantities.errors import InputError
from zhizao.records.samples import GOOD, Value

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class MqttError(InputError):
    """A rule, or a message that does not fit its rule."""


class TimeForm(Enum):
    """How a payload writes a time."""

    ISO = "iso"  # text of ISO 8601; without a zone it is UTC
    SECONDS = "s"  # since 1970, as the next two
    MILLISECONDS = "ms"
    MICROSECONDS = "us"


_UNIT = {TimeForm.SECONDS: 1_000_000, TimeForm.MILLISECONDS: 1_000, TimeForm.MICROSECONDS: 1}  # us
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rule:
    """Values of the topics of one filter.

    Parameters
    ----------
    topics : filter of MQTT: `+` stands for one level, `#` at the end for the rest.
    tag : name of the tag; `{1}` is what the first wildcard stands for, `{topic}` the whole topic.
    value : JSON pointer (RFC 6901) to the value; empty: the payload is the value.
    time : JSON pointer to the time; None: the time of arrival.
    time_form : how the time is written.
    as_text : keep an object or an array as the text of its JSON; messages about lots are such.
    """

    topics: str
    tag: str = "{topic}"
    value: str = ""
    time: str | None = None
    time_form: TimeForm = TimeForm.ISO
    as_text: bool = False

    def __post_init__(self) -> None:
        for level in self.topics.split("/")[:-1]:
            if "#" in level or ("+" in level and level != "+"):
                raise MqttError(f"topics {self.topics!r}: '+' is a level of its own, and '#' is the last one")
        for pointer in (self.value, self.time or ""):
            if pointer and not pointer.startswith("/"):
                raise MqttError(f"pointer {pointer!r}: a JSON pointer is empty or begins with '/'")
        wildcards = ["x"] * (1 + sum(level in ("+", "#") for level in self.topics.split("/")))
        try:
            self.tag.format(*wildcards, topic="x")
        except (IndexError, KeyError, ValueError) as error:
            known = ["{topic}", *(f"{{{n}}}" for n in range(1, len(wildcards)))]
            raise MqttError(f"tag {self.tag!r}: expected text with {', '.join(known)}") from error

    def match(self, topic: str) -> list[str] | None:
        """Give what the wildcards stand for; None if the topic is none of these."""
        found: list[str] = []
        pattern, levels = self.topics.split("/"), topic.split("/")
        for at, level in enumerate(pattern):
            if level == "#":
                return [*found, "/".join(levels[at:])]
            if at >= len(levels) or level not in ("+", levels[at]):
                return None
            if level == "+":
                found.append(levels[at])
        return found if len(pattern) == len(levels) else None


def read(rule: Rule, topic: str, payload: bytes, arrived: datetime) -> Value | None:
    """Read the value of a message; None if the rule is for other topics.

    Raises
    ------
    MqttError
        The payload lacks what the rule names, or it is neither number nor text.
    """
    wildcards = rule.match(topic)
    if wildcards is None:
        return None
    content = _content(payload, topic)
    time = arrived if rule.time is None else _time(_at(content, rule.time, topic), rule, topic)
    value = _at(content, rule.value, topic)
    tag = rule.tag.format("", *wildcards, topic=topic)
    if isinstance(value, bool | int | float):
        number = _finite(value)
        return (tag, time, number, None, GOOD) if number is not None else (tag, time, None, str(value), GOOD)
    if isinstance(value, str):
        return (tag, time, None, value, GOOD)
    if value is None:
        return (tag, time, None, None, GOOD)
    if rule.as_text:
        return (tag, time, None, json.dumps(value, ensure_ascii=False), GOOD)
    kind = "an array" if isinstance(value, list) else "an object"
    where = rule.value or "(whole payload)"
    raise MqttError(f"{topic}: {where}: found {kind}; expected a number or a text, or as_text in the rule")


def _finite(value: float) -> float | None:
    """A double, if the number is one: JSON knows no limit."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _content(payload: bytes, topic: str) -> Json:
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise MqttError(f"{topic}: the payload is not UTF-8") from error
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return text  # a bare word is a text


def _at(content: Json, pointer: str, topic: str) -> Json:
    here = content
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict) and key in here:
            here = here[key]
        elif isinstance(here, list) and key.isdecimal() and int(key) < len(here):
            here = here[int(key)]
        else:
            names = ", ".join(sorted(here)[:8]) if isinstance(here, dict) else type(here).__name__
            raise MqttError(f"{topic}: {pointer}: found no {key!r} among {names}")
    return here


def _time(found: Json, rule: Rule, topic: str) -> datetime:
    try:
        if rule.time_form is TimeForm.ISO and isinstance(found, str):
            moment = datetime.fromisoformat(found)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if rule.time_form is not TimeForm.ISO and isinstance(found, int | float):
            return _EPOCH + timedelta(microseconds=round(found * _UNIT[rule.time_form]))
    except (ValueError, OverflowError):
        pass
    raise MqttError(
        f"{topic}: {rule.time}: found {str(found)[:60]!r}; expected a time ({rule.time_form.value})"
    )
