"""Routes that hand out the table of a result: as a spreadsheet, CSV or Parquet."""

# The types of routes are read at run time, so annotations are not postponed here.
import io
from enum import StrEnum
from typing import TYPE_CHECKING

from zhizao.quantities import InputError
from zhizao.web.jobs.store import TABLE, Store

if TYPE_CHECKING:
    import polars as pl
    from fastapi import APIRouter

MOST_ROWS = 1_048_575
"""Rows of a sheet below its names: the limit of the file format (ECMA-376)."""


class TableForm(StrEnum):
    """A file format of tables."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


_MEDIA = {
    TableForm.CSV: "text/csv; charset=utf-8",
    TableForm.PARQUET: "application/vnd.apache.parquet",
    TableForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def export_router(store: Store) -> "APIRouter":
    """Routes of the tables of results."""
    from fastapi import APIRouter, Response

    router = APIRouter(prefix="/api/results", tags=["results"])

    @router.get(
        "/{key}/table.{form}",
        summary="The table of a result, as a spreadsheet, CSV or Parquet",
        response_class=Response,
        responses={200: {"content": {media.partition(";")[0]: {} for media in _MEDIA.values()}}},
    )
    def table(key: str, form: TableForm) -> Response:
        kept = store.read(key, TABLE)
        content = kept if form is TableForm.PARQUET else written(kept, form)
        headers = {"content-disposition": f'attachment; filename="table.{form.value}"'}
        return Response(content, media_type=_MEDIA[form], headers=headers)

    return router


def written(parquet: bytes, form: TableForm) -> bytes:
    """A table that is kept as Parquet in another form; CSV has a mark by which Excel knows UTF-8.

    Raises
    ------
    InputError
        It has too many rows for a spreadsheet.
    """
    import polars as pl

    frame = _flat(pl.read_parquet(parquet))
    file = io.BytesIO()
    if form is TableForm.CSV:
        frame.write_csv(file, include_bom=True)
        return file.getvalue()
    if frame.height > MOST_ROWS:
        raise InputError(f"found {frame.height} rows; a spreadsheet holds {MOST_ROWS}: take CSV or Parquet")
    try:
        frame.write_excel(file, worksheet="table", autofit=True)
    except ModuleNotFoundError:
        raise InputError(
            "a spreadsheet needs XlsxWriter; install it by `pip install 'zhizao[web]'`"
        ) from None
    return file.getvalue()


def _flat(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Columns that hold several values as text: neither CSV nor a sheet has them."""
    import json

    import polars as pl

    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    texts = [
        pl.Series(
            name, [None if one is None else json.dumps(one, ensure_ascii=False, default=str) for one in rows]
        )
        for name in nested
        for rows in [frame[name].to_list()]
    ]
    return frame.with_columns(texts)
