"""Wheels, each in an environment of its own: the pure one for those who installed the driver, and one with the library."""

import base64
import csv
import hashlib
import importlib.metadata
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import venv
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = ROOT / "python"
LIBRARY = pathlib.Path(os.environ["EXACT_PROGRAMS"]) / "libexactodbc.so"

PROGRAM = """
import sys
import sqlalchemy
from exactonline import connecting
engine = sqlalchemy.create_engine(sys.argv[1])
with engine.connect() as connection:
    print(connection.execute(sqlalchemy.text("SELECT COUNT(*) FROM Accounts")).scalar(), connecting.default_driver())
"""


def built(folder, library=None):
    """The wheel's path. What the builder needs is installed with the tests."""
    environment = {name: value for name, value in os.environ.items() if name != "EXACT_LIBRARY"}
    if library is not None:
        environment["EXACT_LIBRARY"] = str(library)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(PACKAGE)]
    subprocess.run(command, check=True, env=environment)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The Python of a new environment without any package."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


@pytest.fixture
def clean(environment):
    """Runs the program in the new environment, with a wheel and what it depends on."""

    def run(wheel, url, **variables):
        # Of the versions that the tests run with.
        versions = [f"{name}=={importlib.metadata.version(name)}" for name in ("SQLAlchemy", "pyodbc")]
        subprocess.run([environment, "-m", "pip", "install", "-q", str(wheel), *versions], check=True)
        try:
            return printed([environment, "-c", PROGRAM, url], **variables)
        finally:
            subprocess.run([environment, "-m", "pip", "uninstall", "-q", "-y", "sqlalchemy-exactonline"], check=True)

    return run


def printed(command, **variables):
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    count, driver = done.stdout.split(maxsplit=1)
    return int(count), driver.strip()


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The driver's library as it is shipped: without what only a debugger reads."""
    stripped = tmp_path_factory.mktemp("library") / LIBRARY.name
    if shutil.which("strip"):
        subprocess.run(["strip", "-o", str(stripped), str(LIBRARY)], check=True)
    else:
        shutil.copy(LIBRARY, stripped)
    return stripped


@pytest.fixture
def nothing_registered(tmp_path):
    """The environment of a user for whom no driver and no data source is registered anywhere."""
    folder = tmp_path / "unixodbc"
    folder.mkdir()
    return {"ODBCSYSINI": str(folder), "ODBCINI": str(folder / "odbc.ini")}


def check(wheel):
    """The record of its files is true, its metadata is what package indexes take, and its licence is there."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        record = next(name for name in names if name.endswith(".dist-info/RECORD"))
        rows = {name: (digest, size) for name, digest, size in csv.reader(io.StringIO(archive.read(record).decode()))}
        assert sorted(rows) == sorted(names) and rows.pop(record) == ("", "")
        for name, (digest, size) in rows.items():
            content = archive.read(name)
            found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (f"sha256={found}", str(len(content))) == (digest, size), name
    assert {"exactonline/py.typed", record.replace("RECORD", "licenses/LICENSE")} <= set(names)
    said = tool("twine", "check", "--strict", wheel)
    assert "PASSED" in said, said
    return names


def tool(name, *arguments):
    done = subprocess.run([sys.executable, "-m", name, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_wheel_with_the_library_connects_though_no_driver_is_registered(company, tmp_path, library, clean, nothing_registered):
    licences = library.with_name("THIRD-PARTY-LICENSES.html")
    licences.write_text("<p>of crates</p>")
    wheel = built(tmp_path, library)
    platform = re.fullmatch(r"sqlalchemy_exactonline-[\d.]+-py3-none-(manylinux_2_\d+_\w+)\.whl", wheel.name)[1]
    assert {"exactonline/library/libexactodbc.so", f"exactonline/library/{licences.name}"} <= set(check(wheel))
    # It asks for nothing that the platform of its name has not, nor for more libraries.
    assert f'tag: "{platform}"' in " ".join(tool("auditwheel", "show", wheel).split())
    url = f"exactonline:///{company.division}?BaseUrl={company.base_url}"
    count, driver = clean(wheel, url, **nothing_registered)
    assert count == company.accounts
    assert driver.endswith("/exactonline/library/libexactodbc.so")
    written = [file.read_text() for file in pathlib.Path(nothing_registered["ODBCSYSINI"]).iterdir()]
    assert "".join(written).strip() == "", "nothing is registered"


def test_a_pure_wheel_finds_the_registered_driver(company, tmp_path, clean):
    wheel = built(tmp_path)
    assert re.fullmatch(r"sqlalchemy_exactonline-[\d.]+-py3-none-any\.whl", wheel.name)
    assert not any("library" in name for name in check(wheel))
    assert clean(wheel, f"exactonline://{company.dsn}") == (company.accounts, "Exact Online")


def test_a_library_may_be_named_in_the_url(company, nothing_registered):
    url = f"exactonline:///{company.division}?BaseUrl={company.base_url}&Driver={LIBRARY}"
    count, _ = printed([sys.executable, "-c", PROGRAM, url], **nothing_registered)
    assert count == company.accounts
