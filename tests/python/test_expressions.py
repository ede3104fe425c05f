"""Expressions of SQLAlchemy that the driver has its own words for, each with an answer that is known from elsewhere."""

import collections
import datetime
import decimal
import enum
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy import func, literal, select

SQLALCHEMY_2 = not sa.__version__.startswith("1.")
new_in_2 = pytest.mark.skipif(not SQLALCHEMY_2, reason="new in SQLAlchemy 2")
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def accounts():
    columns = [sa.Column("ID", sa.String, primary_key=True), sa.Column("Code", sa.String), sa.Column("Name", sa.String)]
    return sa.Table("Accounts", sa.MetaData(), *columns, sa.Column("Country", sa.String), sa.Column("IsSales", sa.Boolean))


@pytest.fixture(scope="module")
def invoices():
    columns = [sa.Column("InvoiceID", sa.String, primary_key=True), sa.Column("InvoiceNumber", sa.Integer)]
    columns += [sa.Column(name, sa.DateTime) for name in ("InvoiceDate", "DueDate")]
    columns += [sa.Column("AmountDC", sa.Float), sa.Column("OrderedBy", sa.String)]
    return sa.Table("SalesInvoices", sa.MetaData(), *columns, schema="salesinvoice")


@pytest.fixture(scope="module")
def numbers():
    """1, 2, 2, 3 as a table of the statement."""
    rows = (select(literal(number).label("n")) for number in (1, 2, 2, 3))
    return sa.union_all(*rows).subquery("numbers")


def test_moments_and_spans_between_them(connection, invoices):
    at, due = invoices.c.InvoiceDate, invoices.c.DueDate
    query = select(at, due, due - at, at + (due - at), at + 30 * DAY, at - datetime.timedelta(milliseconds=1)).limit(1)
    found = connection.execute(query).one()
    assert found[2:] == (found[1] - found[0], found[1], found[0] + 30 * DAY, found[0] - datetime.timedelta(milliseconds=1))
    count = select(func.count()).select_from(invoices)
    total = connection.execute(count.where(at.is_not(None), due.is_not(None))).scalar()
    longer = connection.execute(count.where(due - at > found[1] - found[0])).scalar()
    not_longer = connection.execute(count.where(due - at <= found[1] - found[0])).scalar()
    assert longer + not_longer == total and not_longer > 0
    spans = connection.execute(select(func.min(due - at), func.max(due - at))).one()
    assert all(type(span) is datetime.timedelta for span in spans) and spans[0] <= spans[1]
    span = datetime.timedelta(days=-2, hours=3, microseconds=7)
    assert connection.execute(select(literal(span))).scalar() == span


def test_a_moment_before_now_is_left_to_the_service(connection, invoices, company):
    query = select(func.count()).select_from(invoices).where(invoices.c.InvoiceDate >= func.current_date() - 400 * DAY)
    assert connection.execute(query).scalar() > 0
    assert company.calls() == 1


def test_now(connection):
    now, today = connection.execute(select(func.now(), func.current_date())).one()
    assert abs(now - datetime.datetime.now()) < DAY and today == now.date()


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("year", 2024),
        ("quarter", 4),
        ("month", 12),
        ("week", 1),
        ("day", 30),
        ("doy", 365),
        ("hour", 13),
        ("minute", 5),
        ("second", 9),
    ],
)
def test_parts_of_a_moment(connection, part, value):
    moment = literal(datetime.datetime(2024, 12, 30, 13, 5, 9))
    assert connection.execute(select(sa.extract(part, moment))).scalar() == value


def test_windows(connection, numbers):
    n = numbers.c.n

    def of(function, **over):
        query = select(n, function.over(**over)).order_by(n)
        return sorted(row[1] for row in connection.execute(query))

    assert of(func.row_number(), order_by=n) == [1, 2, 3, 4]
    assert of(func.rank(), order_by=n) == [1, 2, 2, 4]
    assert of(func.count(), partition_by=n) == [1, 1, 2, 2]
    assert of(func.sum(n), order_by=n, rows=(-1, 1)) == [3, 5, 5, 7]
    assert of(func.sum(n), order_by=n, rows=(None, 0)) == [1, 3, 5, 8]
    assert of(func.sum(n), order_by=n, range_=(-1, 0)) == [1, 5, 5, 7]
    assert [row[0] for row in connection.execute(select(func.lag(n, 1).over(order_by=n)).order_by(n))] == [None, 1, 2, 2]


