"""What the catalog functions tell."""

import pyodbc

SQL_ALL_TYPES = 0


def test_tables_are_listed_without_a_call(cursor, company):
    rows = cursor.tables().fetchall()
    names = {(row.table_schem, row.table_name) for row in rows}
    assert len(rows) == len(names) > 350
    assert {("crm", "Accounts"), ("salesinvoice", "SalesInvoices"), ("financialtransaction", "TransactionLines")} <= names
    assert {row.table_cat for row in rows} == {company.division}
    assert company.calls() == 0, company.requests()


def test_patterns_restrict_the_list(cursor):
    found = cursor.tables(table="Account%", schema="crm").fetchall()
    assert "Accounts" in {row.table_name for row in found}
    assert all(row.table_name.startswith("Account") and row.table_schem == "crm" for row in found)
    assert cursor.tables(table="NoSuchTable").fetchall() == []


def test_columns_agree_with_a_query(cursor):
    rows = cursor.columns(table="SalesInvoices", schema="salesinvoice").fetchall()
    assert [row.ordinal_position for row in rows] == list(range(1, len(rows) + 1))
    cursor.execute("SELECT * FROM salesinvoice.SalesInvoices WHERE 1 = 0")
    described = [(name, size, nullable) for name, _, _, size, _, _, nullable in cursor.description]
    assert [name for name, _, _ in described] == [row.column_name for row in rows]
    for row, (name, size, nullable) in zip(rows, described):
        assert (row.column_size, bool(row.nullable)) == (size, nullable), name


def test_keys(cursor):
    assert [row.column_name for row in cursor.primaryKeys(table="Accounts", schema="crm").fetchall()] == ["ID"]


def test_procedures(cursor, company):
    """Functions and actions, with their parameters and the columns of their rows; called as they are described."""
    rows = cursor.procedures().fetchall()
    names = {(row.procedure_schem, row.procedure_name): row.num_result_sets for row in rows}
    assert len(names) == len(rows) > 60
    assert names["read_financial", "RevenueListByYear"] == 1 and names["salesinvoice", "PrintedSalesInvoices"] == 0
    columns = cursor.procedureColumns(procedure="RevenueListByYear", schema="read_financial").fetchall()
    inputs = [row.column_name for row in columns if row.column_type == 1]
    results = [row.column_name for row in columns if row.column_type == 3]
    assert inputs == ["year"]
    assert company.calls() == 0
    cursor.execute("{call read_financial.RevenueListByYear(?)}", 2026)
    assert [column[0] for column in cursor.description] == results


def test_types_are_told_once_each(cursor):
    rows = cursor.getTypeInfo(SQL_ALL_TYPES).fetchall()
    names = [row.type_name for row in rows]
    assert len(names) >= 10 and len(set(names)) == len(names)
    column_types = {row.data_type for row in cursor.columns(schema="crm").fetchall()}
    assert column_types <= {row.data_type for row in rows}


def test_the_driver_introduces_itself(connection, company):
    assert connection.getinfo(pyodbc.SQL_DBMS_NAME) == "Exact Online"
    assert connection.getinfo(pyodbc.SQL_DRIVER_ODBC_VER) >= "03.00"
    assert connection.getinfo(pyodbc.SQL_IDENTIFIER_QUOTE_CHAR) == '"'
    assert connection.getinfo(pyodbc.SQL_DATA_SOURCE_READ_ONLY)
    assert connection.getinfo(pyodbc.SQL_DATABASE_NAME) == company.division
