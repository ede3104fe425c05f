"""The connection properties of the driver, by all their names; the front page's table says what they mean."""

from __future__ import annotations

import difflib

from sqlalchemy.exc import ArgumentError

NAMES = (
    "Region",
    "Division",
    "Database",
    "OnDivisionError",
    "Catalogs",
    "BaseUrl",
    "URL",
    "InitiateOAuth",
    "OAuthClientId",
    "UID",
    "User",
    "ClientId",
    "OAuthClientSecret",
    "PWD",
    "Password",
    "ClientSecret",
    "CallbackURL",
    "OAuthCallbackURL",
    "OAuthSettingsLocation",
    "OAuthAccessToken",
    "OAuthRefreshToken",
    "OAuthExpiresIn",
    "OAuthTokenTimestamp",
    "OAuthVerifier",
    "Readonly",
    "DryRun",
    "Journal",
    "Timeout",
    "MaxRows",
    "Pagesize",
    "MaxApiCalls",
    "BudgetReserve",
    "Pushdown",
    "StringComparison",
    "MemoryLimit",
    "Tables",
    "Schemas",
    "BrowsableSchemas",
    "HistoricTables",
    "DefaultStringSize",
    "MaximumColumnSize",
    "MapToWVarchar",
    "MapGuid",
    "UpperCaseIdentifiers",
    "EnableForeignKeyDetection",
    "IncludeDualTable",
    "MapBigintToVarchar",
    "LimitKeySize",
    "ProxyServer",
    "ProxyPort",
    "ProxyUser",
    "ProxyPassword",
    "ProxyAutoDetect",
    "ProxyExceptions",
    "SSLServerCert",
    "Logfile",
    "Verbosity",
    "MaxLogFileSize",
    "MaxLogFileCount",
    "RTK",
    "BatchSize",
    "ConnectionLifeTime",
    "UseConnectionPooling",
    "PoolIdleTimeout",
    "PoolMaxSize",
    "PoolMinSize",
    "PoolWaitTime",
    "DefaultDomain",
    "SupportEnhancedSQL",
    "Location",
    "Other",
)


def folded(name: str) -> str:
    """The name as the driver compares it: case, blanks and underscores do not matter."""
    return name.replace(" ", "").replace("_", "").lower()


_SPELLED = {folded(name): name for name in NAMES}


def spelled(name: str) -> str | None:
    """The documented spelling of a property's name, or None where the driver has no such property."""
    return _SPELLED.get(folded(name))


def refuse(unknown: list[str]) -> None:
    """Reports by name the options that are no properties, each with the nearest one that is. Never their values."""
    if not unknown:
        return
    told = []
    for name in unknown:
        near = difflib.get_close_matches(folded(name), _SPELLED, n=1)
        told.append(f"{name!r} (did you mean {_SPELLED[near[0]]!r}?)" if near else repr(name))
    raise ArgumentError(f"Unknown option of an exactonline URL: {', '.join(told)}")
