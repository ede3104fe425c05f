"""R with RODBC, which binds columns in blocks of 100 rows. It has no parameters."""

ROW = ["7", "-12", "2147483647", "9007199254740993", "1.5", "0.1", "-1234.50", "é€😀", None,
       "2026-01-31", "23:59:58", "2026-01-31 23:59:58.123", "1", "00ff41"]  # fmt: skip


def test_rodbc(client, cursor, expected):
    found = client("Rscript", "r/rodbc.R")
    assert found["names"] == expected.names
    assert list(found["row"].values()) == ROW
    kinds = found["kinds"]
    assert [kinds[name] for name in ("small", "whole", "real", "day", "stamp")] == ["integer", "integer", "numeric", "Date", "POSIXct"]
    count, amount = cursor.execute("SELECT COUNT(*), SUM(AmountDC) FROM salesinvoice.SalesInvoices").fetchone()
    assert (found["invoices"], found["date"]) == (count, "POSIXct")
    assert abs(found["amount"] - amount) < 1e-3
    assert (found["longest"], found["accounts"]) == (expected.longest, 25)
    assert "42S22" in found["error"] and "nmae" in found["error"].lower()
    assert [list(row.values()) for row in found["tables"]] == expected.tables
    assert [[row["name"], row["type"]] for row in found["columns"]] == expected.columns
    assert found["key"] == "ID"
    assert found["type_names"] == expected.type_names
    assert found["dbms"] == "Exact Online"
