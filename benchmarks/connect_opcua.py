"""10,000 OPC UA value changes a second from our server to our client, one process each, without loss.

    python -m benchmarks.connect_opcua [--seconds 600] [--rate 10000] [--tags 1000] [--plain]

Prints one row per pair of peers: values published and received a second, values lost, CPU time of both sides
(100 us a value are one core at 10,000 values a second). `--plain` adds the subscription of asyncua itself on
our server, at the same load in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from zhizao.connect.opcua import Anonymous, Client, Endpoint, Plain, Server, Subscription
from zhizao.plant import parse_plant
from zhizao.records.samples import Value, values

PLANT = """
zhizao: 1
plant: Load
work_centers: [{id: Press}]
routes: {plate: [{id: press, on: [Press], takes: {load: 1 min}}]}
products: {plate: {route: plate}}
orders: [{product: plate, every: exponential(25 min)}]
"""
STEP_S = 0.02
"""How often the server publishes a batch."""
URL = "opc.tcp://127.0.0.1:48409"


def tag(number: int) -> str:
    return f"Load/C{number}"


async def serve(tags: int, rate: int, seconds: float) -> None:
    """Count up, one number per value, tag after tag; wait for a line before the counting begins."""
    async with Server(parse_plant(PLANT), Plain(), url=URL) as server:
        start = datetime.now(UTC)
        await server.publish([(tag(number), start, -1.0, None, 0) for number in range(tags)])
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        begin, cpu, sent = time.perf_counter(), time.process_time(), 0
        while (elapsed := time.perf_counter() - begin) < seconds:
            due = min(int(elapsed * rate), sent + rate)
            now = datetime.now(UTC)
            await server.publish([(tag(n % tags), now, float(n), None, 0) for n in range(sent, due)])
            sent = due
            await asyncio.sleep(STEP_S)
        await asyncio.sleep(2)
        used = time.process_time() - cpu
        print(json.dumps({"sent": sent, "cpu": used}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)


class Check:
    """Whether the numbers of every tag go up by the number of tags each time."""

    def __init__(self, tags: int) -> None:
        self.tags, self.received, self.lost, self.reordered = tags, 0, 0, 0
        self._last: dict[str, float] = {}

    def take(self, name: str, number: float | None) -> None:
        if number is None or number < 0:
            return
        self.received += 1
        before = self._last.get(name)
        expected = number % self.tags if before is None else before + self.tags
        self.lost += round(max(number - expected, 0) / self.tags)
        self.reordered += number < expected
        self._last[name] = number


async def drained(check: Check, seconds: float) -> None:
    """Wait until nothing more comes after the end."""
    await asyncio.sleep(seconds)
    before = -1
    while check.received != before:
        before = check.received
        await asyncio.sleep(4)


async def ours(check: Check, seconds: float, begin: Callable[[], None]) -> None:
    """Read with our client, into the frames that an outbox takes."""

    def sink(rows: list[Value]) -> None:
        values(rows)
        for row in rows:
            check.take(row[0], row[2])

    nodes = {tag(number): f"ns=2;s={tag(number)}" for number in range(check.tags)}
    client = Client(Endpoint(URL, Plain(), Anonymous()), Subscription(nodes, queue=10_000))
    task = asyncio.create_task(client.run(sink))
    while client.health.values < check.tags:
        await asyncio.sleep(0.05)
    begin()
    await drained(check, seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def plain(check: Check, seconds: float, begin: Callable[[], None]) -> None:
    """Read with the subscription of asyncua and the handler that its documentation shows."""
    from asyncua import Client as PlainClient

    class Handler:
        def datachange_notification(self, node: object, value: float | None, data: object) -> None:  # noqa: ARG002
            check.take(str(node), value)

    async with PlainClient(URL, timeout=60, watchdog_intervall=60) as client:
        subscription = await client.create_subscription(100, Handler())
        nodes = [client.get_node(f"ns=2;s={tag(number)}") for number in range(check.tags)]
        await subscription.subscribe_data_change(nodes, queuesize=10_000)
        begin()
        await drained(check, seconds)


def measured(
    read: Callable[[Check, float, Callable[[], None]], Awaitable[None]], options: argparse.Namespace
) -> None:
    """Run one server and one client, and print what came of it."""
    command = [sys.executable, "-m", "benchmarks.connect_opcua", "--serve"]
    command += [f"--{name}={getattr(options, name)}" for name in ("tags", "rate", "seconds")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        server_in, check, started = server.stdin, Check(options.tags), [0.0, 0.0]

        def begin() -> None:
            started[:] = [time.process_time(), time.perf_counter()]
            print(file=server_in, flush=True)

        async def run() -> None:
            await read(check, options.seconds, begin)

        asyncio.run(run())
        cpu = time.process_time() - started[0]
        said = json.loads(server.stdout.readline())
        print(file=server_in, flush=True)
    print(
        f"{read.__name__:6} sent {said['sent'] / options.seconds:8.0f}/s  "
        f"received {check.received / options.seconds:8.0f}/s  missing {said['sent'] - check.received}  "
        f"lost {check.lost}  reordered {check.reordered}  "
        f"CPU a value: server {1e6 * said['cpu'] / max(said['sent'], 1):.0f} us, "
        f"client {1e6 * cpu / max(check.received, 1):.0f} us",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--tags", type=int, default=1000)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.tags, options.rate, options.seconds))
        return
    print(f"{os.cpu_count()} cores, {options.tags} tags, {options.rate}/s for {options.seconds:g} s")
    measured(ours, options)
    if options.plain:
        measured(plain, options)


if __name__ == "__main__":
    main()
