"""Excel's "From ODBC" and Power Query with SQL typed in: the recorded sequence of calls, with the values that matter.

Every refresh opens several connections, asks some ninety SQLGetInfo values on each, runs the statement once for the
columns and once more for the rows, and reads these one by one through SQLGetData into 2,048 bytes.
"""

import ctypes

import pytest
from manager.capi import DBC, NO_DATA, Manager

TEXT = "SELECT TOP 40 Code, Name, Remarks, Created, Blocked, Division FROM crm.Accounts WHERE Remarks IS NOT NULL ORDER BY Code"

# What is asked first, in the order of the recording, with the value that lets Power Query fold; None where any will do.
TEXTS = {6, 7, 14, 17, 18, 29, 39, 41, 42, 77, 87, 90, 94, 10003}
CONVERSIONS = dict.fromkeys([*range(53, 72), *range(122, 127), 173])
ASKED = {
    6: None, 7: None, 17: "Exact Online", 18: None, 29: '"', 91: 1, 92: 1, 41: ".", 114: 1, 118: None, 99: 0, 10005: 128, 97: 0,
    100: 0, 90: "N", 50: None, 169: 0x7F, 160: None, 161: None, 165: 0xF, 87: "Y", 88: 3, 49: None, 52: None, 51: None, 109: 0x1FF,
    110: 0x1FF, 22: None, 10003: "Y", 42: None, 39: None, 152: None, 14: "\\", 48: 3, **CONVERSIONS, 94: None,
}  # fmt: skip
# Concise type, unsigned, name, nullable, type name, length, scale.
FIELDS = ((2, False), (8, False), (1011, True), (1008, False), (14, True), (1003, False), (5, False))


def open_and_ask(manager, source):
    env = manager.environment()
    # One pool per environment: SQL_ATTR_CONNECTION_POOLING.
    env.call("SQLSetEnvAttr", 201, 2, 0)
    dbc = env.allocate(DBC)
    dbc.call("SQLSetConnectAttrW", 103, 15, 0)
    dbc.driver_connect(source)
    return env, dbc


@pytest.fixture
def source(company):
    return f"DSN={company.dsn}"


def test_what_is_asked_about_the_driver(source, company):
    env, dbc = open_and_ask(Manager(), source)
    for kind, value in ASKED.items():
        found = dbc.info(kind) if kind in TEXTS else dbc.info_number(kind)
        assert value in (None, found), f"{kind}: {found}"
    assert dbc.info_number(152) >= 1
    assert dbc.info_number(161) & 0x15A == 0x15A, "inner, left, right, full and cross joins are folded"
    assert dbc.info_number(160) & 0x3E05 == 0x3E05, "the predicates of the recording, but UNIQUE"
    assert dbc.info_number(57) and dbc.info_number(67), "dates convert"
    # An item of ODBC 4: an error is survived, a crash is not.
    dbc.call("SQLGetInfoW", 180, ctypes.create_string_buffer(8), 8, None, expect=(0, 1, -1))
    assert dbc.info(77) == "03.80"
    dbc.call("SQLDisconnect")
    dbc.driver_connect(source)
    scrolls = ctypes.c_ushort()
    dbc.call("SQLGetFunctions", 1021, ctypes.byref(scrolls))
    assert scrolls.value == 1, "SQLFetchScroll"
    dbc.call("SQLDisconnect")
    assert company.calls() == 0


def described(stmt, number):
    return [stmt.text_attribute(number, field) if is_text else stmt.attribute(number, field) for field, is_text in FIELDS]