def test_aggregates(connection, numbers, accounts):
    n = numbers.c.n
    found = connection.execute(select(func.count(n).filter(n > 1), func.count(n.distinct()), func.any_value(n) > 0)).one()
    assert tuple(found) == (3, 3, True)
    grouped = select(accounts.c.Country, accounts.c.IsSales, func.count()).group_by(
        func.rollup(accounts.c.Country, accounts.c.IsSales)
    )
    by_level = collections.Counter()
    for country, sales, count in connection.execute(grouped):
        by_level[(country is None) + (sales is None)] += count
    assert by_level[0] == by_level[1] == by_level[2] > 0


@new_in_2
def test_texts_of_a_group(connection, numbers):
    text = sa.cast(numbers.c.n, sa.String)
    assert sorted(connection.execute(select(func.aggregate_strings(text, ", "))).scalar().split(", ")) == ["1", "2", "2", "3"]


def test_tables_within_the_statement(connection, accounts, invoices):
    bought = select(invoices.c.OrderedBy, func.count().label("times")).group_by(invoices.c.OrderedBy).cte("bought")
    joined = select(accounts.c.Name, bought.c.times).join_from(accounts, bought, bought.c.OrderedBy == accounts.c.ID)
    most = connection.execute(joined.order_by(bought.c.times.desc(), accounts.c.ID).limit(1)).one()
    own = select(func.count().label("times")).where(invoices.c.OrderedBy == accounts.c.ID)
    each = select(own.scalar_subquery().label("times")).select_from(accounts).subquery()
    correlated = select(func.max(each.c.times))
    lateral = own.lateral("own")
    sideways = select(func.max(lateral.c.times)).select_from(accounts.join(lateral, sa.true()))
    assert most.times == connection.execute(correlated).scalar() == connection.execute(sideways).scalar()
    count = select(literal(1).label("n")).cte("count", recursive=True)
    count = count.union_all(select(count.c.n + 1).where(count.c.n < 5))
    assert connection.execute(select(count.c.n)).scalars().all() == [1, 2, 3, 4, 5]


@new_in_2
def test_values_have_the_types_of_their_columns(connection):
    columns = [sa.column("a", sa.Integer), sa.column("b", sa.String), sa.column("c", sa.Date)]
    rows = [(1, "x", datetime.date(2026, 1, 31)), (2, None, None)]
    assert [tuple(row) for row in connection.execute(select(sa.values(*columns, name="v").data(rows)))] == rows


def test_sets(connection, numbers, accounts):
    def found(query):
        return sorted(connection.execute(query).scalars())

    n = numbers.c.n
    two = select(n).where(n >= 2)
    assert found(sa.intersect(select(n), two)) == [2, 3]
    assert found(sa.except_(select(n), two)) == [1]
    assert found(sa.union(select(n), two)) == [1, 2, 3]
    assert found(select(n).where(n.in_([]))) == [] and found(select(n).where(n.not_in([]))) == [1, 2, 2, 3]
    pair = sa.tuple_(accounts.c.Country, accounts.c.IsSales)
    either = sa.or_(
        *(
            sa.and_(accounts.c.Country == country, accounts.c.IsSales.is_(sales))
            for country, sales in (("NL", True), ("BE", False))
        )
    )
    count = select(func.count()).select_from(accounts)
    of_pairs = connection.execute(count.where(pair.in_([("NL", True), ("BE", False)]))).scalar()
    assert of_pairs == connection.execute(count.where(either)).scalar() > 0
    assert connection.execute(count.where(pair.in_([]))).scalar() == 0


def test_the_first_rows(connection, numbers):
    n = numbers.c.n
    ordered = select(n).order_by(n)

    def found(query):
        return connection.execute(query).scalars().all()

    assert found(ordered.offset(1)) == [2, 2, 3] and found(ordered.slice(1, 2)) == [2]
    assert found(ordered.fetch(2)) == [1, 2] and found(ordered.fetch(2, with_ties=True)) == [1, 2, 2]
    assert found(ordered.fetch(50, percent=True)) == [1, 2]
    assert found(select(n).order_by(n.desc().nulls_last()).limit(1)) == [3]


