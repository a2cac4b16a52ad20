"""Text form of distributions, as written in plant files (grammar: see `distributions`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from zhizao.quantities.distributions import NATIVE, Distribution, DistributionKind, mean, variance
from zhizao.quantities.errors import DistributionError, UnitError, nearest_name
from zhizao.quantities.units import (
    NUMBER,
    TIME,
    Dimension,
    format_quantity,
    parse_quantity,
    parse_signed,
    shown,
)

_CALL = re.compile(r"\s*([A-Za-z][\w-]*)\s*\((.*)\)\s*", re.DOTALL)
_NAMED = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_PLAIN = frozenset({"cv", "shape", "k", "alpha", "beta", "mu", "sigma"})
_FEW_DIGITS, _ALL_DIGITS = (2, 4, 6, 9, 12), (15, 16, 17)
_SHORT = 40  # a native text up to this length is easier to read than a mean with 17 digits
_Kind = DistributionKind
_Make = Callable[[Mapping[str, float]], Distribution]


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a kind: parameter names, those first that may stand without their name."""

    names: tuple[str, ...]
    bare: int  # so many leading parameters may stand without their name
    make: _Make


def _native(kind: DistributionKind, bare: int = 0) -> _Form:
    names = NATIVE[kind]
    return _Form(names, bare, lambda p: Distribution(kind, tuple(p[name] for name in names)))


def _spread(names: tuple[str, ...], bare: int, make: _Make) -> tuple[_Form, _Form]:
    """Give the form with cv and its twin with sd."""
    by_sd = (*names[:-1], "sd")
    return _Form(names, bare, make), _Form(by_sd, bare, lambda p: make({**p, "cv": _cv(p)}))


def _cv(p: Mapping[str, float]) -> float:
    if not p["mean"] > 0:
        raise DistributionError(f"found mean {p['mean']:g}", "the mean must be above 0")
    return p["sd"] / p["mean"]


def _uniform(p: Mapping[str, float]) -> Distribution:
    half = p["mean"] * p["cv"] * 3.0**0.5
    return Distribution.uniform(p["mean"] - half, p["mean"] + half)


_FORMS: dict[DistributionKind, tuple[_Form, ...]] = {
    _Kind.CONSTANT: (_native(_Kind.CONSTANT, 1),),
    _Kind.UNIFORM: (_native(_Kind.UNIFORM, 2), *_spread(("mean", "cv"), 0, _uniform)),
    _Kind.TRIANGULAR: (_native(_Kind.TRIANGULAR, 3),),
    _Kind.EXPONENTIAL: (_native(_Kind.EXPONENTIAL, 1),),
    _Kind.GAMMA: (
        *_spread(("mean", "cv"), 1, lambda p: Distribution.gamma(p["mean"], cv=p["cv"])),
        _native(_Kind.GAMMA),
    ),
    _Kind.ERLANG: (
        _Form(("k", "mean"), 2, lambda p: Distribution.erlang(_whole(p["k"]), p["mean"])),
        _native(_Kind.ERLANG, 1),
    ),
    _Kind.WEIBULL: (
        *_spread(("mean", "cv"), 1, lambda p: Distribution.weibull(p["mean"], cv=p["cv"])),
        _native(_Kind.WEIBULL),
    ),
    _Kind.LOGNORMAL: (
        *_spread(("mean", "cv"), 1, lambda p: Distribution.lognormal(p["mean"], cv=p["cv"])),
        _native(_Kind.LOGNORMAL),
    ),
    _Kind.NORMAL: (
        _Form(("mean", "cv"), 1, lambda p: Distribution.normal(p["mean"], sd=p["mean"] * p["cv"])),
        _native(_Kind.NORMAL, 1),
    ),
    _Kind.BETA: (
        *_spread(
            ("low", "high", "mean", "cv"),
            2,
            lambda p: Distribution.beta(p["low"], p["high"], mean=p["mean"], cv=p["cv"]),
        ),
        _Form(
            ("low", "high", "alpha", "beta"),
            2,
            lambda p: Distribution(_Kind.BETA, (p["alpha"], p["beta"], p["low"], p["high"])),
        ),
    ),
}
_EXAMPLES: dict[DistributionKind, str] = {
    _Kind.CONSTANT: "constant(5 min)",
    _Kind.UNIFORM: "uniform(2 min, 4 min)",
    _Kind.TRIANGULAR: "triangular(0.8 min, 1 min, 1.6 min)",
    _Kind.EXPONENTIAL: "exponential(40 h)",
    _Kind.GAMMA: "gamma(10 min, cv 0.5)",
    _Kind.ERLANG: "erlang(3, 10 min)",
    _Kind.WEIBULL: "weibull(3 h, cv 0.6)",
    _Kind.LOGNORMAL: "lognormal(45 min, cv 0.8)",
    _Kind.NORMAL: "normal(5 min, sd 1 min)",
    _Kind.BETA: "beta(1 min, 9 min, mean 3 min, cv 0.4)",
    _Kind.DISCRETE: "discrete(1 min: 0.2, 2 min: 0.8)",
    _Kind.EMPIRICAL: "empirical(3 min, 4 min, 7 min)",
}


