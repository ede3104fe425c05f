"""The dialect: `exactonline://`, over pyodbc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.connectors.pyodbc import PyODBCConnector
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import ArgumentError

from . import keys
from .compiler import ExactCompiler, ExactDDLCompiler, ExactTypeCompiler
from .connecting import connection_string
from .execution import ExactExecutionContext
from .identifiers import ExactIdentifierPreparer
from .reflection import Reflection
from .types import COLSPECS, as_json

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection

DISCONNECTED = frozenset({"08S01", "08003", "08007"})
"""SQLSTATEs after which a connection is of no more use."""

ISOLATION_LEVELS = ("READ COMMITTED", "AUTOCOMMIT")

YES_NO_BYTES = "SELECT TableName, ColumnName FROM sys.sys_tablecolumns WHERE IsYesNo AND TypeName = 'Edm.Byte'"
GUID_KEYS = "SELECT TableName, ColumnName FROM sys.sys_tablecolumns WHERE IsKey AND TypeName = 'Edm.Guid'"


class ExactDialect(Reflection, PyODBCConnector, DefaultDialect):
    """SQLAlchemy 2 and 1.4 on Exact Online."""

    name = "exactonline"
    supports_statement_cache = True

    statement_compiler = ExactCompiler
    ddl_compiler = ExactDDLCompiler
    type_compiler = ExactTypeCompiler
    type_compiler_cls = ExactTypeCompiler
    preparer = ExactIdentifierPreparer
    execution_ctx_cls = ExactExecutionContext
    colspecs = COLSPECS
    _json_serializer = staticmethod(as_json)
    _json_deserializer = None

    default_paramstyle = "qmark"
    max_identifier_length = 128
    div_is_floordiv = True
    supports_alter = False
    supports_comments = True
    supports_default_values = False
    supports_default_metavalue = False
    supports_empty_insert = False
    supports_is_distinct_from = True
    supports_multivalues_insert = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_native_enum = False
    supports_native_uuid = False
    supports_sane_rowcount = True
    supports_sane_multi_rowcount = True
    supports_sequences = False
    supports_server_side_cursors = True
    supports_simple_order_by_label = True
    postfetch_lastrowid = False

    # A row is a request of its own; several in one statement are sent in their order.
    implicit_returning = True
    insert_returning = True
    update_returning = True
    delete_returning = True
    insert_executemany_returning = True
    use_insertmanyvalues = True
    insertmanyvalues_page_size = 100

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._lists: dict[str, frozenset[tuple[str, str]]] = {}

    def create_connect_args(self, url: URL) -> Any:
        return (connection_string(url),), {}

    def is_disconnect(self, e: Exception, connection: Any, cursor: Any) -> bool:
        state = e.args[0] if e.args else None
        return state in DISCONNECTED or super().is_disconnect(e, connection, cursor)

    def _get_default_schema_name(self, connection: Connection) -> Any:
        """None: a table is found by its bare name in any schema."""
        return None

    def get_isolation_level_values(self, dbapi_conn: Any) -> list[Any]:
        return list(ISOLATION_LEVELS)

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        return "READ COMMITTED"

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        return "AUTOCOMMIT" if dbapi_connection.autocommit else "READ COMMITTED"

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        if level not in ISOLATION_LEVELS:
            raise ArgumentError(f"Invalid value {level!r} for isolation_level; there are {', '.join(ISOLATION_LEVELS)}")
        dbapi_connection.autocommit = level == "AUTOCOMMIT"

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        if context is not None and context.changes_objects:
            self._change_objects(cursor, statement, [parameters], context)
        else:
            cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        if context is not None and context.changes_objects:
            self._change_objects(cursor, statement, parameters, context)
        elif context is not None and (context.isinsert or context.isupdate or context.isdelete):
            # As pyodbc does itself, but that it counts no rows.
            context.touched = sum(_rows(cursor, statement, one) for one in parameters)
        else:
            cursor.executemany(statement, parameters)

    def _change_objects(self, cursor: Any, statement: str, parameters: Any, context: Any) -> None:
        """One execution for each object. In a transaction the driver counts the rows of a change when it queues it, and
        sends it at commit. So where there is none one is made, or the count would come too late."""
        connection = cursor.connection
        alone = connection.autocommit
        if alone:
            connection.autocommit = False
        try:
            context.touched = 0
            for one in parameters:
                rows = _rows(cursor, statement, one)
                context.refuse_more_than_one(rows)
                context.touched += rows
            if alone:
                connection.commit()
        finally:
            if alone:
                connection.rollback()
                connection.autocommit = True

    def is_yes_no(self, dbapi_connection: Any, table: str, column: str) -> bool:
        """Whether the numbers of a column mean yes and no."""
        return self._is_one_of(YES_NO_BYTES, dbapi_connection, table, column)

    def is_guid_key(self, dbapi_connection: Any, table: str, column: str) -> bool:
        """Whether a column is the key of its table, and a GUID."""
        return self._is_one_of(GUID_KEYS, dbapi_connection, table, column)

    def _is_one_of(self, query: str, dbapi_connection: Any, table: str, column: str) -> bool:
        """The driver's lists are read once, without an HTTP call."""
        if query not in self._lists:
            cursor = dbapi_connection.cursor()
            cursor.execute(query)
            self._lists[query] = frozenset((row[0].lower(), row[1].lower()) for row in cursor.fetchall())
            cursor.close()
        return (table.lower(), column.lower()) in self._lists[query]


def _rows(cursor: Any, statement: str, parameters: Any) -> int:
    cursor.execute(statement, parameters)
    return int(cursor.rowcount)


keys.listen()
