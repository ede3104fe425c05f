"""From the URL of `create_engine` to the connection string of the driver.

| URL | means |
|---|---|
| `exactonline:///?Region=NL&Division=5512` | properties of the driver, values bare, in quotes or percent-encoded |
| `exactonline://MyCompany`, `exactonline://MyCompany/5513` | a data source, and a division instead of its own |
| `exactonline://client-id:secret@/5512?Region=NL` | the app registration as user and password |
| `exactonline+pyodbc:///?odbc_connect=DSN%3DMyCompany` | a connection string, handed on as it is |
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Union

from sqlalchemy.exc import ArgumentError

from . import properties

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

REGISTERED = "Exact Online"
"""The name under which the driver is registered with the driver manager."""

Option = Union[str, Sequence[str]]


def library() -> pathlib.Path | None:
    """The driver's library that a platform wheel brought along, if this is one."""
    folder = pathlib.Path(__file__).parent / "library"
    return next(iter(sorted(folder.glob("*exactodbc.*"))), None)


def default_driver() -> str:
    """What `Driver=` is where nobody says: unixODBC takes a library's path, other managers only registered drivers."""
    bundled = library() if sys.platform.startswith("linux") else None
    return REGISTERED if bundled is None else str(bundled)


def connection_string(url: URL) -> str:
    """The connection string of a URL.

    Raises ArgumentError for what stands in the URL and is no property of the driver.
    """
    if url.port is not None:
        raise ArgumentError(
            f"exactonline://{url.host}:{url.port}: a data source has no port; another service is named by BaseUrl=…"
        )
    given = {name: _only(name, value) for name, value in url.query.items()}
    whole = _take(given, "odbcconnect")
    driver = _take(given, "driver")
    source = _take(given, "dsn") or url.host
    known = _known(given)
    for name, value in (
        ("OAuthClientId", url.username),
        ("OAuthClientSecret", url.password),
        ("Division", url.database),
    ):
        if value:
            known.setdefault(name, str(value))
    parts = [f"{name}={_quoted(value)}" for name, value in known.items()]
    if whole is not None:
        return ";".join([whole.rstrip("; "), *parts])
    first = f"DSN={_quoted(source)}" if source else f"Driver={_quoted(driver or default_driver())}"
    return ";".join([first, *parts])


def _only(name: str, value: Option) -> str:
    if not isinstance(value, str):
        raise ArgumentError(f"The option {name!r} stands more than once in the exactonline URL")
    return _unquoted(value.strip())


def _unquoted(value: str) -> str:
    quote = value[:1]
    if quote in ("'", '"') and len(value) > 1 and value.endswith(quote):
        return value[1:-1].replace(quote * 2, quote)
    if value.startswith("{") and value.endswith("}"):
        return value[1:-1].replace("}}", "}")
    return value


def _take(given: dict[str, str], wanted: str) -> str | None:
    name = next((name for name in given if properties.folded(name) == wanted), None)
    return None if name is None else given.pop(name)


def _known(given: Mapping[str, str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for name, value in given.items():
        spelled = properties.spelled(name)
        if spelled in known:
            raise ArgumentError(f"The option {spelled!r} stands more than once in the exactonline URL")
        if spelled is not None:
            known[spelled] = value
    properties.refuse([name for name in given if properties.spelled(name) is None])
    return known


def _quoted(value: str) -> str:
    """In braces, within which nothing but a closing brace has a meaning."""
    return "{" + value.replace("}", "}}") + "}"
