"""Connects, changes what can be changed, disconnects, and connects again through the manager's pool; prints what is
found then."""

import ctypes
import json
import sys

from capi import DBC, Manager

AUTOCOMMIT = 102


def attribute(dbc, number):
    value = ctypes.c_uint32()
    dbc.call("SQLGetConnectAttrW", number, ctypes.byref(value), 4, None)
    return value.value


def main():
    manager = Manager()
    # Before the first environment, as the specification has it.
    manager.library.SQLSetEnvAttr(None, 201, ctypes.c_void_p(2), 0)
    env = manager.environment()
    found = []
    for _ in range(3):
        dbc = env.allocate(DBC)
        dbc.driver_connect(sys.argv[1])
        stmt = dbc.statement()
        stmt.execute("SELECT 7")
        found.append({"autocommit": attribute(dbc, AUTOCOMMIT), "rows": stmt.rows(), "warnings": dbc.records()})
        # Left open and changed, as careless programs do.
        dbc.statement().execute("SELECT 8")
        dbc.call("SQLSetConnectAttrW", AUTOCOMMIT, 0, 0)
        dbc.call("SQLDisconnect")
        dbc.free()
    env.free()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
