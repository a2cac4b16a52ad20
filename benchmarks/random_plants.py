"""Random plants: what must hold of every run, tried on thousands of plants that nobody has thought of.

    python benchmarks/random_plants.py --first 0 --count 20000 [--jobs 2] [--out rows.jsonl]
    python benchmarks/random_plants.py --seed 4711        # one plant, here, with its traceback
    python benchmarks/random_plants.py --seed 4711 --show # its plant file

The bodies of `tests/strategies.py` (every field of the model, at any scale) and of `tests/laws/busy.py` (few
work centers where much happens and everything meets) make the plants. Each runs for some days, in a process
that is ended after 10 s of work, and the checks of `tests/laws/checks.py` look at what came out. A line of
JSON for each seed goes to the file of results; seeds that are in it are not run again, so that a run can be
broken off and taken up. What came of a plant:

    sound     it ran to its end and every check holds
    cut       too much work for the time; it stopped when it was told to, and lost no lot and no piece
    refused   an error that tells the user what to mend
    fault     a check does not hold, or any other error
    hang      it did not stop when it was told to
    died      its process ended
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from hypothesis import HealthCheck, given, settings  # noqa: E402

from tests.laws import checks  # noqa: E402
from tests.laws.busy import busy_forms  # noqa: E402
from tests.strategies import plants  # noqa: E402
from zhizao.engine.lift import Raw, lift  # noqa: E402
from zhizao.engine.lower import Lowered, lower  # noqa: E402
from zhizao.engine.moment import MomentWatch  # noqa: E402
from zhizao.engine.rules import load_rules  # noqa: E402
from zhizao.engine.run import _Replication, with_keys  # noqa: E402
from zhizao.kernels import tables as k  # noqa: E402
from zhizao.plant import OrderStream, Plant, ReleaseRule, equipment, plant_text  # noqa: E402
from zhizao.plant.model import COUNTING  # noqa: E402
from zhizao.quantities import InputError, mean  # noqa: E402

LIMIT_S = 10.0  # of work for one plant
CUT_S = 4.0  # after which a run is told to stop
PATIENCE = 8  # times the limit on the clock, on a machine that others use
MOST_DAYS = 3.0
MOST_EVENTS = 20_000  # of orders, failures and looks at the release; the days are so few
LOOKS = 8  # moments in a run at which all limits are checked
BYTES = 30_000  # of random choices for one plant
TRIES = 40  # plants made of one seed until one passes the checks of the file
RUDE = ("validation error", "pydantic", "should match pattern", "Traceback", "object at 0x")
MINE = "tests.engine.rules_of_mine"
RULES = {"dispatch": "mixed", "routing": "emptiest", "rule": "worn"}


@dataclass
class Row:
    """What came of one seed."""

    seed: int
    kind: str = ""
    outcome: str = ""
    told: str = ""
    days: float = 0.0
    lots: int = 0
    operations: int = 0
    refused: int = 0  # plants made before that did not pass the checks of the file
    cpu_s: float = 0.0


# ---------------------------------------------------------------- a plant from a seed
@cache
def _makers() -> dict[str, tuple[Callable[[bytes], Any], list[Any]]]:
    found: dict[str, tuple[Callable[[bytes], Any], list[Any]]] = {}
    for kind, strategy in (("any", plants()), ("busy", busy_forms())):
        found[kind] = _maker(strategy)
    return found


def _maker(strategy: Any) -> tuple[Callable[[bytes], Any], list[Any]]:
    """What makes one example of a strategy from random bytes, and where it puts it."""
    made: list[Any] = []

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def take(plant: Any) -> None:
        made.append(plant)

    return take.hypothesis.fuzz_one_input, made


def plant_of(row: Row) -> Plant:
    """The plant of a seed: three of four are busy ones."""
    row.kind = "any" if row.seed % 4 == 0 else "busy"
    make, made = _makers()[row.kind]
    error: InputError | None = None
    for number in range(TRIES):
        made.clear()
        try:
            make(Random(f"{row.seed} {number}").randbytes(BYTES))
            if made:
                return Plant.model_validate(_runnable(made[0]))
        except InputError as reason:
            polite(reason)
            row.refused += 1
            error = reason
    raise error or InputError(f"found no plant in {TRIES} tries")


def _runnable(made: Any) -> Any:
    """With rules that exist: those of the strategies are only names."""
    form = made if isinstance(made, dict) else made.model_dump(mode="json", by_alias=True)
    _name_rules(form)
    if isinstance(form["release"], dict) and "rule" in form["release"]:
        form["release"]["rule"] = f"{MINE}:short_queue"
    return form


def _name_rules(part: Any) -> None:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in RULES and isinstance(value, str) and value.startswith("my."):
                part[key] = f"{MINE}:{RULES[key]}"
            _name_rules(value)
    elif isinstance(part, list):
        for value in part:
            _name_rules(value)


def polite(error: InputError) -> None:
    """An error is one that a user understands."""
    text = str(error)
    assert text, "an error without a word"
    assert not any(word in text for word in RUDE), f"an error that no user understands: {text}"


def days_of(plant: Plant) -> float:
    """So many days that a seed takes a moment: some plants order a lot every 0.01 s, others every month."""
    rate = 1e-9
    for order in plant.orders:
        if isinstance(order, OrderStream):
            names = order.mix or {order.product: 1.0}
            pieces = max(
                mean(order.pieces) / plant.products[str(n)].lot if order.pieces else 1.0 for n in names
            )
            rate += max(1.0, pieces) / max(mean(order.every), 1e-6)
    for center in equipment(plant):
        stops = [(f.clock, f.between) for f in center.failures]
        stops += [(m.clock, m.every) for m in center.maintenance]
        rate += sum(len(center.units) / max(mean(x), 1e-6) for clock, x in stops if clock not in COUNTING)
    if isinstance(plant.release, ReleaseRule):
        rate += 1.0 / plant.release.every
    return min(MOST_DAYS, MOST_EVENTS / rate / checks.DAY_S)


# ---------------------------------------------------------------- a run and its checks
def tried(seed: int, cut_s: float = CUT_S, *, safe: bool = True) -> Row:
    """Make, run and check the plant of a seed."""
    row, began = Row(seed), time.process_time()
    try:
        plant = plant_of(row)
        row.days = days_of(plant)
        lowered = lower(plant, k.LOG_EVENTS)
        for number in range(1 + seed % 2):
            row.outcome = _replicated(row, plant, lowered, number, began + cut_s)
    except InputError as error:
        row.outcome, row.told = "refused", str(error)
        if any(word in row.told for word in RUDE):
            row.outcome = "fault"
    except Exception as error:
        if not safe:
            raise
        frames = traceback.extract_tb(error.__traceback__)
        last = next(
            (f for f in reversed(frames) if "zhizao" in f.filename or "tests" in f.filename), frames[-1]
        )
        row.outcome = "fault"
        row.told = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {error}"[:600]
    row.cpu_s = round(time.process_time() - began, 3)
    return row


def _replicated(row: Row, plant: Plant, lowered: Lowered, number: int, stop_at: float) -> str:
    t = with_keys(lowered.tables, row.seed, number)
    replication = _Replication(t, load_rules(lowered.names.rules, lowered.names.numbers))
    replication.mark()
    watch = MomentWatch(lowered)
    seconds = row.days * checks.DAY_S
    for look in range(1, LOOKS + 1):
        for _ in replication.run_to(seconds * look / LOOKS):
            replication.watched_by(watch)
            if time.process_time() > stop_at:
                replication.mark()
                _lost_nothing(replication.raw())
                return "cut"
        checks.limits_hold(t, replication.state)
    replication.mark()
    raw = replication.raw()
    row.lots, row.operations = int(raw.state.clock[0].serial), raw.operations
    _lost_nothing(raw)
    _whole_run(plant, raw, seconds)
    found = lift(lowered, raw, 0.0, seconds)
    checks.records_are_sound(plant, found)
    checks.booked_states_are_logged(plant, found)
    return "sound"


def _lost_nothing(raw: Raw) -> None:
    checks.no_lot_is_lost(raw)
    checks.no_piece_is_lost(raw)


def _whole_run(plant: Plant, raw: Raw, seconds: float) -> None:
    checks.rows_balance(raw)
    checks.states_add_up(raw, seconds)
    checks.nobody_works_more_than_there_is(plant, raw, seconds)
    if not any(o.cascade for route in plant.routes.values() for o in route):
        checks.units_do_one_thing_at_once(plant, raw)
    checks.lots_are_in_one_place(raw)
    checks.people_are_in_one_place(plant, raw)


# ---------------------------------------------------------------- processes
class Worker:
    """A process that tries one seed after the other, until it has to be ended."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.seed: int | None = None
        self._since = self._cpu = 0.0
        self._fresh = True  # its first plant also loads the kernels

    def give(self, seed: int) -> None:
        self.seed, self._since, self._cpu = seed, time.monotonic(), self._cpu_s()
        self.pipe.send(seed)

    def late(self) -> bool:
        """Whether its plant has taken too long: by its own processor time, or by the clock."""
        limit = LIMIT_S * (10 if self._fresh else 1)
        return self._cpu_s() - self._cpu > limit or time.monotonic() - self._since > limit * PATIENCE

    def answer(self) -> Row:
        self._fresh = False
        row = Row(**self.pipe.recv())
        self.seed = None
        return row

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def _cpu_s(self) -> float:
        """Processor time of the process, where the system tells (Linux)."""
        try:
            text = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return time.monotonic()
        fields = text.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _work(pipe: Connection) -> None:
    while True:
        try:
            seed = pipe.recv()
        except EOFError:
            return
        pipe.send(asdict(tried(seed)))


