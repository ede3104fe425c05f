"""Engines of the dialect on the simulated company."""

import importlib.util

import pytest
import sqlalchemy
from sqlalchemy.orm import declarative_base

# Data frames and wheels are tried with one version of SQLAlchemy, the newest.
collect_ignore = [] if importlib.util.find_spec("pandas") else ["test_frames.py", "test_wheels.py"]

Base = declarative_base()


class Account(Base):
    """What a user maps who has never heard of bytes, doubles and moments at midnight."""

    __tablename__ = "Accounts"
    ID = sqlalchemy.Column(sqlalchemy.String, primary_key=True)
    Code = sqlalchemy.Column(sqlalchemy.String)
    Name = sqlalchemy.Column(sqlalchemy.String)
    Country = sqlalchemy.Column(sqlalchemy.String)
    Created = sqlalchemy.Column(sqlalchemy.DateTime)
    IsCompetitor = sqlalchemy.Column(sqlalchemy.String)
    IsSales = sqlalchemy.Column(sqlalchemy.String)


@pytest.fixture
def account():
    return Account


@pytest.fixture
def engine(company):
    engine = sqlalchemy.create_engine(f"exactonline://{company.dsn}")
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine):
    with engine.connect() as connection:
        yield connection
