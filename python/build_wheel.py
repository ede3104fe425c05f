"""Adds the driver's library to a wheel, and names the platform that it runs on.

    EXACT_LIBRARY=…/libexactodbc.so pip wheel --no-deps ./python

THIRD-PARTY-LICENSES.html in the library's folder or in `dist` comes along. The program `exact-odbc` does not: it is
linked to a driver manager, which a wheel for many distributions may not expect. Without EXACT_LIBRARY the wheel is pure
Python, for those who installed the driver.
"""

from __future__ import annotations

import os
import pathlib
import re
import sysconfig
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LibraryHook(BuildHookInterface[Any]):
    """One library, no Python of a certain version: the tag is `py3-none-<platform>`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        named = os.environ.get("EXACT_LIBRARY")
        if not named or version == "editable":
            return
        library = pathlib.Path(named).resolve(strict=True)
        build_data["force_include"][str(library)] = f"exactonline/library/{library.name}"
        for folder in (library.parent, pathlib.Path(self.root).parent / "dist"):
            licences = folder / "THIRD-PARTY-LICENSES.html"
            if licences.exists():
                build_data["force_include"][str(licences)] = f"exactonline/library/{licences.name}"
                break
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_of(library)}"


def platform_of(library: pathlib.Path) -> str:
    """The platform tag; on Linux by the newest symbol of GNU's C library that the library asks for (PEP 600)."""
    platform = re.sub("[-.]", "_", sysconfig.get_platform())
    if not platform.startswith("linux_"):
        return platform
    versions = {tuple(map(int, found)) for found in re.findall(rb"\0GLIBC_(\d+)\.(\d+)\0", library.read_bytes())}
    if not versions:
        return platform
    newest = max(versions)
    return platform.replace("linux_", f"manylinux_{newest[0]}_{newest[1]}_")
