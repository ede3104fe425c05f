"""Perl's DBD::ODBC: as Debian builds it, an application of narrow text in UTF-8."""

ROW = ["7", "-12", "2147483647", "9007199254740993", "1.5", "0.1", "-1234.50", "é€😀", None,
       "2026-01-31", "23:59:58", "2026-01-31 23:59:58.123", "1", "00ff41"]  # fmt: skip


def test_dbd_odbc(client, same):
    found = client("perl", "perl/read.pl")
    same(found)
    assert [value if value is None else str(value) for value in found["row"]] == ROW
    assert [str(value) for value in found["typed"]] == ["42", "é€😀", "2026-01-31 10:20:30.000"]
    assert int(found["long_parameter"]) == 9_000
    assert [int(value) for value in found["results"]] == [1, 2]
    assert found["statistics"] and found["dbms"] == "Exact Online"
