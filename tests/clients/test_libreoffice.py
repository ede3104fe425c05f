"""LibreOffice Base: its own catalog of tables, prepared statements, scrolling, and a table as its window shows it."""

import os

import pytest

ROW = ["7", "-12", "2147483647", "9007199254740993", "1.5", "0.1", "-1234.50", "é€😀", "",
       "2026-01-31", "23:59:58.000000000", "2026-01-31 23:59:58.123000000", "1"]  # fmt: skip


def test_base(client, same, cursor, company):
    if not os.path.exists("/usr/bin/soffice"):
        pytest.skip("LibreOffice is not installed")
    found = client("/usr/bin/python3", "libreoffice/read.py")
    same(found, "by_country", "references")
    # Its own text of binary data is no hexadecimal one.
    assert found["row"][:-1] == ROW
    assert found["typed"] == ["42", "é€😀"]
    assert found["given"] == ["41", "9007199254740993", "0.1", "-1234.50", "é€😀", "2026-01-31", "23:59:58.000000000",
                              "2026-01-31 10:20:30.000000000", "1", "0x0-141", ""]  # fmt: skip
    codes = [row.Code for row in cursor.execute("SELECT Code FROM crm.Accounts ORDER BY Code").fetchall()]
    count = company.accounts
    assert found["scrolled"] == [[count, codes[-1]], [count - 1, codes[-2]], [1, codes[0]]]
    assert found["listed"] > 350 and found["shown"][0] == count
    assert ["Accounts", "InvoiceTo"] in found["references"]