@new_in_2
def test_division_is_that_of_python(connection, numbers):
    n = numbers.c.n
    found = connection.execute(select(n / 3, n // 2, n % 2).where(n == 1)).one()
    assert abs(found[0] - decimal.Decimal(1) / 3) < decimal.Decimal("1e-12") and tuple(found[1:]) == (0, 1)


def test_texts(connection):
    words = sa.union_all(*(select(literal(word).label("word")) for word in ("Alpha", "beta", "a1"))).subquery()
    word = words.c.word

    def found(condition):
        return sorted(connection.execute(select(word).where(condition)).scalars())

    assert found(word.regexp_match("^a")) == ["a1"] and found(word.regexp_match("^a", flags="i")) == ["Alpha", "a1"]
    assert found(~word.regexp_match("[0-9]$")) == ["Alpha", "beta"]
    assert found(word.ilike("A%")) == ["Alpha", "a1"] and found(word.notilike("A%")) == ["beta"]
    assert found(func.lower(word).startswith("al")) == ["Alpha"]
    built = select((word + "-" + word).label("x"), word.regexp_replace("[a-z]+", "_", flags="g")).where(word == "a1")
    assert tuple(connection.execute(built).one()) == ("a1-a1", "_1")
    with pytest.raises(sa.exc.CompileError, match="no collations"):
        connection.execute(select(word.collate("nl_NL")))


@new_in_2
def test_a_cast_that_may_fail(connection):
    assert tuple(connection.execute(select(sa.try_cast("x", sa.Integer), sa.try_cast("7", sa.Integer))).one()) == (None, 7)


class Land(enum.Enum):
    NL = "Nederland"
    BE = "België"


def test_an_enumeration(connection, accounts):
    country = sa.type_coerce(accounts.c.Country, sa.Enum(Land))
    found = connection.execute(select(country).where(country == Land.NL).limit(1)).scalar()
    assert found is Land.NL


def test_names_that_must_be_quoted(connection, accounts):
    alias = accounts.alias('My "own" Accounts')
    query = select(alias.c.Code.label("select"), alias.c.Name.label("Weird Name"), alias.c.ID.label('a"b')).limit(1)
    row = connection.execute(query).one()
    assert row._fields == ("select", "Weird Name", 'a"b')
    lower = sa.table("accounts", sa.column("name"))
    assert connection.execute(select(lower.c.name).limit(1)).scalar()


def test_rows_are_not_locked(connection, accounts):
    query = select(accounts.c.ID).limit(1)
    assert connection.execute(query.with_for_update(skip_locked=True)).scalar() == connection.execute(query).scalar()


def test_a_part_of_a_table_is_not_taken_for_the_whole(connection, accounts):
    with pytest.raises(sa.exc.DBAPIError, match="TABLESAMPLE is not supported"):
        connection.execute(select(sa.tablesample(accounts, func.bernoulli(1)).c.ID))


VALUES = [
    (True, None),
    (False, None),
    (-7, None),
    (9_007_199_254_740_993, sa.BigInteger),
    (0.1, None),
    ("é€😀", None),
    (b"\x00\xff", None),
    (datetime.date(2026, 1, 31), None),
    (datetime.datetime(2026, 1, 31, 23, 59, 58, 123_000), None),
    (datetime.time(23, 59, 58), None),
    (decimal.Decimal("1234567.89"), None),
    (decimal.Decimal("0.10"), sa.Numeric(18, 2)),
    (None, sa.String),
    ({"a": [1, None]}, sa.JSON),
]


@pytest.mark.parametrize(("value", "kind"), VALUES, ids=[repr(value) for value, _ in VALUES])
def test_a_value_comes_back_as_it_went(connection, value, kind):
    found = connection.execute(select(literal(value, kind))).scalar()
    assert found == value and type(found) is type(value)


@new_in_2
def test_a_guid_comes_back_as_it_went(connection):
    guid = uuid.uuid4()
    assert connection.execute(select(literal(guid))).scalar() == guid
    assert connection.execute(select(sa.cast(str(guid), sa.Uuid))).scalar() == guid
    assert connection.execute(select(sa.cast(guid, sa.String))).scalar() == str(guid)


def test_every_construct_of_the_dialect_may_be_cached(engine):
    from exactonline import types

    own = [kind for kind in vars(types).values() if isinstance(kind, type) and issubclass(kind, sa.types.TypeEngine)]
    made = [kind("Accounts", "Name") if kind is types.ColumnText else kind() for kind in own if kind.__module__ == types.__name__]
    assert made and all(one._static_cache_key is not None for one in made)
    assert engine.dialect.supports_statement_cache


def test_a_moment_with_a_time_zone_is_refused(connection):
    moment = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    with pytest.raises(sa.exc.StatementError, match="no time zone: 2026-07-01 12:00:00"):
        connection.execute(select(literal(moment)))
