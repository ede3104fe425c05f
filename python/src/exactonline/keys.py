"""Keys of new objects, for classes that do not say where theirs come from."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.orm import Mapper

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


# The version within a GUID's number.
_VERSION = 0xF000 << 64
_OWN = 0x8000 << 64


def _new_key() -> uuid.UUID:
    """A random GUID of version 8, as the driver makes them itself: it need not ask whether a row has it already."""
    return uuid.UUID(int=uuid.uuid4().int & ~_VERSION | _OWN)


def listen() -> None:
    """Has a session give a GUID to each new object of Exact Online that has none: anyone may make one."""
    event.listen(Mapper, "before_insert", _give_key)


def _give_key(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    dialect: Any = connection.dialect
    if dialect.name != "exactonline" or len(mapper.primary_key) != 1:
        return
    column: Any = mapper.primary_key[0]
    attribute = mapper.get_property_by_column(column).key
    if column.default is not None or column.server_default is not None or getattr(target, attribute) is not None:
        return
    if dialect.is_guid_key(connection.connection, column.table.name, column.name):
        key = _new_key()
        setattr(target, attribute, key if getattr(column.type, "as_uuid", False) else str(key))
