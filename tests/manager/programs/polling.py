"""Polls an execution and fetches (SQL_ATTR_ASYNC_ENABLE) through the driver manager, then cancels an execution that is polled;
prints how often each was still executing, the rows, and the SQLSTATE of the cancelled one."""

import json
import sys
import time

from capi import ERROR, NO_DATA, SUCCESS, Manager

ASYNC_ENABLE = 4
STILL_EXECUTING = 2


def poll(call):
    """The code at the end, and how often the call was still executing."""
    times = 0
    while True:
        code = call()
        if code != STILL_EXECUTING:
            return code, times
        times += 1
        time.sleep(0.01)


def main():
    _, dbc = Manager().connect(sys.argv[1])
    stmt = dbc.statement()
    stmt.set(ASYNC_ENABLE, 1)
    every = (SUCCESS, STILL_EXECUTING, NO_DATA, ERROR)
    sql = "SELECT TOP 5000 ID FROM financialtransaction.TransactionLines"
    code, executing = poll(lambda: stmt.execute(sql, expect=every))
    assert code == SUCCESS, stmt.records()
    rows = fetching = 0
    while True:
        code, times = poll(lambda: stmt.call("SQLFetch", expect=every))
        fetching += times
        if code != SUCCESS:
            break
        rows += 1
    assert code == NO_DATA, stmt.records()
    stmt.call("SQLFreeStmt", 0)

    slow = "SELECT ID FROM Accounts WHERE Country = 'NL'"
    first = stmt.execute(slow, expect=every)
    stmt.call("SQLCancel")
    cancelled, _ = poll(lambda: stmt.execute(slow, expect=every))
    state = stmt.records()[0][0] if cancelled == ERROR else "the end"
    found = {"executing": executing, "fetching": fetching, "rows": rows, "first": first, "state": state}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
