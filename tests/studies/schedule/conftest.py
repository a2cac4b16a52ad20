"""Few runs of the twin for the causes of late orders: most of the time of a plan, where nobody reads them."""

from __future__ import annotations

import pytest

from zhizao.studies.schedule import study


@pytest.fixture
def few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for causes by as many runs as in a plan with the most rows."""
    monkeypatch.setattr(study, "_MOST_TRIALS", study._LEAST_TRIALS)
