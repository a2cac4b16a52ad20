"""Guidance: vehicles get through where they would block each other; flows as counted vehicle by vehicle."""

import numpy as np
import pytest

from tests.solvers.fleet.published import lorr
from tests.solvers.fleet.test_planner import by_search, connected, floor_of
from zhizao.solvers.fleet.check import check
from zhizao.solvers.fleet.distances import distance_table, even
from zhizao.solvers.fleet.guidance import Guide, guidance
from zhizao.solvers.fleet.kernels.flows import add_flow
from zhizao.solvers.fleet.planner import make_planner
from zhizao.solvers.fleet.problem import FleetError, Floor
from zhizao.solvers.fleet.robot_runners import read_problem
from zhizao.solvers.fleet.settings import Settings
from zhizao.solvers.fleet.simulate import simulate

SMALL = Guide(rounds=10, goals=40)


def flow_to(floor, goal, costs):
    table = distance_table(floor, costs, np.array([goal], np.int32))[0]
    flow = np.zeros((len(floor.places), 4))
    add_flow(table, floor.neighbours, costs.ahead, costs.turn, flow)
    return flow


def shared_ways(floor, goal):
    """Moves of vehicles from every state, each followed along all its shortest ways; plain recursion."""
    steps = by_search(floor, goal)
    flow = np.zeros((len(floor.places), 4))

    def follow(cell, heading, load):
        if steps[cell, heading] == 0:
            return
        ahead = int(floor.neighbours[cell, heading])
        after = [(cell, (heading + change) % 4) for change in (1, 3)]
        after += [(ahead, heading)] if ahead >= 0 else []
        nearer = [state for state in after if steps[state] == steps[cell, heading] - 1]
        for state in nearer:
            if state[0] != cell:
                flow[cell, heading] += load / len(nearer)
            follow(*state, load / len(nearer))

    for cell, heading in steps:
        follow(cell, heading, 0.25)
    return flow


def test_guidance_finishes_more_tasks_on_a_crowded_floor():
    problem = read_problem(lorr("2024_RANDOM-02.json"))
    costs = guidance(problem.floor, np.unique(problem.tasks.cells))
    settings = Settings(depth=4, passes=2)
    plain, guided = (
        simulate(make_planner(problem, settings, costs=given), steps=200) for given in (None, costs)
    )
    assert check(problem.floor, problem.floor.places[problem.start], guided.actions).conflicts == 0
    assert guided.finished[-1] > plain.finished[-1]
    assert guided.finished[-1] > 0.9 * 1260 * 200 / 600  # the best published, at the same rate


def test_two_lanes_between_two_ends_run_to_and_fro():
    free = np.zeros((6, 20), bool)
    free[1:5, :5] = free[1:5, -5:] = free[2:4] = True
    floor = Floor(free)
    ends = np.flatnonzero((floor.places % 20 < 3) | (floor.places % 20 > 16)).astype(np.int32)
    costs = guidance(floor, ends, SMALL)
    upper, lower = floor.cell_of[2 * 20 + 10], floor.cell_of[3 * 20 + 10]
    east, west = 0, 2
    to_east = int(costs.ahead[upper, east]) - int(costs.ahead[lower, east])
    to_west = int(costs.ahead[upper, west]) - int(costs.ahead[lower, west])
    assert to_east * to_west < 0


@pytest.mark.parametrize("seed", range(3))
def test_flow_is_that_of_vehicles_followed_one_by_one(seed):
    floor = floor_of(seed, 4, 5)
    goal = int(connected(floor)[seed])
    assert np.allclose(flow_to(floor, goal, even(floor)), shared_ways(floor, goal))


@pytest.mark.parametrize("seed", range(3))
def test_every_vehicle_arrives_once(seed):
    floor = floor_of(seed)
    cells = connected(floor)
    goal = int(cells[-1])
    flow = flow_to(floor, goal, guidance(floor, cells, SMALL))
    into = sum(
        flow[cell, heading]
        for cell in range(len(floor.places))
        for heading in range(4)
        if floor.neighbours[cell, heading] == goal
    )
    assert into == pytest.approx(len(cells) - 1)
    assert (flow[floor.neighbours < 0] == 0).all()


def test_costs_keep_their_bounds_and_follow_the_seed():
    floor = floor_of(2)
    cells = connected(floor)
    first, again, other = (guidance(floor, cells, SMALL, seed=seed) for seed in (1, 1, 2))
    assert (first.ahead == again.ahead).all()
    assert (first.ahead != other.ahead).any()
    assert first.unit <= first.ahead.min()
    assert first.ahead.max() <= SMALL.most * first.unit


def test_a_floor_of_one_cell_and_a_floor_too_large_for_the_numbers():
    one = guidance(Floor(np.ones((1, 1), bool)), np.zeros(3, np.int32), SMALL)
    assert (one.ahead == one.unit).all()
    corridor = Floor(np.ones((1, 8000), bool))
    with pytest.raises(FleetError, match="do not fit a way of"):
        guidance(corridor, np.zeros(1, np.int32), SMALL)
