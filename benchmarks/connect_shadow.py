"""A day of a plant over real protocols: is every state that the service reads the one that was played?

    python benchmarks/connect_shadow.py                # 24 min over OPC UA, then 24 min over Sparkplug
    python benchmarks/connect_shadow.py --speed 360    # four minutes each
    python benchmarks/connect_shadow.py --over opcua   # over one of them

Sparkplug needs mosquitto (Debian: apt install mosquitto). Every minute of plant time is a check.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

PLANT = Path(__file__).parents[1] / "examples" / "plants" / "bracket-shop.yaml"
ZHIZAO = [sys.executable, "-c", "import sys; from zhizao.cli import main; sys.exit(main())"]
START = datetime(2026, 1, 5)
PROTOCOLS = ("opcua", "sparkplug")


def main() -> None:
    """Run both protocols and print one line each."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--speed", type=float, default=60.0)
    options.add_argument("--hours", type=float, default=24.0)
    options.add_argument("--over", nargs="+", choices=PROTOCOLS, default=PROTOCOLS)
    given = options.parse_args()
    for protocol in given.over:
        with tempfile.TemporaryDirectory() as folder:
            print(protocol, _day(protocol, Path(folder), given.speed, given.hours), flush=True)


def _day(protocol: str, folder: Path, speed: float, hours: float) -> str:
    port = _free_port()
    running = [_broker(folder, port)] if protocol == "sparkplug" else []
    url = f"{'opc.tcp' if protocol == 'opcua' else 'mqtt'}://127.0.0.1:{port}"
    extra = {"plain": True, "anonymous": True} if protocol == "opcua" else {}
    site = {"zhizao-site": 1, "plant": str(PLANT), "sources": [{protocol: url, **extra}]}
    (folder / "site.yaml").write_text(json.dumps(site), encoding="utf-8")
    end = START + timedelta(hours=hours)
    played, read = folder / "played.jsonl", folder / "read.jsonl"
    emulate = ["emulate", str(PLANT), f"--{protocol}", url, "--speed", f"{speed}", "--days", f"{hours / 24}"]
    emulate += ["--start", START.isoformat(), "--states", str(played), "--folder", str(folder / "emulate")]
    follow = ["run", str(folder / "site.yaml"), "--until", end.isoformat(), "--states", str(read)]
    began = time.monotonic()
    try:
        running.append(_started([*emulate, "--plain"] if protocol == "opcua" else emulate, folder))
        service = _started([*follow, "--every", "60"], folder)
        running.append(service)
        if service.wait() != 0:
            raise SystemExit(f"the service failed: {(folder / 'log').read_text(encoding='utf-8')[-2000:]}")
    finally:
        for process in running:
            process.kill()
            process.wait()
    return _compared(_states(played), _states(read), time.monotonic() - began)


def _compared(played: dict[str, Any], read: dict[str, Any], took_s: float) -> str:
    equal = sum(played[moment] == state for moment, state in read.items())
    with_lots = sum(bool(state["lots"]) for state in read.values())
    return (
        f"{len(played)} steps played, {len(read)} states read ({with_lots} with lots), {equal} equal, "
        f"{len(read) - equal} different, {took_s:.0f} s"
    )


def _states(path: Path) -> dict[str, Any]:
    """Lots and units by moment; the time that work still takes is known to the twin alone."""
    names = ("product", "operation", "at", "unit", "pieces")
    found: dict[str, Any] = {}
    for state in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        lots = {lot["id"]: {name: lot.get(name) for name in names} for lot in state["lots"]}
        units = {unit["id"]: unit.get("state", "idle") for unit in state["units"]}
        found[state["moment"]] = {"lots": lots, "units": units}
    return found


def _started(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen([*ZHIZAO, "connect", *arguments], stdout=log, stderr=log)


def _broker(folder: Path, port: int) -> subprocess.Popen[bytes]:
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    (folder / "broker.conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\n", encoding="utf-8"
    )
    return subprocess.Popen([program, "-c", str(folder / "broker.conf")], stderr=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    main()
