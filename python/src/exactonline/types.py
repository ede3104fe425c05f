"""Values of the driver as values of SQLAlchemy's types, whatever type a column is mapped as.

Exact Online keeps amounts as doubles, days as moments at midnight, and many yes/no values as a number of one byte. A
mapped class may call them Numeric, Date, Boolean or String all the same.
"""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from typing import TYPE_CHECKING, Any, Callable, Optional

from sqlalchemy import types as sqltypes
from sqlalchemy.sql.sqltypes import _AbstractInterval
from sqlalchemy.sql.type_api import NativeForEmulated

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

# What SQLAlchemy calls with each value of a column.
Processor = Optional[Callable[[Any], Any]]


class TINYINT(sqltypes.Integer):
    """Whole numbers from 0 to 255, Edm.Byte. Many hold only 0 and 1."""

    __visit_name__ = "TINYINT"


if hasattr(sqltypes, "Uuid"):
    GuidBase: Any = sqltypes.Uuid
else:

    class GuidBase(sqltypes.TypeEngine):  # type: ignore[no-redef,type-arg]
        """SQLAlchemy 1.4 has no type of its own for GUIDs."""

        def __init__(self, as_uuid: bool = True) -> None:
            self.as_uuid = as_uuid


class GUID(GuidBase):  # type: ignore[misc]
    """GUIDs as `uuid.UUID`, or as text in lower case with `as_uuid=False`."""

    __visit_name__ = "GUID"

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self

    def bind_processor(self, dialect: Dialect) -> Processor:
        return lambda value: None if value is None else str(uuid.UUID(str(value)))

    def literal_processor(self, dialect: Dialect) -> Processor:
        return lambda value: f"'{uuid.UUID(str(value))}'"

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        if self.as_uuid:
            return lambda value: None if value is None else uuid.UUID(str(value))
        return lambda value: None if value is None else str(value).lower()


def as_text(value: Any) -> str | None:
    """A value as the driver writes it in text: shortest decimals, ISO dates, True and False."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float):
        return _shortest(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        _without_zone(value)
        whole = value.microsecond % 1000 == 0
        return value.isoformat(sep=" ", timespec="milliseconds" if whole and value.microsecond else "auto")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value.hex().upper() if isinstance(value, (bytes, bytearray)) else str(value)


def _shortest(value: float) -> str:
    text = format(decimal.Decimal(repr(value)), "f")
    return text[:-2] if text.endswith(".0") else text


class ExactText(sqltypes.String):
    """Text, also of columns that hold something else. It may be compared with them and written to them as well."""

    def bind_processor(self, dialect: Dialect) -> Processor:
        return None

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return None if coltype is str else as_text


class ColumnText(ExactText):
    """The text of a known column: a byte that means yes or no is 'True' or 'False'."""

    def __init__(self, table: str, column: str, length: int | None = None) -> None:
        super().__init__(length)
        self.table, self.column = table, column

    def yes_no(self, value: Any) -> str | None:
        return as_text(value if value is None else bool(value))


class ExactBoolean(sqltypes.Boolean):
    """Yes and no, whether kept as a bit or as a byte."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return None if coltype is bool else _as_bool


def _as_bool(value: Any) -> bool | None:
    return value if value is None else value in (1, "1") or str(value).lower() == "true"


class ExactNumeric(sqltypes.Numeric):  # type: ignore[type-arg]
    """Exact numbers. The service has doubles, which read back as the shortest decimal, or at the scale of the type."""

    def bind_processor(self, dialect: Dialect) -> Processor:
        return None

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        if not self.asdecimal:
            return None if coltype in (float, int) else _as_float
        if coltype is decimal.Decimal:
            return None
        step = None if self.scale is None else decimal.Decimal(1).scaleb(-self.scale)
        return lambda value: value if value is None else _as_decimal(value, step)


def _as_float(value: Any) -> float | None:
    return value if value is None else float(value)


def _as_decimal(value: Any, step: decimal.Decimal | None) -> decimal.Decimal:
    exact = decimal.Decimal(repr(value) if isinstance(value, float) else str(value))
    return exact if step is None else exact.quantize(step, rounding=decimal.ROUND_HALF_EVEN)


class ExactFloat(sqltypes.Float):  # type: ignore[type-arg]
    """Doubles."""

    def bind_processor(self, dialect: Dialect) -> Processor:
        return None

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        if self.asdecimal:
            digits = getattr(self, "decimal_return_scale", None)
            step = None if digits is None else decimal.Decimal(1).scaleb(-digits)
            return lambda value: value if value is None else _as_decimal(value, step)
        return None if coltype is float else _as_float


