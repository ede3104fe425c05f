//! Functions over text.

use super::Spelling;

/// ODBC's LENGTH does not count trailing blanks, and neither does LEN. Positions count from 1.
pub const TABLE: &[Spelling] = &[
    ("char", 1, "chr(_1)"),
    ("charindex", 2, "strpos(_2, _1)"),
    ("charindex", 3, "locate(_1, _2, _3)"),
    ("datalength", 1, "octet_length(_1)"),
    ("insert", 4, "insert_text(_1, _2, _3, _4)"),
    ("instr", 2, "strpos(_1, _2)"),
    ("instr", 3, "locate(_2, _1, _3)"),
    ("isnumeric", 1, "CASE WHEN TRY_CAST(_1 AS DOUBLE) IS NULL THEN 0 ELSE 1 END"),
    ("lcase", 1, "lower(_1)"),
    ("len", 1, "character_length(rtrim(_1))"),
    ("length", 1, "character_length(rtrim(_1))"),
    ("locate", 2, "strpos(_2, _1)"),
    ("mid", 2, "substr(_1, _2)"),
    ("mid", 3, "substr(_1, _2, _3)"),
    ("nchar", 1, "chr(_1)"),
    ("position", 2, "strpos(_2, _1)"),
    ("quotename", 1, "concat('[', replace(_1, ']', ']]'), ']')"),
    ("replicate", 2, "repeat(_1, _2)"),
    ("space", 1, "repeat(' ', _1)"),
    ("str", 1, "number_text(_1, 10, 0)"),
    ("str", 2, "number_text(_1, _2, 0)"),
    ("str", 3, "number_text(_1, _2, _3)"),
    ("stuff", 4, "insert_text(_1, _2, _3, _4)"),
    ("to_varchar", 1, "CAST(_1 AS VARCHAR)"),
    ("to_varchar", 2, "format(_1, _2)"),
    ("ucase", 1, "upper(_1)"),
    ("unicode", 1, "ascii(_1)"),
];
