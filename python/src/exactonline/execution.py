"""One execution: how its cursor is made, and how its values are read."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine.default import DefaultExecutionContext

from .errors import TooManyRowsError
from .types import ColumnText


class ExactExecutionContext(DefaultExecutionContext):
    """Rows arrive as the application fetches them, so `stream_results` needs no other cursor."""

    touched: int | None = None
    """Rows of several executions together, where they were counted."""

    def create_server_side_cursor(self) -> Any:
        return self._dbapi_connection.cursor()

    def get_result_processor(self, type_: Any, colname: Any, coltype: Any) -> Any:
        # Only here it is known both which column it is and that its value is a number.
        if coltype is int and isinstance(type_, ColumnText) and self._is_yes_no(type_):
            return type_.yes_no
        return super().get_result_processor(type_, colname, coltype)

    def _is_yes_no(self, text: ColumnText) -> bool:
        dialect: Any = self.dialect
        return bool(dialect.is_yes_no(self._dbapi_connection, text.table, text.column))

    @property
    def rowcount(self) -> int:
        return super().rowcount if self.touched is None else self.touched

    @property
    def changes_objects(self) -> bool:
        """Whether it is the UPDATE or DELETE of a session's flush, with parameters for each object. Only flushes bring
        a cache of compiled statements along."""
        return (self.isupdate or self.isdelete) and self.execution_options.get("compiled_cache") is not None

    def refuse_more_than_one(self, rows: int) -> None:
        """Raises TooManyRowsError where an object's statement has touched several rows."""
        if rows <= 1:
            return
        statement: Any = self.compiled and self.compiled.statement
        table = statement.table
        key = ", ".join(column.name for column in table.primary_key.columns)
        verb = "DELETE" if self.isdelete else "UPDATE"
        raise TooManyRowsError(
            f"The {verb} of one object of table {table.name} would touch {rows} rows, since its mapped key ({key}) is"
            " not unique there. Nothing was sent. Map the class by a column that is, such as ID."
        )
