"""What tables there are, by the driver's catalog functions. None of them makes an HTTP call.

Without a schema every table is meant that needs none: a name that two services share stands for the preferred one.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, TypeVar, cast

from sqlalchemy.exc import NoSuchTableError

from . import types
from .identifiers import split_schema

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import (
        ReflectedCheckConstraint,
        ReflectedColumn,
        ReflectedForeignKeyConstraint,
        ReflectedIndex,
        ReflectedPrimaryKeyConstraint,
        ReflectedTableComment,
        ReflectedUniqueConstraint,
    )

GENERATED_KEY = "newid()"
"""The default of a key that Exact Online gives out. It makes SQLAlchemy ask for the key of a new row (RETURNING)."""


FEW_TABLES = 8
"""Of more tables than these the columns of their whole schema are read at once."""

Function = TypeVar("Function", bound=Callable[..., Any])


class Place(NamedTuple):
    """Where a table is: its division, its schema, its name in the driver's spelling; and what is said of it."""

    division: str | None
    schema: str
    name: str
    remarks: str | None


def cache(function: Function) -> Function:
    """Keeps results as long as an inspector lives. SQLAlchemy 1.4 cannot apply its own to annotated functions."""

    @functools.wraps(function)
    def cached(self: Any, connection: Connection, *names: str | None, **kw: Any) -> Any:
        known: dict[Any, Any] | None = kw.get("info_cache")
        if known is None:
            return function(self, connection, *names, **kw)
        key = (function.__name__, *(name for name in (*names, kw.get("schema")) if name is not None))
        if key not in known:
            known[key] = function(self, connection, *names, **kw)
        return known[key]

    return cast("Function", cached)


def _pattern(name: str | None) -> str | None:
    """A name as a pattern that nothing else matches."""
    if name is None:
        return None
    return name.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")


