"""The connectors for Power BI and Tableau are well-formed, and are packed as they stand. What they say is for tests/abi."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

CONNECTORS = Path(__file__).parents[2] / "connectors"
SOURCE = CONNECTORS / "powerbi" / "ExactOnline.pq"


def parse(path: Path) -> subprocess.CompletedProcess:
    program = Path(__file__).parent / "node" / "power-query.js"
    return subprocess.run(["node", program, path], capture_output=True, text=True)


def test_the_package_holds_the_source_and_comes_out_the_same_each_time(tmp_path):
    packages = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        subprocess.run([sys.executable, CONNECTORS / "build", folder], check=True, capture_output=True)
        packages.append((folder / "ExactOnline.mez").read_bytes())
    assert packages[0] == packages[1]
    with zipfile.ZipFile(tmp_path / "one" / "ExactOnline.mez") as package:
        assert package.namelist() == ["ExactOnline.pq"]
        assert package.read("ExactOnline.pq") == SOURCE.read_bytes()


def test_the_connector_is_power_query(tmp_path):
    found = ["node", "-e", "require.resolve('@microsoft/powerquery-parser')"]
    if shutil.which("node") is None or subprocess.run(found, capture_output=True).returncode != 0:
        pytest.skip("Microsoft's parser of Power Query is not installed")
    whole = parse(SOURCE)
    assert whole.returncode == 0, whole.stderr
    spoilt = tmp_path / "spoilt.pq"
    spoilt.write_text(SOURCE.read_text().replace("CommandTimeout = ", "CommandTimeout "))
    assert parse(spoilt).returncode == 1


def test_the_file_for_tableau_is_of_its_form():
    root = ElementTree.parse(CONNECTORS / "tableau" / "exact-online.tdc").getroot()
    assert root.tag == "connection-customization" and root.get("class") == "genericodbc"
    assert [child.tag for child in root] == ["vendor", "driver", "customizations"]
    names = [one.get("name") for one in root.find("customizations")]
    assert len(names) == len(set(names))
    assert all(name.startswith(("CAP_", "SQL_")) for name in names)
