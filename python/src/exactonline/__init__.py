"""Exact Online as a database: a dialect for SQLAlchemy over pyodbc, and Arrow tables over arrow-odbc.

>>> from sqlalchemy import create_engine
>>> engine = create_engine("exactonline:///?Region=NL&Division=123456")
"""

from .arrow import read_arrow, read_arrow_batches
from .errors import TooManyRowsError

__all__ = ["TooManyRowsError", "__version__", "read_arrow", "read_arrow_batches"]
__version__ = "0.1.0"
