"""Names: what is quoted, and schemas that carry a division."""

from __future__ import annotations

from typing import Any

from sqlalchemy.sql.compiler import RESERVED_WORDS, IdentifierPreparer


def split_schema(schema: str | None) -> tuple[str | None, str | None]:
    """`5513.crm` is the schema crm of division 5513, `ALL.crm` that of all divisions. Gives division and schema."""
    division, dot, name = (schema or "").partition(".")
    if dot and (division.isdigit() or division.upper() == "ALL"):
        return division, name
    return None, schema


class ExactIdentifierPreparer(IdentifierPreparer):
    """Standard quoting. The driver compares names without case, quoted or not."""

    reserved_words = RESERVED_WORDS | {
        *("by", "cross", "current", "delete", "exists", "fetch", "full", "having", "if", "inner", "insert", "interval"),
        *("into", "is", "join", "lateral", "left", "like", "limit", "natural", "offset", "outer", "over", "partition"),
        *("qualify", "recursive", "returning", "right", "rows", "semi", "set", "sort", "tablesample", "top", "unnest"),
        *("update", "values", "view", "window", "with", "within", "without"),
    }

    def quote_schema(self, schema: str, *args: Any, **options: Any) -> str:
        division, name = split_schema(schema)
        if division is None or name is None:
            return self.quote(schema)
        return f"{self.quote_identifier(division)}.{self.quote(name)}"
