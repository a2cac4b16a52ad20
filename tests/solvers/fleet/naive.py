"""Following vehicles in plain Python, one by one: a second implementation of the rules."""

from __future__ import annotations

from collections import Counter


def follow(free, start, actions):
    """(Conflicts, places after each step) of actions (steps, vehicles) from places (row, column)."""
    ahead = {0: (0, 1), 1: (1, 0), 2: (0, -1), 3: (-1, 0)}
    where = [tuple(int(number) for number in place) for place in start]
    heading = [0] * len(where)
    wrong, places = 0, [list(where)]
    for row in actions:
        before = list(where)
        for vehicle, action in enumerate(row):
            if action == 1:
                down, right = ahead[heading[vehicle]]
                where[vehicle] = (where[vehicle][0] + down, where[vehicle][1] + right)
            elif action == 2:
                heading[vehicle] = (heading[vehicle] + 1) % 4
            elif action == 3:
                heading[vehicle] = (heading[vehicle] - 1) % 4
        for r, c in where:
            if not (0 <= r < len(free) and 0 <= c < len(free[0]) and free[r][c]):
                wrong += 1
        wrong += sum(count - 1 for count in Counter(where).values())
        crossed = [(a, b) for a, b in zip(before, where, strict=True) if a != b]
        wrong += sum((b, a) in set(crossed) for a, b in crossed)
        places.append(list(where))
    return wrong, places


def tasks_of_queue(places, tasks):
    """Tasks of one cell each that n vehicles finish: vehicle k has the tasks k, k + n, ..."""
    vehicles = len(places[0])
    current, done = list(range(vehicles)), 0
    for where in places[1:]:
        for vehicle, place in enumerate(where):
            if tasks[current[vehicle] % len(tasks)] == place:
                current[vehicle] += vehicles
                done += 1
    return done


def tasks_of_pool(places, tasks, assigned):
    """Tasks that are finished when rows (step, vehicle, task) say who has which task."""
    begun: Counter[int] = Counter()
    has: dict[int, int] = {}
    done = 0
    for step, where in enumerate(places[1:], start=1):
        has.update({vehicle: task for when, vehicle, task in assigned if when == step})
        for vehicle, place in enumerate(where):
            task = has.get(vehicle, -1)
            if task >= 0 and tasks[task][begun[task]] == place:
                begun[task] += 1
                if begun[task] == len(tasks[task]):
                    done += 1
                    has[vehicle] = -1
    return done
