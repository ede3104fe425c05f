"""Tables that the suite makes for itself, which Exact Online does not let anyone do.

They are kept here, and each query that names one begins with it as a common table expression: so the queries, types and
parameters of the suite go through the dialect and the driver as they are, and only CREATE, DROP and INSERT do not.
"""

import re

from exactonline.dialect import ExactDialect
from sqlalchemy.schema import CreateTable, DropTable
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.testing import config

TABLES = {}


class StandIn(ExactDialect):
    """The dialect, with tables made for tests."""

    supports_statement_cache = True
    ddl_compiler = DDLCompiler

    def has_table(self, connection, table_name, schema=None, **kw):
        return table_name in TABLES or super().has_table(connection, table_name, schema, **kw)

    def get_table_names(self, connection, schema=None, **kw):
        return [*super().get_table_names(connection, schema, **kw), *TABLES]

    def do_execute(self, cursor, statement, parameters, context=None):
        if not self._stood_in(statement, [parameters], context):
            cursor.execute(*self._with_tables(statement, parameters))

    def do_executemany(self, cursor, statement, parameters, context=None):
        if not self._stood_in(statement, parameters, context):
            for one in parameters:
                cursor.execute(*self._with_tables(statement, one))

    def do_execute_no_params(self, cursor, statement, context=None):
        self.do_execute(cursor, statement, (), context)

    def _stood_in(self, statement, parameters, context):
        """Whether it was a change of a table made for tests."""
        compiled = context and context.compiled
        if not compiled or not (context.isddl or context.isinsert or context.isdelete or context.isupdate):
            return False
        element = compiled.statement
        if context.isddl:
            self._changed(element)
        elif context.isinsert and element.select is None and element.table.name in TABLES:
            for one in parameters:
                TABLES[element.table.name].extend(_rows(compiled, one, element.table))
        elif context.isdelete and not element._where_criteria and element.table.name in TABLES:
            TABLES[element.table.name].clear()
        else:
            config.skip_test("changes rows of a table of its own")
        return True

    def _changed(self, element):
        if isinstance(element, CreateTable):
            TABLES[element.element.name] = Rows(self, element.element)
        elif isinstance(element, DropTable):
            TABLES.pop(element.element.name, None)
        else:
            config.skip_test("makes more than tables")

    def _with_tables(self, statement, parameters):
        named = [rows for name, rows in TABLES.items() if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", statement)]
        if not named:
            return statement, parameters
        tables = ", ".join(rows.expression() for rows in named)
        values = [value for rows in named for row in rows for value in row]
        start = re.match(r"\s*WITH( RECURSIVE)?\s", statement)
        if start:
            return f"WITH{start[1] or ''} {tables}, {statement[start.end() :]}", [*values, *parameters]
        return f"WITH {tables} {statement}", [*values, *parameters]


class Rows(list):
    """The rows of a table, with values as they go to the driver."""

    def __init__(self, dialect, table):
        super().__init__()
        self.table = table
        quote = dialect.identifier_preparer.quote
        kinds = [dialect.type_compiler.process(column.type) for column in table.columns]
        self.head = f"{quote(table.name)} ({', '.join(quote(column.name) for column in table.columns)})"
        self.row = "({})".format(", ".join(f"CAST(? AS {kind})" for kind in kinds))
        self.no_row = "SELECT {} WHERE 1 = 0".format(", ".join(f"CAST(NULL AS {kind})" for kind in kinds))

    def expression(self):
        rows = ", ".join([self.row] * len(self))
        return f"{self.head} AS ({'VALUES ' + rows if rows else self.no_row})"


def _rows(compiled, parameters, table):
    """The rows of one set of parameters, which are several for `insert().values([…, …])`."""
    rows = {}
    for name, value in zip(compiled.positiontup or (), parameters):
        several = re.fullmatch(r"(.*)_m(\d+)", name)
        column, number = (several[1], int(several[2])) if several else (name, 0)
        rows.setdefault(number, {})[column] = value
    for row in rows.values() or [{}]:
        yield [row.get(column.key, _next(column, table)) for column in table.columns]


def _next(column, table):
    return len(TABLES[table.name]) + 1 if column is table._autoincrement_column else None
