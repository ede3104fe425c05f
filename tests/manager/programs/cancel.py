"""Cancels a fetch from another thread, half a second after it began; prints the SQLSTATE and the seconds it took."""

import json
import sys
import threading
import time

from capi import Failed, Manager


def main():
    _, dbc = Manager().connect(sys.argv[1])
    stmt = dbc.statement()
    stmt.execute("SELECT ID FROM financialtransaction.TransactionLines")
    timer = threading.Timer(0.5, lambda: stmt.call("SQLCancel"))
    begun = time.monotonic()
    timer.start()
    try:
        while stmt.call("SQLFetch") != 100:
            pass
        state = "the end"
    except Failed as failed:
        state = failed.state
    seconds = time.monotonic() - begun
    timer.join()
    stmt.call("SQLFreeStmt", 0)
    stmt.execute("SELECT 1")
    print(json.dumps({"state": state, "seconds": seconds, "afterwards": stmt.rows()}))


if __name__ == "__main__":
    main()