class ExactDate(sqltypes.Date):
    """Days, which the service keeps as moments at midnight."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return None if coltype is datetime.date else _as_date


def _as_date(value: Any) -> Any:
    if isinstance(value, str):
        return datetime.date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime.datetime) else value


class ExactDateTime(sqltypes.DateTime):
    """Moments without a time zone, as the service sends them."""

    def bind_processor(self, dialect: Dialect) -> Processor:
        return _without_zone

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return None if coltype is datetime.datetime else _as_datetime


def _without_zone(value: Any) -> Any:
    """The value. ODBC would leave the zone out, and so mean another moment."""
    if getattr(value, "tzinfo", None) is not None:
        raise ValueError(f"Exact Online's moments have no time zone: {value} must be given without one")
    return value


def _as_datetime(value: Any) -> Any:
    if isinstance(value, str):
        return datetime.datetime.fromisoformat(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime.combine(value, datetime.time())
    return value


class ExactInterval(NativeForEmulated, _AbstractInterval):
    """Spans of time as numbers of days, which the driver gives for the difference of two moments."""

    __visit_name__ = "DAYS"
    native = True

    @classmethod
    def adapt_emulated_to_native(cls, interval: sqltypes.Interval, **kw: Any) -> ExactInterval:  # type: ignore[override]  # noqa: ARG003
        return cls()

    @property
    def _type_affinity(self) -> Any:
        return sqltypes.Interval

    def bind_processor(self, dialect: Dialect) -> Processor:
        return lambda value: value if value is None else value / datetime.timedelta(days=1)

    def literal_processor(self, dialect: Dialect) -> Processor:
        # With an exponent: without one it would be a decimal to the driver.
        return lambda value: f"{value / datetime.timedelta(days=1):.17e}"

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return lambda value: value if value is None else datetime.timedelta(days=float(value))


def as_json(value: Any) -> str:
    """A list of lines, which are dicts, as the JSON text that a column of lines takes."""
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    """What JSON has no form for, as the service takes it."""
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    return str(value)


COLSPECS: dict[type[TypeEngine[Any]], type[TypeEngine[Any]]] = {
    sqltypes.Boolean: ExactBoolean,
    sqltypes.Date: ExactDate,
    sqltypes.DateTime: ExactDateTime,
    sqltypes.Enum: sqltypes.Enum,
    sqltypes.Float: ExactFloat,
    sqltypes.Interval: ExactInterval,
    sqltypes.Numeric: ExactNumeric,
    sqltypes.String: ExactText,
    GuidBase: GUID,
}
"""The implementation of SQLAlchemy's types."""


def reflected(type_name: str, size: int | None, digits: int | None) -> TypeEngine[Any]:
    """The type of a column that SQLColumns describes by type name, size and decimal digits."""
    if type_name in ("NVARCHAR", "VARCHAR", "NCHAR"):
        return {"NVARCHAR": sqltypes.NVARCHAR, "VARCHAR": sqltypes.VARCHAR, "NCHAR": sqltypes.NCHAR}[type_name](size)
    if type_name in ("DECIMAL", "NUMERIC"):
        return sqltypes.DECIMAL(size, digits)
    # Text of a fixed length is a GUID, unless the data source says MapGuid=GUID.
    return _PLAIN.get(type_name, sqltypes.NullType)()


_PLAIN: dict[str, type[TypeEngine[Any]]] = {
    "BIGINT": sqltypes.BIGINT,
    "BIT": sqltypes.BOOLEAN,
    "CHAR": GUID,
    "DATE": sqltypes.DATE,
    "DOUBLE": getattr(sqltypes, "DOUBLE", sqltypes.FLOAT),
    "INTEGER": sqltypes.INTEGER,
    "LONGVARBINARY": sqltypes.LargeBinary,
    "NTEXT": sqltypes.UnicodeText,
    "REAL": sqltypes.REAL,
    "SMALLINT": sqltypes.SMALLINT,
    "TEXT": sqltypes.Text,
    "TIME": sqltypes.TIME,
    "TIMESTAMP": sqltypes.TIMESTAMP,
    "TINYINT": TINYINT,
    "UNIQUEIDENTIFIER": GUID,
}
