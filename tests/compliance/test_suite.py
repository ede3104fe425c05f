"""The suite itself; `requirements.py` says what of it cannot be."""

from sqlalchemy.testing import suite
from sqlalchemy.testing.suite import *  # noqa: F403


class LongNameBlowoutTest(suite.LongNameBlowoutTest):
    """Asks an inspector for tables that stand in."""

    __requires__ = ("table_reflection",)


class ReturningGuardsTest(suite.ReturningGuardsTest):
    """Returns rows of tables that stand in."""

    __requires__ = ("insert_returning", "update_returning", "delete_returning")
