"""How fast the driver hands over rows that it has already, beside SQLite's and PostgreSQL's ODBC drivers in the same run.

The same 100,000 rows of 11 columns are read again and again by `fetch.c`, which loads each driver itself, without a
driver manager between. Prints the medians, and how many times as fast as PostgreSQL's driver each is.

    python3 tests/performance/fetch.py LIBRARY "CONNECTION STRING"

The library is that of a release build, as users have it; one of a debug build also watches for overflow. The connection string
must need no call to connect: `DSN=ExactDemo` once `exact-odbc demo` runs. Needs a C compiler, ODBC's headers, and the Debian
packages libsqliteodbc, odbc-postgresql and postgresql (a server is started in a temporary folder). A driver that is not
there is left out.
"""

import contextlib
import glob
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile

RUNS = 3
PORT = "54321"
DIGITS = "(SELECT 0 AS n UNION ALL " + " UNION ALL ".join(f"SELECT {n}" for n in range(1, 10)) + ")"
NUMBERS = (
    "SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS n FROM "
    + ", ".join(f"{DIGITS} {name}" for name in "abcde")
)
MEASURES = [
    ("fetch", "SQLFetch without columns, ns", False),
    ("getdata_text", "SQLGetData of a short text as WCHAR, ns", False),
    ("getdata_all", "SQLGetData of any column as WCHAR, ns", False),
    *(
        (f"{kind}_{size}", f"SQLBindCol, {size} row{'s' if size > 1 else ''}, {name}, rows/s", True)
        for size in (1, 1000)
        for kind, name in (("wchar", "all as WCHAR"), ("char", "all as CHAR"), ("natural", "natural types"))
    ),
]


def rows(integer: str, bigint: str, text: str, real: str, moment: str) -> str:
    """The query that makes the rows, in words that differ between dialects."""
    return f"""
        SELECT CAST(n AS {integer}) AS id,
               'ART-' || CAST(100000 + n AS {text}) AS code,
               'Schroef verzinkt nr. ' || CAST(n AS {text}) AS name,
               CASE n % 4 WHEN 0 THEN 'Amsterdam' WHEN 1 THEN 'Utrecht' WHEN 2 THEN 'Bergen op Zoom' ELSE 'Delft' END AS city,
               CASE n % 2 WHEN 0 THEN 'NL' ELSE 'BE' END AS country,
               CAST(n % 1000 AS {integer}) AS quantity,
               CAST(n AS {real}) / 100 AS amount,
               CAST(n AS {real}) / 8 AS price,
               {moment.format('n')} AS entered,
               {moment.format('2 * n')} AS modified,
               CAST(n AS {bigint}) * 100000 AS number
        FROM ({NUMBERS}) numbers ORDER BY n"""


@contextlib.contextmanager
def postgres(folder: pathlib.Path):
    """A server with the rows in the table `bench`; gives whether there is one."""
    tools = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not tools:
        yield False
        return
    data = folder / "postgres"
    data.mkdir()
    user = []
    if os.geteuid() == 0:
        # The server refuses to run as root.
        folder.chmod(0o755)
        shutil.chown(data, "postgres")
        user = ["runuser", "-u", "postgres", "--"]
    control = [*user, f"{tools[-1]}/pg_ctl", "-s", "-D", str(data)]
    subprocess.run([*control, "init", "-o", "-A trust -U bench -E UTF8 --locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL)
    options = f"-p {PORT} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
    subprocess.run([*control, "-w", "-l", str(data / "log"), "-o", options, "start"], check=True)
    try:
        moment = "TIMESTAMP '2020-01-01' + ({}) * INTERVAL '1 minute'"
        query = rows("integer", "bigint", "varchar(40)", "double precision", moment)
        sql = f"CREATE TABLE bench AS {query}; ALTER TABLE bench ALTER code TYPE varchar(40), ALTER name TYPE varchar(64), ALTER city TYPE varchar(40), ALTER country TYPE varchar(2)"
        client = [f"{tools[-1]}/psql", "-q", "-h", "127.0.0.1", "-p", PORT, "-U", "bench", "postgres", "-c", sql]
        subprocess.run(client, check=True)
        yield True
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False)


def sqlite(folder: pathlib.Path) -> pathlib.Path:
    """A database with the rows in the table `bench`."""
    path = folder / "bench.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(
            "CREATE TABLE bench (id INTEGER, code VARCHAR(40), name VARCHAR(64), city VARCHAR(40), country VARCHAR(2),"
            " quantity INTEGER, amount DOUBLE, price DOUBLE, entered TIMESTAMP, modified TIMESTAMP, number BIGINT)"
        )
        moment = "datetime('2020-01-01', ({}) || ' minutes')"
        database.execute("INSERT INTO bench " + rows("INTEGER", "INTEGER", "TEXT", "REAL", moment))
        database.commit()
    return path


def compiled(folder: pathlib.Path) -> str:
    program = folder / "fetch"
    source = pathlib.Path(__file__).with_name("fetch.c")
    subprocess.run(["cc", "-O2", "-Wall", "-o", program, source, "-ldl"], check=True)
    return str(program)


def measure(program: str, library: str, connection: str, sql: str) -> dict[str, float]:
    output = subprocess.run([program, library, connection, sql], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: int(total) / int(count) for name, total, count in map(str.split, output.splitlines())}


def drivers(folder: pathlib.Path, library: str, connection: str, with_postgres: bool):
    """Name, library, connection string and query of every driver that is there; PostgreSQL's first."""
    found = []
    for driver in glob.glob("/usr/lib/*/odbc/psqlodbcw.so")[:1] if with_postgres else []:
        server = f"Server=127.0.0.1;Port={PORT};UID=bench;Database=postgres;UseServerSidePrepare=0;"
        found.append(("psqlodbc", driver, server, "SELECT * FROM bench"))
    for driver in glob.glob("/usr/lib/*/odbc/libsqlite3odbc.so")[:1]:
        found.append(("sqliteodbc", driver, f"Database={sqlite(folder)};", "SELECT * FROM bench"))
    moment = "{{fn TIMESTAMPADD(SQL_TSI_MINUTE, {}, {{ts '2020-01-01 00:00:00'}})}}"
    found.append(("this driver", library, connection, rows("INTEGER", "BIGINT", "VARCHAR", "DOUBLE", moment)))
    return found


def main() -> None:
    library, connection = sys.argv[1:]
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with_postgres = stack.enter_context(postgres(folder))
        program = compiled(folder)
        all_drivers = drivers(folder, library, connection, with_postgres)
        # In turns, so that whatever else the machine does is shared by all.
        runs = [[measure(program, *arguments) for _, *arguments in all_drivers] for _ in range(RUNS)]
    medians = [
        {name: statistics.median(run[index][name] for run in runs) for name in runs[0][0]} for index in range(len(all_drivers))
    ]
    if len({(one["rows"], one["columns"], one["checksum"]) for one in medians}) != 1:
        raise SystemExit(f"the drivers gave different rows: {medians}")
    print(f"{medians[0]['rows']:.0f} rows, {medians[0]['columns']:.0f} columns; in brackets: times as fast as {all_drivers[0][0]}")
    print(" " * 45 + "".join(f"{name:>22}" for name, *_ in all_drivers))
    for measure_name, label, per_second in MEASURES:
        times = [one[measure_name] for one in medians]
        shown = [1e9 / time if per_second else time for time in times]
        print(f"{label:<45}" + "".join(f"{value:>15,.0f} ({times[0] / time:4.1f})" for value, time in zip(shown, times)))


if __name__ == "__main__":
    main()
