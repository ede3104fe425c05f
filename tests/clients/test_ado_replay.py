"""ADO, MS Query and linked servers through MSDASQL: the recorded sequence of an ODBC 2 application.

Rows arrive by SQLExtendedFetch in row-wise bound buffers of 600 bytes a row, with ODBC 2's date types.
"""

import ctypes
import struct

import pytest
from manager.capi import C_CHAR, C_DATE, C_LONG, C_NUMERIC, C_TIMESTAMP, NO_DATA, Manager

ODBC2 = 2
STRIDE = 600
ROWSET = 256
# Where a column's length and value stand in a row, as MSDASQL lays them out: C type, offset, room.
LAYOUT = [(C_NUMERIC, 16, 19), (C_CHAR, 48, 64), (C_DATE, 128, 6), (C_TIMESTAMP, 144, 16), (C_LONG, 176, 4)]
COLUMNS = "InvoiceNumber, InvoiceToName, InvoiceDate, InvoiceDate AS again, Division"


@pytest.fixture
def source(company):
    return f"DSN={company.dsn}"


@pytest.fixture
def connected(source):
    return Manager().connect(source, ODBC2)


def test_what_is_asked_about_the_driver(connected):
    env, dbc = connected
    assert dbc.info(77) == "03.80"
    for kind in (6, 10, 111, 17, 16):
        assert dbc.info(kind), kind
    numbers = {kind: dbc.info_number(kind) for kind in (79, 83, 78, 81, 72, 46, 26, 44, 43, 82, 23, 24, 0, 1)}
    assert numbers[44] & 0x11 == 0x11, "forward-only and static cursors"
    assert numbers[43] & 1, "read-only concurrency"
    assert numbers[81] & 3 == 3, "any column, any order"
    assert numbers[23] == numbers[24] == 2, "cursors survive the end of a transaction"
    assert numbers[1] == 0, "any number of statements at once"
    for kind in (146, 147, 150, 151, 144, 145, 167, 168):
        dbc.info_number(kind)
    assert dbc.info_number(167) & 0x1 and dbc.info(111) == "N"


def test_statement_options_on_the_connection_are_survived(connected):
    env, dbc = connected
    for option, value in ((1, 0), (0, 30)):
        dbc.call("SQLSetConnectOption", option, value)
    assert dbc.statement().set(0, 30, expect=(0, 1)) in (0, 1)


def row_wise(stmt, rows):
    """Binds the columns as LAYOUT says; gives the buffer and the numbers that SQLExtendedFetch fills."""
    buffer = ctypes.create_string_buffer(STRIDE * rows)
    address = ctypes.addressof(buffer)
    stmt.set(18, 10)
    stmt.set(17, 0)
    stmt.set(22, 1)
    stmt.set(0, 30)
    stmt.call("SQLSetStmtOption", 9, rows)
    stmt.set(5, STRIDE)
    stmt.set(23, 0)
    for retrieve in (0, 1):
        stmt.set(11, retrieve)
    for number, (c_type, offset, room) in enumerate(LAYOUT, 1):
        stmt.call("SQLBindCol", number, c_type, address + offset, room, address + offset - 8)
    return buffer, ctypes.c_size_t(), (ctypes.c_ushort * rows)()


def decoded(buffer, row):
    """The values of a row; None for NULL."""
    memory, values = buffer.raw[row * STRIDE : (row + 1) * STRIDE], []
    for c_type, offset, room in LAYOUT:
        length = struct.unpack_from("q", memory, offset - 8)[0]
        if length == -1:
            values.append(None)
        elif c_type == C_NUMERIC:
            precision, scale, sign = struct.unpack_from("Bbb", memory, offset)
            assert sign == 1 and precision > 0
            values.append(int.from_bytes(memory[offset + 3 : offset + 19], "little") / 10**scale)
        elif c_type == C_CHAR:
            assert length < room, "nothing is cut"
            values.append(memory[offset : offset + length].decode())
        elif c_type == C_LONG:
            values.append(struct.unpack_from("i", memory, offset)[0])
        else:
            values.append(struct.unpack_from("hHH", memory, offset))
    return values


