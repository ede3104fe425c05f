"""Programs as users have them, run as they stand: nothing about the simulated company is said in them."""

import importlib.util
import pathlib
import re
import textwrap

import pytest
from python.exact_online import exact_online

MANUAL = pathlib.Path(__file__).parents[2] / "python" / "README.md"

PROGRAM = """
from sqlalchemy import create_engine, Column, String
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.orm import sessionmaker

engine = create_engine(
    "exactonline:///?Region=United States&Division=5512&InitiateOAuth=GETANDREFRESH&OAuthSettingsLocation=/path/OAuthSettings.txt"
)

base = declarative_base()


class Accounts(base):
    __tablename__ = "Accounts"
    Name = Column(String, primary_key=True)
    CreditLinePurchase = Column(String)
    IsCompetitor = Column(String)


factory = sessionmaker(bind=engine)
session = factory()
for instance in session.query(Accounts).filter_by(IsCompetitor="False"):
    print("query:", repr(instance.Name), instance.CreditLinePurchase, instance.IsCompetitor, sep="|")

Accounts_table = Accounts.metadata.tables["Accounts"]
for instance in session.execute(Accounts_table.select().where(Accounts_table.c.IsCompetitor == "False")):
    print("select:", repr(instance.Name), instance.CreditLinePurchase, instance.IsCompetitor, sep="|")

new_record = Accounts(Name="placeholder", IsCompetitor="False")
session.add(new_record)
session.commit()

updated_record = session.query(Accounts).filter_by(Name="placeholder").first()
updated_record.IsCompetitor = "True"
session.commit()
print("updated:", session.query(Accounts).filter_by(Name="placeholder").first().IsCompetitor)

deleted_record = session.query(Accounts).filter_by(Name="placeholder").first()
session.delete(deleted_record)
session.commit()
print("left:", session.query(Accounts).filter_by(Name="placeholder").count())
"""


@pytest.fixture(scope="module")
def machine(demo, tmp_path_factory):
    """A user's machine, with the driver registered."""
    with exact_online(tmp_path_factory.mktemp("machine")) as machine:
        yield machine


def test_the_program_of_a_user_after_one_login(machine):
    machine.login("US")
    said = machine.run(PROGRAM).splitlines()
    found = [line.split("|") for line in said if line.startswith(("query:", "select:"))]
    assert len(found) > 100 and {line[-1] for line in found} == {"False"}
    assert [line for line in said if line.startswith(("updated:", "left:"))] == ["updated: True", "left: 0"]
    assert machine.sent() == [("POST", "crm/Accounts"), ("PUT", "crm/Accounts"), ("DELETE", "crm/Accounts")]


def blocks(text):
    """The indented blocks of a page, by the headings above them."""
    found = {}
    for section in re.split(r"^#+ ", text, flags=re.MULTILINE):
        heading, _, body = section.partition("\n")
        indented = re.findall(r"(?<=\n\n)(?: {4}.*\n|\n)+", f"\n{body}")
        if indented:
            found[heading] = textwrap.dedent("".join(indented))
    return found


@pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="data frames are tried with the newest SQLAlchemy")
def test_what_people_do_first_stands_in_the_manual(machine):
    programs = blocks(MANUAL.read_text().split("## Ten things that people do first")[1].split("## Limits")[0])
    assert [heading[:2] for heading in programs] == [*(f"{number}." for number in range(1, 10)), "10", "In"]
    machine.login("NL")
    machine.exact_odbc("dsn", "add", "MyCompany", "Region=NL", "Division=5512")
    machine.run(
        "import sqlalchemy\n"
        "with sqlalchemy.create_engine('exactonline://MyCompany?Readonly=false').begin() as connection:\n"
        "    connection.exec_driver_sql(\"INSERT INTO Accounts (Name) VALUES ('Old customer')\")"
    )
    before = machine.sent()
    said = machine.run(
        "\n".join(f"print({heading!r}, end='\\0')\n{program}\nprint(end='\\0')" for heading, program in programs.items())
    )
    parts = said.split("\0")[:-1]
    lines = {heading: text.splitlines() for heading, text in zip(parts[::2], parts[1::2])}
    assert list(lines) == list(programs)
    talkative = {heading[:2]: text for heading, text in lines.items() if text}
    assert sorted(talkative) == ["2.", "4.", "9."]
    assert len(talkative["2."]) > 50 and re.fullmatch(r"\d+ .+", talkative["2."][0])
    assert len(talkative["4."]) > 100
    assert "'crm.Accounts'" in talkative["9."][0]
    assert machine.sent()[len(before) :] == [("POST", "crm/Accounts"), ("PUT", "crm/Accounts")]


@pytest.mark.skipif(importlib.util.find_spec("arrow_odbc") is None, reason="Arrow is tried with the newest SQLAlchemy")
def test_arrow_needs_no_source_after_one_login(machine):
    machine.login("NL")
    said = machine.run(
        "import exactonline\nprint(exactonline.read_arrow('SELECT DISTINCT Division FROM crm.Accounts').to_pylist())"
    )
    assert said == "[{'Division': 5512}]\n"
