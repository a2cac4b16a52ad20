"""Rules that read a plant, each once: studies, engine and KPI ask here and nowhere else.

`routes` of products and what follows an operation; `calendars` of equipment; `personnel` and skills;
processing `times` of lots; `orders`; `transport` and its travel times.
"""

from zhizao.plant.query.calendars import own_calendar, work_calendar
from zhizao.plant.query.orders import job_orders, lots_in, product_mix, streams
from zhizao.plant.query.personnel import abilities, groups, groups_by_name, needed_by, places
from zhizao.plant.query.routes import (
    END,
    are_past_lots,
    followers,
    keeps_places,
    most_probable_past_lot,
    parts_of,
    rework_target,
    routes_of,
)
from zhizao.plant.query.times import mean_lot_s, runs_of, takes_at
from zhizao.plant.query.transport import (
    equipment,
    equipment_by_path,
    fixed_time_s,
    transporter_ids,
    transporters,
)

__all__ = [
    "END",
    "abilities",
    "are_past_lots",
    "equipment",
    "equipment_by_path",
    "fixed_time_s",
    "followers",
    "groups",
    "groups_by_name",
    "job_orders",
    "keeps_places",
    "lots_in",
    "mean_lot_s",
    "most_probable_past_lot",
    "needed_by",
    "own_calendar",
    "parts_of",
    "places",
    "product_mix",
    "rework_target",
    "routes_of",
    "runs_of",
    "streams",
    "takes_at",
    "transporter_ids",
    "transporters",
    "work_calendar",
]
