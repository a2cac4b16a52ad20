"""Calendars: text, days off, and the table that the engine reads."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import calendars
from zhizao.quantities import (
    ALWAYS,
    Calendar,
    CalendarError,
    day_intervals,
    format_calendar,
    meet,
    parse_calendar,
    table,
    week_hours,
    weekly_window,
    working_intervals,
)

H = 3600.0
MONDAY = datetime(2026, 1, 5)
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 1)).map(lambda t: t.replace(microsecond=0))


def test_two_shifts_on_six_days_make_96_hours() -> None:
    assert week_hours(parse_calendar({"mon-sat": ["06:00-14:00", "14:30-22:30"]})) == 96.0


def test_a_shift_over_midnight_is_one_working_time_and_wraps_at_the_weeks_end() -> None:
    nights = parse_calendar({"mon": ["22:00-06:00"], "sun": "22:00-06:00"})
    assert nights.weekly == ((0.0, 6 * H), (22 * H, 30 * H), (166 * H, 168 * H))


def test_a_range_of_days_goes_over_the_weeks_end() -> None:
    assert parse_calendar({"sat-mon": "08:00-12:00"}) == parse_calendar({"mon,sat,sun": "08:00-12:00"})


def hours(calendar: Calendar, days: int) -> list[tuple[float, float]]:
    """Working time in hours from Monday 5 January 2026, 00:00."""
    return [(a / H, b / H) for a, b in working_intervals(calendar, MONDAY, days * 24 * H)]


def test_a_day_off_takes_out_the_shifts_that_begin_on_it() -> None:
    nights = {"mon-sun": "20:00-04:00", "off": ["2026-01-06"], "on": {"2026-01-07": ["08:00-12:00"]}}
    assert hours(parse_calendar(nights), 4) == [(0, 4), (20, 28), (56, 60), (92, 96)]


def test_the_shift_after_the_night_of_a_day_off_is_worked() -> None:
    three = {"mon-fri": ["06:00-14:00", "14:00-22:00", "22:00-06:00"], "off": ["2026-01-06"]}
    assert hours(parse_calendar(three), 4) == [(6, 30), (54, 96)]


def test_days_off_in_a_row_leave_the_night_before_the_first_and_nothing_after_the_last() -> None:
    nights = {"mon-fri": ["22:00-06:00"], "off": ["2026-01-06..2026-01-07"]}
    assert hours(parse_calendar(nights), 5) == [(22, 30), (94, 102), (118, 120)]


def test_the_night_before_a_day_with_its_own_shifts_runs_through() -> None:
    nights: dict[str, object] = {"mon-fri": ["22:00-06:00"], "on": {"2026-01-06": ["06:00-09:00"]}}
    assert hours(parse_calendar(nights), 3) == [(22, 33), (70, 72)]
    nights["on"] = {"2026-01-06": ["05:00-09:00"]}
    with pytest.raises(CalendarError, match=r"05:00-09:00 on 2026-01-06.*begin it at 06:00"):
        parse_calendar(nights)


@pytest.mark.parametrize(
    "form",
    [
        {"mon-fri": ["22:00-06:00"], "off": ["2026-01-06"]},
        {"mon-fri": ["22:00-06:00"], "off": ["2026-01-06"], "on": {"2026-01-08": ["08:00-09:00"]}},
        {"mon-sun": ["07:00-14:00", "22:00-06:00"], "off": ["2026-01-10..2026-01-12"]},
    ],
)
def test_days_off_of_night_shifts_are_written_as_they_were_read(form: dict[str, object]) -> None:
    assert format_calendar(parse_calendar(form)) == form


def test_days_off_of_shifts_without_a_gap_read_back_the_same() -> None:
    calendar = parse_calendar(
        {"mon-fri": ["06:00-14:00", "14:00-22:00", "22:00-06:00"], "off": ["2026-01-06..2026-01-07"]}
    )
    assert parse_calendar(format_calendar(calendar)) == calendar


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"mon": ["06:00-14:00", "13:00-15:00"]}, "overlap.*13:00 to 15:00 begins before 14:00"),
        ({"sun": "22:00-06:00", "mon": "05:00-07:00"}, "overlap"),
        ({"mno": "06:00-14:00"}, "found 'mno' where days should be"),
        ({"mon": "25:00-26:00"}, "write a shift such as 06:00-14:00"),
        ({"mon": "06:00"}, "write a shift"),
        ({"off": "2026-13-01"}, "where a date should be"),
        ({"off": "2026-02-02..2026-02-01"}, "ends after it starts"),
        ({"off": ["2026-02-02"], "on": {"2026-02-02": "08:00-09:00"}}, "twice"),
        ({"on": {"2026-02-02": "22:00-06:00"}}, "over midnight"),
        ({"on": ["2026-02-02"]}, "dates with shifts"),
        ({"off": "9999-12-31"}, "a date from 1900 to 2199"),
    ],
)
def test_what_is_no_calendar_is_refused(form: dict[str, object], words: str) -> None:
    with pytest.raises(CalendarError, match=words):
        parse_calendar(form)


@given(calendars())
def test_a_written_calendar_reads_back_the_same(calendar: Calendar) -> None:
    assert parse_calendar(format_calendar(calendar)) == calendar


@settings(deadline=None)
@given(calendars(), STARTS)
def test_the_table_repeats_to_the_calendar_of_any_horizon(calendar: Calendar, start: datetime) -> None:
    starts, ends, prefix_end, period = table(calendar, start)
    horizon = prefix_end + 3 * period
    spans = list(zip(starts, ends, strict=True))
    unrolled = [span for span in spans if span[0] < prefix_end]
    unrolled += [(a + k * period, b + k * period) for k in range(3) for a, b in spans if a >= prefix_end]
    assert tuple(unrolled) == working_intervals(calendar, start, horizon)


@given(calendars(), calendars(), STARTS)
def test_two_calendars_meet_where_both_work(a: Calendar, b: Calendar, start: datetime) -> None:
    both = working_intervals(meet(a, b), start, 14 * 86400.0)
    for low, high in both[:20]:
        middle = start + timedelta(seconds=(low + high) / 2)
        assert all(_works(calendar, middle) for calendar in (a, b))
    total = sum(high - low for low, high in both)
    assert (
        total <= min(sum(e - s for s, e in working_intervals(c, start, 14 * 86400.0)) for c in (a, b)) + 1e-6
    )


def _works(calendar: Calendar, moment: datetime) -> bool:
    second = (moment - datetime.combine(moment.date(), datetime.min.time())).total_seconds()
    own = dict(calendar.exceptions).get(moment.date())
    if own is None:
        second, own = second + moment.weekday() * 86400.0, calendar.weekly
    return any(low <= second < high for low, high in own)


def test_a_calendar_that_never_closes_is_one_week_that_repeats() -> None:
    assert table(ALWAYS, MONDAY) == ((0.0,), (604800.0,), 0.0, 604800.0)


def test_after_the_last_exception_a_calendar_without_weeks_is_closed_for_good() -> None:
    once = Calendar((), ((date(2026, 1, 6), ((8 * H, 9 * H),)),))
    assert table(once, MONDAY) == ((32 * H,), (33 * H,), 48 * H, 604800.0)


def test_a_weekly_window_without_days_holds_every_day() -> None:
    assert weekly_window("22:00-06:00")[:2] == ((0.0, 6 * H), (22 * H, 30 * H))
    assert weekly_window("mon 08:00-11:00, 18:00-21:00") == ((8 * H, 11 * H), (18 * H, 21 * H))


def test_a_day_that_works_until_midnight_goes_on_without_a_seam() -> None:
    """The table must not cut working time in two where its week begins."""
    calendar = parse_calendar({"mon-fri": "00:00-08:00", "on": {"2026-01-06": ["16:00-24:00"]}})
    starts, ends, prefix_end, _ = table(calendar, MONDAY)
    assert (40 * H, 56 * H) in set(zip(starts, ends, strict=True))
    assert prefix_end == 72 * H


WEEKDAYS = {"mon-fri": ["06:00-14:00"]}


def test_public_holidays_of_a_country_are_days_off_from_the_year_of_the_start_on() -> None:
    calendar = parse_calendar({**WEEKDAYS, "off": ["2026-08-03", "holidays CN"]}, start=datetime(2026, 3, 1))
    for day in (date(2026, 8, 3), date(2026, 1, 1), date(2026, 10, 1), date(2027, 10, 1), date(2036, 1, 1)):
        assert day_intervals(calendar, day) == ()
    assert day_intervals(calendar, date(2025, 10, 1)) == ((6 * 3600.0, 14 * 3600.0),)


def test_a_subdivision_has_holidays_of_its_own_and_weekends_need_none() -> None:
    bavaria = parse_calendar({**WEEKDAYS, "off": "holidays DE-BY"})
    germany = parse_calendar({**WEEKDAYS, "off": "holidays DE"})
    epiphany = date(2026, 1, 6)
    assert day_intervals(bavaria, epiphany) == ()
    assert day_intervals(germany, epiphany) != ()
    assert all(day.weekday() < 5 for day, _ in germany.exceptions)
    assert parse_calendar(format_calendar(germany)) == germany


def test_a_date_that_is_named_goes_before_a_holiday() -> None:
    form = {**WEEKDAYS, "off": ["holidays CN"], "on": {"2026-10-01": ["08:00-12:00"]}}
    assert day_intervals(parse_calendar(form), date(2026, 10, 1)) == ((8 * 3600.0, 12 * 3600.0),)


@pytest.mark.parametrize(("place", "nearest"), [("cn", "CN"), ("DE-BYE", "DE-BY")])
def test_an_unknown_country_is_refused_with_the_nearest_name(place: str, nearest: str) -> None:
    with pytest.raises(CalendarError) as raised:
        parse_calendar({**WEEKDAYS, "off": [f"holidays {place}"]})
    assert raised.value.nearest == nearest