def rows(seeds: list[int], jobs: int) -> Iterator[Row]:
    """What came of the seeds, as they are done."""
    todo = iter(seeds)
    workers = [Worker() for _ in range(min(jobs, len(seeds)))]
    workers = [worker for worker in workers if _next(worker, todo)]
    while workers:
        ready = wait([worker.pipe for worker in workers], timeout=0.5)
        for place, worker in enumerate(workers):
            seed, died = worker.seed, False
            assert seed is not None
            if worker.pipe in ready:
                try:
                    yield worker.answer()
                    continue
                except EOFError:
                    died = True
            if died or worker.late():
                worker.end()
                yield Row(seed, outcome="died" if died else "hang")
                workers[place] = Worker()
        for worker in [worker for worker in workers if worker.seed is None]:
            if not _next(worker, todo):
                worker.end()
                workers.remove(worker)


def _next(worker: Worker, todo: Iterator[int]) -> bool:
    seed = next(todo, None)
    if seed is not None:
        worker.give(seed)
    return seed is not None


# ---------------------------------------------------------------- what to tell
def summary(found: list[Row]) -> str:
    """The result as Markdown."""
    outcomes = ("sound", "cut", "refused", "fault", "hang", "died")
    lines = ["| plants | number | " + " | ".join(outcomes) + " |", "|---" + "|--:" * 7 + "|"]
    for kind in sorted({row.kind for row in found}):
        own = [row for row in found if row.kind == kind]
        counts = Counter(row.outcome for row in own)
        cells = " | ".join(f"{counts[name]:,}" for name in outcomes)
        lines.append(f"| {kind or 'unknown'} | {len(own):,} | {cells} |")
    operations, spent = sum(row.operations for row in found), sum(row.cpu_s for row in found)
    lines += ["", f"{operations:,} operations, {spent:,.0f} s of processor time.", ""]
    for outcome in outcomes[2:]:
        first: dict[str, list[Row]] = {}
        for row in found:
            if row.outcome == outcome:
                first.setdefault(_alike(row.told), []).append(row)
        for same in sorted(first.values(), key=len, reverse=True)[:20]:
            seeds = ", ".join(str(row.seed) for row in same[:5])
            lines.append(f"- {outcome}, {len(same)} times (seeds {seeds}): {same[0].told[:240]}")
    return "\n".join(lines) + "\n"


def _alike(told: str) -> str:
    return "".join(c for c in told[:60] if not c.isdigit())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "random_plants.jsonl")
    parser.add_argument("--seed", type=int, help="only this one, in this process")
    parser.add_argument("--show", action="store_true", help="only print the plant file of --seed")
    given_ = parser.parse_args()
    if given_.seed is not None:
        _one(given_.seed, show=given_.show)
        return
    known: dict[int, Row] = {}
    if given_.out.exists():
        lines = given_.out.read_text(encoding="utf-8").splitlines()
        known = {row.seed: row for row in (Row(**json.loads(line)) for line in lines)}
    wanted = range(given_.first, given_.first + given_.count)
    todo = [seed for seed in wanted if seed not in known]
    with given_.out.open("a", encoding="utf-8") as file:
        for row in rows(todo, given_.jobs):
            known[row.seed] = row
            file.write(json.dumps(asdict(row)) + "\n")
            file.flush()
    print(summary([known[seed] for seed in wanted if seed in known]))


def _one(seed: int, *, show: bool) -> None:
    if show:
        print(plant_text(plant_of(Row(seed))))
    else:
        print(json.dumps(asdict(tried(seed, cut_s=60.0, safe=False)), indent=1))


if __name__ == "__main__":
    main()
