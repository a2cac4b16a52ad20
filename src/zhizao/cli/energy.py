"""`zhizao energy`: expected consumption a day ahead, and what a change saved."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs, load_plant
from zhizao.cli.options import Json, ReportFile, Seed, power_of, share_of, time_of
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress

if TYPE_CHECKING:
    from zhizao.studies.monitor import EnergyResult, Shifting

_SHOWN = 14
_DAY = ["%Y-%m-%d"]


Drivers = Annotated[
    list[str] | None,
    typer.Option(
        "--driver",
        metavar="COLUMN",
        help="Column known a day ahead: a weather forecast, planned output; repeatable.",
        show_default=False,
    ),
]
Holidays = Annotated[
    str | None,
    typer.Option(
        "--holidays",
        metavar="COUNTRY",
        help="Public holidays of a country: CN, DE-BY.",
        show_default="none",
    ),
]
TariffPlant = Annotated[
    Path | None,
    typer.Option(
        "--tariff",
        metavar="PLANT",
        help="Plant file with the tariff under which load moves (with --movable, --within).",
        show_default=False,
    ),
]
Movable = Annotated[
    str | None,
    typer.Option(
        "--movable", metavar="SHARE", help="Share of each interval that can move.", show_default=False
    ),
]
Within = Annotated[
    str | None,
    typer.Option("--within", metavar="TIME", help="Time by which it can move, as '4 h'.", show_default=False),
]
PeakAtMost = Annotated[
    str | None,
    typer.Option(
        "--peak-at-most",
        metavar="POWER",
        help="Power that no interval may exceed, as '500 kW'.",
        show_default="the highest forecast for the day",
    ),
]


@guarded
def energy(
    table: Annotated[
        Path, typer.Argument(metavar="TABLE", help="Metered consumption: CSV or Parquet.", show_default=False)
    ],
    target: Annotated[
        str, typer.Option("--target", metavar="COLUMN", help="Column of consumption.", show_default=False)
    ],
    holidays: Holidays = None,
    driver: Drivers = None,
    forecast_from: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAY, help="First day to forecast.", show_default="the last quarter"),
    ] = None,
    change: Annotated[
        datetime | None,
        typer.Option("--change", formats=_DAY, help="First day after a change to judge.", show_default=False),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            "--time",
            metavar="COLUMN",
            help="Column of times, each the end of its interval.",
            show_default="time, timestamp, date or datetime",
        ),
    ] = None,
    tariff: TariffPlant = None,
    movable: Movable = None,
    within: Within = None,
    peak_at_most: PeakAtMost = None,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Forecast consumption a day ahead, with intervals, and estimate what a change saved.

    A saving is the baseline from before the change less what is metered since (IPMVP, option C); where its
    interval includes 0, it is not shown.

    \b
    Examples:
      zhizao energy meter.csv --target kwh
      zhizao energy meter.csv --target kwh --holidays CN --driver outdoor_c --report energy.html
      zhizao energy meter.csv --target kwh --change 2026-03-02
      zhizao energy meter.csv --target kwh --tariff plant.yaml --movable 0.2 --within '4 h'
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.studies.monitor import EnergyOptions, energy_baseline

    check_outputs({"--report": report}, (table, tariff))
    options = EnergyOptions(
        holidays,
        tuple(driver or ()),
        None if forecast_from is None else forecast_from.date(),
        None if change is None else change.date(),
        time,
        _shifting(tariff, movable, within, peak_at_most),
    )
    with progress("forecasting") as on_progress:
        result = energy_baseline(table, target, options=options, seed=seed, progress=on_progress)
    hand_over(result, report, as_json, _show)


def _shifting(
    tariff: Path | None, movable: str | None, within: str | None, peak: str | None
) -> Shifting | None:
    """How load may move; None where it does not.

    Raises
    ------
    InputError
        Only a part of it is stated.
    """
    from zhizao.quantities import InputError
    from zhizao.studies.monitor import Shifting

    given = {"--tariff PLANT": tariff, "--movable SHARE": movable, "--within TIME": within}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == len(given) and peak is None:
        return None
    if tariff is None or movable is None or within is None:
        raise InputError(f"--tariff: a meter does not say how load can move; state also {', '.join(missing)}")
    share, within_s = share_of("--movable", movable), time_of("--within", within)
    return Shifting(load_plant(tariff), share, within_s, power_of("--peak-at-most", peak))


def _show(result: EnergyResult) -> None:
    say([result.title, *result.notes])
    frame = result.table()
    show_frame("Expected consumption by day", frame.tail(_SHOWN))
    if frame.height > _SHOWN:
        say([f"{frame.height - _SHOWN} more days are in --json and --report."])
