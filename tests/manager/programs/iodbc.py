"""iODBC, whose wide characters have four bytes: types, text in pieces, parameters, catalog, errors; prints them."""

import ctypes
import json
import sys

from capi import C_WCHAR, Failed, Manager


def main():
    manager = Manager("libiodbc.so.2", "utf-32-le")
    env, dbc = manager.connect(sys.argv[1])
    found = {"dbms": dbc.info(17), "driver": dbc.info(77)}
    stmt = dbc.statement()
    stmt.execute("SELECT 'é€😀' AS \"naam €\", 12, CAST(1.25 AS DECIMAL(5, 2)), CAST(NULL AS VARCHAR), {ts '2026-01-31 23:59:58'}")
    found["described"] = [stmt.describe(number)[:2] for number in range(1, 6)]
    found["label"] = stmt.text_attribute(1, 18)
    found["row"] = stmt.rows()
    stmt.call("SQLFreeStmt", 0)

    stmt.execute("SELECT Remarks FROM crm.Accounts WHERE Remarks IS NOT NULL")
    found["longest"] = max(len(row[0]) for row in stmt.rows(room=1_000))
    stmt.call("SQLFreeStmt", 0)

    name, _ = manager.wide("𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒜𝒢")
    length = ctypes.c_ssize_t(-3)
    stmt.call("SQLBindParameter", 1, 1, C_WCHAR, -9, 100, 0, name, len(name), ctypes.byref(length))
    stmt.execute("SELECT Name FROM crm.Accounts WHERE Name = ?")
    found["parameter"] = stmt.rows()
    stmt.call("SQLFreeStmt", 0)
    stmt.call("SQLFreeStmt", 3)

    buffer, size = ctypes.create_string_buffer(400), ctypes.c_ssize_t()
    stmt.execute("SELECT Name FROM crm.Accounts WHERE Name LIKE '%🥐%'")
    stmt.call("SQLBindCol", 1, C_WCHAR, buffer, 400, ctypes.byref(size))
    stmt.call("SQLFetch")
    found["bound"] = buffer.raw[: size.value].decode("utf-32-le")
    stmt.call("SQLFreeStmt", 0)
    stmt.call("SQLFreeStmt", 2)

    stmt.catalog("SQLTablesW", None, "crm", "Accounts", None)
    found["tables"] = [row[1:4] for row in stmt.rows()]
    stmt.call("SQLFreeStmt", 0)
    try:
        stmt.execute("SELECT Nmae FROM crm.Accounts")
    except Failed as failed:
        found["error"] = [failed.state, failed.message]
    dbc.call("SQLDisconnect")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
