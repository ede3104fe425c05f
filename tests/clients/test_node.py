"""Node's package odbc: blocks of rows with SQLSetPos and SQLGetData for long columns within them."""

import shutil
import subprocess

import pytest


def test_node_odbc(client, same, company):
    found = ["node", "-e", "require.resolve('odbc')"]
    if shutil.which("node") is None or subprocess.run(found, capture_output=True).returncode != 0:
        pytest.skip("Node, or its package odbc within NODE_PATH, is not installed")
    found = client("node", "node/read.js")
    same(found)
    assert found["row"] == [7, -12, 2147483647, "9007199254740993", 1.5, 0.1, -1234.5, "é€😀", None,
                            "2026-01-31", "23:59:58", "2026-01-31 23:59:58.123", "1", "00ff41"]  # fmt: skip
    assert found["typed"] == ["42", "é€😀"], "64-bit numbers are text"
    assert int(found["long_parameter"]) == 9_000
    assert sum(found["blocks"]) == company.accounts and max(found["blocks"]) == 100
