"""200,000 rows of 20 columns: in flat memory, and the first long before the last."""

import os
import time

import pyodbc

COLUMNS = (
    "ID, AmountDC, AmountFC, AccountCode, AccountName, CostCenter, Currency, Date, Description, Division, DocumentNumber,"
    " DueDate, EntryID, EntryNumber, FinancialPeriod, FinancialYear, GLAccountCode, JournalCode, LineNumber, Type"
)
MEBIBYTE = 1024 * 1024


def resident():
    """Bytes of memory that this process occupies now."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_large_table_streams(company, capsys):
    connection = pyodbc.connect(f"DSN={company.dsn}", autocommit=True)
    begun = time.monotonic()
    cursor = connection.execute(f"SELECT {COLUMNS} FROM financialtransaction.TransactionLines")
    assert len(cursor.description) == 20
    keys = {cursor.fetchone().ID}
    first = time.monotonic() - begun
    calls_at_first = company.calls()

    # The keys themselves are kept by this test; what they take is settled before the memory is measured.
    total, levels = 0.0, []
    while rows := cursor.fetchmany(1_000):
        keys.update(row[0] for row in rows)
        total += sum(row[1] for row in rows)
        if len(keys) > company.lines // 4:
            levels.append(resident() - 150 * len(keys))
    elapsed = time.monotonic() - begun
    connection.close()

    calls = company.calls()
    with capsys.disabled():
        print(
            f"\n{len(keys)} rows of 20 columns: the first after {first:.2f} s, the last after {elapsed:.2f} s, {calls} calls;"
            f" memory {(levels[-1] - levels[0]) / MEBIBYTE:+.1f} MiB from the first quarter to the end,"
            f" {resident() / MEBIBYTE:.0f} MiB in all"
        )
    assert len(keys) == company.lines
    assert calls in (company.lines // 1_000, company.lines // 1_000 + 1)
    assert calls_at_first <= 10, "the first row came only when much more had been read"
    assert first < elapsed / 4
    assert max(levels) - levels[0] < 48 * MEBIBYTE


def test_leaving_early_ends_the_read(company):
    connection = pyodbc.connect(f"DSN={company.dsn}", autocommit=True)
    cursor = connection.execute(f"SELECT {COLUMNS} FROM financialtransaction.TransactionLines")
    cursor.fetchmany(10)
    cursor.close()
    time.sleep(0.3)
    calls = company.calls()
    assert calls <= 10
    time.sleep(0.5)
    assert company.calls() == calls
    connection.close()
