"""What the kernels read and change: nodes, kinds of request, weights of fragmentation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

WHOLE = 1_000
"""A whole GPU, in thousandths."""
SHARED_TAG, TAGS = 0, 17
"""Columns of `Nodes.tags`: shared GPUs, then requests of 1, 2, … 16 whole GPUs."""


class Nodes(NamedTuple):
    """Nodes in the order in which ties are settled; what is free changes."""

    cpu: Longs  # [nodes] free, in thousandths of a core
    memory: Longs  # [nodes] free, MiB
    gpu: Longs  # [nodes, most GPUs of a node] free, in thousandths
    gpus: Longs  # [nodes] number of GPUs
    kind: Longs  # [nodes] kind of GPU
    cores: Longs  # [nodes] thousandths of a core, free or not
    tags: Longs  # [nodes, TAGS] requests in work, by size


class Requests(NamedTuple):
    """Distinct requests; each job names the row of its own."""

    cpu: Longs  # [rows] thousandths of a core
    memory: Longs  # [rows] MiB
    gpus: Longs  # [rows] number of GPUs
    share: Longs  # [rows] of each GPU, in thousandths
    kinds: Longs  # [rows] one bit for each kind of GPU that will do


class Demand(NamedTuple):
    """The workload for which free GPUs are kept whole: shares of requests by size, CPU and kind."""

    share: Longs  # [sizes] thousandths of each GPU
    gpus: Longs  # [sizes]
    cpu: Longs  # [steps] distinct CPU requests, ascending
    weight: Doubles  # [sizes, kinds, steps + 1] share of requests that so many steps of CPU satisfy


class Outlook(NamedTuple):
    """What our own policy expects: requests by size, worth of a free share, prices of kinds."""

    share: Longs  # [sizes] thousandths of each GPU
    gpus: Longs  # [sizes]
    first: Longs  # [sizes + 1] first request of a size
    cpu: Longs  # [requests] thousandths of a core
    kinds: Longs  # [requests] one bit for each kind of GPU that will do
    weight: Doubles  # [requests] share of all requests
    worth: Doubles  # [WHOLE + 1] thousandths of a free GPU that will be filled, by what is free of it
    price: (
        Doubles  # [kinds] rival demand: of requests that few kinds serve, as a share of the GPUs of the kind
    )
