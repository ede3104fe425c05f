"""PHP: its odbc_ functions and PDO_ODBC, which sends every text as data at execution."""

ROW = ["7", "-12", "2147483647", "9007199254740993", "1.5", "0.1", "-1234.50", "é€😀", None,
       "2026-01-31", "23:59:58", "2026-01-31 23:59:58.123", "1", "00FF41"]  # fmt: skip


def test_odbc_functions(client, same):
    found = client("php", "php/odbc.php")
    same(found)
    assert found["row"] == ROW
    assert int(found["long_parameter"]) == 9_000
    assert [int(value) for value in found["results"]] == [1, 2]
    assert found["special"] == ["ID"] and "ID" in found["statistics"]


def test_pdo(client, same):
    found = client("php", "php/pdo.php")
    same(found)
    assert found["row"] == ROW
    assert found["typed"] == ["42", "é€😀", "2026-01-31 10:20:30.000"]
    assert int(found["long_parameter"]) == 9_000
    assert [int(value) for value in found["results"]] == [1, 2]
    assert [int(value) for value in found["scrolled"]] == [3, 2, 1]
