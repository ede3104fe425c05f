"""Objects written through a session, and what the service received of them."""

import uuid

import exactonline
import pytest
import sqlalchemy as sa
from sqlalchemy import Column, String, create_engine, func, select
from sqlalchemy.orm import Session, declarative_base, sessionmaker


@pytest.fixture
def writing(company):
    engine = create_engine(f"exactonline://{company.dsn}?Readonly=false")
    yield engine
    engine.dispose()


def sent(company):
    """The writes that the service received since the last reset."""
    return [
        (one["method"], one["path"].split("/5512/")[-1].split("(")[0]) for one in company.requests() if one["method"] != "GET"
    ]


@pytest.fixture
def accounts():
    """A class of its own for a test that maps what is no key as the key."""

    class Accounts(declarative_base()):
        __tablename__ = "Accounts"
        Name = Column(String, primary_key=True)
        CreditLinePurchase = Column(String)
        City = Column(String)
        IsCompetitor = Column(String)

    return Accounts


def test_the_program_of_a_user(company):
    """As it stands in many a manual, apart from the spelling of the URL."""
    url = f"exactonline:///?BaseUrl='{company.base_url}'&Division='{company.division}'"
    base = declarative_base()

    class Accounts(base):
        __tablename__ = "Accounts"
        Name = Column(String, primary_key=True)
        CreditLinePurchase = Column(String)
        IsCompetitor = Column(String)

    engine = create_engine(url)
    factory = sessionmaker(bind=engine)
    session = factory()
    found = 0
    for instance in session.query(Accounts).filter_by(IsCompetitor="False"):
        assert instance.Name and instance.IsCompetitor == "False"
        found += 1
    assert found > 0

    Accounts_table = Accounts.metadata.tables["Accounts"]  # noqa: N806
    for instance in session.execute(Accounts_table.select().where(Accounts_table.c.IsCompetitor == "False")):
        assert instance.IsCompetitor == "False"

    session.add(Accounts(Name="placeholder", IsCompetitor="False"))
    session.commit()
    assert sent(company) == [("POST", "crm/Accounts")]

    updated = session.query(Accounts).filter_by(Name="placeholder").first()
    updated.IsCompetitor = "True"
    session.commit()
    assert sent(company)[1:] == [("PUT", "crm/Accounts")]
    assert session.query(Accounts).filter_by(Name="placeholder").first().IsCompetitor == "True"

    deleted = session.query(Accounts).filter_by(Name="placeholder").first()
    session.delete(deleted)
    session.commit()
    assert sent(company)[2:] == [("DELETE", "crm/Accounts")]
    assert session.query(Accounts).filter_by(Name="placeholder").first() is None
    session.close()
    engine.dispose()


def insert(engine, *names):
    table = sa.table("Accounts", sa.column("Name"))
    with engine.begin() as connection:
        connection.execute(sa.insert(table), [{"Name": name} for name in names])


@pytest.mark.parametrize("level", ["READ COMMITTED", "AUTOCOMMIT"])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_an_object_whose_key_is_not_unique_is_not_written(company, writing, accounts, change, level):
    name = f"twice {uuid.uuid4()}"
    insert(writing, name, name, f"{name} not")
    company.reset()
    with Session(writing.execution_options(isolation_level=level)) as session:
        other = session.get(accounts, f"{name} not")
        one = session.query(accounts).filter_by(Name=name).first()
        if level != "AUTOCOMMIT":
            other.City = "Delft"
        if change == "update":
            one.City = "Gouda"
        else:
            session.delete(one)
        with pytest.raises(
            exactonline.TooManyRowsError, match=rf"{change.upper()} of one object .* 2 rows.*\(Name\).*Nothing"
        ) as raised:
            session.commit()
        assert "ID" in str(raised.value)
        session.rollback()
        assert sent(company) == []
        assert session.query(func.count()).select_from(accounts).filter(accounts.Name == name).scalar() == 2
    # A query that means them all is no flush.
    with Session(writing) as session:
        session.query(accounts).filter(accounts.Name.like(f"{name}%")).delete(synchronize_session=False)
        session.commit()
    assert sent(company) == [("DELETE", "crm/Accounts")] * 3


def test_several_objects_are_changed_and_counted(company, writing, accounts):
    names = [f"several {uuid.uuid4()}" for _ in range(3)]
    insert(writing, *names)
    company.reset()
    with Session(writing) as session:
        for one in session.query(accounts).filter(accounts.Name.in_(names)):
            one.City = "Delft"
        session.commit()
        assert sent(company) == [("PUT", "crm/Accounts")] * 3
        for one in session.query(accounts).filter(accounts.Name.in_(names)):
            session.delete(one)
        session.commit()
    assert sent(company)[3:] == [("DELETE", "crm/Accounts")] * 3


def test_a_rollback_sends_nothing(company, writing, accounts):
    company.reset()
    with Session(writing) as session:
        session.add(accounts(Name="never", IsCompetitor="False"))
        session.flush()
        assert session.query(accounts.Name).filter_by(Name="never").scalar() == "never", "reads see what is queued"
        session.rollback()
        assert session.query(accounts.Name).filter_by(Name="never").scalar() is None
    assert sent(company) == []


def test_the_key_of_a_new_row_comes_back(company, writing):
    table = sa.Table("Accounts", sa.MetaData(), autoload_with=writing)
    with writing.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        made = connection.execute(table.insert().values(Name="keyed")).inserted_primary_key
        assert isinstance(made.ID, uuid.UUID)
        row = connection.execute(
            table.insert().values(Name="returned").returning(table.c.ID, table.c.Name, table.c.Created)
        ).one()
        assert row.Name == "returned" and row.Created
        assert connection.execute(table.delete().where(table.c.ID.in_([made.ID, row.ID]))).rowcount == 2


@pytest.mark.skipif(sa.__version__.startswith("1."), reason="SQLAlchemy 1.4 returns the rows of one INSERT only")
def test_many_rows_and_their_keys(company, writing):
    table = sa.Table("Accounts", sa.MetaData(), autoload_with=writing)
    rows = [{"Name": f"many {number}"} for number in range(5)]
    company.reset()
    with writing.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        made = connection.execute(table.insert().returning(table.c.ID, table.c.Name, sort_by_parameter_order=True), rows).all()
        assert [row.Name for row in made] == [row["Name"] for row in rows]
        assert len({row.ID for row in made}) == 5
        assert sent(company) == [("POST", "crm/Accounts")] * 5
        for row in made:
            assert connection.execute(select(table.c.Name).where(table.c.ID == row.ID)).scalar() == row.Name
        connection.execute(table.delete().where(table.c.ID.in_([row.ID for row in made])))


def test_a_connection_that_only_reads_says_so(engine, accounts):
    with Session(engine) as session:
        session.add(accounts(Name="refused"))
        with pytest.raises(sa.exc.DBAPIError, match="(?i)read-only|Readonly"):
            session.commit()
