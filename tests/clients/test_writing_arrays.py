"""Arrays of parameters in a write: a status for each row, also where some of a thousand fail."""

import ctypes

import pytest
from manager.capi import C_CHAR, ERROR, NO_DATA, WITH_INFO, Manager

VARCHAR, PARAMSET_SIZE, PARAM_STATUS, PARAMS_PROCESSED = 12, 22, 20, 21
ASYNC_ENABLE, STILL_EXECUTING = 4, 2
GOOD, BAD, UNUSED = 0, 5, 7
NULL = -1
WIDTH = 20


class Column:
    """Texts of one parameter, column-wise; None is NULL."""

    def __init__(self, texts):
        self.data = ctypes.create_string_buffer(WIDTH * len(texts))
        self.lengths = (ctypes.c_ssize_t * len(texts))()
        for row, text in enumerate(texts):
            raw = (text or "").encode()
            self.data[row * WIDTH : row * WIDTH + len(raw)] = raw
            self.lengths[row] = NULL if text is None else len(raw)

    def bind(self, stmt, number):
        stmt.call("SQLBindParameter", number, 1, C_CHAR, VARCHAR, WIDTH, 0, self.data, WIDTH, self.lengths)


@pytest.fixture
def stmt(company):
    _, dbc = Manager().connect(f"DSN={company.dsn};Readonly=false")
    stmt = dbc.statement()
    yield stmt
    stmt.call("SQLFreeStmt", 0)
    stmt.set(PARAMSET_SIZE, 1)
    stmt.set(PARAM_STATUS, 0)
    stmt.set(PARAMS_PROCESSED, 0)
    stmt.call("SQLFreeStmt", 3)
    stmt.execute("DELETE FROM Accounts WHERE Name LIKE 'Array %'", expect=(0, 1, NO_DATA))
    dbc.call("SQLDisconnect")


def already_there(company):
    """What the service says of a code that is taken, in the user's language."""
    return "Gegeven bestaat reeds" if company.profile == "strict" else "Data already exists"


def row_count(stmt):
    count = ctypes.c_ssize_t()
    stmt.call("SQLRowCount", ctypes.byref(count))
    return count.value


def test_a_thousand_rows_of_which_some_fail(company, stmt, cursor):
    taken = cursor.execute("SELECT TOP 1 Code FROM Accounts").fetchval()
    names = [f"Array {row}" for row in range(1_000)]
    codes = [None] * 1_000
    names[400] = None
    codes[700] = taken
    columns = Column(names), Column(codes)
    stmt.prepare("INSERT INTO Accounts (Name, Code) VALUES (?, ?)")
    status, processed = (ctypes.c_ushort * 1_000)(*[9] * 1_000), ctypes.c_size_t()
    stmt.set(PARAMSET_SIZE, 1_000)
    stmt.set(PARAM_STATUS, ctypes.addressof(status))
    stmt.set(PARAMS_PROCESSED, ctypes.addressof(processed))
    for number, column in enumerate(columns, 1):
        column.bind(stmt, number)
    company.reset()
    assert stmt.call("SQLExecute", expect=WITH_INFO) == WITH_INFO
    records = stmt.records()
    assert [row for row, one in enumerate(status) if one != GOOD] == [400, 700]
    assert status[400] == status[700] == BAD and processed.value == 1_000
    assert [state for state, _ in records] == ["23000", "23000"], records
    assert "Name must be given" in records[0][1] and already_there(company) in records[1][1]
    assert row_count(stmt) == 998
    posts = [one["status"] for one in company.requests() if one["method"] == "POST"]
    assert (posts.count(201), posts.count(500), len(posts)) == (998, 1, 999), "the row without a name was not sent"
    made = cursor.execute("SELECT COUNT(*) FROM Accounts WHERE Name LIKE 'Array %'").fetchval()
    assert made == 998


