"""SQLAlchemy's expressions as the driver's SQL."""

from __future__ import annotations

from typing import Any, NoReturn

import sqlalchemy
from sqlalchemy import types as sqltypes
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import Table
from sqlalchemy.sql import expression
from sqlalchemy.sql.compiler import DDLCompiler, GenericTypeCompiler, SQLCompiler

from .types import ColumnText, ExactInterval

SQLALCHEMY_2 = not sqlalchemy.__version__.startswith("1.")


class ExactCompiler(SQLCompiler):
    """Standard SQL, with LIMIT and OFFSET."""

    def visit_bindparam(self, bindparam: Any, within_columns_clause: Any = False, **kw: Any) -> Any:  # type: ignore[override]
        """A marker says its type where nothing beside it does: among the columns of a SELECT."""
        text = super().visit_bindparam(bindparam, within_columns_clause=within_columns_clause, **kw)
        literal = kw.get("literal_binds") or kw.get("literal_execute") or "POSTCOMPILE" in text
        if literal or not within_columns_clause or self.isinsert or self.isupdate:
            return text
        kind = _marker_type(bindparam.type.dialect_impl(self.dialect))
        return f"CAST({text} AS {kind})" if kind else text

    def visit_truediv_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """Whole numbers divide without a remainder in the driver, and with one in SQLAlchemy 2."""
        dividend, divisor = self.process(binary.left, **kw), self.process(binary.right, **kw)
        if not any(isinstance(side.type, sqltypes.Numeric) for side in (binary.left, binary.right)):
            divisor = f"CAST({divisor} AS DOUBLE)"
        return f"{dividend} / {divisor}"

    def visit_add_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        for moment, interval in ((binary.left, binary.right), (binary.right, binary.left)):
            if _is_interval(interval) and not _is_interval(moment):
                return self._moment_after(moment, interval, "", kw)
        return str(self._generate_generic_binary(binary, " + ", **kw))

    def visit_sub_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        if _is_interval(binary.right) and not _is_interval(binary.left):
            return self._moment_after(binary.left, binary.right, "-", kw)
        return str(self._generate_generic_binary(binary, " - ", **kw))

    def _moment_after(self, moment: Any, interval: Any, sign: str, kw: dict[str, Any]) -> str:
        """An interval is a number of days, as is the difference of two moments. A moment has milliseconds."""
        days = self.process(interval, **(kw | {"within_columns_clause": True}))
        milliseconds = f"CAST(ROUND({sign}({days}) * 86400000) AS BIGINT)"
        return f"DATEADD(millisecond, {milliseconds}, {self.process(moment, **kw)})"

    def visit_values(self, element: Any, *args: Any, **kw: Any) -> str:
        return str(super().visit_values(element, *args, **(kw | {"within_columns_clause": True})))

    def visit_frame_clause(self, frameclause: Any, **kw: Any) -> str:
        """Of SQLAlchemy 2.1. The bounds of a window are no values that could be given later."""
        generic: Any = super()
        return str(generic.visit_frame_clause(frameclause, **(kw | {"literal_execute": True})))

    def _format_frame_clause(self, range_: Any, **kw: Any) -> str:
        """Of earlier ones."""
        generic: Any = super()
        return str(generic._format_frame_clause(range_, **(kw | {"literal_execute": True})))

    def visit_aggregate_strings_func(self, fn: Any, **kw: Any) -> str:
        generic: Any = super()
        if not hasattr(generic, "visit_aggregate_strings_func"):  # SQLAlchemy 2.0
            return f"string_agg{self.function_argspec(fn, **kw)}"
        return str(generic.visit_aggregate_strings_func(fn, **(kw | {"use_function_name": "string_agg"})))

    def visit_try_cast(self, cast: Any, **kw: Any) -> str:
        return f"TRY_{self.visit_cast(cast, **(kw | {'within_columns_clause': False}))}"

    def visit_collation(self, element: Any, **kw: Any) -> str:
        raise CompileError("Exact Online has no collations; StringComparison=Service in the URL compares as it does")

    def limit_clause(self, select: Any, **kw: Any) -> str:
        text = ""
        if select._limit_clause is not None:
            text += "\n LIMIT " + self.process(select._limit_clause, **kw)
        if select._offset_clause is not None:
            text += "\n OFFSET " + self.process(select._offset_clause, **kw)
        return text

    def for_update_clause(self, select: Any, **kw: Any) -> str:
        """Nothing: Exact Online locks no rows."""
        return ""

    def visit_empty_set_expr(self, element_types: Any, **kw: Any) -> str:
        columns = ", ".join(f"CAST(NULL AS {self._cast_name(kind)})" for kind in element_types or [sqltypes.INTEGER()])
        return f"SELECT {columns} WHERE 1 = 0"

    def _cast_name(self, kind: Any) -> str:
        if isinstance(kind, sqltypes.NullType):
            return "INTEGER"
        return str(self.dialect.type_compiler.process(kind))

    def visit_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._regexp_match("~", binary, kw)

    def visit_not_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._regexp_match("!~", binary, kw)

    def _regexp_match(self, operator: str, binary: Any, kw: dict[str, Any]) -> str:
        flags = binary.modifiers.get("flags")
        if flags not in (None, "i"):
            raise CompileError(f"regexp_match() takes the flag 'i' only, not {flags!r}")
        operator += "*" if flags else ""
        return f"{self.process(binary.left, **kw)} {operator} {self.process(binary.right, **kw)}"

    def visit_regexp_replace_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        flags = binary.modifiers.get("flags")
        arguments = f"{self.process(binary.left, **kw)}, {self.process(binary.right, **kw)}"
        return f"REGEXP_REPLACE({arguments})" if flags is None else f"REGEXP_REPLACE({arguments}, '{flags}')"

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._ilike("ILIKE", binary, kw)

    def visit_not_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._ilike("NOT ILIKE", binary, kw)

    def _ilike(self, operator: str, binary: Any, kw: dict[str, Any]) -> str:
        escape = binary.modifiers.get("escape")
        text = f"{self.process(binary.left, **kw)} {operator} {self.process(binary.right, **kw)}"
        return text if escape is None else f"{text} ESCAPE {self.render_literal_value(escape, sqltypes.STRINGTYPE)}"

    def returning_clause(self, stmt: Any, returning_cols: Any, **kw: Any) -> str:
        if SQLALCHEMY_2:
            return super().returning_clause(stmt, returning_cols, **kw)
        columns = [
            self._label_select_column(None, column, True, False, {})
            for column in expression._select_iterables(returning_cols)
        ]
        return "RETURNING " + ", ".join(columns)

    def _add_to_result_map(self, keyname: Any, name: Any, objects: Any, type_: Any) -> None:
        """Remembers which column a text comes from: of some columns it is not the text of their value."""
        if isinstance(type_, sqltypes.String) and not isinstance(type_, sqltypes.Enum):
            type_ = _text_of(objects, type_)
        super()._add_to_result_map(keyname, name, objects, type_)


