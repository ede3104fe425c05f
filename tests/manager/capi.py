"""The C API through a driver manager, for tests that call what an application calls, in its order.

A `Manager` is one library with its width of wide characters. `Handle`s call functions by name; a return code that is
not expected raises with the diagnostic records.
"""

import ctypes

ENV, DBC, STMT, DESC = 1, 2, 3, 4
SUCCESS, WITH_INFO, NO_DATA, NEED_DATA, ERROR = 0, 1, 100, 99, -1
NTS = -3
C_CHAR, C_WCHAR, C_LONG, C_DOUBLE, C_NUMERIC = 1, -8, 4, 8, 2
C_BIT, C_SBIGINT, C_GUID, C_DEFAULT = -7, -25, -11, 99
C_DATE, C_TIMESTAMP, C_TYPE_TIMESTAMP = 9, 11, 93

_KINDS = {
    "s": ctypes.c_short,
    "u": ctypes.c_ushort,
    "i": ctypes.c_int,
    "l": ctypes.c_ssize_t,
    "p": ctypes.c_void_p,
}

# The arguments of each function after the handle.
_SIGNATURES = {
    "SQLBindCol": "uspl" + "p",
    "SQLBindParameter": "usssl" + "splp",
    "SQLCancel": "",
    "SQLCloseCursor": "",
    "SQLColAttributeW": "uupspp",
    "SQLColAttributesW": "uupspp",
    "SQLColumnsW": "ps" * 4,
    "SQLDescribeColW": "upspppp" + "p",
    "SQLDescribeParam": "upppp",
    "SQLDisconnect": "",
    "SQLDriverConnect": "ppspspu",
    "SQLDriverConnectW": "ppspspu",
    "SQLExecDirect": "pi",
    "SQLExecDirectW": "pi",
    "SQLExecute": "",
    "SQLExtendedFetch": "ulpp",
    "SQLFetch": "",
    "SQLFetchScroll": "sl",
    "SQLForeignKeysW": "ps" * 6,
    "SQLFreeStmt": "u",
    "SQLGetConnectAttrW": "ipip",
    "SQLGetData": "usplp",
    "SQLGetFunctions": "up",
    "SQLGetInfoW": "upsp",
    "SQLGetStmtAttrW": "ipip",
    "SQLGetTypeInfoW": "s",
    "SQLMoreResults": "",
    "SQLNumParams": "p",
    "SQLNumResultCols": "p",
    "SQLParamData": "p",
    "SQLPrepareW": "pi",
    "SQLPrimaryKeysW": "ps" * 3,
    "SQLPutData": "pl",
    "SQLRowCount": "p",
    "SQLSetConnectAttrW": "ipi",
    "SQLSetConnectOption": "ul",
    "SQLSetEnvAttr": "ipi",
    "SQLSetPos": "luu",
    "SQLSetStmtAttrW": "ipi",
    "SQLSetStmtOption": "ul",
    "SQLSpecialColumnsW": "u" + "ps" * 3 + "uu",
    "SQLStatisticsW": "ps" * 3 + "uu",
    "SQLTablesW": "ps" * 4,
}


class Failed(Exception):
    """A return code that was not expected."""

    def __init__(self, function, code, records):
        super().__init__(f"{function}: {code} {records}")
        self.state = records[0][0] if records else ""
        self.message = records[0][1] if records else ""


class Manager:
    """A driver manager's library, and the encoding of its SQLWCHAR."""

    def __init__(self, library="libodbc.so.2", encoding="utf-16-le"):
        self.library = ctypes.CDLL(library)
        self.encoding = encoding
        self.unit = 4 if encoding.startswith("utf-32") else 2

    def environment(self, version=3):
        env = Handle(self, ENV, self._allocate(ENV, None))
        env.call("SQLSetEnvAttr", 200, version, 0)
        return env

    def _allocate(self, kind, parent):
        made = ctypes.c_void_p()
        code = self.library.SQLAllocHandle(ctypes.c_short(kind), parent and parent.value, ctypes.byref(made))
        if code not in (SUCCESS, WITH_INFO):
            raise Failed("SQLAllocHandle", code, parent.records() if parent else [])
        return made

    def wide(self, text):
        """A text argument and its length in units; a null pointer for None."""
        if text is None:
            return None, 0
        units = text.encode(self.encoding)
        return ctypes.create_string_buffer(units + b"\0" * self.unit), len(units) // self.unit

    def connect(self, text, version=3):
        """An environment and a connection, by SQLDriverConnectW without any window."""
        env = self.environment(version)
        dbc = env.allocate(DBC)
        dbc.driver_connect(text)
        return env, dbc


