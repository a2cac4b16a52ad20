"""`zhizao connect doctor`: what is connected and what is not, in plain words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ValidationError

from zhizao.connect.store import Spool, open_store
from zhizao.quantities.errors import ConnectError
from zhizao.workflows.shadow.intake import gaps_in_words
from zhizao.workflows.shadow.service import STATUS, Status
from zhizao.workflows.shadow.site import OpcuaSource, Site, SparkplugSource
from zhizao.workflows.shadow.sources import Health, address_of, spool_of

_DEAD_AFTER_S = 30.0  # a service writes its status every second; a busy machine may delay it
_SILENT_S = 60.0  # a plant that says nothing for so long is worth a look
_AHEAD_S = 5.0  # clocks that are set by the network differ by less
_BEHIND_S = 60.0
_WAITING_S = 60.0  # a sample that waits for so long is not being moved


class Finding(BaseModel):
    """One thing that was looked at."""

    what: str
    fine: bool
    words: str


def examine(site: Site) -> list[Finding]:
    """Look at a site: at the service that runs, else at what it has left."""
    status = _status(site)
    found = list(_of_service(status) if status is not None else _left(site))
    return [*found, *_certificates(site)]


def _status(site: Site) -> Status | None:
    """Give the status of the service that runs; None if none does."""
    try:
        text = (site.at(site.spool) / STATUS).read_text(encoding="utf-8")
        status = Status.model_validate_json(text)
    except (OSError, ValidationError):
        return None
    fresh = datetime.now(UTC) - status.written < timedelta(seconds=_DEAD_AFTER_S)
    return status if fresh and _alive(status.pid) else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True


# ---------------------------------------------------------------- a service that runs
def _of_service(status: Status) -> Iterator[Finding]:
    yield Finding(what="service", fine=True, words=f"runs (process {status.pid}), {status.kept} samples kept")
    for health in status.sources:
        yield from _source(health)
    yield from _lag(status)
    if status.store_error:
        yield Finding(what="store", fine=False, words=f"takes nothing: {status.store_error}")
    else:
        yield _gaps(status.gaps)
    for fault, count in status.faults.items():
        yield Finding(what="tags", fine=False, words=f"{fault} ({count} times)")
    for unit, since in status.unknown.items():
        words = f"nobody knows what it does since {since:%Y-%m-%d %H:%M:%S}"
        yield Finding(what=f"unit {unit}", fine=False, words=words)


def _source(health: Health) -> Iterator[Finding]:
    words = "connected" if health.connected else f"not connected: {health.error or 'no reason is known'}"
    yield Finding(what=health.source, fine=health.connected, words=words)
    for note in health.notes:
        yield Finding(what=health.source, fine=False, words=note)
    if health.oldest is not None:
        yield _waiting(health.source, health.waiting, health.oldest)


def _waiting(source: str, count: int, oldest: datetime) -> Finding:
    age_s = (datetime.now(UTC) - oldest).total_seconds()
    words = f"{count} samples wait in its spool, the oldest for {_long(age_s)}"
    return Finding(what=source, fine=age_s < _WAITING_S, words=words)


def _lag(status: Status) -> Iterator[Finding]:
    if status.last is None:
        yield Finding(what="values", fine=False, words="none has come since the service was started")
        return
    silent_s = (datetime.now(UTC) - status.last).total_seconds()
    read = "" if status.moment is None else f"; all is read up to {status.moment:%Y-%m-%d %H:%M:%S}"
    words = f"the last one came {_long(silent_s)} ago{read}"
    yield Finding(what="values", fine=silent_s < _SILENT_S, words=words)
    ahead_s = status.ahead_s or 0.0
    if ahead_s > _AHEAD_S:
        words = f"times of values are {_long(ahead_s)} ahead of the clock here: set the clock of the device"
        yield Finding(
            what="clock", fine=False, words=f"{words}, or here; a plant that plays fast runs ahead too"
        )
    elif ahead_s < -_BEHIND_S:
        words = (
            f"values come {_long(-ahead_s)} after their time: old ones are catching up, or a clock is wrong"
        )
        yield Finding(what="clock", fine=False, words=words)
    else:
        yield Finding(
            what="clock", fine=True, words=f"times of values agree with the clock here ({ahead_s:+.1f} s)"
        )


def _gaps(gaps: list[str]) -> Finding:
    if gaps:
        return Finding(what="store", fine=False, words="; ".join(gaps))
    return Finding(what="store", fine=True, words="no sample is missing")


# ---------------------------------------------------------------- a service that does not run
def _left(site: Site) -> Iterator[Finding]:
    words = "does not run; `zhizao connect run` starts it"
    yield Finding(what="service", fine=False, words=words)
    for source in site.sources:
        address = address_of(source)
        path = spool_of(site, address)
        if isinstance(source, SparkplugSource) or not path.exists():
            continue
        spool = Spool(path, source=address)
        depth, oldest = spool.depth(), spool.oldest()
        spool.close()
        if oldest is None:
            yield Finding(what=address, fine=True, words="nothing waits in its spool")
        else:
            yield _waiting(address, depth, oldest)
    yield _store(site)


def _store(site: Site) -> Finding:
    if not site.store_exists():
        return Finding(what="store", fine=True, words="not made yet; the first `zhizao connect run` makes it")
    try:
        store = open_store(site.store_url)
    except ConnectError as error:
        return Finding(what="store", fine=False, words=str(error))
    try:
        return _gaps(gaps_in_words(store.gaps()))
    finally:
        store.close()


# ---------------------------------------------------------------- certificates
def _certificates(site: Site) -> Iterator[Finding]:
    folders = {s.certificates for s in site.sources if isinstance(s, OpcuaSource) and not s.plain}
    for folder in sorted(site.at(folder) for folder in folders):
        waiting: list[Path] = sorted((folder / "rejected").glob("*.der"))
        for path in waiting:
            words = f"{path} asked in vain; if it is your server's, move it to {folder / 'trusted'}"
            yield Finding(what="certificate", fine=False, words=words)


def _long(seconds: float) -> str:
    """Say a time in the largest unit that fits."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0.0):.0f} s"
