//! README.md of this folder is made from the state tables and the tests themselves.
//!
//! After a change: `UPDATE_README=1 cargo test -p exact-odbc --test abi readme`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use exactodbc::abi::manifest::EXPORTS;

use crate::lifetimes::tables;
use crate::transitions::{Table, table};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/abi")
}

/// The functions that each test calls, by `file::test`. Helpers of a file count for no test.
fn calls() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in
        fs::read_dir(folder()).unwrap().flatten().filter(|file| file.path().extension().is_some_and(|e| e == "rs"))
    {
        let path = file.path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let mut test: Option<String> = None;
        let mut marked = false;
        for line in text.lines() {
            marked |= line == "#[test]";
            if let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) {
                test = marked.then(|| format!("{module}::{name}"));
                marked = false;
            } else if line == "}" {
                test = None;
            }
            if let Some(test) = &test {
                let names = line.split(|c: char| !c.is_alphanumeric()).filter(|word| word.starts_with("SQL"));
                found.entry(test.clone()).or_default().extend(names.map(|name| name.trim_end_matches('W').to_owned()));
            }
        }
    }
    found
}

fn article(subject: &str) -> &'static str {
    if subject == "environment" { "an" } else { "a" }
}

fn write_table(text: &mut String, table: &Table) {
    writeln!(text, "| function | {} |\n|---|{}", table.states.join(" | "), "---|".repeat(table.states.len())).unwrap();
    for (function, cells) in &table.rows {
        writeln!(text, "| {function} | {} |", cells.join(" | ")).unwrap();
    }
}

fn readme() -> String {
    let mut text = String::from(
        "# The C interface, called directly\n\n\
         These tests call the exported functions without a driver manager. This page is made by the test `readme`, from\n\
         `transitions*.txt`, the manifest of exports and the tests; it fails when the page is stale. After a change:\n\
         `UPDATE_README=1 cargo test -p exact-odbc --test abi readme`.\n\n\
         ## Function × state of a statement\n\n\
         What the state tables of the specification (appendix B) demand of each function in each state of a statement.\n\
         `transitions::every_function_in_every_state_does_what_the_state_tables_say` makes every call and compares its\n\
         code, its SQLSTATE and the state it leads to. `--`: succeeds, and the state stays. `S5`: succeeds and leads to\n\
         this state. `HY010`: fails with this SQLSTATE. `ND`: SQL_NO_DATA. `NS`: SQL_STILL_EXECUTING. `a/b`: a if the statement was prepared, b if it\n\
         was executed directly.\n\n",
    );
    write_table(&mut text, &table());
    for (subject, table) in &tables() {
        write!(
            text,
            "\n## Function × state of {} {subject}\n\n\
             As above, by `lifetimes::every_function_in_every_state_of_{}_{subject}`. `IH`: SQL_INVALID_HANDLE. What else the cells\n\
             say stands in `transitions_{subject}.txt`.\n\n",
            article(subject),
            article(subject),
        )
        .unwrap();
        write_table(&mut text, table);
    }
    text.push_str(
        "\n## Function × test\n\n\
         Every exported function and the tests that call it by name, besides those of the state tables and of null and\n\
         invented handles.\n\n| function | tests |\n|---|---|\n",
    );
    let calls = calls();
    for export in EXPORTS {
        let tests: Vec<&str> = calls
            .iter()
            .filter(|(test, called)| {
                called.contains(export.name) && !["transitions", "lifetimes"].iter().any(|file| test.starts_with(file))
            })
            .map(|(test, _)| test.as_str())
            .collect();
        writeln!(text, "| {} | {} |", export.name, tests.join(", ")).unwrap();
    }
    text
}

#[test]
fn the_readme_tells_what_is_tested() {
    let path = folder().join("README.md");
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(&path, readme()).unwrap();
    } else {
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == readme(), "{} is stale: run again with UPDATE_README=1", path.display());
    }
}