class Handle:
    """An ODBC handle."""

    def __init__(self, manager, kind, value):
        self.manager, self.kind, self.value = manager, kind, value

    def allocate(self, kind):
        return Handle(self.manager, kind, self.manager._allocate(kind, self))

    def free(self):
        assert self.manager.library.SQLFreeHandle(ctypes.c_short(self.kind), self.value) == SUCCESS

    def call(self, function, *arguments, expect=(SUCCESS, WITH_INFO)):
        """Calls a function on this handle. Integers stand for pointers too; gives the return code."""
        kinds = _SIGNATURES[function]
        assert len(kinds) == len(arguments), function
        converted = [_argument(kind, argument) for kind, argument in zip(kinds, arguments)]
        code = ctypes.c_short(getattr(self.manager.library, function)(self.value, *converted)).value
        if code not in (expect if isinstance(expect, tuple) else (expect,)):
            raise Failed(function, code, self.records())
        return code

    def records(self):
        """State and text of every diagnostic record."""
        found, unit = [], self.manager.unit
        for number in range(1, 20):
            state, text = (ctypes.create_string_buffer(size * unit) for size in (6, 2_000))
            native, length = ctypes.c_int(), ctypes.c_short()
            code = self.manager.library.SQLGetDiagRecW(
                ctypes.c_short(self.kind), self.value, ctypes.c_short(number), state,
                ctypes.byref(native), text, ctypes.c_short(2_000), ctypes.byref(length),
            )  # fmt: skip
            if ctypes.c_short(code).value not in (SUCCESS, WITH_INFO):
                break
            decode = self.manager.encoding
            found.append((state.raw[: 5 * unit].decode(decode, "replace"), text.raw[: length.value * unit].decode(decode, "replace")))
        return found

    # Of connections

    def driver_connect(self, text, completion=0):
        buffer, length = self.manager.wide(text)
        self.call("SQLDriverConnectW", None, buffer, length, None, 0, None, completion)

    def info(self, kind):
        """An SQLGetInfo value as text."""
        buffer, length = ctypes.create_string_buffer(2_000), ctypes.c_short()
        self.call("SQLGetInfoW", kind, buffer, len(buffer), ctypes.byref(length))
        return buffer.raw[: length.value].decode(self.manager.encoding)

    def info_number(self, kind):
        """An SQLGetInfo value as a number of 16 or 32 bits."""
        buffer, length = ctypes.create_string_buffer(8), ctypes.c_short()
        self.call("SQLGetInfoW", kind, buffer, len(buffer), ctypes.byref(length))
        return int.from_bytes(buffer.raw[: length.value], "little")

    def statement(self):
        return self.allocate(STMT)

    # Of statements

    def execute(self, text, expect=(SUCCESS, WITH_INFO)):
        return self.call("SQLExecDirectW", *self.manager.wide(text), expect=expect)

    def prepare(self, text, expect=(SUCCESS, WITH_INFO)):
        return self.call("SQLPrepareW", *self.manager.wide(text), expect=expect)

    def set(self, attribute, value, expect=SUCCESS):
        return self.call("SQLSetStmtAttrW", attribute, value, 0, expect=expect)

    def catalog(self, function, *arguments):
        """A catalog function: texts (None for a null pointer) and numbers, in its order."""
        flat = []
        for argument in arguments:
            flat.extend([argument] if isinstance(argument, int) else self.manager.wide(argument))
        self.call(function, *flat)

    def column_count(self):
        count = ctypes.c_short()
        self.call("SQLNumResultCols", ctypes.byref(count))
        return count.value

    def describe(self, number):
        """Name, type, size, digits and nullability of a column."""
        name, length, kind = ctypes.create_string_buffer(600), ctypes.c_short(), ctypes.c_short()
        size, digits, nullable = ctypes.c_size_t(), ctypes.c_short(), ctypes.c_short()
        out = [ctypes.byref(one) for one in (length, kind, size, digits, nullable)]
        self.call("SQLDescribeColW", number, name, 600 // self.manager.unit, *out)
        text = name.raw[: length.value * self.manager.unit].decode(self.manager.encoding)
        return text, kind.value, size.value, digits.value, nullable.value

    def attribute(self, number, field, function="SQLColAttributeW"):
        """A numeric field of a column."""
        value = ctypes.c_ssize_t()
        self.call(function, number, field, None, 0, None, ctypes.byref(value))
        return value.value

    def text_attribute(self, number, field, function="SQLColAttributeW"):
        buffer, length = ctypes.create_string_buffer(600), ctypes.c_short()
        self.call(function, number, field, buffer, len(buffer), ctypes.byref(length), None)
        return buffer.raw[: length.value].decode(self.manager.encoding)

    def data(self, number, room=2_048):
        """A column of the current row by SQLGetData as wide text, in pieces of `room` bytes; None for NULL."""
        pieces, length = b"", ctypes.c_ssize_t()
        while True:
            buffer = ctypes.create_string_buffer(room)
            code = self.call("SQLGetData", number, C_WCHAR, buffer, room, ctypes.byref(length))
            if length.value == -1:
                return None
            if code == SUCCESS:
                return (pieces + buffer.raw[: length.value]).decode(self.manager.encoding)
            pieces += buffer.raw[: room - self.manager.unit]

    def rows(self, room=2_048):
        """All rows that are left, by SQLFetch and SQLGetData."""
        numbers, found = range(1, self.column_count() + 1), []
        while self.call("SQLFetch", expect=(SUCCESS, WITH_INFO, NO_DATA)) != NO_DATA:
            found.append([self.data(number, room) for number in numbers])
        return found


def _argument(kind, argument):
    if kind == "p" and isinstance(argument, (ctypes.Array, type(ctypes.byref(ctypes.c_int())), ctypes.c_void_p)):
        return argument
    return _KINDS[kind](argument)
