"""Tables as bare pointers inside compiled code.

Numba passes an array as seven words, and a tuple of 16 arrays to every kernel as 112; that cost 20 times the
work itself, and most of the compile time. Here `Tables` and `State` cross into compiled code as one word
each: the address of a row of (address, rows, columns) per table. In compiled code `s.lots[i]` is then one
load and one multiply, and means what it means in plain Python on the named tuple of arrays. Bounds are not
checked, as ever in Numba.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core.datamodel import models, register_default
from numba.core.imputils import lower_builtin, lower_getattr_generic
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
    signature,
)
from numba.extending import intrinsic

WORDS = 3  # address, rows, columns


class TableType(types.Type):  # type: ignore[misc]
    """One table: a pointer to its (address, rows, columns)."""

    def __init__(self, element: Any, dimensions: int) -> None:
        self.element = element
        self.dimensions = dimensions
        super().__init__(f"Table({element}, {dimensions})")


class BundleType(types.Type):  # type: ignore[misc]
    """A named row of tables: a pointer to the first of their (address, rows, columns)."""

    def __init__(self, name: str, fields: dict[str, tuple[np.dtype[Any], int]]) -> None:
        self.places = {field: place for place, field in enumerate(fields)}
        self.tables = {field: TableType(from_dtype(dtype), n) for field, (dtype, n) in fields.items()}
        super().__init__(f"Bundle({name})")


for _type in (TableType, BundleType):
    register_default(_type)(models.OpaqueModel)


@infer_getattr
class _BundleAttributes(AttributeTemplate):  # type: ignore[misc]
    key = BundleType

    def generic_resolve(self, bundle: BundleType, name: str) -> TableType | None:
        return bundle.tables.get(name)


@lower_getattr_generic(BundleType)
def _table_of(context: Any, builder: Any, bundle: BundleType, value: Any, name: str) -> Any:
    word = context.get_value_type(types.intp)
    base = builder.bitcast(value, word.as_pointer())
    place = builder.gep(base, [word(WORDS * bundle.places[name])], inbounds=True)
    return builder.bitcast(place, context.get_value_type(bundle.tables[name]))


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], TableType):
            return signature(args[0].element, args[0], _index_type(args[0]))
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], TableType) and not isinstance(args[0].element, types.Record):
            return signature(types.none, args[0], _index_type(args[0]), args[0].element)
        return None


@infer_global(len)
class _Len(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.intp, args[0]) if isinstance(args[0], TableType) else None


def _index_type(table: TableType) -> Any:
    return types.intp if table.dimensions == 1 else types.UniTuple(types.intp, 2)


def _words(context: Any, builder: Any, value: Any, place: int) -> Any:
    word = context.get_value_type(types.intp)
    base = builder.bitcast(value, word.as_pointer())
    loaded = builder.load(builder.gep(base, [word(place)], inbounds=True))
    # nothing moves while compiled code runs, so LLVM need not read the address again after every store
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


def _address(context: Any, builder: Any, table: TableType, value: Any, index: Any) -> Any:
    """Address of an element as a word."""
    if table.dimensions == 2:
        columns = _words(context, builder, value, 2)
        row, column = builder.extract_value(index, 0), builder.extract_value(index, 1)
        index = builder.add(builder.mul(row, columns), column)
    if isinstance(table.element, types.Record):
        size = table.element.size
    else:
        size = context.get_abi_sizeof(context.get_data_type(table.element))
    start = _words(context, builder, value, 0)
    return builder.add(start, builder.mul(index, index.type(size)))


@lower_builtin(operator.getitem, TableType, types.Any)
def _get(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    address = _address(context, builder, sig.args[0], *args)
    if isinstance(sig.return_type, types.Record):
        return builder.inttoptr(address, context.get_value_type(sig.return_type))
    data = context.get_data_type(sig.return_type)
    return context.unpack_value(builder, sig.return_type, builder.inttoptr(address, data.as_pointer()))


@lower_builtin(operator.setitem, TableType, types.Any, types.Any)
def _set(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    table, index, value = args
    element = sig.args[0].element
    address = _address(context, builder, sig.args[0], table, index)
    data = context.get_data_type(element)
    context.pack_value(builder, element, value, builder.inttoptr(address, data.as_pointer()))
    return context.get_dummy_value()


@lower_builtin(len, TableType)
def _rows(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _words(context, builder, args[0], 1)


def opener(bundle: BundleType) -> Any:
    """A function for compiled code: from the row of numbers that `pointers` gives to the bundle."""

    @intrinsic
    def opened(typing_context: Any, words: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            array = context.make_array(sig.args[0])(context, builder, args[0])
            return builder.bitcast(array.data, context.get_value_type(bundle))

        return bundle(words), code

    return opened


@intrinsic
def call_rule(typing_context: Any, address: Any, told: Any) -> Any:
    """In compiled code: what the C function `double (double *)` at an address answers to a table."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        number = ir.DoubleType()
        function = builder.inttoptr(args[0], ir.FunctionType(number, [number.as_pointer()]).as_pointer())
        start = _words(context, builder, args[1], 0)
        return builder.call(function, [builder.inttoptr(start, number.as_pointer())])

    return types.float64(types.int64, told), code


def pointers_to(arrays: tuple[Any, ...]) -> Any:
    """(address, rows, columns) of each array in one row of numbers; the arrays must stay where they are."""
    row = np.zeros(WORDS * len(arrays), np.int64)
    for place, array in enumerate(arrays):
        if not array.flags.c_contiguous:
            raise ValueError("a table must lie in one piece")
        columns = array.shape[1] if array.ndim == 2 else 1
        row[WORDS * place : WORDS * place + WORDS] = array.ctypes.data, len(array), columns
    return row
