"""Programs in processes of their own: a driver manager reads its configuration once in a process."""

import configparser
import json
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent


@pytest.fixture
def apart(company, home, tmp_path):
    """Runs a program of this folder with other settings in odbcinst.ini; gives the JSON that it prints."""

    def run(program, *arguments, driver=(), everywhere=(), environment=(), timeout=60):
        registration = configparser.ConfigParser(interpolation=None)
        registration.optionxform = str
        registration.read(home / "system" / "odbcinst.ini")
        registration["Exact Online"].update(driver)
        registration["ODBC"] = dict(everywhere)
        with open(tmp_path / "odbcinst.ini", "w") as file:
            registration.write(file)
        variables = os.environ | {"ODBCSYSINI": str(tmp_path), "PYTHONPATH": str(HERE)} | dict(environment)
        command = [sys.executable, str(HERE / "programs" / program), f"DSN={company.dsn}", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, timeout=timeout, encoding="utf-8", env=variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run
