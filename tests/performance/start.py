"""How long it takes from loading the driver to the first row, beside SQLite's ODBC driver in the same run.

Loads the library itself, without a driver manager, in a fresh process for every measurement, and prints milliseconds.

    python3 tests/performance/start.py LIBRARY "CONNECTION STRING"

The connection string must need no call to connect: `exact-odbc demo` prints one. SQLite's driver is found as
`libsqlite3odbc.so` (Debian package libsqliteodbc); without it only the first line is printed.
"""

import ctypes
import glob
import json
import statistics
import subprocess
import sys
import time

SQL_NTS = -3
RUNS = 9


def measure(library: str, connection_string: str, statement: str) -> dict[str, float]:
    """Milliseconds of each step in this process."""
    steps = {}
    begin = time.perf_counter()

    def done(step: str) -> None:
        nonlocal begin
        now = time.perf_counter()
        steps[step] = (now - begin) * 1000
        begin = now

    odbc = ctypes.CDLL(library)
    done("load")
    env, dbc, stmt = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    check(odbc.SQLAllocHandle(1, None, ctypes.byref(env)))
    check(odbc.SQLSetEnvAttr(env, 200, ctypes.c_void_p(3), 0))
    check(odbc.SQLAllocHandle(2, env, ctypes.byref(dbc)))
    text = connection_string.encode()
    check(odbc.SQLDriverConnect(dbc, None, text, SQL_NTS, None, 0, None, 0))
    done("connect")
    check(odbc.SQLAllocHandle(3, dbc, ctypes.byref(stmt)))
    check(odbc.SQLExecDirect(stmt, statement.encode(), SQL_NTS))
    check(odbc.SQLFetch(stmt))
    done("first row")
    return steps


def check(code: int) -> None:
    if code not in (0, 1):
        raise SystemExit(f"an ODBC call answered {code}")


def in_fresh_processes(library: str, connection_string: str, statement: str) -> dict[str, float]:
    """The median of every step."""
    command = [sys.executable, __file__, "--once", library, connection_string, statement]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(RUNS)]
    return {step: statistics.median(run[step] for run in runs) for step in runs[0]}


def main() -> None:
    if sys.argv[1] == "--once":
        print(json.dumps(measure(*sys.argv[2:])))
        return
    library, connection_string = sys.argv[1:]
    drivers = [
        ("this driver, SELECT 1", library, connection_string, "SELECT 1"),
        ("this driver, one row of the service", library, connection_string, "SELECT TOP 1 Name FROM crm.Accounts"),
    ]
    for sqlite in glob.glob("/usr/lib/*/odbc/libsqlite3odbc.so")[:1]:
        drivers.append(("SQLite, SELECT 1", sqlite, "Database=:memory:", "SELECT 1"))
    for name, *arguments in drivers:
        steps = in_fresh_processes(*arguments)
        print(f"{name:<38}" + "".join(f"{step} {value:8.2f} ms   " for step, value in steps.items()))


if __name__ == "__main__":
    main()
