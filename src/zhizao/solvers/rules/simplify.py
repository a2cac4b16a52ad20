"""Simplification of expressions: constants folded; what is neutral or does not change a ranking removed."""

from __future__ import annotations

from zhizao.solvers.rules.grammar import MIN_DIVISOR, MOMENT, Call, Number, Tree, dimension, dimension_of


def simplified(tree: Tree) -> Tree:
    """The expression without what cancels out; its values may differ in the last digits."""
    return _at_root(_simplified(tree))


def _simplified(tree: Tree) -> Tree:
    if not isinstance(tree, Call):
        return tree
    of = tuple(_simplified(part) for part in tree.of)
    if tree.op == "neg" and isinstance(of[0], Call) and of[0].op == "neg":
        return of[0].of[0]
    if tree.op == "if" and of[2] == of[3]:
        return of[2]
    if len(of) == 2:
        return _folded(tree.op, *of) or _shorter(tree.op, *of) or Call(tree.op, of)
    return Call(tree.op, of)


def _folded(op: str, x: Tree, y: Tree) -> Tree | None:
    """Two constants as one."""
    if not (isinstance(x, Number) and isinstance(y, Number)):
        return None
    power = dimension_of(op, (x.power, y.power))
    return None if power is None else Number(evaluated(op, x.value, y.value), power)


def evaluated(op: str, x: float, y: float) -> float:
    """An operation on two numbers, the same in every form of a rule."""
    if op == "+":
        return x + y
    if op == "-":
        return x - y
    if op == "*":
        return x * y
    if op == "/":
        return x / max(abs(y), MIN_DIVISOR)
    return min(x, y) if op == "min" else max(x, y)


def _shorter(op: str, x: Tree, y: Tree) -> Tree | None:
    """What an operation reduces to where one side makes no difference."""
    if x == y:
        same = dimension(x)
        if op in ("min", "max"):
            return x
        if op == "-" and same is not None:
            return Number(0.0, 1 if same == MOMENT else same)
    if op in ("+", "-") and isinstance(y, Number) and y.value == 0.0:
        return x
    if op == "+" and isinstance(x, Number) and x.value == 0.0:
        return y
    if op in ("*", "/") and y == Number(1.0):
        return x
    return y if op == "*" and x == Number(1.0) else None


def _at_root(tree: Tree) -> Tree:
    """An expression that ranks lots the same, without positive factors, common terms and exp at the root."""
    while isinstance(tree, Call):
        x, y = tree.of[0], tree.of[-1]
        if tree.op == "exp" or (tree.op in ("+", "-", "*", "/") and _same_for_all(tree.op, y)):
            tree = x
        elif tree.op in ("+", "*") and _same_for_all(tree.op, x):
            tree = y
        else:
            break
    return tree


def _same_for_all(op: str, tree: Tree) -> bool:
    if op in ("+", "-"):
        return tree == "now" or isinstance(tree, Number)
    return isinstance(tree, Number) and tree.value > 0.0
