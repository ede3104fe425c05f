"""Errors of the dialect's own."""

from sqlalchemy.exc import InvalidRequestError


class TooManyRowsError(InvalidRequestError):
    """An object's UPDATE or DELETE would touch more rows than the one it stands for: its mapped key is not unique."""
