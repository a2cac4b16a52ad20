"""Least cost of a transport problem by successive shortest paths, in whole amounts, as in a textbook."""

from __future__ import annotations

from collections.abc import Sequence

Edge = list[int]  # target, left capacity, cost, number of the reverse edge


def least_cost(supply: Sequence[int], room: Sequence[int], prices: Sequence[int], reach: int) -> int:
    """Least cost to bring each supply to places within reach, each with its room and its price."""
    count = len(supply)
    start, end = 2 * count, 2 * count + 1
    edges: list[list[Edge]] = [[] for _ in range(2 * count + 2)]

    def join(source: int, target: int, capacity: int, cost: int) -> None:
        edges[source].append([target, capacity, cost, len(edges[target])])
        edges[target].append([source, 0, -cost, len(edges[source]) - 1])

    for place in range(count):
        join(start, place, supply[place], 0)
        join(count + place, end, room[place], prices[place])
        for other in range(max(0, place - reach), min(count, place + reach + 1)):
            join(place, count + other, sum(supply), 0)
    total = 0
    for _ in range(sum(supply)):  # one unit at a time
        total += _augment(edges, start, end)
    return total


def _augment(edges: list[list[Edge]], start: int, end: int) -> int:
    """Send one unit along the cheapest path (Bellman and Ford), and give its cost."""
    far = [10**9] * len(edges)
    far[start], came = 0, dict[int, Edge]()
    for _ in edges:
        for here, going in enumerate(edges):
            for edge in going:
                if edge[1] > 0 and far[here] + edge[2] < far[edge[0]]:
                    far[edge[0]], came[edge[0]] = far[here] + edge[2], edge
    place = end
    while place != start:
        edge = came[place]
        edge[1] -= 1
        back = edges[place][edge[3]]
        back[1] += 1
        place = back[0]
    return far[end]
