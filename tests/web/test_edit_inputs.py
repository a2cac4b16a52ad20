"""What studies of the page take beside a plant: orders, prices, measures, and a log to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.studies.plants import LINE
from tests.web.conftest import asked, ended, serving, small_log

if TYPE_CHECKING:
    import httpx

ORDERS = (
    "order,product,pieces,release\na,p,4,2026-01-05 08:00\nb,p,4,2026-01-05 09:00\nc,p,4,2026-01-05 10:00\n"
)
MEASURES = "measures:\n  - {id: quicker, cost: 100, set: {routes.r.two.takes: exponential(5 min)}}\n"
OWN_CODE = MEASURES.replace(
    "routes.r.two.takes: exponential(5 min)", "work_centers.slow.dispatch: 'mine:rule'"
)
QUICK = {"days": 3, "seconds": 6, "library": False}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of one server for all tests, none of which changes a file."""
    texts = {"line.yaml": LINE, "orders.csv": ORDERS, "more.yaml": MEASURES, "code.yaml": OWN_CODE}
    with serving(tmp_path_factory.mktemp("inputs")) as client:
        for name, text in texts.items():
            assert client.put(f"/api/files/{name}", content=text.encode()).status_code == 201
        client.put("/api/files/may.csv", content=small_log())
        client.put("/api/files/prices.yaml", content=b"products: {p: {price: 20}}\n")
        yield client


def answer(client: httpx.Client, job: dict[str, object]) -> str:
    page: str = client.get(f"/api/results/{job['result']}").text
    return page


def test_a_plant_is_simulated_with_the_orders_of_a_table(files: httpx.Client) -> None:
    job = ended(
        files, asked(files, "simulate", {"plant": "line.yaml", "orders": "orders.csv"}, replications=2)["id"]
    )
    assert job["status"] == "done", job["message"]
    alone = ended(files, asked(files, "simulate", {"plant": "line.yaml"}, replications=2, days=2)["id"])
    assert set(job["hashes"]) - set(alone["hashes"]) == {"orders"}
    assert answer(files, job) != answer(files, alone)


def test_improve_takes_prices_and_measures_of_files(files: httpx.Client) -> None:
    inputs = {"plant": "line.yaml", "money": "prices.yaml", "measures": "more.yaml"}
    job = ended(files, asked(files, "improve", inputs, **QUICK)["id"])
    assert job["status"] == "done", job["message"]
    assert "quicker" in answer(files, job)


def test_improve_learns_from_a_log_first(files: httpx.Client) -> None:
    job = ended(files, asked(files, "improve", {"log": "may.csv"}, days=3, seconds=8)["id"])
    assert job["status"] == "done", job["message"]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "give one of a plant and an event log"),
        ({"log": "may.csv", "measures": "more.yaml"}, "learn a plant from the log first"),
        ({"plant": "line.yaml", "measures": "code.yaml"}, "--allow-code"),
        ({"plant": "line.yaml", "measures": "prices.yaml"}, "no file of measures"),
        ({"plant": "line.yaml", "money": "more.yaml"}, "measures"),
    ],
    ids=["nothing", "measures of a log", "code", "no measures", "no prices"],
)
def test_what_improve_cannot_use_is_said(files: httpx.Client, inputs: dict[str, str], said: str) -> None:
    job = ended(files, asked(files, "improve", inputs, **QUICK)["id"])
    assert job["status"] == "failed"
    assert said in job["message"]
