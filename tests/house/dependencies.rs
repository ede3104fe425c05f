//! odbc → engine → client; installer → client and simulator; nobody → odbc; the simulator uses none of ours.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Each crate of the workspace with the ones that it may use. Tests are held to the same, but for `exact-tests`.
const ALLOWED: &[(&str, &[&str])] = &[
    ("exact-client", &[]),
    ("exact-engine", &["exact-client", "exact-simulator"]),
    ("exact-odbc", &["exact-engine", "exact-simulator"]),
    ("exact-odbc-installer", &["exact-client", "exact-simulator"]),
    ("exact-simulator", &[]),
    ("exact-tests", &["exact-client", "exact-simulator"]),
    ("exact-windows-tests", &[]),
];

/// The simulator is a tool of tests and of the demo: in these crates it may be used by tests only.
const SIMULATOR_IN_TESTS_ONLY: &[&str] = &["exact-engine", "exact-odbc", "exact-tests"];

/// Packages of the workspace by name.
fn packages() -> BTreeMap<String, Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(super::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().clone();
    packages.into_iter().map(|package| (package["name"].as_str().unwrap().to_owned(), package)).collect()
}

/// The name of each dependency, and whether only tests use it.
fn dependencies(package: &Value) -> Vec<(String, bool)> {
    let list = package["dependencies"].as_array().unwrap().iter();
    list.map(|dependency| (dependency["name"].as_str().unwrap().to_owned(), dependency["kind"] == "dev")).collect()
}

#[test]
fn crates_use_only_the_floors_below() {
    let packages = packages();
    let known: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    assert_eq!(packages.keys().map(String::as_str).collect::<Vec<_>>(), known, "a crate is not in the list above");
    for (name, allowed) in ALLOWED {
        for (dependency, for_tests) in dependencies(&packages[*name]) {
            if !packages.contains_key(&dependency) {
                continue;
            }
            assert!(allowed.contains(&dependency.as_str()), "{name} must not use {dependency}");
            let is_for_tests_only = dependency == "exact-simulator" && SIMULATOR_IN_TESTS_ONLY.contains(name);
            assert!(for_tests || !is_for_tests_only, "{name} may use {dependency} in tests only");
        }
    }
}

#[test]
fn the_driver_does_not_link_the_driver_manager() {
    let packages = packages();
    for name in ["exact-client", "exact-engine", "exact-odbc"] {
        for (dependency, _) in dependencies(&packages[name]).iter().filter(|(_, for_tests)| !for_tests) {
            assert_ne!(dependency, "odbc-api", "{name}");
        }
        let links = packages[name]["dependencies"].as_array().unwrap().iter().filter(|d| d["name"] == "odbc-sys");
        for odbc_sys in links {
            assert_eq!(
                odbc_sys["uses_default_features"], false,
                "{name}: odbc-sys links the driver manager by default"
            );
        }
    }
}

#[test]
fn every_crate_takes_lints_and_versions_from_the_workspace() {
    for (name, package) in packages() {
        let manifest = std::fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} has its own lints");
        let versions = manifest.lines().filter(|line| line.contains("version = \""));
        assert_eq!(versions.collect::<Vec<_>>(), Vec::<&str>::new(), "{name} has a version of its own");
    }
}