def test_a_recordset(connected, company, cursor):
    expected = cursor.execute(f"SELECT {COLUMNS} FROM salesinvoice.SalesInvoices").fetchall()
    company.control("reset", {})
    env, dbc = connected
    stmt = dbc.statement()
    stmt.call("SQLSetStmtOption", 9, 2)
    stmt.execute(f"SELECT {COLUMNS} FROM salesinvoice.SalesInvoices WHERE {company.never_asked('InvoiceDate')}")
    assert stmt.column_count() == 5
    # To an ODBC 2 application a timestamp is 11, not 93.
    assert [stmt.describe(number)[1] for number in range(1, 6)] == [4, -9, 11, 11, 4]
    for number in range(1, 6):
        assert stmt.text_attribute(number, 18, "SQLColAttributesW") == stmt.describe(number)[0]
        assert stmt.attribute(number, 10, "SQLColAttributesW") in (0, 1, 2)
    buffer, fetched, statuses = row_wise(stmt, ROWSET)
    found, sizes = [], []
    while True:
        code = stmt.call("SQLExtendedFetch", 1, 0, ctypes.byref(fetched), statuses, expect=(0, 1, NO_DATA))
        if code == NO_DATA:
            break
        sizes.append(fetched.value)
        assert list(statuses)[: fetched.value] == [0] * fetched.value
        assert list(statuses)[fetched.value :] == [3] * (ROWSET - fetched.value), "SQL_ROW_NOROW"
        found.extend(decoded(buffer, row) for row in range(fetched.value))
    day = lambda date: date and (date.year, date.month, date.day)
    assert [tuple(row) for row in found] == [
        (row[0], row[1], day(row[2]), day(row[3]), row[4]) for row in expected
    ]
    assert set(sizes[:-1]) == {ROWSET}
    assert company.calls() == company.pages(len(expected))


def test_a_long_column_is_read_in_pieces(connected, cursor):
    """With a long column the rowset shrinks to one row: SQLFetch, then SQLGetData in pieces."""
    text = "SELECT TOP 20 Code, Remarks FROM crm.Accounts WHERE Remarks IS NOT NULL ORDER BY Code"
    env, dbc = connected
    stmt = dbc.statement()
    stmt.call("SQLSetStmtOption", 9, 1)
    stmt.execute(text)
    assert stmt.describe(2)[1] == -10, "SQL_WLONGVARCHAR"
    assert [tuple(row) for row in stmt.rows(room=512)] == [tuple(row) for row in cursor.execute(text).fetchall()]


def test_a_prepared_command(connected, cursor):
    env, dbc = connected
    types = dbc.statement()
    types.call("SQLGetTypeInfoW", 0)
    assert types.rows()
    stmt = dbc.statement()
    stmt.prepare("SELECT Code FROM crm.Accounts WHERE Country = ? AND Division = ?")
    assert stmt.column_count() == 1
    country, division, nts = ctypes.create_string_buffer(b"NL"), ctypes.c_int(5512), ctypes.c_ssize_t(-3)
    stmt.call("SQLBindParameter", 1, 1, C_CHAR, 12, 2, 0, country, 3, ctypes.byref(nts))
    stmt.call("SQLBindParameter", 2, 1, C_LONG, 4, 10, 0, ctypes.byref(division), 4, None)
    expected = cursor.execute("SELECT COUNT(*) FROM crm.Accounts WHERE Country = 'NL'").fetchval()
    for _ in range(2):
        stmt.call("SQLExecute")
        assert len(stmt.rows()) == expected
        stmt.call("SQLFreeStmt", 0)


