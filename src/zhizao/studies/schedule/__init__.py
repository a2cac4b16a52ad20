"""Schedule a plant's orders: a plan that keeps what the plant has, and the reason of all that is late."""

from zhizao.solvers.shop import Objective
from zhizao.studies.schedule.plan import OrderPlan
from zhizao.studies.schedule.reasons.late import Late
from zhizao.studies.schedule.reasons.waits import Wait
from zhizao.studies.schedule.result import Plan
from zhizao.studies.schedule.study import schedule
from zhizao.studies.schedule.work import with_orders

__all__ = ["Late", "Objective", "OrderPlan", "Plan", "Wait", "schedule", "with_orders"]
