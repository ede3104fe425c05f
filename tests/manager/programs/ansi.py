"""An application that knows the narrow functions only; prints what it reads. Its text is UTF-8."""

import ctypes
import json
import sys

from capi import DBC, NO_DATA, Manager


def text(stmt, number):
    buffer, length = ctypes.create_string_buffer(400), ctypes.c_ssize_t()
    stmt.call("SQLGetData", number, 1, buffer, 400, ctypes.byref(length))
    return buffer.raw[: length.value].decode()


def main():
    manager = Manager()
    env = manager.environment()
    dbc = env.allocate(DBC)
    source = sys.argv[1].encode()
    dbc.call("SQLDriverConnect", None, source_of(source), len(source), None, 0, None, 0)
    stmt = dbc.statement()
    found = []
    for sql in ("SELECT 'é€😀' AS naam", "SELECT Name FROM crm.Accounts WHERE Name LIKE '%🥐%'"):
        stmt.call("SQLExecDirect", source_of(sql.encode()), len(sql.encode()))
        while stmt.call("SQLFetch", expect=(0, 1, NO_DATA)) != NO_DATA:
            found.append(text(stmt, 1))
        stmt.call("SQLFreeStmt", 0)
    parameter = ctypes.create_string_buffer("Café €".encode())
    length = ctypes.c_ssize_t(-3)
    stmt.call("SQLBindParameter", 1, 1, 1, 12, 50, 0, parameter, len(parameter), ctypes.byref(length))
    sql = b"SELECT CAST(? AS VARCHAR)"
    stmt.call("SQLExecDirect", source_of(sql), len(sql))
    stmt.call("SQLFetch")
    found.append(text(stmt, 1))
    dbc.call("SQLDisconnect")
    print(json.dumps(found))


def source_of(text):
    return ctypes.create_string_buffer(text)


if __name__ == "__main__":
    main()
