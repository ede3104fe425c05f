"""Reads what test_libreoffice.py asks for through LibreOffice Base and prints it as JSON.

    /usr/bin/python3 read.py DSN TYPES PARAMETERS

Needs the system's Python, for which LibreOffice's package python3-uno is made. LibreOffice runs without a window and
with a profile of its own.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time

import uno
from com.sun.star.connection import NoConnectException
from com.sun.star.sdbc import SQLException
from com.sun.star.sdbc.DataType import VARCHAR
from com.sun.star.util import Date, DateTime, Time

TABLE = 0
SCROLL_INSENSITIVE = 1004


@contextlib.contextmanager
def office():
    """The component context of a LibreOffice that runs for us."""
    with tempfile.TemporaryDirectory() as profile:
        pipe = f"exact-{os.getpid()}"
        command = ["soffice", "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"]
        command += [f"-env:UserInstallation=file://{profile}", f"--accept=pipe,name={pipe};urp;"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            local = uno.getComponentContext()
            resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
            for attempt in range(600):
                with contextlib.suppress(NoConnectException):
                    context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                    break
                time.sleep(0.1)
            else:
                raise SystemExit("LibreOffice did not start")
            yield context
            desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
            desktop.terminate()
            process.wait(30)
        finally:
            process.kill()
            process.wait()


def rows(result, *names):
    """Some columns of all rows of a result set, as text."""
    numbers = [result.findColumn(name) for name in names] or range(1, result.MetaData.ColumnCount + 1)
    found = []
    while result.next():
        values = [result.getString(number) for number in numbers]
        found.append(values)
    return found


def read_queries(connection, types, parameters):
    found = {}
    result = connection.createStatement().executeQuery(types)
    numbers = range(1, result.MetaData.ColumnCount + 1)
    found["names"] = [result.MetaData.getColumnLabel(number) for number in numbers]
    found["types"] = [result.MetaData.getColumnTypeName(number) for number in numbers]
    found["row"] = rows(result)[0]

    statement = connection.prepareStatement("SELECT Code, Name FROM crm.Accounts WHERE Country = ? ORDER BY Code")
    found["by_country"] = []
    for country in ("NL", "BE"):
        statement.setString(1, country)
        found["by_country"].append(len(rows(statement.executeQuery())))
    statement = connection.prepareStatement("SELECT CAST(? AS INTEGER) + 1, CAST(? AS VARCHAR)")
    statement.setInt(1, 41)
    statement.setString(2, "é€😀")
    found["typed"] = rows(statement.executeQuery())[0]
    statement = connection.prepareStatement(parameters)
    statement.setInt(1, 41)
    statement.setLong(2, 9007199254740993)
    statement.setDouble(3, 0.1)
    # Its decimals are numbers or text.
    statement.setString(4, "-1234.50")
    statement.setString(5, "é€😀")
    statement.setDate(6, Date(31, 1, 2026))
    statement.setTime(7, Time(0, 58, 59, 23, False))
    statement.setTimestamp(8, DateTime(0, 30, 20, 10, 31, 1, 2026, False))
    statement.setBoolean(9, True)
    statement.setBytes(10, uno.ByteSequence(b"\x00\xffA"))
    statement.setNull(11, VARCHAR)
    found["given"] = rows(statement.executeQuery())[0]
    remarks = connection.createStatement().executeQuery("SELECT Remarks FROM crm.Accounts WHERE Remarks IS NOT NULL")
    found["longest"] = max(len(row[0]) for row in rows(remarks))

    statement = connection.createStatement()
    statement.ResultSetType = SCROLL_INSENSITIVE
    # It finds rows again by bookmarks, and cannot go to the last row without them.
    statement.UseBookmarks = True
    scrolled = statement.executeQuery("SELECT Code FROM crm.Accounts ORDER BY Code")
    found["scrolled"] = []
    for move in (scrolled.last, scrolled.previous, scrolled.first):
        move()
        found["scrolled"].append([scrolled.getRow(), scrolled.getString(1)])
    try:
        connection.createStatement().executeQuery("SELECT Nmae FROM crm.Accounts")
    except SQLException as error:
        found["error"] = [error.SQLState, error.Message]
    return found


def read_catalog(connection):
    metadata = connection.getMetaData()
    place = (None, "crm", "Accounts")
    return {
        "dbms": metadata.getDatabaseProductName(),
        "tables": rows(metadata.getTables(*place, ("TABLE",)), "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE"),
        "columns": rows(metadata.getColumns(*place, "%"), "COLUMN_NAME", "TYPE_NAME"),
        "key": [row[0] for row in rows(metadata.getPrimaryKeys(*place), "COLUMN_NAME")],
        "references": rows(metadata.getImportedKeys(None, "salesinvoice", "SalesInvoices"), "PKTABLE_NAME", "FKCOLUMN_NAME"),
        "type_names": [row[0] for row in rows(metadata.getTypeInfo(), "TYPE_NAME")],
    }


def read_as_a_table(context, connection):
    """As Base shows a table: its window is a row set over the connection."""
    row_set = context.ServiceManager.createInstanceWithContext("com.sun.star.sdb.RowSet", context)
    row_set.ActiveConnection = connection
    row_set.CommandType = TABLE
    row_set.Command = next(name for name in connection.Tables.ElementNames if name.endswith("crm.Accounts"))
    row_set.execute()
    row_set.last()
    name = row_set.getString(row_set.findColumn("Name"))
    return {"listed": len(connection.Tables.ElementNames), "shown": [row_set.getRow(), name]}


def main():
    source, types, parameters = sys.argv[1:]
    with office() as context:
        sources = context.ServiceManager.createInstanceWithContext("com.sun.star.sdb.DatabaseContext", context)
        base = sources.createInstance()
        base.URL = f"sdbc:odbc:{source}"
        connection = base.getConnection("", "")
        found = read_queries(connection, types, parameters) | read_catalog(connection) | read_as_a_table(context, connection)
        connection.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
