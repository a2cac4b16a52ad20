"""A cancel at a known moment: in the n-th run of the engine that a study starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zhizao.engine import Twin

CancelInRun = Callable[[int], None]


@pytest.fixture
def cancel_in_run(monkeypatch: pytest.MonkeyPatch) -> CancelInRun:
    def cancel(number: int) -> None:
        real, calls = Twin.run, []

        def run(*args: Any, **kwargs: Any) -> Any:
            calls.append(1)
            if len(calls) == number:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        monkeypatch.setattr(Twin, "run", run)

    return cancel
