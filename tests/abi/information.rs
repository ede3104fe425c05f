//! SQLGetInfo: shapes, neutral answers, and one statement for every claimed bit.

use std::ptr::null_mut;

use exactodbc::info_facts::{BITMAPS, CLAIMS};

use crate::support::*;

pub fn text(odbc: &Odbc, kind: u16) -> String {
    let mut buffer = [0_u8; 4096];
    let mut length = 0_i16;
    let code = unsafe { SQLGetInfo(odbc.dbc, kind, buffer.as_mut_ptr().cast(), 4096, &raw mut length) };
    assert_eq!(code, SUCCESS, "{kind}");
    String::from_utf8(buffer[..length as usize].to_vec()).unwrap()
}

pub fn long(odbc: &Odbc, kind: u16) -> u32 {
    let mut value = 0xAAAA_AAAA_u32;
    assert_eq!(unsafe { SQLGetInfo(odbc.dbc, kind, (&raw mut value).cast(), 4, null_mut()) }, SUCCESS, "{kind}");
    value
}

pub fn short(odbc: &Odbc, kind: u16) -> u16 {
    let mut value = [0xAAAA_u16; 2];
    assert_eq!(unsafe { SQLGetInfo(odbc.dbc, kind, value.as_mut_ptr().cast(), 2, null_mut()) }, SUCCESS, "{kind}");
    assert_eq!(value[1], 0xAAAA, "only 16 bits are written for {kind}");
    value[0]
}

#[test]
fn what_clients_depend_on() {
    let odbc = Odbc::connect();
    assert_eq!(text(&odbc, 77), "03.80");
    assert_eq!(text(&odbc, 17), "Exact Online");
    assert!(text(&odbc, 18).split('.').all(|part| part.parse::<u32>().is_ok()));
    assert_eq!((text(&odbc, 29), text(&odbc, 14)), ("\"".to_owned(), "\\".to_owned()));
    assert_eq!((text(&odbc, 10_002), text(&odbc, 111)), ("Y".to_owned(), "N".to_owned()));
    assert_eq!((text(&odbc, 16), text(&odbc, 42)), ("1".to_owned(), "division".to_owned()));
    assert_eq!((short(&odbc, 88), short(&odbc, 30), short(&odbc, 23)), (3, 128, 2));
    assert_eq!((long(&odbc, 81), long(&odbc, 132), long(&odbc, 169)), (0xF, 0, 0x7F));
    for converts in (53..=71).chain([122, 125, 126, 173]) {
        assert_ne!(long(&odbc, converts), 0, "{converts}");
    }
}

#[test]
fn the_driver_version_is_told_before_a_connection_exists() {
    let (env, dbc) = unconnected(3);
    let mut buffer = [0_u8; 16];
    assert_eq!(unsafe { SQLGetInfo(dbc, 77, buffer.as_mut_ptr().cast(), 16, null_mut()) }, SUCCESS);
    assert_eq!(&buffer[..6], b"03.80\0");
    unsafe {
        SQLFreeHandle(DBC, dbc);
        SQLFreeHandle(ENV, env);
    }
}

#[test]
fn unknown_types_are_neutral_inside_the_assigned_ranges_and_refused_outside() {
    let odbc = Odbc::connect();
    assert_eq!((long(&odbc, 180), long(&odbc, 1750), long(&odbc, 10_024)), (0, 0, 0));
    // ODBC 2.01 has another number for the outer joins.
    assert_eq!(long(&odbc, 65_003), long(&odbc, 115));
    let mut value = 0_u32;
    for kind in [300, 999, 1001, 20_000] {
        assert_eq!(unsafe { SQLGetInfo(odbc.dbc, kind, (&raw mut value).cast(), 4, null_mut()) }, ERROR);
        assert_eq!(records(DBC, odbc.dbc)[0].0, "HY096");
    }
}

#[test]
fn wide_answers_count_bytes_and_are_cut_with_01004() {
    let odbc = Odbc::connect();
    let mut buffer = [0_u16; 8];
    let mut length = 0_i16;
    assert_eq!(unsafe { SQLGetInfoW(odbc.dbc, 17, buffer.as_mut_ptr().cast(), 12, &raw mut length) }, WITH_INFO);
    assert_eq!((length, String::from_utf16_lossy(&buffer)), (24, "Exact\0\0\0".to_owned()));
    assert_eq!(records(DBC, odbc.dbc)[0].0, "01004");
}

