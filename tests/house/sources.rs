//! Where `unsafe` may stand, and how long files may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a source file, tests included.
const LONGEST: usize = 600;

/// Rust files of the repository that are ours.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["driver", "installer", "tests"] {
        collect(&super::root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "only {} source files found", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The lines that are code; comments and the text after `//` are left out.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split("//").next().unwrap_or_default())
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

#[test]
fn unsafe_code_stands_at_the_c_boundary_only() {
    // What is searched for must not be found here.
    let words = [concat!("un", "safe"), concat!("un", "safe_code")];
    let abi = super::root().join("driver/odbc/src/abi");
    let tests = ["tests/abi", "tests/windows"].map(|folder| super::root().join(folder));
    let mut inside = 0;
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        let found = code(&text).any(|line| words.iter().any(|word| has_word(line, word)));
        if path.starts_with(&abi) {
            inside += usize::from(found);
        } else {
            // The tests of the C boundary call it as an application does.
            let calls = tests.iter().any(|folder| path.starts_with(folder));
            assert!(!found || calls, "{} does what only the C boundary may", path.display());
        }
    }
    assert!(inside > 0, "the search finds nothing even where it must");
}

#[test]
fn files_are_short_enough_to_be_read() {
    let lines = |path: &Path| fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<String> = sources()
        .iter()
        .filter(|path| lines(path) > LONGEST)
        .map(|path| format!("{}: {} lines", path.display(), lines(path)))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
