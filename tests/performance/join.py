"""A join and a group over a million rows, by the driver's local engine and by DuckDB, in the same run.

Both run the same text, which makes its own rows, so that no call to the service is measured. Each run has a process
of its own; printed are the medians in seconds, their ratio, and the peak memory of the process in MiB.

    python3 tests/performance/join.py "CONNECTION STRING"

The connection string must need no call to connect: `exact-odbc demo` prints one. Needs the Python packages pyodbc and
duckdb.
"""

import json
import resource
import statistics
import subprocess
import sys
import time

RUNS = 5

THOUSAND = "(VALUES " + ", ".join(f"({n})" for n in range(1000)) + ")"

LINES = f"""
    WITH numbers AS (SELECT 1000 * a.n + b.n AS n FROM {THOUSAND} a(n), {THOUSAND} b(n)),
    lines AS (
        SELECT n, (CAST(n AS BIGINT) * 7919) % 50000 AS account, n % 12 AS period, CAST(n % 20011 AS DOUBLE) / 100 AS amount
        FROM numbers
    ),
    accounts AS (
        SELECT n AS id, 'Account ' || CAST(n AS VARCHAR) AS name, n % 40 AS country FROM numbers WHERE n < 50000
    )
"""

QUERIES = {
    "make the rows": LINES + "SELECT COUNT(*), SUM(amount), MAX(account) FROM lines",
    "group by two keys": LINES + "SELECT account % 400 AS a, period, COUNT(*), SUM(amount) FROM lines GROUP BY account % 400, period",
    "join and group": LINES
    + """SELECT a.country, l.period, COUNT(*), SUM(l.amount) FROM lines l JOIN accounts a ON a.id = l.account
        GROUP BY a.country, l.period""",
    "sort by two texts": LINES
    + """SELECT MAX(r) FROM (SELECT ROW_NUMBER() OVER (ORDER BY a.name, l.n) AS r
        FROM lines l JOIN accounts a ON a.id = l.account) t""",
}


def run(engine: str, connection_string: str, statement: str) -> dict[str, float]:
    """Seconds for one execution in this process, the fetch of all rows included, and its peak memory."""
    if engine == "DuckDB":
        import duckdb

        connection = duckdb.connect()
        connection.execute("SET threads = 1")
    else:
        import pyodbc

        connection = pyodbc.connect(connection_string, autocommit=True)
    begin = time.perf_counter()
    rows = connection.execute(statement).fetchall()
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = sum(value for row in rows for value in row)
    return {"seconds": seconds, "peak": peak, "rows": len(rows), "total": round(float(total), 2)}


def measured(engine: str, connection_string: str, name: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--once", engine, connection_string, name]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(RUNS)]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    if sys.argv[1:2] == ["--once"]:
        _, _, engine, connection_string, name = sys.argv
        print(json.dumps(run(engine, connection_string, QUERIES[name])))
        return
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print(f"{'':20} {'driver':>8} {'DuckDB':>8} {'ratio':>6} {'MiB':>6} {'MiB':>6}")
    for name in QUERIES:
        ours, theirs = measured("driver", sys.argv[1], name), measured("DuckDB", sys.argv[1], name)
        if (ours["rows"], ours["total"]) != (theirs["rows"], theirs["total"]):
            raise SystemExit(f"{name}: the results differ: {ours} and {theirs}")
        ratio = ours["seconds"] / theirs["seconds"]
        times = f"{ours['seconds']:8.3f} {theirs['seconds']:8.3f} {ratio:6.2f}"
        print(f"{name:20} {times} {ours['peak']:6.0f} {theirs['peak']:6.0f}")


if __name__ == "__main__":
    main()
