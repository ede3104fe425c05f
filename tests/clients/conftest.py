"""What signing in needs: an app registration of its own for a test."""

import json
import re
import socket

import pytest


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class App:
    """A registered app with its own store."""

    def __init__(self, company, home, name):
        self.company = company
        self.id = name
        self.base_url = company.base_url
        self.secret = company.control(f"sign-in?client_id={name}")["client_secret"]
        self.store = home / f"{name}.json"
        self.callback = f"http://localhost:{free_port()}/back"

    def arguments(self, *more):
        return ["login", f"BaseUrl={self.base_url}", f"OAuthSettingsLocation={self.store}", *more]

    def connection(self, **more):
        own = {
            "Driver": "Exact Online", "BaseUrl": self.base_url, "OAuthClientId": self.id,
            "OAuthClientSecret": self.secret, "OAuthSettingsLocation": self.store, "CallbackURL": self.callback,
        }
        return ";".join(f"{key}={{{value}}}" for key, value in (own | more).items())

    def refresh_token(self):
        """A fresh one, as if a person had consented."""
        return self.company.control(f"sign-in?client_id={self.id}")["refresh_token"]

    def stored(self):
        return json.loads(self.store.read_text())


@pytest.fixture
def app(company, home, request):
    return App(company, home, re.sub("[^a-z0-9]+", "-", request.node.name))
