"""What of the suite Exact Online and its driver cannot do, and why; and what they can, though not every database does."""

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
        "autocommit",
        "update_from",
        "ctes_on_dml",
    ],
    "nothing looks into JSON text, and no column is an array": ["json_type", "array_type"],
    "the driver's SQL has no operator for it": ["supports_bitwise_not", "supports_bitwise_shift"],
    "FETCH takes no expression, and beside OFFSET neither PERCENT nor WITH TIES": [
        "fetch_expression",
        "fetch_offset_with_options",
    ],
    "there are no collations": ["order_by_collation"],
    "a quotient has decimals, for which 38 digits leave no room": ["precision_numerics_many_significant_digits"],
    "moments have milliseconds": [
        "datetime_microseconds",
        "timestamp_microseconds",
    ],
    "times of day have seconds": ["time_microseconds"],
    "the suite knows how cursors of certain drivers stream": ["server_side_cursors"],
}


ON = [
    "aggregate_order_by",
    "bound_limit_offset",
    "ctes",
    "ctes_with_values",
    "date_historic",
    "date_literals",
    "datetime_historic",
    "datetime_interval",
    "datetime_literals",
    "duplicate_names_in_cursor_description",
    "empty_strings_varchar",
    "expressions_against_unbounded_text",
    "fetch_first",
    "fetch_no_order_by",
    "fetch_null_from_numeric",
    "fetch_percent",
    "fetch_ties",
    "float_cast",
    "float_is_numeric",
    "float_or_double_precision_behaves_generically",
    "infinity_floats",
    "isolation_level",
    "literal_float_coercion",
    "mod_operator_as_percent_sign",
    "nested_aggregates",
    "nullsordering",
    "numeric_received_as_decimal_untyped",
    "parens_in_union_contained_select_w_limit_offset",
    "precision_generic_float_type",
    "regexp_match",
    "regexp_replace",
    "sql_expression_limit_offset",
    "standalone_null_binds_whereclause",
    "supports_bitwise_and",
    "supports_bitwise_or",
    "supports_bitwise_xor",
    "supports_is_distinct_from",
    "table_value_constructor",
    "tuple_in",
    "tuple_in_w_empty",
    "unbounded_varchar",
    "window_functions",
    "window_range",
    "window_range_numeric",
]
"""What the suite leaves off where a dialect does not ask for it."""


def off(reason):
    return property(lambda self: exclusions.skip_if(lambda config: True, reason))


class Requirements(SuiteRequirements):
    """Off is what needs DDL beyond tables that stand in, or is not there to be had."""


for reason, names in OFF.items():
    for name in names:
        setattr(Requirements, name, off(reason))

for name in ON:
    setattr(Requirements, name, property(lambda self: exclusions.open()))