def parse_distribution(text: str, dimension: Dimension = TIME) -> Distribution:
    """Read a distribution such as `lognormal(45 min, cv 0.8)`, or a plain quantity as its constant.

    Raises
    ------
    DistributionError
        The kind is unknown, the parameters fit none of its forms, or they are impossible.
    UnitError
        A parameter has no unit or one of another dimension than `dimension`.
    """
    call = _CALL.fullmatch(text)
    if call is None:
        return Distribution.constant(parse_quantity(text, dimension))
    kinds = {kind.value: kind for kind in DistributionKind}
    kind = kinds.get(call[1].lower())
    if kind is None:
        near = nearest_name(call[1], kinds)
        raise DistributionError(f"found the unknown distribution {shown(call[1])}", _kinds_text(), near)
    parts = [part.strip() for part in call[2].split(",")]
    if not all(parts):
        raise DistributionError(f"found {shown(text)} with an empty parameter", _like(kind))
    if kind is _Kind.EMPIRICAL:
        return Distribution.empirical(parse_quantity(part, dimension) for part in parts)
    return _discrete(parts, dimension) if kind is _Kind.DISCRETE else _from_forms(kind, parts, dimension)


def format_distribution(distribution: Distribution, dimension: Dimension = TIME) -> str:
    """Write a distribution so that it reads back to the same bits, by mean and cv where that is possible."""
    native = _native_text(distribution, dimension)
    candidates = chain(
        _friendly(distribution, dimension, _FEW_DIGITS),
        [native] if len(native) <= _SHORT else [],
        _friendly(distribution, dimension, _ALL_DIGITS),
    )
    return next((text for text in candidates if _reads_back(text, distribution, dimension)), native)


# ---------------------------------------------------------------- reading
def _from_forms(kind: DistributionKind, parts: list[str], dimension: Dimension) -> Distribution:
    named = [_split_name(part) for part in parts]
    for form in _FORMS[kind]:
        assigned = _assign(form, named)
        if assigned is not None:
            return form.make({name: _number(name, text, dimension) for name, text in assigned.items()})
    known = sorted({name for form in _FORMS[kind] for name in form.names})
    strange = next((name for name, _ in named if name and name not in known), None)
    found = f"found the parameters ({', '.join(parts)}) in {kind.value}"
    raise DistributionError(
        shown_plain(found), _like(kind), nearest_name(strange, known) if strange else None
    )


def _assign(form: _Form, named: list[tuple[str | None, str]]) -> dict[str, str] | None:
    """Give each parameter of a form its text, or None if the texts do not fit this form."""
    leading = sum(1 for name, _ in named if name is None)
    if leading > form.bare or len(named) != len(form.names):
        return None
    if any(name is None for name, _ in named[leading:]):
        return None
    assigned = {
        (form.names[place] if name is None else name): text for place, (name, text) in enumerate(named)
    }
    return assigned if set(assigned) == set(form.names) else None


def _split_name(part: str) -> tuple[str | None, str]:
    match = _NAMED.fullmatch(part)
    return (match[1].lower(), match[2]) if match else (None, part)


def _number(name: str, text: str, dimension: Dimension) -> float:
    if name == "mu":
        return parse_signed(text, NUMBER)
    return parse_quantity(text, NUMBER if name in _PLAIN else dimension)


