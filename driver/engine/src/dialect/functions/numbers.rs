//! Functions over numbers, choices between values, and what a connection knows of itself.

use super::Spelling;

/// LOG is the natural logarithm in ODBC and SQL Server.
pub const TABLE: &[Spelling] = &[
    ("atn2", 2, "atan2(_1, _2)"),
    ("ceiling", 1, "ceil(_1)"),
    ("log", 1, "ln(_1)"),
    ("log", 2, "log(_2, _1)"),
    ("mod", 2, "_1 % _2"),
    ("pow", 2, "power(_1, _2)"),
    ("rand", 0, "random()"),
    ("rand", 1, "seeded_random(CAST(_1 AS BIGINT))"),
    ("round", 3, "CASE _3 WHEN 0 THEN round(_1, _2) ELSE trunc(_1, _2) END"),
    ("sign", 1, "CAST(signum(_1) AS INT)"),
    ("square", 1, "_1 * _1"),
    ("truncate", 2, "trunc(_1, _2)"),
    // Choices.
    ("if", 3, "CASE WHEN _1 THEN _2 ELSE _3 END"),
    ("ifnull", 2, "coalesce(_1, _2)"),
    ("iif", 3, "CASE WHEN _1 THEN _2 ELSE _3 END"),
    ("isnull", 1, "_1 IS NULL"),
    ("isnull", 2, "coalesce(_1, _2)"),
    ("nz", 2, "coalesce(_1, _2)"),
    // The connection.
    ("current_catalog", 0, "database()"),
    ("current_user", 0, "user()"),
    ("db_name", 0, "database()"),
    ("last_insert_id", 0, "scope_identity()"),
    ("newid", 0, "uuid()"),
    ("session_user", 0, "user()"),
    ("suser_name", 0, "user()"),
    ("suser_sname", 0, "user()"),
    ("system_user", 0, "user()"),
    ("user_name", 0, "user()"),
];
