"""Reading through engines and sessions, and what it costs."""

import datetime
import decimal
import threading
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session


def test_the_version_is_the_drivers(engine, connection):
    assert engine.dialect.server_version_info >= (0, 1)
    assert engine.dialect.name == "exactonline"


def test_text_with_parameters(connection):
    rows = connection.execute(sa.text("SELECT TOP 3 Code, Name FROM Accounts WHERE Country = :land"), {"land": "NL"}).fetchall()
    assert len(rows) == 3
    assert list(rows[0]._fields) == ["Code", "Name"]


def test_a_session_finds_objects(engine, account, company):
    with Session(engine) as session:
        found = session.query(account).filter_by(Country="NL").order_by(account.Name, account.ID).limit(5).all()
        names = [one.Name for one in session.query(account).filter(account.Country == "NL").all()]
        count = session.query(func.count()).select_from(account).scalar()
    assert [one.Name for one in found] == sorted(names)[:5]
    assert count == company.accounts


def test_a_count_is_one_call(engine, account, company):
    with Session(engine) as session:
        session.execute(sa.text(f"SELECT COUNT(*) FROM Accounts WHERE {company.never_asked('Created')}")).scalar()
    assert company.calls() == 1


def test_text_columns_give_text_whatever_the_service_keeps(connection):
    line = sa.table(
        "Accounts",
        *(sa.column(name, sa.String) for name in ("ID", "Created", "IsSales", "CreditLinePurchase", "Division")),
    )
    row = connection.execute(select(line).where(line.c.CreditLinePurchase == "0.1").limit(1)).one()
    assert [type(value) for value in row] == [str] * 5
    assert (row.IsSales, row.CreditLinePurchase, row.Division) == ("True", "0.1", "5512")
    assert datetime.datetime.fromisoformat(row.Created)


@pytest.mark.parametrize(
    ("value", "text"), [(1e15, "1000000000000000"), (0.1, "0.1"), (1000.0, "1000"), (-2.5e-7, "-0.00000025")]
)
def test_shortest_decimals(connection, value, text):
    assert connection.execute(select(sa.type_coerce(sa.cast(value, sa.Float(53)), sa.String))).scalar() == text


def test_a_byte_that_means_yes_or_no_is_true_or_false_as_text(engine, account):
    with Session(engine) as session:
        total = session.query(func.count(account.ID)).scalar()
        no = session.query(account.IsCompetitor).filter_by(IsCompetitor="False").all()
        yes = session.query(account.IsCompetitor.label("x")).filter(account.IsCompetitor == "True").all()
        inner = select(account.IsCompetitor).where(account.IsCompetitor == "False").limit(1).subquery()
        nested = session.execute(select(inner.c.IsCompetitor)).scalar()
    assert {row.IsCompetitor for row in no} == {"False"} and {row.x for row in yes} <= {"True"}
    assert len(no) + len(yes) == total
    assert nested == "False"


def test_a_byte_that_counts_stays_a_number_as_text(connection):
    terms = sa.Table("Accounts", sa.MetaData(), sa.Column("AddressSource", sa.String), schema="crm")
    found = connection.execute(select(terms.c.AddressSource).where(terms.c.AddressSource.is_not(None)).limit(1)).scalar()
    assert found is None or found.isdigit()


def test_mapped_types_that_differ_from_the_services(connection):
    line = sa.Table(
        "TransactionLines",
        sa.MetaData(),
        sa.Column("ID", sa.String),
        sa.Column("AmountDC", sa.Numeric(18, 2)),
        sa.Column("Date", sa.Date),
        schema="financialtransaction",
    )
    row = connection.execute(select(line).where(line.c.AmountDC != 0, line.c.Date >= datetime.date(2020, 1, 1)).limit(1)).one()
    assert type(row.AmountDC) is decimal.Decimal and row.AmountDC.as_tuple().exponent == -2
    assert type(row.Date) is datetime.date
    assert uuid.UUID(row.ID)
    same = [line.c.ID == row.ID, line.c.AmountDC == row.AmountDC, line.c.Date == row.Date]
    again = connection.execute(select(func.count()).where(*same))
    assert again.scalar() == 1


def test_a_boolean_may_be_a_byte(connection):
    accounts = sa.Table("Accounts", sa.MetaData(), sa.Column("IsCompetitor", sa.Boolean), sa.Column("IsSales", sa.Boolean))
    row = connection.execute(select(accounts).where(accounts.c.IsCompetitor.is_(False)).limit(1)).one()
    assert row.IsCompetitor is False and row.IsSales in (True, False)


def test_guids(connection):
    accounts = sa.Table("Accounts", sa.MetaData(), autoload_with=connection)
    found = connection.execute(select(accounts.c.ID).limit(1)).scalar()
    assert isinstance(found, uuid.UUID)
    for spelled in (found, str(found), str(found).upper(), found.hex):
        assert connection.execute(select(accounts.c.ID).where(accounts.c.ID == spelled)).scalar() == found
    literal = str(select(accounts.c.ID).where(accounts.c.ID == found).compile(connection, compile_kwargs={"literal_binds": True}))
    assert connection.execute(sa.text(literal)).scalar() == str(found)


