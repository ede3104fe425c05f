"""What of the suite Exact Online and its driver cannot do, and why."""

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

OFF = {
    "there is no DDL, so tables of the suite cannot be found by reflection": [
        "check_constraint_reflection",
        "comment_reflection",
        "foreign_key_constraint_reflection",
        "foreign_key_constraint_name_reflection",
        "index_reflection",
        "primary_key_constraint_reflection",
        "table_reflection",
        "unique_constraint_reflection",
        "view_column_reflection",
        "view_reflection",
        "views",
        "temp_table_reflection",
        "temp_table_names",
        "temporary_tables",
        "temporary_views",
        "schemas",
        "schema_create_delete",
        "schema_reflection",
        "table_ddl_if_exists",
        "index_ddl_if_exists",
        "comment_reflection_full_unicode",
    ],
    "rows of the suite's tables are kept by the tests, not by a database": [
        "autoincrement_insert",
        "autoincrement_without_sequence",
        "duplicate_key_raises_integrity_error",
        "implements_get_lastrowid",
        "insert_executemany_returning",
        "insert_from_select",
        "insert_returning",
        "update_returning",
        "delete_returning",
        "ctes_with_update_delete",
        "identity_columns",
        "savepoints",
    ],
    "moments have milliseconds": [
        "datetime_microseconds",
        "timestamp_microseconds",
    ],
    "times of day have seconds": ["time_microseconds"],
    "the suite knows how cursors of certain drivers stream": ["server_side_cursors"],
}


def off(reason):
    return property(lambda self: exclusions.skip_if(lambda config: True, reason))


class Requirements(SuiteRequirements):
    """Off is what needs DDL beyond tables that stand in, or is not there to be had."""


for reason, names in OFF.items():
    for name in names:
        setattr(Requirements, name, off(reason))
