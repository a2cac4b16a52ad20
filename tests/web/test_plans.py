"""Plans on the server: moved operations checked by the twin, and a repair around them as a job."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.studies.schedule.test_moves import SHOP
from tests.web.conftest import asked, ended

if TYPE_CHECKING:
    import httpx


def planned(client: httpx.Client) -> dict[str, Any]:
    """A plan of two saws and a press that was made on the server."""
    client.put("/api/files/shop.yaml", content=SHOP.encode())
    job = ended(client, asked(client, "schedule", {"plant": "shop.yaml"}, seconds=0.5)["id"])
    assert job["status"] == "done", job
    return job


def move(job: dict[str, Any], lot: str, operation: str, unit: str, start: str) -> dict[str, Any]:
    one = {"lot": lot, "operation": operation, "unit": unit, "start": f"2026-01-05T{start}:00"}
    return {"result": job["result"], "moves": [one]}


def test_a_moved_operation_is_checked_and_repaired_around(client: httpx.Client) -> None:
    job = planned(client)
    found = client.post("/api/plans/check", json=move(job, "C", "cut", "saw-1", "09:00")).json()
    assert found == {"breaches": [], "starts": ["2026-01-05T09:00:00"], "later": 0, "late": []}
    asked_for = move(job, "A", "bend", "press-1", "12:00")
    found = client.post("/api/plans/check", json=asked_for).json()
    assert found["late"] == ["A"]
    answer = client.post("/api/plans/repair", json=asked_for)
    assert answer.status_code == 202, answer.text
    again = ended(client, answer.json()["id"])
    assert again["status"] == "done", again
    assert again["inputs"]["previous"] == "shop-moved.csv"
    result = client.get(f"/api/results/{again['result']}").json()
    rows = {(row["lot"], row["operation"]): row for row in result["schedule"] if row["activity"] == "process"}
    assert datetime.fromisoformat(rows["A", "bend"]["start"]) == datetime(2026, 1, 5, 12)
    assert len(rows) == 6


def test_breaches_have_their_kind_and_a_sentence(client: httpx.Client) -> None:
    job = planned(client)
    found = client.post("/api/plans/check", json=move(job, "C", "cut", "saw-1", "08:00")).json()["breaches"]
    assert [one["kind"] for one in found][:1] == ["release"]
    assert found[0]["text"] == "lot C is released at 2026-01-05 09:00"
    found = client.post("/api/plans/check", json=move(job, "A", "cut", "press-1", "06:00")).json()["breaches"]
    assert [one["kind"] for one in found] == ["unit"]


def test_what_cannot_be_checked_is_refused(client: httpx.Client) -> None:
    job = planned(client)
    wrong = move(job, "A", "cut", "lathe", "06:00")
    for path in ("check", "repair"):
        answer = client.post(f"/api/plans/{path}", json=wrong)
        assert (answer.status_code, "unit 'lathe'" in answer.json()["detail"]) == (422, True)
    assert client.post("/api/plans/check", json=wrong | {"result": "0" * 64}).status_code == 404
    zoned = {"result": job["result"], "moves": [wrong["moves"][0] | {"start": "2026-01-05T08:00:00Z"}]}
    assert "without zone" in client.post("/api/plans/check", json=zoned).json()["detail"]
    client.put("/api/files/shop.yaml?replace=true", content=SHOP.replace("1 h", "2 h").encode())
    answer = client.post("/api/plans/check", json=move(job, "A", "cut", "saw-1", "06:00"))
    assert "changed since the plan was made" in answer.json()["detail"]