def _discrete(parts: list[str], dimension: Dimension) -> Distribution:
    weights: dict[float, float] = {}
    for part in parts:
        value_text, colon, weight_text = part.partition(":")
        if not colon:
            raise DistributionError(f"found {shown(part)} in discrete", _like(_Kind.DISCRETE))
        value = parse_quantity(value_text, dimension)
        if value in weights:
            raise DistributionError(f"found {shown(value_text.strip())} twice in discrete", "each value once")
        weights[value] = parse_quantity(weight_text, NUMBER)
    return Distribution.discrete(weights)


def _whole(value: float) -> int:
    if value != int(value):
        raise DistributionError(f"found k {value:g} in erlang", "k must be a whole number")
    return int(value)


def _like(kind: DistributionKind) -> str:
    return f"write it like {_EXAMPLES[kind]}"


def _kinds_text() -> str:
    return "the distributions are " + ", ".join(kind.value for kind in DistributionKind)


def shown_plain(text: str) -> str:
    """Cut a long message so that a terminal can show it."""
    return text if len(text) <= 160 else text[:160] + "…"


# ---------------------------------------------------------------- writing
def _friendly(d: Distribution, dimension: Dimension, precisions: tuple[int, ...]) -> Iterator[str]:
    """Offer texts by mean and cv, with more and more digits, for kinds whose native form hides them."""
    if d.kind not in (_Kind.GAMMA, _Kind.WEIBULL, _Kind.LOGNORMAL, _Kind.BETA, _Kind.ERLANG):
        return
    centre, cv = mean(d), variance(d) ** 0.5 / mean(d)
    for digits, rounded in _centres(centre, precisions, dimension):
        average = format_quantity(rounded, dimension)
        if d.kind is _Kind.ERLANG:
            yield f"erlang({d.parameters[0]:.0f}, {average})"
        elif d.kind is _Kind.BETA:
            low, high = (format_quantity(x, dimension) for x in d.parameters[2:])
            yield f"beta({low}, {high}, mean {average}, cv {cv:.{digits}g})"
        else:
            yield f"{d.kind.value}({average}, cv {cv:.{digits}g})"


def _centres(mean_: float, precisions: tuple[int, ...], dimension: Dimension) -> Iterator[tuple[int, float]]:
    """Offer a mean rounded in the unit that a person would choose, then in the base unit."""
    for digits in precisions:
        yield digits, _rounded(mean_, digits, dimension)
        yield digits, float(f"{mean_:.{digits}g}")


def _rounded(value: float, digits: int, dimension: Dimension) -> float:
    """Round in the unit that a person would choose, so that 45 min stay 45 min."""
    factors = [float(dimension.units[unit]) for unit in reversed(dimension.nice)]
    factor = next((f for f in factors if value >= f), 1.0)
    return float(f"{value / factor:.{digits}g}") * factor if factor != 1.0 else float(f"{value:.{digits}g}")


def _native_text(d: Distribution, dimension: Dimension) -> str:
    if d.kind is _Kind.EMPIRICAL:
        return f"empirical({', '.join(format_quantity(v, dimension) for v in d.values)})"
    if d.kind is _Kind.DISCRETE:
        pairs = zip(d.values, d.weights, strict=True)
        return f"discrete({', '.join(f'{format_quantity(v, dimension)}: {_plain(w)}' for v, w in pairs)})"
    if d.kind is _Kind.CONSTANT:
        return format_quantity(d.parameters[0], dimension)
    form = next(f for f in _FORMS[d.kind] if set(f.names) == set(NATIVE[d.kind]))
    values = dict(zip(NATIVE[d.kind], d.parameters, strict=True))
    texts = {n: _plain(v) if n in _PLAIN else format_quantity(v, dimension) for n, v in values.items()}
    bare = form.bare if d.kind is not _Kind.ERLANG else 0  # erlang(3, …) means k and mean
    named = [
        t if place < bare else f"{n} {t}" for place, (n, t) in enumerate((n, texts[n]) for n in form.names)
    ]
    return f"{d.kind.value}({', '.join(named)})"


def _plain(value: float) -> str:
    return repr(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)


def _reads_back(text: str, d: Distribution, dimension: Dimension) -> bool:
    try:
        return parse_distribution(text, dimension) == d
    except (DistributionError, UnitError):
        return False
