"""Whole columns at a time: Arrow tables over arrow-odbc, without a Python object per value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

from sqlalchemy.engine import URL, Connection, Engine, create_engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.sql import ClauseElement

from .connecting import connection_string
from .types import as_text

if TYPE_CHECKING:
    import pyarrow

BUFFER = 128 * 1024 * 1024
"""Bytes for the rows on their way, whatever a row may hold at most. One of Accounts with its logo takes up to 41 MB."""

Source = Union[str, URL, Engine, Connection]


def read_arrow(
    sql: str | ClauseElement, source: Source = "exactonline://", parameters: Sequence[Any] = ()
) -> pyarrow.Table:
    """All rows of a query as one table.

    `sql` is a text with `?` markers, or a SELECT made with SQLAlchemy. `source` is an engine or a connection, an
    `exactonline://` URL or an ODBC connection string; without one the stored sign-in and its division serve. It is read
    over a connection of its own, which sees no changes that wait in another. Moments have no time zone.
    Raises arrow_odbc.Error, TypeError for a parameter of bytes, ValueError for one with a time zone, and ImportError
    where arrow-odbc is not installed (`pip install arrow-odbc pyarrow`).
    """
    import pyarrow

    reader = read_arrow_batches(sql, source, parameters)
    return pyarrow.Table.from_batches(list(reader), reader.schema).combine_chunks()


def read_arrow_batches(
    sql: str | ClauseElement,
    source: Source = "exactonline://",
    parameters: Sequence[Any] = (),
    batch_rows: int = 10_000,
) -> pyarrow.RecordBatchReader:
    """The same in batches of at most `batch_rows` rows, as they arrive: for results that memory should not hold.

    Batches are smaller where rows may be so long that they would not fit into 128 MB.
    """
    try:
        import arrow_odbc
    except ImportError as missing:
        raise ImportError("read_arrow needs more packages: pip install arrow-odbc pyarrow") from missing
    text, values = _compiled(sql, parameters)
    reader = arrow_odbc.read_arrow_batches_from_odbc(
        text,
        _connection_string(source),
        parameters=[_parameter(value) for value in values] or None,
        batch_size=batch_rows,
        max_bytes_per_batch=BUFFER,
    )
    return reader.into_pyarrow_record_batch_reader()


def _connection_string(source: Source) -> str:
    if isinstance(source, (Engine, Connection)):
        return connection_string(source.engine.url)
    if isinstance(source, str) and "://" not in source.split("=", 1)[0]:
        return source
    return connection_string(make_url(source))


def _parameter(value: Any) -> str | None:
    if isinstance(value, (bytes, bytearray)):
        raise TypeError("read_arrow takes no bytes as a parameter; write them into the text as X'00FF'")
    return as_text(value)


def _compiled(sql: str | ClauseElement, parameters: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """The text for the driver and the values of its markers, in their order."""
    if isinstance(sql, str):
        return sql, parameters
    dialect = create_engine("exactonline://").dialect
    compiled: Any = sql.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = []
    for name in compiled.positiontup or ():
        value, process = compiled.params[name], compiled._bind_processors.get(name)
        values.append(process(value) if process else value)
    return compiled.string, values