def test_ms_query(connected, company, cursor):
    """MS Query: tables and columns by owner and qualifier, and the text that it writes: aliases with a number, names in the
    quotes that the driver names, an outer join as an escape, and a parameter that it has described."""
    env, dbc = connected
    quote = dbc.info(29)
    stmt = dbc.statement()

    def listed(function, *arguments):
        stmt.catalog(function, *arguments)
        rows = stmt.rows()
        stmt.call("SQLFreeStmt", 0)
        return rows

    tables = listed("SQLTablesW", company.division, "crm", "%", "'TABLE'")
    assert "Accounts" in [row[2] for row in tables] and {row[1] for row in tables} == {"crm"}
    columns = listed("SQLColumnsW", company.division, "crm", "Accounts", "%")
    assert {"ID", "Name", "Country"} <= {row[3] for row in columns}
    assert 11 in [int(row[4]) for row in columns] and not {"91", "93"} & {row[4] for row in columns}

    quoted = lambda *names: ".".join(f"{quote}{name}{quote}" for name in names)
    accounts, invoices = quoted(company.division, "crm", "Accounts"), quoted(company.division, "salesinvoice", "SalesInvoices")
    stmt.prepare(
        f"SELECT Accounts_0.Name, SalesInvoices_1.InvoiceNumber FROM {{oj {accounts} Accounts_0 LEFT OUTER JOIN {invoices}"
        " SalesInvoices_1 ON Accounts_0.ID = SalesInvoices_1.InvoiceTo} WHERE (Accounts_0.Country=?)"
        " ORDER BY Accounts_0.Name, SalesInvoices_1.InvoiceNumber"
    )
    count, kind, size = ctypes.c_short(), ctypes.c_short(), ctypes.c_size_t()
    stmt.call("SQLNumParams", ctypes.byref(count))
    stmt.call("SQLDescribeParam", 1, ctypes.byref(kind), ctypes.byref(size), None, None)
    assert (count.value, kind.value) == (1, -9) and size.value > 0
    country, nts = ctypes.create_string_buffer(b"BE"), ctypes.c_ssize_t(-3)
    stmt.call("SQLBindParameter", 1, 1, C_CHAR, kind.value, size.value, 0, country, 3, ctypes.byref(nts))
    stmt.call("SQLExecute")
    expected = cursor.execute(
        "SELECT a.Name, i.InvoiceNumber FROM crm.Accounts a LEFT JOIN salesinvoice.SalesInvoices i ON a.ID = i.InvoiceTo"
        " WHERE a.Country = 'BE' ORDER BY a.Name, i.InvoiceNumber"
    ).fetchall()
    found = stmt.rows()
    assert expected and found == [[name, None if number is None else str(number)] for name, number in expected]


def test_two_recordsets_within_a_transaction(connected):
    env, dbc = connected
    dbc.call("SQLSetConnectAttrW", 108, 2, 0)
    dbc.call("SQLSetConnectOption", 102, 0)
    first, second = dbc.statement(), dbc.statement()
    for stmt in (first, second):
        stmt.execute("SELECT TOP 3 Code FROM crm.Accounts ORDER BY Code")
    fetched = [stmt.call("SQLFetch") or stmt.data(1) for _ in range(3) for stmt in (first, second)]
    assert fetched[0::2] == fetched[1::2]
    code = dbc.manager.library.SQLTransact(env.value, dbc.value, ctypes.c_ushort(0))
    assert code == 0
    dbc.call("SQLSetConnectOption", 102, 1)


def test_errors_have_the_states_of_odbc_2(connected):
    env, dbc = connected
    stmt = dbc.statement()
    stmt.execute("SELECT * FROM NoSuchTable", expect=-1)
    assert stmt.records()[0][0] == "S0002"
    stmt.execute("SELECT Nmae FROM crm.Accounts", expect=-1)
    assert stmt.records()[0][0] == "S0022"
    stmt.execute("SELEC 1", expect=-1)
    assert stmt.records()[0][0] == "37000"
