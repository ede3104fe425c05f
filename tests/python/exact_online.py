"""The addresses of Exact Online lead to a simulated company, for programs that are run as a user wrote them.

They go through a web proxy (HTTPS_PROXY) that vouches for every address itself (SSL_CERT_FILE), as that of an office does.
"""

import contextlib
import json
import os
import pathlib
import select
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import types
import urllib.request

PROGRAMS = pathlib.Path(os.environ["EXACT_PROGRAMS"])
SITES = ("start.exactonline.nl", "start.exactonline.com")


@contextlib.contextmanager
def exact_online(folder):
    """Runs simulator and proxy. Gives `run` for Python programs and `exact_odbc` for the driver's own."""
    command = [
        str(PROGRAMS / "exact-simulator"),
        "--port",
        "0",
        "--scale",
        "0.1",
        "--no-rate-limits",
        "--tls",
        str(folder / "unused.pem"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            service = json.loads(simulator.stdout.readline())["base_url"]
            with Proxy(("127.0.0.1", 0), Passage) as proxy:
                proxy.passage(folder, service)
                threading.Thread(target=proxy.serve_forever, daemon=True).start()
                yield a_users_machine(folder, f"http://127.0.0.1:{proxy.server_address[1]}")
                proxy.shutdown()
        finally:
            simulator.terminate()


def a_users_machine(folder, proxy):
    authority = str(folder / "authority.pem")
    own = {
        "HTTPS_PROXY": proxy,
        "SSL_CERT_FILE": authority,
        "XDG_STATE_HOME": str(folder / "state"),
        "ODBCINI": str(folder / "odbc.ini"),
    }
    variables = {name: value for name, value in os.environ.items() if name.lower() not in ("no_proxy", "https_proxy")} | own
    trust = ssl.create_default_context(cafile=authority)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"https": proxy}), urllib.request.HTTPSHandler(context=trust)
    )

    def control(command, body=None):
        data = None if body is None else json.dumps(body).encode()
        with opener.open(f"https://{SITES[0]}/_control/{command}", data) as answer:
            return json.load(answer)

    control("switches", {"rate_limits": False, "minute_limit": 1_000_000, "day_limit": 1_000_000})

    def exact_odbc(*arguments, given=""):
        done = subprocess.run([PROGRAMS / "exact-odbc", *arguments], env=variables, input=given, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def login(region):
        app = control(f"sign-in?client_id=app-{region}")
        secrets = f"{app['refresh_token']}\n{app['client_secret']}\n"
        exact_odbc("login", "--refresh-token-stdin", f"Region={region}", f"OAuthClientId=app-{region}", given=secrets)

    def run(program):
        done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sent():
        """Method and entity of each write that the service received."""
        return [
            (one["method"], one["path"].split("/5512/")[-1].split("(")[0])
            for one in control("requests")
            if one["method"] in ("POST", "PUT", "DELETE") and not one["is_token"]
        ]

    return types.SimpleNamespace(login=login, exact_odbc=exact_odbc, run=run, sent=sent)


class Proxy(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """What a program asks of any address is handed to the simulator."""

    daemon_threads = True
    allow_reuse_address = True

    def passage(self, folder, service):
        host, _, port = service.removeprefix("https://").rpartition(":")
        self.service = (host, int(port))
        self.inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.inside.load_cert_chain(*certificate(folder))
        self.outside = ssl.create_default_context()
        self.outside.check_hostname = False
        self.outside.verify_mode = ssl.CERT_NONE
        for context in (self.inside, self.outside):
            context.set_alpn_protocols(["http/1.1"])


class Passage(socketserver.BaseRequestHandler):
    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(4096)
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with contextlib.suppress(OSError):
            inner = self.server.inside.wrap_socket(self.request, server_side=True)
            outer = self.server.outside.wrap_socket(socket.create_connection(self.server.service))
            with inner, outer:
                exchange(inner, outer)


def exchange(one, other):
    """Carries bytes both ways until one side ends."""
    partner = {one: other, other: one}
    while True:
        ready = [side for side in partner if side.pending()] or select.select(list(partner), [], [])[0]
        for side in ready:
            side.settimeout(0)
            try:
                data = side.recv(65_536)
            except ssl.SSLWantReadError:  # What arrived was of TLS itself.
                continue
            finally:
                side.settimeout(None)
            if not data:
                return
            partner[side].sendall(data)


def certificate(folder):
    """Files of a certificate for the sites, by an authority that `authority.pem` holds, and of its key."""
    names = ",".join(f"DNS:{site}" for site in SITES)
    signed_by = ["-CA", folder / "authority.pem", "-CAkey", folder / "authority.key"]
    signed(folder / "authority", "/CN=a web proxy", "-addext", "keyUsage=critical,keyCertSign")
    own = signed(
        folder / "sites",
        "/CN=sites",
        *signed_by,
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        f"subjectAltName={names}",
    )
    return own


def signed(file, subject, *options):
    files = file.with_suffix(".pem"), file.with_suffix(".key")
    new = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        subject,
    ]
    subprocess.run([*new, *options, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files
