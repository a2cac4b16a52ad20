"""All jobs: each on its own, or one after another in what capacity is left."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zhizao.solvers.shifting.kernels.jit import kernel
from zhizao.solvers.shifting.kernels.rolling import replanned
from zhizao.solvers.shifting.kernels.windows import IDLE, WORK, Doubles, Longs, Uses, choose

NOWHERE = -1


class Jobs(NamedTuple):
    """Jobs in slots; the window of a job is first (in) to end (out)."""

    need: Longs  # [jobs] slots of work
    first: Longs  # [jobs]
    end: Longs  # [jobs]
    interruptible: npt.NDArray[np.bool_]  # [jobs]
    restart: Longs  # [jobs] slots of a restart
    load: Doubles  # [jobs] GPUs
    allowed: npt.NDArray[np.bool_]  # [jobs, sites]
    place: Longs  # [jobs + 1] where the slots of its window begin in `Plan.use`


class Plan(NamedTuple):
    """Where and when jobs run."""

    site: Longs  # [jobs] NOWHERE: no room before the end of the series
    use: Uses  # [all slots of all windows]
    late: Longs  # [jobs] first slot of a job that misses its deadline and runs without a break; else NOWHERE


@kernel
def plan_each(jobs: Jobs, weight: Doubles, plan: Plan, load: Doubles) -> float:
    """Plan each job for itself on the site where it is cheapest; `load` [sites, slots] is filled in."""
    load[:] = 0.0
    total = 0.0
    for job in range(len(jobs.need)):
        value = _best_site(jobs, weight[:, jobs.first[job] : jobs.end[job]], plan, job)
        if plan.site[job] != NOWHERE:
            total += value
            _put(jobs, plan, job, load, jobs.load[job])
    return total


@kernel
def _best_site(jobs: Jobs, part: Doubles, plan: Plan, job: int) -> float:
    """Plan one job on its best site by weights [sites, slots of its window] per GPU (inf: closed)."""
    here = plan.use[jobs.place[job] : jobs.place[job + 1]]
    trial = np.zeros(len(here), np.int8)
    best = np.inf
    here[:] = IDLE
    plan.site[job] = NOWHERE
    plan.late[job] = NOWHERE
    for site in range(part.shape[0]):
        if not jobs.allowed[job, site]:
            continue
        value = choose(part[site], jobs.need[job], jobs.interruptible[job], jobs.restart[job], trial)
        if value < best:
            best = value
            plan.site[job] = site
            here[:] = trial
    return best * jobs.load[job]


@kernel
def _put(jobs: Jobs, plan: Plan, job: int, load: Doubles, gpus: float) -> None:
    """Add GPUs to the slots that a job uses (or take them away, if negative)."""
    site = plan.site[job]
    if site == NOWHERE:
        return
    if plan.late[job] != NOWHERE:
        load[site, plan.late[job] : plan.late[job] + jobs.need[job]] += gpus
        return
    for at in range(jobs.place[job], jobs.place[job + 1]):
        if plan.use[at] != IDLE:
            load[site, jobs.first[job] + at - jobs.place[job]] += gpus


@kernel
def plan_in_order(jobs: Jobs, order: Longs, weight: Doubles, free: Doubles, plan: Plan) -> None:
    """Plan jobs one after another in what is free; one without room before its deadline runs when it can."""
    for job in order:
        _place_one(jobs, _window(jobs, weight, free, job), free, plan, job)


@kernel
def _window(jobs: Jobs, weight: Doubles, free: Doubles, job: int) -> Doubles:
    """Weights [sites, slots of the window] of a job, inf where too few GPUs are free."""
    first, end = jobs.first[job], jobs.end[job]
    found = np.full((weight.shape[0], end - first), np.inf)
    for site in range(weight.shape[0]):
        for slot in range(first, end):
            if free[site, slot] >= jobs.load[job] - 1e-9:
                found[site, slot - first] = weight[site, slot]
    return found


@kernel
def _place_one(jobs: Jobs, part: Doubles, free: Doubles, plan: Plan, job: int) -> None:
    """Plan one job in what is free."""
    _best_site(jobs, part, plan, job)
    if plan.site[job] == NOWHERE:
        _late(jobs, free, plan, job)
    _put(jobs, plan, job, free, -jobs.load[job])


@kernel
def _late(jobs: Jobs, free: Doubles, plan: Plan, job: int) -> None:
    """Run without a break from the first slot from which on there is room."""
    size = free.shape[1]
    soonest = size
    for site in range(free.shape[0]):
        if not jobs.allowed[job, site]:
            continue
        run = 0
        for slot in range(jobs.first[job], size):
            run = run + 1 if free[site, slot] >= jobs.load[job] - 1e-9 else 0
            if run == jobs.need[job]:
                if slot < soonest:
                    soonest = slot
                    plan.site[job] = site
                    plan.late[job] = slot - run + 1
                break


@kernel
def plan_again(jobs: Jobs, order: Longs, weight: Doubles, free: Doubles, plan: Plan) -> None:
    """Take each job out and plan it again, in what is then free."""
    for job in order:
        _put(jobs, plan, job, free, jobs.load[job])
        _place_one(jobs, _window(jobs, weight, free, job), free, plan, job)


@kernel
def at_once(jobs: Jobs, order: Longs, free: Doubles, plan: Plan) -> None:
    """Start each job as soon as it can run without a break, on the site where it ends soonest."""
    for job in order:
        plan.site[job] = NOWHERE
        plan.late[job] = NOWHERE
        here = plan.use[jobs.place[job] : jobs.place[job + 1]]
        here[:] = IDLE
        _late(jobs, free, plan, job)
        start = plan.late[job]
        if plan.site[job] != NOWHERE and start + jobs.need[job] <= jobs.end[job]:
            here[start - jobs.first[job] : start - jobs.first[job] + jobs.need[job]] = WORK
            plan.late[job] = NOWHERE
        _put(jobs, plan, job, free, -jobs.load[job])


@kernel
def values(jobs: Jobs, weight: Doubles, plan: Plan) -> Doubles:
    """Value of each job by weights per GPU and slot; 0 for one that runs nowhere."""
    found = np.zeros(len(jobs.need))
    for job in range(len(found)):
        site = plan.site[job]
        if site == NOWHERE:
            continue
        if plan.late[job] != NOWHERE:
            found[job] = weight[site, plan.late[job] : plan.late[job] + jobs.need[job]].sum()
        else:
            for at in range(jobs.place[job], jobs.place[job + 1]):
                if plan.use[at] != IDLE:
                    found[job] += weight[site, jobs.first[job] + at - jobs.place[job]]
        found[job] *= jobs.load[job]
    return found


class Outlook(NamedTuple):
    """What is known of one site at each slot."""

    rows: Doubles  # [smoothings, slots] forecast, smoothed
    picks: Longs  # [slots] row that is used at a slot
    persist: Doubles  # [slots] factor by which an error decays


@kernel
def replan_on(jobs: Jobs, site: int, actual: Doubles, outlook: Outlook, plan: Plan) -> None:
    """Re-plan every job of a site at every slot."""
    for job in range(len(jobs.need)):
        if plan.site[job] != site:
            continue
        what = (jobs.need[job], int(jobs.interruptible[job]), jobs.restart[job])
        plan.use[jobs.place[job] : jobs.place[job + 1]] = replanned(
            actual, outlook.rows, outlook.picks, outlook.persist, (jobs.first[job], jobs.end[job]), what
        )


@kernel
def load_all(jobs: Jobs, plan: Plan, load: Doubles) -> None:
    """Add the GPUs of all jobs to `load` [sites, slots]."""
    for job in range(len(jobs.need)):
        _put(jobs, plan, job, load, jobs.load[job])
