"""Rules that read a plant, each once: studies, engine and KPI ask here and nowhere else.

`routes` of products and what follows an operation; `calendars` of equipment; `personnel` and skills;
`transport` and its travel times.
"""

from zhizao.plant.query.calendars import work_calendar
from zhizao.plant.query.personnel import groups, groups_by_name, places
from zhizao.plant.query.routes import END, followers, keeps_places, parts_of, rework_target, routes_of
from zhizao.plant.query.transport import equipment, means_of_transport

__all__ = [
    "END",
    "equipment",
    "followers",
    "groups",
    "groups_by_name",
    "keeps_places",
    "means_of_transport",
    "parts_of",
    "places",
    "rework_target",
    "routes_of",
    "work_calendar",
]
