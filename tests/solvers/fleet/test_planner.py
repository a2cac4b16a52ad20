"""Planning: no conflicts, the same plans for the same seed, distances as a plain search finds them."""

import heapq
import itertools
from collections import deque

import numpy as np
import pytest

from tests.solvers.fleet import naive
from zhizao.solvers.fleet.check import check
from zhizao.solvers.fleet.distances import Costs, distance_table, even, make_distances, rows_of
from zhizao.solvers.fleet.kernels.assignment import greedy
from zhizao.solvers.fleet.kernels.plans import room_of
from zhizao.solvers.fleet.planner import make_planner, way_left
from zhizao.solvers.fleet.problem import Action, FleetError, Floor, Problem, Rule, Tasks
from zhizao.solvers.fleet.progress import assign, begin, replay
from zhizao.solvers.fleet.settings import Settings
from zhizao.solvers.fleet.shapes import shapes
from zhizao.solvers.fleet.simulate import moved, simulate


def floor_of(seed, rows=9, columns=11, blocked=0.15):
    random = np.random.default_rng(seed)
    return Floor(random.random((rows, columns)) >= blocked)


def connected(floor):
    """Cells of the largest part of a floor."""
    part = np.full(len(floor.places), -1)
    for cell in range(len(part)):
        ahead = [cell] if part[cell] < 0 else []
        while ahead:
            here = ahead.pop()
            part[here] = cell
            ahead += [there for there in floor.neighbours[here] if there >= 0 and part[there] < 0]
    return np.flatnonzero(part == np.bincount(part).argmax()).astype(np.int32)


def problem_of(seed, vehicles=20, rule=Rule.QUEUE, steps=80):
    floor = floor_of(seed)
    cells = connected(floor)
    random = np.random.default_rng(seed + 100)
    sizes = np.ones(400, int) if rule is Rule.QUEUE else random.integers(1, 4, 400)
    first = np.cumsum([0, *sizes]).astype(np.int32)
    tasks = Tasks(random.choice(cells, first[-1]), first)
    start = random.choice(cells, vehicles, replace=False)
    return Problem("made", floor, start, tasks, rule, steps, 30 if rule is Rule.POOL else 0)


def by_search(floor, goal):
    """Steps to a goal from each (cell, heading), by a plain backward search."""
    states = {(goal, heading): 0 for heading in range(4)}
    queue = deque(states)
    while queue:
        cell, heading = queue.popleft()
        before = [(cell, (heading + 1) % 4), (cell, (heading - 1) % 4)]
        behind = floor.neighbours[cell, (heading + 2) % 4]
        if behind >= 0:
            before.append((int(behind), heading))
        for state in before:
            if state not in states:
                states[state] = states[cell, heading] + 1
                queue.append(state)
    return states


