"""Cancels an execution whose request is never answered, by the function that is named; prints the SQLSTATE, and the seconds
after the cancel in which the call returned and the service saw its connection closed."""

import ctypes
import json
import socket
import sys
import threading
import time

from capi import STMT, Failed, Manager


def main():
    function = sys.argv[2]
    manager, found = Manager(), {}
    service = socket.create_server(("127.0.0.1", 0))
    source = f"Driver=Exact Online;BaseUrl=http://127.0.0.1:{service.getsockname()[1]};InitiateOAuth=OFF;OAuthAccessToken=x"
    _, dbc = manager.connect(f"{source};OAuthClientId=x;Division=1")
    stmt = dbc.statement()

    def cancel():
        request, _ = service.accept()
        request.settimeout(60)
        request.recv(65_536)
        found["begun"] = time.monotonic()
        if function == "SQLCancel":
            stmt.call("SQLCancel")
        else:
            assert manager.library.SQLCancelHandle(ctypes.c_short(STMT), stmt.value) == 0
        try:
            while request.recv(65_536):
                pass
        except ConnectionResetError:
            pass
        found["closed"] = time.monotonic() - found["begun"]

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        stmt.execute("SELECT Code FROM crm.Accounts")
        found["state"] = "the end"
    except Failed as failed:
        found["state"] = failed.state
    returned = time.monotonic()
    thread.join()
    print(json.dumps({"state": found["state"], "returned": returned - found["begun"], "closed": found["closed"]}))


if __name__ == "__main__":
    main()
