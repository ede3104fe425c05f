"""Cancels a commit whose request is never answered, by SQLCancelHandle of the connection; prints the SQLSTATE, its text, and the
seconds after the cancel in which the call returned. The request itself is left to its end: its outcome goes to the journal."""

import ctypes
import json
import socket
import sys
import threading
import time

from capi import DBC, Manager

COMMIT, ROLLBACK = 0, 1
AUTOCOMMIT = 102


def main():
    manager, found = Manager(), {}
    service = socket.create_server(("127.0.0.1", 0))
    source = f"Driver=Exact Online;BaseUrl=http://127.0.0.1:{service.getsockname()[1]};InitiateOAuth=OFF;OAuthAccessToken=x"
    _, dbc = manager.connect(f"{source};OAuthClientId=x;Division=1;Readonly=false;Timeout=60")
    dbc.call("SQLSetConnectAttrW", AUTOCOMMIT, 0, 0)
    dbc.statement().execute("INSERT INTO crm.Accounts (Name) VALUES ('x')")

    def cancel():
        request, _ = service.accept()
        request.settimeout(60)
        request.recv(65_536)
        found["begun"] = time.monotonic()
        found["cancelled"] = manager.library.SQLCancelHandle(ctypes.c_short(DBC), dbc.value)
        found["request"] = request

    thread = threading.Thread(target=cancel)
    thread.start()
    code = manager.library.SQLEndTran(ctypes.c_short(DBC), dbc.value, ctypes.c_short(COMMIT))
    returned = time.monotonic()
    records = dbc.records()
    thread.join()
    manager.library.SQLEndTran(ctypes.c_short(DBC), dbc.value, ctypes.c_short(ROLLBACK))
    dbc.call("SQLDisconnect")
    told = {"code": ctypes.c_short(code).value, "state": records[0][0], "message": records[0][1]}
    told |= {"returned": returned - found["begun"], "cancelled": ctypes.c_short(found["cancelled"]).value}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