def test_a_refresh(source, company, cursor):
    expected = [tuple(row) for row in cursor.execute(TEXT).fetchall()]
    types = {row.type_name: row.data_type for row in cursor.getTypeInfo(0).fetchall()}
    company.control("reset", {})
    manager = Manager()
    env, dbc = open_and_ask(manager, source)
    dbc.call("SQLDisconnect")
    dbc.driver_connect(source)

    preview = dbc.statement()
    preview.execute(TEXT)
    columns = [described(preview, number) for number in range(1, preview.column_count() + 1)]
    assert [column[2] for column in columns] == ["Code", "Name", "Remarks", "Created", "Blocked", "Division"]
    for concise, unsigned, name, nullable, type_name, length, scale in columns:
        assert types[type_name] == concise, f"{name}: a type that SQLGetTypeInfo does not know is not folded"
        assert length > 0 and nullable in (0, 1), name
    assert columns[3][0] == 93 and columns[4][0] == -7
    assert dbc.info_number(81) & 0xB == 0xB, "any column, any order, block"
    preview.free()

    data = dbc.statement()
    data.execute(TEXT)
    data.set(26, 0)
    rows = data.rows(room=2_048)
    assert data.call("SQLMoreResults", expect=NO_DATA) == NO_DATA
    data.free()
    assert [(row[0], row[1], row[2]) for row in rows] == [(row.Code, row.Name, row.Remarks) for row in cursor.execute(TEXT)]
    assert [row[4] for row in rows] == [str(int(row[4])) for row in expected]
    assert [row[3][:19] for row in rows] == [str(row[3])[:19] for row in expected]
    dbc.call("SQLDisconnect")


def test_the_second_execution_of_a_refresh_costs_no_call(source, company):
    env, dbc = open_and_ask(Manager(), source)
    text = f"SELECT TOP 40 Code, Name FROM crm.Accounts WHERE {company.never_asked('Created')}"
    for _ in range(2):
        stmt = dbc.statement()
        stmt.execute(text)
        assert len(stmt.rows()) == 40
        stmt.free()
    assert company.calls() == 1


def test_a_refresh_of_many_pages_asks_for_each_page_once(source, company):
    """Executed for the columns and left, as Power BI does too, then executed again and read to its end."""
    env, dbc = open_and_ask(Manager(), source)
    text = f"SELECT ID, Date, AmountDC FROM TransactionLines WHERE {company.never_asked('Modified')}"
    preview = dbc.statement()
    preview.execute(text)
    assert preview.column_count() == 3
    preview.free()
    assert company.calls() == 1, "executing asks for one page"
    data = dbc.statement()
    data.execute(text)
    assert len(data.rows()) == company.lines
    data.free()
    assert company.calls() in (company.lines // 1_000, company.lines // 1_000 + 1)


def test_the_navigator(source, company):
    """Catalogs, then tables of one, then columns and keys, with `%` and null pointers as Power Query passes them."""
    env, dbc = open_and_ask(Manager(), source)
    stmt = dbc.statement()

    def listed(function, *arguments):
        stmt.catalog(function, *arguments)
        rows = stmt.rows()
        stmt.call("SQLFreeStmt", 0)
        return rows

    assert company.division in [row[0] for row in listed("SQLTablesW", "%", "", "", "")]
    schemas = listed("SQLTablesW", "", "%", "", "")
    assert ["crm"] in [[row[1]] for row in schemas] and all(row[0] is None and row[2] is None for row in schemas)
    assert [row[3] for row in listed("SQLTablesW", "", "", "", "%")] == ["TABLE"]
    tables = listed("SQLTablesW", company.division, "%", "%", "TABLE")
    assert len(tables) > 350
    assert tables == listed("SQLTablesW", None, None, None, "'TABLE','VIEW'")
    assert [row[2] for row in listed("SQLTablesW", company.division, "crm", "Accounts", None)] == ["Accounts"]
    columns = listed("SQLColumnsW", company.division, "crm", "Accounts", None)
    types = {row[0]: row[1] for row in listed("SQLGetTypeInfoW", 0)}
    assert all(types[row[5]] == row[4] for row in columns)
    assert [row[3] for row in listed("SQLPrimaryKeysW", company.division, "crm", "Accounts")] == ["ID"]
    both = [listed("SQLForeignKeysW", *[None] * 3, company.division, "salesinvoice", "SalesInvoices"),
            listed("SQLForeignKeysW", company.division, "crm", "Accounts", *[None] * 3)]  # fmt: skip
    assert all(both)
    assert company.calls() == 0
