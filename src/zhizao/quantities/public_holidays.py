"""Public holidays of countries, from the library `holidays` (MIT licence)."""

from __future__ import annotations

from datetime import date

from zhizao.quantities.errors import CalendarError, nearest_name

YEARS = 11
"""Years of holidays in a calendar, the first that of the plant's start: a run lasts ten years at most."""


def public_holidays(place: str, first_year: int) -> tuple[date, ...]:
    """List the public holidays of a country for `YEARS` years.

    Parameters
    ----------
    place
        Country, or country and subdivision, by ISO 3166: `CN`, `DE-BY`.
    first_year
        First of the years.

    Raises
    ------
    CalendarError
        The country or its subdivision is unknown (with the nearest name).
    """
    import holidays

    code, _, part = place.strip().partition("-")
    countries = {name: parts for name, parts in holidays.list_supported_countries().items() if len(name) == 2}
    if code not in countries:
        right = "write a country (ISO 3166), or one with its subdivision: holidays CN, holidays DE-BY"
        near = nearest_name(code.upper(), countries)
        raise CalendarError(f"found holidays of the unknown country {code!r}", right, near)
    if part and part not in countries[code]:
        known = ", ".join(countries[code]) or "none"
        near = nearest_name(part.upper(), countries[code])
        found = f"found holidays of the unknown subdivision {part!r} of {code}"
        raise CalendarError(found, f"the subdivisions of {code} are {known}", near and f"{code}-{near}")
    years = range(first_year, first_year + YEARS)
    return tuple(sorted(holidays.country_holidays(code, subdiv=part or None, years=years)))