def test_without_a_status_a_row_that_fails_ends_it(company, stmt):
    columns = Column(["Array 1", None, "Array 3"])
    stmt.prepare("INSERT INTO Accounts (Name) VALUES (?)")
    stmt.set(PARAMSET_SIZE, 3)
    columns.bind(stmt, 1)
    company.reset()
    assert stmt.call("SQLExecute", expect=ERROR) == ERROR
    assert company.calls() == 0, "all are checked before the first is sent"


def arranged(stmt, text, names, *more):
    """Prepares a text with an array of names, and gives where PARAMS_PROCESSED goes."""
    columns = [Column(names), *map(Column, more)]
    processed = ctypes.c_size_t(9)
    stmt.prepare(text)
    stmt.set(PARAMSET_SIZE, len(names))
    stmt.set(PARAMS_PROCESSED, ctypes.addressof(processed))
    for number, column in enumerate(columns, 1):
        column.bind(stmt, number)
    stmt.bound = columns
    return processed


def posts(company):
    return [one["status"] for one in company.requests() if one["method"] == "POST"]


def test_a_row_that_fails_says_which_are_written(company, stmt, cursor):
    taken = cursor.execute("SELECT TOP 1 Code FROM Accounts").fetchval()
    names = [f"Array {row}" for row in range(5)]
    processed = arranged(stmt, "INSERT INTO Accounts (Name, Code) VALUES (?, ?)", names, [None, None, taken, None, None])
    assert stmt.call("SQLExecute", expect=ERROR) == ERROR
    [(state, message)] = stmt.records()
    assert state == "23000" and already_there(company) in message
    assert "This is row 3 of 5; each of 2 rows before it is written and must not be sent again, 2 of the others not" in message
    assert processed.value == 3
    assert cursor.execute("SELECT COUNT(*) FROM Accounts WHERE Name LIKE 'Array %'").fetchval() == 2


def test_a_row_that_fails_its_check_says_that_nothing_is_written(stmt):
    processed = arranged(stmt, "INSERT INTO Accounts (Name) VALUES (?)", ["Array 1", None, "Array 3"])
    assert stmt.call("SQLExecute", expect=ERROR) == ERROR
    [(_, message)] = stmt.records()
    assert "This is row 2 of 3; nothing of the other rows is written" in message and processed.value == 2


@pytest.mark.parametrize("asynchronous", [0, 1])
def test_every_row_of_several_statements_is_sent_at_once(company, stmt, asynchronous):
    processed = arranged(stmt, "INSERT INTO Accounts (Name) VALUES (?); SELECT SCOPE_IDENTITY()", ["Array 1", "Array 2", "Array 3"])
    stmt.set(ASYNC_ENABLE, asynchronous)
    company.reset()
    while stmt.call("SQLExecute", expect=(0, 1, STILL_EXECUTING)) == STILL_EXECUTING:
        pass
    assert posts(company) == [201] * 3, "without any SQLMoreResults"
    stmt.set(ASYNC_ENABLE, 0)
    assert processed.value == 3
    results = 1
    while stmt.call("SQLMoreResults", expect=(0, 1, NO_DATA)) != NO_DATA:
        results += 1
    assert results == 6


def test_several_statements_end_where_a_row_fails(company, stmt, cursor):
    taken = cursor.execute("SELECT TOP 1 Code FROM Accounts").fetchval()
    names = ["Array 1", "Array 2", "Array 3"]
    text = "INSERT INTO Accounts (Name, Code) VALUES (?, ?); SELECT SCOPE_IDENTITY()"
    processed = arranged(stmt, text, names, [None, taken, None])
    status = (ctypes.c_ushort * 3)(9, 9, 9)
    stmt.set(PARAM_STATUS, ctypes.addressof(status))
    company.reset()
    assert stmt.call("SQLExecute", expect=ERROR) == ERROR
    [(state, message)] = stmt.records()
    assert state == "23000" and "This is row 2 of 3; 1 row before it is written" in message
    assert list(status) == [GOOD, BAD, UNUSED] and processed.value == 2
    assert posts(company) == [201, 500]