def test_distances_are_those_of_a_plain_search_and_survive_a_small_memory():
    floor = floor_of(3)
    distances = make_distances(floor, even(floor), len(floor.places), 8 * len(floor.places) * 2)
    assert len(distances.table) == 2
    for goal in (0, 5, 11, 0, 5):
        row = rows_of(distances, np.array([goal], np.int32))[0]
        found = by_search(floor, goal)
        for (cell, heading), steps in found.items():
            assert distances.table[row, 4 * cell + heading] == steps
        assert (distances.table[row] != 65535).sum() == len(found)
    assert distances.searches == 5
    with pytest.raises(MemoryError, match="3 goals at once"):
        rows_of(distances, np.array([1, 2, 3], np.int32))


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize("seed", range(4))
def test_plans_have_no_conflict_and_finish_what_the_replay_counts(seed, rule):
    problem = problem_of(seed, rule=rule)
    run = simulate(make_planner(problem, Settings(), seed=seed))
    start = problem.floor.places[problem.start]
    checked = check(problem.floor, start, run.actions)
    columns = problem.floor.free.shape[1]
    both = np.stack([start // columns, start % columns], 1)
    wrong, _ = naive.follow(problem.floor.free.tolist(), both, run.actions.tolist())
    assert checked.conflicts == wrong == 0
    assert run.finished[-1] > 20
    if rule is Rule.QUEUE:
        cells = problem.floor.cell_of[checked.place]
        assert replay(problem, cells).finished == run.finished[-1]


def test_the_same_seed_gives_the_same_plans_and_another_seed_others():
    problem = problem_of(1)
    first, again, other = (
        simulate(make_planner(problem, Settings(passes=2), seed=seed)) for seed in (7, 7, 8)
    )
    assert (first.actions == again.actions).all()
    assert (first.actions != other.actions).any()


def test_one_vehicle_takes_the_shortest_way():
    floor = Floor(np.ones((5, 8), bool))
    tasks = Tasks(np.array([37], np.int32), np.array([0, 1], np.int32))
    problem = Problem("one", floor, np.array([0], np.int32), tasks, Rule.QUEUE, 12)
    run = simulate(make_planner(problem, Settings()))
    assert np.flatnonzero(run.finished)[0] + 1 == by_search(floor, 37)[0, 0] == 10


def test_priority_is_the_way_through_all_errands_that_are_left():
    problem = problem_of(5, vehicles=6, rule=Rule.POOL)
    planner, progress = make_planner(problem, Settings()), begin(problem)
    assign(progress, np.array([0, 1, 2, 3, 4, -1]))
    sizes = np.diff(problem.tasks.first)
    progress.errands[:5] = np.minimum(sizes[:5] - 1, [0, 1, 0, 1, 2])
    found = way_left(planner, progress, 4 * problem.start)
    assert len(set(progress.errands[:5].tolist())) > 1
    for vehicle in range(5):
        cells = problem.tasks.cells[problem.tasks.first[vehicle] : problem.tasks.first[vehicle + 1]].tolist()
        way = [int(problem.start[vehicle]), *cells[progress.errands[vehicle] :]]
        steps = [by_search(problem.floor, there)[here, 0] for here, there in itertools.pairwise(way)]
        assert found[vehicle] == sum(steps)
    assert found[5] == np.inf


def test_a_small_memory_gives_the_same_plans():
    problem = problem_of(2, vehicles=6, rule=Rule.POOL, steps=60)
    rows = 8 * len(problem.floor.places)
    large, small = (
        simulate(make_planner(problem, Settings(memory_bytes=memory)))
        for memory in (10**9, rows * problem.pool)
    )
    assert (large.actions == small.actions).all()


def test_shapes_take_all_cells_that_sequences_of_actions_take():
    floor = Floor(np.ones((9, 9), bool))

    def path(actions):
        cell, heading = np.array([40], np.int32), np.zeros(1, np.int32)
        cells = []
        for action in actions:
            cell, heading = moved(floor, cell, heading, np.array([action], np.int8))
            cells.append(int(cell[0]))
        return tuple(cells)

    every = {path(actions) for actions in np.ndindex(4, 4, 4)}
    found = [path(actions) for actions in shapes(3).action]
    assert set(found) == every


def test_a_move_off_the_floor_or_into_another_vehicle_is_refused():
    floor = Floor(np.ones((1, 3), bool))
    cell, heading = np.array([0, 1], np.int32), np.array([0, 2], np.int32)
    ahead, wait = int(Action.AHEAD), int(Action.WAIT)
    for actions in ([ahead, ahead], [ahead, wait], [wait, ahead]):
        with pytest.raises(FleetError, match="meets another"):
            moved(floor, cell, heading, np.array(actions, np.int8))
    with pytest.raises(FleetError, match="leaves the floor"):
        moved(floor, cell, np.array([2, 2], np.int32), np.array([ahead, wait], np.int8))


def test_a_begun_task_stays_with_its_vehicle():
    progress = begin(problem_of(0, rule=Rule.POOL))
    tasks = np.arange(20)
    assign(progress, tasks)
    progress.errands[3] = 1
    with pytest.raises(FleetError, match="vehicle 3"):
        assign(progress, tasks[::-1].copy())
    with pytest.raises(FleetError, match="one vehicle only"):
        assign(progress, np.zeros(20, np.int64))
    with pytest.raises(FleetError, match="not open"):
        assign(progress, tasks + 1000)


def cheapest(floor, costs, goal):
    """Cost to a goal from each state, by a plain search with a heap (Dijkstra)."""
    found, heap = {}, [(0, goal, heading) for heading in range(4)]
    while heap:
        far, cell, heading = heapq.heappop(heap)
        if (cell, heading) in found:
            continue
        found[cell, heading] = far
        for change in (1, 3):
            heapq.heappush(heap, (far + costs.turn, cell, (heading + change) % 4))
        behind = int(floor.neighbours[cell, (heading + 2) % 4])
        if behind >= 0:
            heapq.heappush(heap, (far + int(costs.ahead[behind, heading]), behind, heading))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_distances_with_costs_are_those_of_a_plain_search(seed):
    floor = floor_of(seed, 12, 15, 0.3)
    ahead = np.random.default_rng(seed).integers(1, 256, (len(floor.places), 4)).astype(np.uint8)
    costs = Costs(ahead, 40 + seed, 10)
    goals = np.arange(35, dtype=np.int32)  # three groups of lanes, the last one not full
    table = distance_table(floor, costs, goals)
    for goal in goals:
        found = cheapest(floor, costs, int(goal))
        for cell, heading in np.ndindex(len(floor.places), 4):
            assert table[goal, 4 * cell + heading] == found.get((cell, heading), 65535)


def test_what_is_farther_than_the_numbers_say_is_out_of_reach():
    floor = Floor(np.ones((1, 300), bool))
    costs = Costs(np.full((300, 4), 255, np.uint8), 255, 255)
    found = distance_table(floor, costs, np.zeros(1, np.int32))[0].reshape(-1, 4)[:, 2].tolist()
    assert found == [255 * cell if 255 * cell < 65_000 else 65535 for cell in range(300)]


@pytest.mark.parametrize("seed", range(4))
def test_the_cheapest_pair_is_taken_again_and_again(seed):
    random = np.random.default_rng(seed)
    cost = random.integers(0, 20, random.integers(1, 12, 2)).astype(float)
    found, left = np.full(len(cost), -1), cost.copy()
    for _ in range(min(cost.shape)):
        vehicle, task = np.unravel_index(left.argmin(), left.shape)
        found[vehicle] = task
        left[vehicle], left[:, task] = np.inf, np.inf
    assert greedy(cost).tolist() == found.tolist()


def test_shapes_go_on_from_shorter_ones():
    found = shapes(4)
    for shape in range(1, len(found.rest)):
        before, last = found.before[shape], found.free_from[shape] - 1
        assert before < shape
        moves = found.action[shape] == Action.AHEAD
        assert moves[last]
        assert found.action[before].tolist().count(Action.AHEAD) == moves.sum() - 1
        assert found.delay[shape] == np.flatnonzero(moves).sum()
        assert [found.free_from[done] for done in found.until[shape]] == [
            max((step + 1 for step in np.flatnonzero(moves) if step <= now), default=0) for now in range(4)
        ]


def test_room_is_counted_in_moves_to_an_empty_cell():
    floor = Floor(np.ones((1, 6), bool))
    assert room_of(floor.neighbours, np.array([1, 2, 3, 5], np.int32)).tolist() == [0, 1, 2, 1, 0, 1]
    assert room_of(floor.neighbours, np.arange(6, dtype=np.int32)).tolist() == [-1] * 6