#[test]
fn every_claimed_bit_runs() {
    let odbc = Odbc::connect();
    let mut failures = Vec::new();
    for bitmap in BITMAPS {
        assert_eq!(long(&odbc, bitmap.info_type), bitmap.value());
        for (bit, sql) in bitmap.bits {
            let runs = odbc.run(sql) == SUCCESS && unsafe { SQLFetch(odbc.stmt) } != ERROR;
            if !runs {
                failures.push(format!("{}/{bit:#x} {sql}: {:?}", bitmap.info_type, records(STMT, odbc.stmt)));
            }
            unsafe { SQLFreeStmt(odbc.stmt, 0) };
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_other_claim_about_sql_holds() {
    let odbc = Odbc::connect();
    let mut failures = Vec::new();
    for (info_type, claimed, sql) in CLAIMS {
        match claimed.parse::<u32>() {
            Ok(number) => {
                let mut value = 0_u32;
                let code = unsafe { SQLGetInfo(odbc.dbc, *info_type, (&raw mut value).cast(), 4, null_mut()) };
                assert_eq!((code, value), (SUCCESS, number), "{info_type}");
            }
            Err(_) => assert_eq!(text(&odbc, *info_type), *claimed, "{info_type}"),
        }
        let holds = odbc.run(sql) == SUCCESS && unsafe { SQLFetch(odbc.stmt) } == SUCCESS;
        if !holds {
            failures.push(format!("{info_type} {sql}: {:?}", records(STMT, odbc.stmt)));
        }
        unsafe { SQLFreeStmt(odbc.stmt, 0) };
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The longest of what the catalog functions list.
#[test]
fn no_name_is_longer_than_the_greatest_length() {
    let odbc = Odbc::connect_as(3, "Readonly=false");
    let none = std::ptr::null();
    let longest = |code: i16, column: usize| {
        assert_eq!(code, SUCCESS);
        let rows = odbc.rows();
        odbc.close();
        rows.iter().filter_map(|row| row[column].as_ref()).map(|name| name.chars().count()).max().unwrap()
    };
    let tables = || unsafe { SQLTables(odbc.stmt, none, 0, none, 0, none, 0, none, 0) };
    let columns = || unsafe { SQLColumns(odbc.stmt, none, 0, none, 0, none, 0, none, 0) };
    let procedures = || unsafe { SQLProcedures(odbc.stmt, none, 0, none, 0, none, 0) };
    for (info_type, found) in [
        (34, longest(tables(), 0)),
        (32, longest(tables(), 1)),
        (35, longest(tables(), 2)),
        (30, longest(columns(), 3)),
        (33, longest(procedures(), 2)),
    ] {
        let greatest = usize::from(short(&odbc, info_type));
        assert!(0 < found && found <= greatest, "{info_type}: {found} of {greatest}");
        assert!(greatest <= usize::from(short(&odbc, 10_005)), "{info_type}: SQL_MAX_IDENTIFIER_LEN");
    }
}

/// A word of SQL_KEYWORDS is no name unless it is quoted, and a name where it is.
#[test]
fn the_keywords_have_to_be_quoted() {
    let odbc = Odbc::connect();
    let keywords = text(&odbc, 89);
    assert!(keywords.len() > 10 && !keywords.contains(' '));
    for word in keywords.split(',') {
        odbc.execute(&format!("SELECT \"{word}\".\"{word}\" AS \"{word}\" FROM (SELECT 1 AS \"{word}\") \"{word}\""));
        odbc.close();
    }
}

#[test]
fn what_depends_on_writing_is_claimed_only_where_it_is_allowed() {
    let inserts = [
        "INSERT INTO crm.Accounts (Name) VALUES ('x')",
        "INSERT INTO crm.Accounts (Name) SELECT Name FROM crm.Accounts",
    ];
    for (settings, read_only) in [("Readonly=true", true), ("Readonly=false", false)] {
        let odbc = Odbc::connect_as(3, settings);
        let claimed = u32::from(!read_only);
        assert_eq!(text(&odbc, 25), if read_only { "Y" } else { "N" });
        assert_eq!(u32::from(short(&odbc, 46)), claimed, "transactions of changes");
        assert_eq!((long(&odbc, 26), long(&odbc, 72)), (2 * claimed, 2 * claimed), "read committed");
        assert_eq!(long(&odbc, 172), 3 * claimed);
        for sql in inserts {
            let code = unsafe { SQLPrepare(odbc.stmt, sql.as_ptr(), sql.len() as i32) };
            assert_eq!(code == SUCCESS, !read_only, "{sql}: {:?}", records(STMT, odbc.stmt));
        }
    }
}

/// The type that an info type of SQL_CONVERT_* asks about, its bit in the answers, its name in CONVERT, and a text that
/// reads as a value of it.
const CONVERTS: [(u16, u32, &str, &str); 23] = [
    (56, 0x1, "SQL_CHAR", "1"),
    (63, 0x2, "SQL_NUMERIC", "1"),
    (58, 0x4, "SQL_DECIMAL", "1"),
    (61, 0x8, "SQL_INTEGER", "1"),
    (65, 0x10, "SQL_SMALLINT", "1"),
    (60, 0x20, "SQL_FLOAT", "1"),
    (64, 0x40, "SQL_REAL", "1"),
    (59, 0x80, "SQL_DOUBLE", "1"),
    (70, 0x100, "SQL_VARCHAR", "1"),
    (62, 0x200, "SQL_LONGVARCHAR", "1"),
    (54, 0x400, "SQL_BINARY", "ab"),
    (69, 0x800, "SQL_VARBINARY", "ab"),
    (55, 0x1000, "SQL_BIT", "1"),
    (68, 0x2000, "SQL_TINYINT", "1"),
    (53, 0x4000, "SQL_BIGINT", "1"),
    (57, 0x8000, "SQL_DATE", "2026-01-31"),
    (66, 0x1_0000, "SQL_TIME", "10:11:12"),
    (67, 0x2_0000, "SQL_TIMESTAMP", "2026-01-31 10:11:12"),
    (71, 0x4_0000, "SQL_LONGVARBINARY", "ab"),
    (122, 0x20_0000, "SQL_WCHAR", "1"),
    (125, 0x40_0000, "SQL_WLONGVARCHAR", "1"),
    (126, 0x80_0000, "SQL_WVARCHAR", "1"),
    (173, 0x100_0000, "SQL_GUID", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
];

#[test]
fn every_claimed_conversion_runs() {
    let odbc = Odbc::connect();
    let mut failures = Vec::new();
    for (info_type, _, from, own) in CONVERTS {
        let claimed = long(&odbc, info_type);
        for (_, bit, to, text) in CONVERTS.into_iter().filter(|(_, bit, ..)| claimed & bit != 0) {
            // Text is given the form of what it becomes; everything else is made of text first.
            let is_text = from.ends_with("CHAR");
            let source = if is_text { format!("'{text}'") } else { format!("{{fn CONVERT('{own}', {from})}}") };
            let sql = format!("SELECT {{fn CONVERT({source}, {to})}}");
            let runs = odbc.run(&sql) == SUCCESS && unsafe { SQLFetch(odbc.stmt) } == SUCCESS;
            if !runs {
                failures.push(format!("{bit:#x} {sql}: {:?}", records(STMT, odbc.stmt)));
            }
            unsafe { SQLFreeStmt(odbc.stmt, 0) };
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Every info type of the specification up to ODBC 3.8 is answered, in the shape that it has.
#[test]
fn every_info_type_has_its_shape() {
    let odbc = Odbc::connect();
    let texts = [
        2, 6, 7, 11, 13, 14, 16, 17, 18, 19, 20, 21, 25, 27, 29, 36, 37, 38, 39, 40, 41, 42, 45, 47, 73, 77, 87, 89,
        90, 94, 103, 111, 113, 10_000, 10_002, 10_003, 10_004,
    ];
    let shorts = [
        0, 1, 9, 12, 15, 22, 23, 24, 28, 30, 31, 32, 33, 34, 35, 46, 74, 75, 84, 85, 88, 93, 97, 98, 99, 100, 101, 106,
        107, 114, 116, 10_005,
    ];
    let longs = (8..=8)
        .chain([26, 43, 44, 48, 49, 50, 51, 52, 72, 78, 79, 80, 81, 82, 83, 86, 91, 92, 95, 96, 102, 104, 105, 108])
        .chain([109, 110, 112, 115, 117, 118, 119, 120, 121, 123, 124])
        .chain(53..=71)
        .chain([122, 125, 126])
        .chain(127..=134)
        .chain(136..=170)
        .chain([172, 173, 10_001])
        .chain(10_021..=10_025);
    for kind in texts {
        text(&odbc, kind);
    }
    for kind in shorts {
        short(&odbc, kind);
    }
    for kind in longs {
        long(&odbc, kind);
    }
}
