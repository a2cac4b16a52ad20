"""The fab testbed SMT2020 (and tables like it, as AutoSched AP writes them), into a plant."""

from zhizao.connect.smt2020.read import read_smt2020

__all__ = ["read_smt2020"]
