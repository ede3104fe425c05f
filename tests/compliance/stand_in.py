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
    # Rows of these tables are kept here: there is no database to return them.
    insert_returning = update_returning = delete_returning = insert_executemany_returning = False
    use_insertmanyvalues = False

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
                TABLES[element.table.name].add(statement, compiled, one)
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
            config.skip_test("needs an index, a view, a sequence or a schema of its own")

    def _with_tables(self, statement, parameters):
        named = [rows for name, rows in TABLES.items() if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", statement)]
        if not named:
            return statement, parameters
        tables = ", ".join(rows.expression() for rows in named)
        values = [value for rows in named for value in rows.values()]
        start = re.match(r"\s*WITH( RECURSIVE)?\s", statement)
        if start:
            return f"WITH{start[1] or ''} {tables}, {statement[start.end() :]}", [*values, *parameters]
        return f"WITH {tables} {statement}", [*values, *parameters]


class Rows(list):
    """The rows of a table, as expressions with values as they go to the driver."""

    def __init__(self, dialect, table):
        super().__init__()
        self.table = table
        quote = dialect.identifier_preparer.quote
        self.kinds = [dialect.type_compiler.process(column.type) for column in table.columns]
        self.head = f"{quote(table.name)} ({', '.join(quote(column.name) for column in table.columns)})"
        self.marked = "({})".format(", ".join(f"CAST(? AS {kind})" for kind in self.kinds))

    def add(self, statement, compiled, parameters):
        """The rows of one set of parameters, which are several for `insert().values([…, …])`."""
        names = compiled.positiontup or ()
        if not parameters and " VALUES (" in statement:
            self.extend((row, ()) for row in self._literals(statement))
            return
        if re.search(r" VALUES .*'", statement, re.DOTALL):
            config.skip_test("a row of literals and parameters")
        rows = {}
        for name, value in zip(names, parameters):
            several = re.fullmatch(r"(.*)_m(\d+)", name)
            column, number = (several[1], int(several[2])) if several else (name, 0)
            rows.setdefault(number, {})[column] = value
        for row in rows.values() or [{}]:
            self.append((self.marked, [row.get(column.key, self._next(column)) for column in self.table.columns]))

    def _literals(self, statement):
        """Rows of one literal each, which the driver is to read as they are."""
        given = re.search(r"\((.*?)\) VALUES \((.*)\)\s*$", statement, re.DOTALL)
        if len(given[1].split(",")) > 1:
            config.skip_test("a row of several literals")
        name = given[1].strip().strip('"')
        for literal in given[2].split("), ("):
            items = (literal if column.name == name else "NULL" for column in self.table.columns)
            yield "({})".format(", ".join(f"CAST({item} AS {kind})" for item, kind in zip(items, self.kinds)))

    def _next(self, column):
        return len(self) + 1 if column is self.table._autoincrement_column else None

    def values(self):
        return [value for _, values in self for value in values]

    def expression(self):
        if self:
            return f"{self.head} AS (VALUES {', '.join(text for text, _ in self)})"
        nothing = ", ".join(f"CAST(NULL AS {kind})" for kind in self.kinds)
        return f"{self.head} AS (SELECT {nothing} WHERE 1 = 0)"
