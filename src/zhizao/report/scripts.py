"""The scripts of a one-file report: modules of `assets` in one text, allowed by their hash alone."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from zhizao.report.text import escape

ASSETS = Path(__file__).resolve().parent / "assets"
"""What browsers load: a module `KIND.js` draws the widgets of its kind, `vendor/` holds libraries."""
_VENDOR = {
    **dict.fromkeys(
        ("bars", "histogram", "lines", "scatter", "stacked_bars", "tornado", "waterfall"),
        ("vendor/echarts.common.min.js",),
    ),
}
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.[^"]*)";$', re.MULTILINE)
_EXPORT_LIST = re.compile(r"\bexport ?\{([^}]*)\};?")  # as the files of libraries end
_EXPORT = re.compile(r"^export (async function|function|const|class) (\w+)", re.MULTILINE)


WITHOUT_SCRIPTS = "A script of this file draws this chart; scripts are off."


def widget(kind: str, data: dict[str, Any], without: str = WITHOUT_SCRIPTS) -> str:
    """The place of a chart in a page: its data, which a script draws, and a line where scripts are off."""
    inside = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    safe = inside.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return (
        f'<div class="widget" data-kind="{kind}"><script type="application/json">{safe}</script>'
        f'<noscript><p class="note">{escape(without)}</p></noscript></div>'
    )


def scripts_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """The scripts that draw widgets of these kinds, libraries first; none for none."""
    wanted = tuple(sorted(set(kinds)))
    if not wanted:
        return ()
    libraries = dict.fromkeys(path for kind in wanted for path in libraries_of(kind))
    return (*(_text(path) for path in libraries), _joined(wanted))


def libraries_of(kind: str) -> tuple[str, ...]:
    """Files of `assets` that a page loads before it draws a widget of this kind."""
    return _VENDOR.get(kind, ())


def source(script: str) -> str:
    """The name by which a page's policy allows an inline script (Content Security Policy 3, 6.7.3.3)."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


@cache
def _joined(kinds: tuple[str, ...]) -> str:
    """The modules of these kinds and what they import as one script; each keeps its names to itself."""
    done: dict[str, str] = {}
    for name in ("mount.js", *(f"{kind}.js" for kind in kinds)):
        _add(ASSETS / name, done)
    table = ",".join(f"{kind}:{_variable(f'{kind}.js')}.draw" for kind in kinds)
    start = f"{_variable('mount.js')}.mount(document,(kind)=>({{{table}}})[kind]);"
    return "\n".join((*done.values(), start)).replace("</script", "<\\/script")


def _add(path: Path, done: dict[str, str]) -> None:
    """Add a module behind those that it imports, as a function that gives what it exports."""
    name = path.relative_to(ASSETS).as_posix()
    if name in done:
        return
    text = path.read_text(encoding="utf-8")
    for _, relative in _IMPORT.findall(text):
        _add((path.parent / relative).resolve(), done)
    exported = {name: name for _, name in _EXPORT.findall(text)} | _listed(text)

    def bound(found: re.Match[str]) -> str:
        other = (path.parent / found[2]).resolve().relative_to(ASSETS).as_posix()
        return f"const {found[1].replace(' as ', ': ')} = {_variable(other)};"

    inside = _EXPORT_LIST.sub("", _EXPORT.sub(r"\1 \2", _IMPORT.sub(bound, text)))
    given = ",".join(f"{outside}:{own}" for outside, own in exported.items())
    done[name] = f"const {_variable(name)}=(()=>{{\n{inside}\nreturn {{{given}}};}})();"


def _listed(text: str) -> dict[str, str]:
    """Exported names of a list at the end of a module, each with its name within."""
    pairs = (one.split(" as ") for found in _EXPORT_LIST.findall(text) for one in found.split(","))
    return {pair[-1].strip(): pair[0].strip() for pair in pairs}


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name)


@cache
def _text(path: str) -> str:
    return (ASSETS / path).read_text(encoding="utf-8").replace("</script", "<\\/script")