def _is_interval(expression: Any) -> bool:
    return expression.type._type_affinity is sqltypes.Interval


MARKER_TYPES: list[tuple[type[Any], str]] = [
    (sqltypes.Boolean, "BIT"),
    (sqltypes.Integer, "BIGINT"),
    (sqltypes.Float, "DOUBLE"),
    (ExactInterval, "DOUBLE"),
    (sqltypes.String, "VARCHAR"),
    (sqltypes.DateTime, "TIMESTAMP"),
    (sqltypes.Date, "DATE"),
    (sqltypes.Time, "TIME"),
    (sqltypes.LargeBinary, "VARBINARY"),
]


def _marker_type(kind: Any) -> str | None:
    """The type of a marker for values of this type. Exact numbers have none: it would set their scale."""
    return next((name for base, name in MARKER_TYPES if isinstance(kind, base)), None)


def _text_of(objects: Any, kind: Any) -> Any:
    for one in objects:
        for column in getattr(one, "base_columns", ()):
            table = getattr(column, "table", None)
            if isinstance(table, Table):
                return ColumnText(table.name, column.name, kind.length)
    return kind


class ExactTypeCompiler(GenericTypeCompiler):
    """Names of types, for CAST."""

    def visit_GUID(self, type_: Any, **kw: Any) -> str:
        return "UNIQUEIDENTIFIER"

    def visit_TINYINT(self, type_: Any, **kw: Any) -> str:
        return "TINYINT"

    def visit_uuid(self, type_: Any, **kw: Any) -> str:
        return "UNIQUEIDENTIFIER"

    def visit_UUID(self, type_: Any, **kw: Any) -> str:
        return "UNIQUEIDENTIFIER"

    def visit_boolean(self, type_: Any, **kw: Any) -> str:
        return "BIT"

    def visit_datetime(self, type_: Any, **kw: Any) -> str:
        return "TIMESTAMP"

    def visit_large_binary(self, type_: Any, **kw: Any) -> str:
        return "VARBINARY"

    def visit_DAYS(self, type_: Any, **kw: Any) -> str:
        return "DOUBLE"

    def visit_JSON(self, type_: Any, **kw: Any) -> str:
        return "TEXT"


class ExactDDLCompiler(DDLCompiler):
    """Exact Online's tables are what they are: `create_all` finds them, and nothing can be created or dropped."""

    def process(self, obj: Any, **kw: Any) -> NoReturn:
        raise CompileError(f"Exact Online's tables cannot be created, changed or dropped: {type(obj).__name__}")
