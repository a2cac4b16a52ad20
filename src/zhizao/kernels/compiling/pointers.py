"""Tables as bare pointers inside compiled code.

Numba passes an array as seven words, and a tuple of 16 arrays to every kernel as 112; that cost 20 times the
work itself, and most of the compile time. Here `Tables` and `State` cross into compiled code as one word
each: the address of a row of (address, rows, columns) per table. In compiled code `s.lots[i]` is then one
load and one multiply, and means what it means in plain Python on the named tuple of arrays. Bounds are not
checked, as ever in Numba, unless the environment says ZHIZAO_BOUNDS=1: then an index outside its table, a
negative one too, raises an IndexError that names the table.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

# What `infer_getattr` and `type_callable` of numba.extending stand on.
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    register_model,
)

from zhizao.kernels.compiling.options import BOUNDS_ON

WORDS = 3  # address, rows, columns


class RowType(types.Type):  # type: ignore[misc]
    """One row of a table of records: a pointer to it.

    LLVM is given that different columns never share memory, and that the tables of the plant never
    change; from bare pointers it could not know, and would read every number again after each store.
    """

    def __init__(self, field: str, dtype: np.dtype[Any], *, fixed: bool) -> None:
        self.field = field
        self.fixed = fixed
        self.size = dtype.itemsize
        self.columns = {name: (place[1], dtype[name]) for name, place in (dtype.fields or {}).items()}
        super().__init__(f"Row({field}, {dtype}, {fixed})")


class TableType(types.Type):  # type: ignore[misc]
    """One table: a pointer to its (address, rows, columns)."""

    def __init__(self, field: str, element: Any, dimensions: int, *, fixed: bool) -> None:
        self.field = field
        self.element = element
        self.dimensions = dimensions
        self.fixed = fixed
        super().__init__(f"Table({field}, {element}, {dimensions}, {fixed})")


class BundleType(types.Type):  # type: ignore[misc]
    """A named row of tables: a pointer to the first of their (address, rows, columns)."""

    def __init__(self, name: str, fields: dict[str, tuple[np.dtype[Any], int]], *, fixed: bool) -> None:
        self.places = {field: place for place, field in enumerate(fields)}
        self.tables = {
            field: TableType(_ALIKE.get(field, field), _element(field, dtype, fixed=fixed), n, fixed=fixed)
            for field, (dtype, n) in fields.items()
        }
        super().__init__(f"Bundle({name})")


def _element(field: str, dtype: np.dtype[Any], *, fixed: bool) -> Any:
    return types.int8 if dtype == np.int8 else _SEEN[dtype.kind] if dtype.names is None else RowType(
        field, dtype, fixed=fixed
    )  # fmt: skip


_ALIKE = {"repair_of": "resource_of"}  # one kernel takes either: for LLVM they are one table
_SEEN = {"f": types.float64, "i": types.int64, "u": types.uint64}
"""What kernels see of a column, however narrow it is."""


for _type in (RowType, TableType, BundleType):
    register_model(_type)(models.OpaqueModel)


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


@infer_getattr
class _RowAttributes(AttributeTemplate):  # type: ignore[misc]
    key = RowType

    def generic_resolve(self, row: RowType, name: str) -> Any:
        return _SEEN[row.columns[name][1].kind] if name in row.columns else None


def _column(builder: Any, row: RowType, value: Any, name: str) -> tuple[Any, Any]:
    """(Pointer to a column of a row, its type as it is stored)."""
    offset, dtype = row.columns[name]
    size = ir.IntType(8 * dtype.itemsize)
    stored = size if dtype.kind != "f" else ir.FloatType() if dtype.itemsize == 4 else ir.DoubleType()
    place = builder.gep(value, [ir.IntType(64)(offset)], inbounds=True)
    return builder.bitcast(place, stored.as_pointer()), stored


def _tell(builder: Any, access: Any, owner: Any, name: str) -> None:
    """Tell LLVM what an access may share memory with (type-based alias analysis): its own column alone."""
    module = builder.module
    root = module.add_metadata([ir.MetaDataString(module, "zhizao")])
    zero = ir.Constant(ir.IntType(64), 0)
    column = module.add_metadata([ir.MetaDataString(module, f"{owner.field}.{name}"), root, zero])
    access.set_metadata("tbaa", module.add_metadata([column, column, zero]))
    if owner.fixed:
        access.set_metadata("invariant.load", module.add_metadata([]))


@lower_getattr_generic(RowType)
def _get_column(context: Any, builder: Any, row: RowType, value: Any, name: str) -> Any:
    place, stored = _column(builder, row, value, name)
    found = builder.load(place)
    _tell(builder, found, row, name)
    seen = context.get_value_type(_SEEN[row.columns[name][1].kind])
    if stored == seen:
        return found
    if row.columns[name][1].kind == "f":
        return builder.fpext(found, seen)
    return builder.sext(found, seen) if row.columns[name][1].kind == "i" else builder.zext(found, seen)


@lower_setattr_generic(RowType)
def _set_column(context: Any, builder: Any, sig: Any, args: Any, name: str) -> None:
    row, (value, number) = sig.args[0], args
    place, stored = _column(builder, row, value, name)
    if number.type != stored:
        narrow = builder.fptrunc if row.columns[name][1].kind == "f" else builder.trunc
        number = narrow(number, stored)
    _tell(builder, builder.store(number, place), row, name)


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], TableType):
            return args[0].element(args[0], _index_type(args[0]))
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], TableType) and not isinstance(args[0].element, RowType):
            return types.none(args[0], _index_type(args[0]), args[0].element)
        return None


@infer_global(len)
class _Len(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        return types.intp(args[0]) if isinstance(args[0], TableType) else None


def _index_type(table: TableType) -> Any:
    return types.intp if table.dimensions == 1 else types.UniTuple(types.intp, 2)


def word_of(context: Any, builder: Any, value: Any, place: int) -> Any:
    """In compiled code: the address (0), rows (1) or columns (2) of a table."""
    word = context.get_value_type(types.intp)
    base = builder.bitcast(value, word.as_pointer())
    loaded = builder.load(builder.gep(base, [word(place)], inbounds=True))
    # nothing moves while compiled code runs, so LLVM need not read the address again after every store
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


def _check(context: Any, builder: Any, table: TableType, value: Any, index: tuple[Any, ...]) -> None:
    """Raise where an index lies outside, if ZHIZAO_BOUNDS asks for it."""
    if not BOUNDS_ON:
        return
    for place, number in enumerate(index, start=1):
        size = word_of(context, builder, value, place)
        outside = builder.icmp_unsigned(">=", number, size)  # a negative number is a very large one
        with builder.if_then(outside, likely=False):
            said = (f"a kernel asked for a row or column of {table.field!r} that is not there",)
            context.call_conv.return_user_exc(builder, IndexError, said)


def _address(context: Any, builder: Any, table: TableType, value: Any, index: Any) -> Any:
    """Address of an element as a word."""
    if table.dimensions == 2:
        columns = word_of(context, builder, value, 2)
        row, column = builder.extract_value(index, 0), builder.extract_value(index, 1)
        _check(context, builder, table, value, (row, column))
        index = builder.add(builder.mul(row, columns), column)
    else:
        _check(context, builder, table, value, (index,))
    if isinstance(table.element, RowType):
        size = table.element.size
    else:
        size = context.get_abi_sizeof(context.get_data_type(table.element))
    start = word_of(context, builder, value, 0)
    return builder.add(start, builder.mul(index, index.type(size)))


@lower_builtin(operator.getitem, TableType, types.Any)
def _get(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    address = _address(context, builder, sig.args[0], *args)
    seen = context.get_value_type(sig.return_type)
    if isinstance(sig.return_type, RowType):
        return builder.inttoptr(address, seen)
    found = builder.load(builder.inttoptr(address, seen.as_pointer()))
    _tell(builder, found, sig.args[0], "")
    return found


@lower_builtin(operator.setitem, TableType, types.Any, types.Any)
def _set(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    table, index, value = args
    address = _address(context, builder, sig.args[0], table, index)
    place = builder.inttoptr(address, value.type.as_pointer())
    _tell(builder, builder.store(value, place), sig.args[0], "")
    return context.get_dummy_value()


@lower_builtin(len, TableType)
def _rows(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return word_of(context, builder, args[0], 1)


def opener(bundle: BundleType) -> Any:
    """A function for compiled code: from the row of numbers that `pointers` gives to the bundle."""

    @intrinsic
    def opened(typing_context: Any, words: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            array = context.make_array(sig.args[0])(context, builder, args[0])
            return builder.bitcast(array.data, context.get_value_type(bundle))

        return bundle(words), code

    return opened


def pointers_to(arrays: tuple[Any, ...]) -> Any:
    """(address, rows, columns) of each array in one row of numbers; the arrays must stay where they are."""
    row = np.zeros(WORDS * len(arrays), np.int64)
    for place, array in enumerate(arrays):
        if not array.flags.c_contiguous:
            raise ValueError("a table must lie in one piece")
        columns = array.shape[1] if array.ndim == 2 else 1
        row[WORDS * place : WORDS * place + WORDS] = array.ctypes.data, len(array), columns
    return row
