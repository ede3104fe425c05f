"""unixODBC's own switches: its locks, its pool, and applications that know narrow text only."""

import pytest


@pytest.mark.parametrize("level", [0, 1, 2])
def test_cancel_reaches_a_fetch_at_every_level_of_threading(apart, company, level):
    """At level 3 the manager has one lock for all of a process, and lets nothing through: the installer writes 0."""
    company.control("switches", {"page_latency_ms": 300})
    found = apart("cancel.py", driver={"Threading": str(level)})
    assert found["state"] == "HY008" and found["seconds"] < 5
    assert found["afterwards"] == [["1"]]


def test_a_pooled_connection_comes_back_as_new(apart):
    found = apart("pooling.py", driver={"CPTimeout": "60"}, everywhere={"Pooling": "Yes"})
    assert [one["rows"] for one in found] == [[["7"]]] * 3
    assert [one["autocommit"] for one in found] == [1, 1, 1]


def test_an_application_of_narrow_text(apart):
    assert apart("ansi.py") == ["é€😀", "Bakkerij 🥐 De Croissant 👨‍👩‍👧‍👦", "Café €"]
