"""Connects with a login time-out of one second to a service that never answers; prints the SQLSTATE and the seconds."""

import json
import socket
import time

from capi import DBC, Failed, Manager

LOGIN_TIMEOUT = 103


def main():
    service = socket.create_server(("127.0.0.1", 0))
    # Without a division the service is asked for the user's own.
    source = f"Driver=Exact Online;BaseUrl=http://127.0.0.1:{service.getsockname()[1]};InitiateOAuth=OFF;OAuthAccessToken=x"
    dbc = Manager().environment().allocate(DBC)
    dbc.call("SQLSetConnectAttrW", LOGIN_TIMEOUT, 1, 0)
    begun = time.monotonic()
    try:
        dbc.driver_connect(f"{source};OAuthClientId=x")
        state = "connected"
    except Failed as failed:
        state = failed.state
    print(json.dumps({"state": state, "seconds": time.monotonic() - begun}))


if __name__ == "__main__":
    main()
