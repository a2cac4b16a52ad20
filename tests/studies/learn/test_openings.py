"""Working hours from logs: a regular cycle is no calendar, and few jobs do not make hours of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.studies.learn.logs import history, row
from zhizao.engine import LogLevel, RunSettings, run
from zhizao.plant import Plant
from zhizao.quantities.calendars import monday_before
from zhizao.studies.learn.log.visits import read_history
from zhizao.studies.learn.log.week import HOUR_S
from zhizao.studies.learn.resources.opening import learn_openings, learn_pauses

Weekly = tuple[tuple[float, float], ...]
ALWAYS: Weekly = ((0.0, 168.0),)
DAY = {"day": {"mon-fri": ["06:00-14:00"]}}
TWO_SHIFT = {"two-shift": {"mon-fri": ["06:00-22:00"]}}
NIGHTS = {"nights": {"mon-fri": ["22:00-06:00"]}}


def step(center: str, takes: str, **more: Any) -> dict[str, Any]:
    return {"id": center, "on": [center], "takes": {"per_lot": takes}, **more}


def plant(centers: list[dict[str, Any]], steps: list[dict[str, Any]], **more: Any) -> Plant:
    orders = {"product": "p", "every": more.pop("every"), **more.pop("orders", {})}
    made = {
        "plant": "hidden",
        "work_centers": centers,
        "routes": {"r": steps},
        "products": {"p": {"route": "r", "lot": 1}},
        "orders": [orders],
    }
    return Plant.model_validate(made | more)


def hours_learned(hidden: Plant, days: float = 56) -> dict[str, Weekly]:
    """Open hours of a week, by work center, from the plant's own log."""
    records = run(hidden, RunSettings(days=days, seed=3, log=LogLevel.EVENTS, threads=1)).records[0]
    origin = monday_before(records.start)
    pauses, _ = learn_pauses(read_history(records, origin))
    openings, _ = learn_openings(read_history(records, origin, pauses=pauses), pauses)
    return {
        name: tuple((a / HOUR_S, b / HOUR_S) for a, b in opening.calendar().weekly)
        for name, opening in openings.items()
    }


def overlap(found: Weekly, truth: Weekly) -> float:
    """Hours of a week that are open in one and closed in the other."""
    both = sum(max(0.0, min(b, d) - max(a, c)) for a, b in found for c, d in truth)
    return sum(b - a for a, b in found) + sum(b - a for a, b in truth) - 2 * both


def shift(days: int, start: float, end: float) -> Weekly:
    return tuple((24 * d + start, 24 * d + end) for d in range(days))


# ---------------------------------------------------------------- cycles
@pytest.mark.parametrize("cycle", ["110 min", "8 h", "12 h", "24 h"])
def test_a_batch_cycle_beside_a_station_with_shifts_runs_always(cycle: str) -> None:
    batch = {"lots": {"least": 1, "most": 40}, "by": "operation"}
    hidden = plant(
        [{"id": "lay", "calendar": "two-shift", "units": 2}, {"id": "bake"}],
        [step("lay", "20 min"), step("bake", cycle, batch=batch)],
        every="exponential(25 min)",
        orders={"calendar": "two-shift"},
        calendars=TWO_SHIFT,
    )
    found = hours_learned(hidden)
    assert found["bake"] == ALWAYS
    assert overlap(found["lay"], shift(5, 6, 22)) <= 4


@pytest.mark.parametrize("cycle", ["8 h", "12 h", "24 h"])
def test_a_cycle_that_goes_into_the_day_is_no_calendar(cycle: str) -> None:
    hours = float(cycle.split()[0])
    hidden = plant([{"id": "kiln"}], [step("kiln", cycle)], every=f"{hours} h")
    assert hours_learned(hidden) == {"kiln": ALWAYS}


def test_work_of_one_length_that_rests_over_the_night_keeps_its_shift() -> None:
    hidden = plant(
        [{"id": "mill", "calendar": "day"}], [step("mill", "100 min")], every="exponential(2 h)",
        orders={"calendar": "day"}, calendars=DAY,
    )  # fmt: skip
    assert overlap(hours_learned(hidden)["mill"], shift(5, 6, 14)) <= 3


# ---------------------------------------------------------------- the hours of the plant
def beside_a_busy_one() -> list[dict[str, Any]]:
    """A machine that always runs, and one that is used on Mondays and Wednesdays."""
    rows = [row(f"{d}.{h}", "run", 24 * d + h, 24 * d + h + 0.9) for d in range(56) for h in range(24)]
    starts = [168 * week + at for week in range(8) for at in (9, 57)]
    return rows + [row(f"slow {at}", "slow", at, at + 5) for at in starts]


def test_a_slow_machine_used_twice_a_week_keeps_the_hours_of_the_plant() -> None:
    found = learn_openings(history(beside_a_busy_one()))[0]
    assert found["at slow"].hours == found["at run"].hours == 168


def test_hours_that_few_jobs_decide_are_called_uncertain() -> None:
    values = {f.what.split(".")[1]: f.value for f in learn_openings(history(beside_a_busy_one()))[1]}
    assert "uncertain" in values["at slow"]
    assert "uncertain" not in values["at run"]


def test_no_hours_are_learned_from_less_than_two_weeks() -> None:
    rows = [row(f"{d}.{k}", "cut", 24 * d + 8 + k, 24 * d + 9 + k) for d in range(5) for k in range(8)]
    found, said = learn_openings(history(rows))
    assert found["at cut"].hours == 168
    assert said[0].value == "unknown (always open assumed)"
    assert learn_pauses(history(rows)) == ({}, [])


def test_a_week_more_shows_the_shift() -> None:
    rows = [row(f"{d}.{k}", "cut", 24 * d + 8 + k, 24 * d + 9 + k)
            for d in range(19) if d % 7 < 5 for k in range(8)]  # fmt: skip
    assert learn_openings(history(rows))[0]["at cut"].hours == 40


@pytest.mark.parametrize(
    ("calendars", "truth"),
    [
        (DAY, shift(5, 6, 14)),
        (TWO_SHIFT, shift(5, 6, 22)),
        (NIGHTS, shift(5, 22, 30)),
        ({"week": {"mon-fri": ["00:00-24:00"]}}, ((0.0, 120.0),)),
    ],
)
def test_shifts_of_a_line_are_found(calendars: dict[str, Any], truth: Weekly) -> None:
    (name,) = calendars
    hidden = plant(
        [{"id": "cut", "calendar": name}, {"id": "sew", "calendar": name}],
        [step("cut", "gamma(40 min, cv 0.4)"), step("sew", "gamma(45 min, cv 0.5)")],
        every="exponential(60 min)",
        orders={"calendar": name},
        calendars=calendars,
    )
    for found in hours_learned(hidden).values():
        assert overlap(found, truth) <= 5


def test_a_night_shift_is_told_from_the_day_shift_before_it() -> None:
    hidden = plant(
        [{"id": "cut", "calendar": "day"}, {"id": "wash", "calendar": "nights"}],
        [step("cut", "gamma(40 min, cv 0.4)"), step("wash", "gamma(40 min, cv 0.5)")],
        every="exponential(55 min)",
        orders={"calendar": "day"},
        calendars=DAY | NIGHTS,
    )
    found = hours_learned(hidden)
    assert overlap(found["cut"], shift(5, 6, 14)) <= 5
    assert overlap(found["wash"], shift(5, 22, 30)) <= 5
