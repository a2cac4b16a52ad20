"""Published solutions, replayed: no conflict, and exactly the published number of tasks."""

import numpy as np
import pytest

from tests.solvers.fleet import naive
from tests.solvers.fleet.published import lorr
from zhizao.solvers.fleet.check import check
from zhizao.solvers.fleet.problem import FleetError, Rule
from zhizao.solvers.fleet.progress import replay
from zhizao.solvers.fleet.robot_runners import read_problem, read_solution

SOLUTIONS = (
    ("2023_MR23-I-04", "2023_MR23-I-04", 1741),
    ("2023_MR23-I-03", "2023_MR23-I-03", 3042),
    ("2024_RANDOM-02", "2024_MR24-RANDOM-02", 1260),
)


def both(name, solution):
    problem = read_problem(lorr(f"{name}.json"))
    return problem, read_solution(lorr(f"{solution}.json.zip"))


def place(problem, start):
    return start[:, 0] * problem.floor.free.shape[1] + start[:, 1]


@pytest.mark.parametrize(("name", "solution", "finished"), SOLUTIONS)
def test_published_solutions_replay_to_their_published_number_of_tasks(name, solution, finished):
    problem, stated = both(name, solution)
    checked = check(problem.floor, place(problem, stated.start), stated.actions)
    cells = problem.floor.cell_of[checked.place]
    assert (cells[0] == problem.start).all()
    assert checked.conflicts == 0
    assert replay(problem, cells, stated.assigned).finished == stated.finished == finished


@pytest.mark.parametrize(("name", "solution", "finished"), SOLUTIONS)
def test_plain_python_counts_the_same(name, solution, finished):
    problem, stated = both(name, solution)
    wrong, places = naive.follow(problem.floor.free.tolist(), stated.start, stated.actions.tolist())
    columns = problem.floor.free.shape[1]
    at = [divmod(int(spot), columns) for spot in problem.floor.places[problem.tasks.cells]]
    first = problem.tasks.first
    assert wrong == 0
    if problem.rule is Rule.QUEUE:
        assert naive.tasks_of_queue(places, at) == finished
    else:
        lists = [at[first[row] : first[row + 1]] for row in range(5000)]
        assert naive.tasks_of_pool(places, lists, stated.assigned.tolist()) == finished


def test_a_solution_without_assignments_is_checked_for_conflicts_and_not_counted():
    problem, stated = both("2024_RANDOM-01", "2024_MR24-RANDOM-01")
    checked = check(problem.floor, place(problem, stated.start), stated.actions)
    assert checked.conflicts == 0
    assert stated.assigned is None
    with pytest.raises(FleetError, match="without the assignments"):
        replay(problem, problem.floor.cell_of[checked.place], stated.assigned)


def test_the_checker_agrees_with_plain_python_on_actions_that_conflict():
    problem, stated = both("2023_MR23-I-03", "2023_MR23-I-03")
    actions = np.random.default_rng(0).permuted(stated.actions[:60], axis=0)
    checked = check(problem.floor, place(problem, stated.start), actions)
    free = np.pad(problem.floor.free, 60)
    start = stated.start + 60
    padded = check(type(problem.floor)(free), start[:, 0] * free.shape[1] + start[:, 1], actions)
    wrong, _ = naive.follow(free.tolist(), start, actions.tolist())
    assert padded.outside > 0
    assert padded.same_cell > 0
    assert padded.swaps > 0
    assert padded.conflicts == wrong
    assert checked.outside == padded.outside
