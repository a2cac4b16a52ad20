"""`zhizao compute`: placement policies on a cluster of GPUs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from zhizao.cli.faults import guarded
from zhizao.cli.files import check_outputs
from zhizao.cli.options import Json, ReportFile, Seed
from zhizao.cli.output import hand_over, say, show_frame
from zhizao.cli.progress import progress

if TYPE_CHECKING:
    from zhizao.studies.compute import ComputeResult, QueueResult, QueueTrial, ShiftResult, Trial

Name = TypeVar("Name", bound=StrEnum)
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="NAME",
        help="Placement policy; repeat for several, which are compared with the first: random, "
        "dot-product, gpu-clustering, gpu-packing, best-fit, fgd, own.",
        show_default="best-fit, fgd, own",
    ),
]
Disciplines = Annotated[
    list[str] | None,
    typer.Option(
        "--discipline",
        metavar="NAME",
        help="Run the jobs over time by this queue discipline; repeat for several, which are compared "
        "with the first: fifo, easy, conservative, defragment, srtf, srsf, las.",
    ),
]


@guarded
def compute(
    nodes: Annotated[
        Path,
        typer.Argument(
            metavar="NODES", help="Node list (CSV), or a site file (YAML) alone.", show_default=False
        ),
    ],
    jobs: Annotated[
        Path | None,
        typer.Argument(
            metavar="[JOBS]", help="Job list (CSV); a site file names its own.", show_default=False
        ),
    ] = None,
    policy: Policies = None,
    discipline: Disciplines = None,
    load: Annotated[
        float | None,
        typer.Option(help="GPUs requested, as a share of the GPUs there are.", show_default="1"),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add", metavar="KIND=N", help="What if N nodes of a kind were added? Repeat for several."
        ),
    ] = None,
    replications: Annotated[int, typer.Option(help="Streams of jobs, or draws of forecast errors.")] = 10,
    seed: Seed = 1,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Compare placement policies or queue disciplines on a cluster of GPUs, or times and sites of jobs.

    \b
    Examples:
      zhizao compute nodes.csv jobs.csv
      zhizao compute nodes.csv jobs.csv --policy best-fit --policy fgd --load 0.9
      zhizao compute nodes.csv jobs.csv --add A100=4 --report cluster.html
      zhizao compute nodes.csv jobs.csv --discipline fifo --discipline srsf --add A100=4
      zhizao compute sites.yaml
    """  # noqa: D301  \b keeps the lines below it apart
    from zhizao.solvers.cluster.queueing import Queueing
    from zhizao.studies.compute import QueueTrial

    placing: dict[str, object] = {"--policy": policy, "--load": load}
    if nodes.suffix.lower() in (".yaml", ".yml"):
        check_outputs({"--report": report}, (nodes,))
        refuse_beside("a site file", {"JOBS": jobs, **placing, "--add": add, "--discipline": discipline})
        shift(nodes, replications, seed, report, as_json)
        return
    lists = nodes, given_jobs(jobs)
    check_outputs({"--report": report}, lists)
    more = dict(added(text) for text in add or ())
    if discipline:
        refuse_beside("--discipline", placing)
        tried = tuple(one_of(Queueing, "--discipline", name) for name in discipline)
        queue(lists, QueueTrial(tried, replications, more), seed, report, as_json)
        return
    fill(lists, trial_of(policy, load, replications, more), seed, report, as_json)


def trial_of(policy: list[str] | None, load: float | None, replications: int, more: dict[str, int]) -> Trial:
    """What is tried of placement, with the defaults of the study for what is not given."""
    from zhizao.solvers.cluster.placement import Placing
    from zhizao.studies.compute import Trial

    chosen = {"policies": tuple(one_of(Placing, "--policy", name) for name in policy)} if policy else {}
    return Trial(**chosen, load=1.0 if load is None else load, replications=replications, add=more)


def fill(lists: tuple[Path, Path], trial: Trial, seed: int, report: Path | None, as_json: bool) -> None:
    """Run the study of placement policies, and show it."""
    from zhizao.studies.compute import compute as study

    with progress("placing jobs") as on_progress:
        result = study(*lists, trial=trial, seed=seed, progress=on_progress)
    hand_over(result, report, as_json, show_allocation)


def given_jobs(jobs: Path | None) -> Path:
    """The job list, which a node list needs.

    Raises
    ------
    InputError
        There is none.
    """
    from zhizao.quantities import InputError

    if jobs is None:
        raise InputError("JOBS: found none; a node list needs a job list, and a site file ends in .yaml")
    return jobs


def refuse_beside(study: str, given: Mapping[str, object]) -> None:
    """Refuse what a study has no use for.

    Raises
    ------
    InputError
        Something of it was given.
    """
    from zhizao.quantities import InputError

    for name, value in given.items():
        if value is not None:
            raise InputError(f"{name}: found one beside {study}, which has no use for it; leave one out")


def shift(sites: Path, replications: int, seed: int, report: Path | None, as_json: bool) -> None:
    """Run the study of jobs with deadlines, and show it."""
    from zhizao.studies.compute import shift_load

    with progress("shifting jobs") as on_progress:
        result = shift_load(sites, replications=replications, seed=seed, progress=on_progress)
    hand_over(result, report, as_json, show_shift)


def show_shift(result: ShiftResult) -> None:
    """Print the answer and the tables."""
    say([result.title, *result.notes])
    show_frame("Energy, cost and CO2 (saving against starting at once, 95 % intervals)", result.table())
    show_frame("Energy by site (kWh)", result.by_site(), right=2)


def queue(lists: tuple[Path, Path], trial: QueueTrial, seed: int, report: Path | None, as_json: bool) -> None:
    """Run the study of queue disciplines, and show it."""
    from zhizao.studies.compute import queue_jobs

    with progress("running jobs") as on_progress:
        result = queue_jobs(*lists, trial=trial, seed=seed, progress=on_progress)
    hand_over(result, report, as_json, show_queue)


def show_queue(result: QueueResult) -> None:
    """Print the answer and the tables."""
    say([result.title, *result.notes])
    show_frame("Mean time from submission to completion, h (95 % intervals)", result.table())
    if result.larger is not None:
        show_frame("With the added nodes", result.with_added())
    show_frame("Waiting, utilisation, energy", result.measures(), right=3)
    show_frame("Utilisation by kind of GPU", result.by_kind(), right=2)


def one_of(names: type[Name], option: str, name: str) -> Name:
    """What an option names.

    Raises
    ------
    InputError
        There is none of that name.
    """
    from zhizao.quantities import InputError, nearest_name

    if name not in set(names):
        near = nearest_name(name, [str(known) for known in names])
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"{option}: found {name!r}; expected one of {', '.join(names)}{hint}")
    return names(name)


def added(text: str) -> tuple[str, int]:
    """Nodes to be added, as `KIND=N`.

    Raises
    ------
    InputError
        It is not of that form.
    """
    from zhizao.quantities import InputError

    kind, _, count = text.rpartition("=")
    if not kind or not count.isdecimal():
        raise InputError(f"--add: found {text!r}; expected KIND=N, such as A100=4")
    return kind, int(count)


def show_allocation(result: ComputeResult) -> None:
    """Print the answer and the tables."""
    say([result.title, *result.notes])
    show_frame("Allocated share of the GPUs (95 % intervals)", result.table())
    if result.larger is not None:
        show_frame("With the added nodes", result.with_added())
    show_frame("Allocated share by kind of GPU", result.by_kind(), right=2)
    show_frame("Jobs turned away", result.refused())