class Reflection:
    """The reflecting half of the dialect."""

    if TYPE_CHECKING:
        identifier_preparer: Any

    def get_schema_names(self, connection: Connection, **kw: Any) -> list[str]:
        return [row.table_schem for row in self._catalog(connection, "tables", catalog="", schema="%", table="")]

    def get_table_names(self, connection: Connection, schema: str | None = None, **kw: Any) -> list[str]:
        return sorted(place.name for place in self._by_name(connection, schema, **kw).values())

    def get_view_names(self, connection: Connection, schema: str | None = None, **kw: Any) -> list[str]:
        return []

    def get_view_definition(self, connection: Connection, view_name: str, schema: str | None = None, **kw: Any) -> str:
        """Never one: Exact Online has tables only."""
        raise NoSuchTableError(view_name if schema is None else f"{schema}.{view_name}")

    def has_table(self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        return bool(self._tables(connection, schema, table_name))

    @cache
    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[ReflectedColumn]:
        place = self._place(connection, table_name, schema, **kw)
        keys = self.get_pk_constraint(connection, table_name, schema, **kw)["constrained_columns"]
        known: dict[Place, list[Any]] = kw.get("columns_of") or {}
        rows = known[place] if place in known else self._columns(connection, place.division, place.schema, place.name)
        return [_column(row, generated=keys == [row.column_name]) for row in rows]

    def get_multi_columns(
        self, connection: Connection, *, filter_names: Any = None, schema: str | None = None, **kw: Any
    ) -> Any:
        """The columns of several tables, of many at once. SQLAlchemy 1.4 asks for each table alone."""
        if filter_names is None or len(filter_names) > FEW_TABLES:
            kw["columns_of"] = self._columns_by_place(connection, schema, **kw)
        others: Any = super()
        return others.get_multi_columns(connection, filter_names=filter_names, schema=schema, **kw)

    def _columns_by_place(self, connection: Connection, schema: str | None, **kw: Any) -> dict[Place, list[Any]]:
        places = self._by_name(connection, schema, **kw).values()
        division, name = split_schema(schema)
        by_name: dict[tuple[str, str], list[Any]] = {}
        for row in self._columns(connection, division, name):
            by_name.setdefault((row.table_schem, row.table_name), []).append(row)
        return {place: by_name.get((place.schema, place.name), []) for place in places}

    def _columns(
        self, connection: Connection, division: str | None, schema: str | None, table: str | None = None
    ) -> list[Any]:
        return self._catalog(connection, "columns", catalog=division, schema=_pattern(schema), table=_pattern(table))

    @cache
    def get_pk_constraint(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> ReflectedPrimaryKeyConstraint:
        place = self._place(connection, table_name, schema, **kw)
        rows = self._catalog(connection, "primaryKeys", place.name, catalog=place.division, schema=place.schema)
        rows.sort(key=lambda row: row.key_seq)
        return {
            "constrained_columns": [row.column_name for row in rows],
            "name": rows[0].pk_name if rows else None,
        }

    @cache
    def get_foreign_keys(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[ReflectedForeignKeyConstraint]:
        place = self._place(connection, table_name, schema, **kw)
        rows = self._catalog(
            connection,
            "foreignKeys",
            foreignTable=place.name,
            foreignCatalog=place.division,
            foreignSchema=place.schema,
        )
        unqualified = self._preferred(connection, **kw) if schema is None else set()
        keys: list[ReflectedForeignKeyConstraint] = []
        for row in rows:
            referred = (row.pktable_schem, row.pktable_name)
            keys.append(
                {
                    "name": row.fk_name,
                    "constrained_columns": [row.fkcolumn_name],
                    "referred_schema": None if referred in unqualified else _qualified(place.division, referred[0]),
                    "referred_table": row.pktable_name,
                    "referred_columns": [row.pkcolumn_name],
                    "options": {},
                }
            )
        return keys

    @cache
    def get_indexes(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[ReflectedIndex]:
        """The one index of a table is its key's, which `get_pk_constraint` tells."""
        self._place(connection, table_name, schema, **kw)
        return []

    def get_unique_constraints(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[ReflectedUniqueConstraint]:
        self._place(connection, table_name, schema, **kw)
        return []

    def get_check_constraints(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[ReflectedCheckConstraint]:
        self._place(connection, table_name, schema, **kw)
        return []

    def get_table_comment(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> ReflectedTableComment:
        return {"text": self._place(connection, table_name, schema, **kw).remarks}

    def _catalog(self, connection: Connection, function: str, *names: Any, **arguments: Any) -> list[Any]:
        """The rows of one of pyodbc's catalog functions; arguments that are None are not given."""
        dbapi_connection: Any = connection.connection
        cursor = dbapi_connection.cursor()
        try:
            given = {name: value for name, value in arguments.items() if value is not None}
            return list(getattr(cursor, function)(*names, **given).fetchall())
        finally:
            cursor.close()

    def _tables(self, connection: Connection, schema: str | None, table: str | None = None) -> list[Place]:
        division, name = split_schema(schema)
        rows = self._catalog(connection, "tables", catalog=division, schema=_pattern(name), table=_pattern(table))
        return [Place(division, row.table_schem, row.table_name, row.remarks) for row in rows]

    @cache
    def _by_name(self, connection: Connection, schema: str | None = None, **kw: Any) -> dict[str, Place]:
        """The tables of a schema by their names in lower case; of several of one name the preferred one."""
        places = self._tables(connection, schema)
        preferred = self._preferred(connection, **kw) if schema is None else set()
        places.sort(key=lambda place: (place.schema, place.name) in preferred)
        return {place.name.lower(): place for place in places}

    @cache
    def _preferred(self, connection: Connection, **kw: Any) -> set[tuple[str, str]]:
        """Schema and name of every table that its bare name means."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute("SELECT SchemaName, TableName FROM sys.sys_tables WHERE IsPreferred")
            return {(row[0], row[1]) for row in cursor.fetchall()}
        finally:
            cursor.close()

    def _place(self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any) -> Place:
        place = self._by_name(connection, schema, **kw).get(table_name.lower())
        if place is None:
            raise NoSuchTableError(table_name if schema is None else f"{schema}.{table_name}")
        return place


def _qualified(division: str | None, schema: str) -> str:
    return schema if division is None else f"{division}.{schema}"


def _column(row: Any, generated: bool) -> ReflectedColumn:
    kind = types.reflected(row.type_name, row.column_size, row.decimal_digits)
    return {
        "name": row.column_name,
        "type": kind,
        "nullable": bool(row.nullable),
        "default": GENERATED_KEY if generated and isinstance(kind, types.GUID) else None,
        "autoincrement": False,
        "comment": row.remarks,
    }
