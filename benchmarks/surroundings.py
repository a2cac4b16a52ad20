"""On which commit and machine a benchmark runs, and pages of results that several write to."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def commit_of() -> str:
    """The commit, with + where files differ from it."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    state = subprocess.run([*git, "status", "--porcelain", "src"], capture_output=True, text=True, check=True)
    return head.stdout.strip() + ("+" if state.stdout.strip() else "")


def processor() -> str:
    """Name of the processor."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for text in info.read_text(encoding="utf-8").splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def with_section(page: str, heading: str, text: str) -> str:
    """The Markdown page with this text under a heading of second level, instead of what was there."""
    before, mark, after = page.partition(f"## {heading}\n")
    if not mark:
        return f"{page.rstrip()}\n\n## {heading}\n\n{text.strip()}\n"
    _, rest, later = after.partition("\n## ")
    end = f"\n## {later}" if rest else ""
    return f"{before}{mark}\n{text.strip()}\n{end}"
