//! What the built library exports is the manifest, and SQLGetFunctions says the same.

use std::collections::BTreeSet;
use std::path::PathBuf;

use exactodbc::abi::manifest;
use object::Object;

use crate::support::*;

pub fn library() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let deps = tests.parent().unwrap();
    let found = [deps.join("libexactodbc.so"), deps.join("../libexactodbc.so")];
    found.into_iter().find(|path| path.exists()).expect("cargo builds the library before its tests")
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_exports_the_manifest_and_nothing_else() {
    let bytes = std::fs::read(library()).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let exported: BTreeSet<String> =
        file.exports().unwrap().into_iter().map(|export| String::from_utf8(export.name().to_vec()).unwrap()).collect();
    let manifest: BTreeSet<String> = manifest::symbols().collect();
    assert_eq!(exported, manifest);
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_takes_nothing_from_a_driver_manager() {
    let bytes = std::fs::read(library()).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    for import in file.imports().unwrap() {
        let name = String::from_utf8_lossy(import.name());
        assert!(!name.starts_with("SQL"), "{name}");
    }
}

#[test]
fn sql_get_functions_tells_the_manifest_in_all_three_forms() {
    let odbc = Odbc::connect();
    let mut bits = [0_u16; 250];
    assert_eq!(unsafe { SQLGetFunctions(odbc.dbc, 999, bits.as_mut_ptr()) }, SUCCESS);
    let mut flags = [7_u16; 100];
    assert_eq!(unsafe { SQLGetFunctions(odbc.dbc, 0, flags.as_mut_ptr()) }, SUCCESS);
    for id in 1..4000_u16 {
        let known = manifest::EXPORTS.iter().any(|export| export.id == id);
        assert_eq!(bits[usize::from(id >> 4)] >> (id & 15) & 1 == 1, known, "{id}");
        if let Some(flag) = flags.get(usize::from(id)) {
            assert_eq!(*flag == 1, known, "{id}");
        }
        let mut one = 7;
        if id != 999 {
            assert_eq!(unsafe { SQLGetFunctions(odbc.dbc, id, &raw mut one) }, SUCCESS);
            assert_eq!(one == 1, known, "{id}");
        }
    }
    let mut one = 7;
    assert_eq!(unsafe { SQLGetFunctions(odbc.dbc, 4000, &raw mut one) }, ERROR);
    assert_eq!(records(DBC, odbc.dbc)[0].0, "HY095");
}
