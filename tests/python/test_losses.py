"""What becomes of pooled connections when the network, the service or the sign-in is lost."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

NETWORK = ["reset_before_headers", "reset_in_headers", {"reset_in_body": 1}, "html_page"]
SERVICE = [({"status": 503}, "HY000"), ({"status": 401}, "28000")]


@pytest.fixture
def pooled(engine):
    """Two connections in the pool, opened before anything is lost."""
    with engine.connect() as one, engine.connect() as other:
        return {id(each.connection.dbapi_connection): each.connection.dbapi_connection for each in (one, other)}


def count(company):
    """A query that no page in memory answers."""
    return sa.text("SELECT COUNT(*) FROM crm.Accounts WHERE " + company.never_asked("Created").replace(":", r"\:"))


def strike(company, action):
    for path in ("crm/Accounts", "CRM/Accounts"):
        company.control("faults", {"path": path, "action": action})


@pytest.mark.parametrize("action", NETWORK, ids=str)
def test_a_network_that_is_gone_empties_the_pool_and_a_retry_works(company, engine, pooled, action):
    strike(company, action)
    with engine.connect() as connection:
        with pytest.raises(sa.exc.OperationalError) as raised:
            connection.execute(count(company))
        assert raised.value.orig.args[0] == "08S01" and raised.value.connection_invalidated
        assert connection.invalidated
        company.reset()
        if hasattr(connection, "rollback"):  # Not in SQLAlchemy 1.4.
            connection.rollback()
        # On the same connection of SQLAlchemy, which takes a new one of the driver.
        assert connection.execute(count(company)).scalar() == company.accounts
        with engine.connect() as other:
            taken = [each.connection.dbapi_connection for each in (connection, other)]
    assert not any(id(each) in pooled and each is pooled[id(each)] for each in taken), "both were replaced"


@pytest.mark.parametrize(("action", "state"), SERVICE, ids=str)
def test_a_refusal_is_no_loss(company, engine, pooled, action, state):
    strike(company, action)
    with engine.connect() as connection:
        with pytest.raises(sa.exc.DBAPIError) as raised:
            connection.execute(count(company))
        assert raised.value.orig.args[0] == state and not raised.value.connection_invalidated
        assert pooled[id(connection.connection.dbapi_connection)]
        company.reset()
        assert connection.execute(count(company)).scalar() == company.accounts


def test_a_flush_that_meets_a_dead_network_sends_nothing_and_can_be_repeated(company, account):
    engine = sa.create_engine(f"exactonline://{company.dsn}?Readonly=false")
    with Session(engine) as session:
        session.add(account(Name="found again"))
        session.commit()
        company.reset()
        one = session.query(account).filter_by(Name="found again").one()
        strike(company, "reset_before_headers")
        one.City = "Delft"
        one.Name = "changed"
        with pytest.raises(sa.exc.OperationalError):
            session.commit()
        session.rollback()
        assert [each for each in company.requests() if each["method"] == "PUT"] == []
        company.reset()
        one = session.query(account).filter_by(Name="found again").one()
        session.delete(one)
        session.commit()
    engine.dispose()


def test_a_sign_in_that_is_lost_is_mended_by_a_login_and_not_by_new_connections(company, program, home):
    store = home / "lost-sign-in.json"

    def login():
        app = company.control("sign-in?client_id=lost")
        own = [f"BaseUrl={company.base_url}", f"OAuthSettingsLocation={store}", "OAuthClientId=lost"]
        program("login", "--refresh-token-stdin", *own, input=f"{app['refresh_token']}\n{app['client_secret']}\n")

    login()
    url = f"exactonline:///{company.division}?BaseUrl={company.base_url}&OAuthSettingsLocation={store}"
    engine = sa.create_engine(url, pool_pre_ping=True)
    with engine.connect() as connection:
        assert connection.execute(count(company)).scalar() == company.accounts
        raw = connection.connection.dbapi_connection
    # Someone signs in elsewhere with the same registration, and the token at hand is refused.
    company.control("sign-in?client_id=lost")
    strike(company, {"status": 401})
    with engine.connect() as connection:
        with pytest.raises(sa.exc.InterfaceError, match="exact-odbc login") as raised:
            connection.execute(count(company))
        assert raised.value.orig.args[0] == "28000" and not raised.value.connection_invalidated
    company.reset()
    login()
    with engine.connect() as connection:
        assert connection.connection.dbapi_connection is raw, "a ping needs no sign-in"
        assert connection.execute(count(company)).scalar() == company.accounts
    engine.dispose()
