"""Takes pictures of LibreOffice Base and Calc that read a data source: libreoffice.py DSN FOLDER.

Needs a screen, and the system's Python, for which LibreOffice's package python3-uno is made. `make` beside this file calls it.
"""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import uno
from com.sun.star.awt.PosSize import POSSIZE
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

DSN, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
WIDTH, HEIGHT = 1000, 640
TABLE, SQL = 0, 1
# The query of the guide itself.
GUIDE = (pathlib.Path(__file__).parents[1] / "README.md").read_text()
QUERY = " ".join(re.search(r"\n\n((?: +SELECT.*\n)(?: .+\n)+)", GUIDE.split("## LibreOffice")[1])[1].split())


@contextlib.contextmanager
def office(folder):
    """The component context of a LibreOffice with a profile of its own."""
    command = ["soffice", "--norestore", "--nologo", "--nodefault", f"-env:UserInstallation=file://{folder}/profile"]
    process = subprocess.Popen([*command, "--accept=pipe,name=pictures;urp;"], start_new_session=True)
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(1_000):
        with contextlib.suppress(NoConnectException):
            context = resolver.resolve("uno:pipe,name=pictures;urp;StarOffice.ComponentContext")
            break
        time.sleep(0.1)
    else:
        raise SystemExit("LibreOffice did not start")
    try:
        yield context
    finally:
        # With the program that the script soffice has started.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def value(name, value):
    return PropertyValue(Name=name, Value=value)


def photograph(name, frame):
    frame.ContainerWindow.setPosSize(0, 0, WIDTH, HEIGHT, POSSIZE)
    frame.ContainerWindow.toFront()
    time.sleep(8)
    screen = subprocess.run(["import", "-window", "root", "-crop", f"{WIDTH}x{HEIGHT}+0+0", "png:-"], capture_output=True, check=True)
    command = ["convert", "-", "+repage", "-colors", "128", "-strip", str(FOLDER / f"{name}.png")]
    subprocess.run(command, input=screen.stdout, check=True)


with tempfile.TemporaryDirectory() as folder, office(folder) as context:
    create = lambda name: context.ServiceManager.createInstanceWithContext(name, context)  # noqa: E731
    desktop, sources = create("com.sun.star.frame.Desktop"), create("com.sun.star.sdb.DatabaseContext")
    source = sources.createInstance()
    source.URL = f"sdbc:odbc:{DSN}"
    file = f"file://{folder}/Exact Online.odb".replace(" ", "%20")
    source.DatabaseDocument.storeAsURL(file, ())
    sources.registerObject("Exact Online", sources.getByName(file))

    calc = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, ())
    sheet = calc.Sheets.getByIndex(0)
    wanted = (value("DatabaseName", "Exact Online"), value("SourceType", SQL), value("SourceObject", QUERY))
    sheet.getCellRangeByName("A1").doImport(wanted)
    photograph("libreoffice-calc", calc.CurrentController.Frame)

    base = desktop.loadComponentFromURL(file, "_blank", 0, ())
    base.CurrentController.connect()
    table = base.CurrentController.loadComponent(TABLE, "5512.crm.Accounts", False)
    photograph("libreoffice-table", table.Frame)
    # Not closed one by one: it would ask what to do with changes.
