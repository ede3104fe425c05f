"""The suite itself; `requirements.py` says what of it cannot be."""

from sqlalchemy.testing.suite import *  # noqa: F403
