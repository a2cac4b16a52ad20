"""From an outbox to a store: what a consumer does again and again."""

from __future__ import annotations

from zhizao.connect.store.store import Store
from zhizao.records.samples import Outbox


def drain(outbox: Outbox, store: Store, *, limit: int = 50_000, most: int | None = None) -> int:
    """Move what waits in an outbox into a store, until nothing waits; a caller repeats it.

    The outbox forgets samples only after the store has committed them. Whatever is killed in between, they
    are offered again, and the store keeps them once.

    Parameters
    ----------
    limit : samples of one transaction.
    most : samples after which to return, so that a caller with several outboxes serves all; None: no end.

    Returns
    -------
    The number of samples that were new to the store.

    Raises
    ------
    ConnectError
        If outbox or store fails; what was not committed still waits.
    """
    new = seen = 0
    while most is None or seen < most:
        batch = outbox.waiting(limit if most is None else min(limit, most - seen))
        if batch.is_empty():
            break
        new += store.append(batch)
        outbox.committed(*batch.select("epoch", "sequence").row(-1))
        seen += len(batch)
    return new
