"""Schedule a plant's orders: a plan that keeps what the plant has, and the reason of all that is late."""

from zhizao.studies.schedule.late import Late, Wait
from zhizao.studies.schedule.plan import OrderPlan
from zhizao.studies.schedule.result import Plan
from zhizao.studies.schedule.study import schedule

__all__ = ["Late", "OrderPlan", "Plan", "Wait", "schedule"]
