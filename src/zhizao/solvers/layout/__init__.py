"""Facility layout."""

from zhizao.solvers.layout.places import Places, assign_places
from zhizao.solvers.layout.row import RowOrder, single_row