def test_expressions_the_service_does_not_know(connection, account):
    by_country = (
        select(
            account.Country,
            func.count().label("accounts"),
            func.min(sa.extract("year", account.Created)).label("first"),
            sa.case((func.count() > 100, "many"), else_="few").label("size"),
        )
        .where(account.Name.ilike("%a%"), account.Country.in_(["NL", "BE"]), ~account.Country.in_([]))
        .group_by(account.Country)
        .order_by(account.Country.desc())
    )
    rows = connection.execute(by_country).fetchall()
    assert [row.Country for row in rows] == ["NL", "BE"]
    assert all(row.size == ("many" if row.accounts > 100 else "few") and row.first > 2000 for row in rows)


@pytest.mark.parametrize("text", ["50%", "a_b", "back\\slash", "sl/ash", "plain"])
def test_a_search_for_text_with_wildcards(connection, text):
    words = ["50%", "a_b", "axb", "back\\slash", "sl/ash", "plain", "500"]
    listed = sa.union_all(*(select(sa.literal(word).label("word")) for word in words)).subquery()
    contains = select(listed.c.word).where(listed.c.word.contains(text, autoescape=True))
    assert connection.execute(contains).scalars().all() == [text]
    prefixed = select(listed.c.word).where(listed.c.word.startswith(text, autoescape=True))
    assert connection.execute(prefixed).scalars().all() == [text]


def test_another_division_by_its_schema(connection):
    accounts = sa.Table("Accounts", sa.MetaData(), autoload_with=connection, schema="5515.crm")
    assert '"5515".crm."Accounts"' in str(select(accounts.c.ID).compile(connection))
    assert connection.execute(select(accounts.c.Division).distinct()).scalars().all() == [5515]


def test_a_statement_is_compiled_once(engine, account):
    cache = engine._compiled_cache
    with engine.connect() as connection:
        for country in ("NL", "BE", "DE"):
            connection.execute(select(account.ID).where(account.Country == country, account.Name.in_(["a", "b"])).limit(1))
    assert len(cache) == 1


@pytest.mark.parametrize("option", ["stream_results", "yield_per"])
def test_rows_arrive_while_pages_are_still_to_come(engine, company, option):
    lines = sa.text(f"SELECT ID, AmountDC FROM financialtransaction.TransactionLines WHERE {company.never_asked('Created')}")
    with engine.connect() as connection:
        options = {option: True if option == "stream_results" else 500}
        result = connection.execution_options(**options).execute(lines)
        first = result.fetchmany(10)
        assert len(first) == 10
        early = company.calls()
        result.close()
    assert 1 <= early <= 4 < company.lines // 1_000


def test_a_ping_before_use_makes_no_call(company):
    engine = sa.create_engine(f"exactonline://{company.dsn}", pool_pre_ping=True)
    for _ in range(3):
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT 1")).scalar() == 1
    assert engine.pool.checkedin() == 1
    assert company.control("requests") == []
    engine.dispose()


def test_connections_are_pooled_and_threads_have_their_own(engine, account):
    found = []

    def count():
        with engine.connect() as connection:
            found.append(connection.execute(select(func.count()).select_from(account)).scalar())

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


def test_a_lost_connection_is_replaced(company, engine):
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
    raw.close()
    with pytest.raises(sa.exc.DBAPIError) as raised, engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
    assert raised.value.connection_invalidated
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1


def test_isolation_levels(engine):
    with engine.connect() as connection:
        assert connection.get_isolation_level() == connection.default_isolation_level == "READ COMMITTED"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.get_isolation_level() == "AUTOCOMMIT"
        assert connection.connection.dbapi_connection.autocommit
    with engine.connect() as connection:
        assert not connection.connection.dbapi_connection.autocommit
        with pytest.raises(sa.exc.ArgumentError, match="Invalid value 'SERIALIZABLE'"):
            connection.execution_options(isolation_level="SERIALIZABLE")


def test_a_mistake_has_the_drivers_own_words(connection):
    with pytest.raises(sa.exc.ProgrammingError, match="There is no column nmae") as raised:
        connection.execute(sa.text("SELECT nmae FROM Accounts"))
    assert raised.value.orig.args[0] == "42S22"


def test_tables_cannot_be_made_but_need_not_be(engine, account):
    account.metadata.create_all(engine)
    with pytest.raises(sa.exc.CompileError, match="cannot be created, changed or dropped: DropTable"):
        account.metadata.drop_all(engine)
    other = sa.MetaData()
    sa.Table("Mine", other, sa.Column("x", sa.Integer))
    with pytest.raises(sa.exc.CompileError, match="cannot be created, changed or dropped: CreateTable"):
        other.create_all(engine)
