//! One version, wherever it is told.

use std::fs;

fn read(file: &str) -> String {
    fs::read_to_string(super::root().join(file)).unwrap()
}

#[test]
fn all_files_tell_the_version_of_the_workspace() {
    let version = env!("CARGO_PKG_VERSION");
    let [major, minor, patch] =
        [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")]
            .map(|part| part.parse::<u32>().unwrap());
    for (file, told) in [
        ("README.md", format!("\nVersion {major}.{minor}.")),
        ("python/pyproject.toml", format!("\nversion = \"{version}\"\n")),
        ("connectors/powerbi/ExactOnline.pq", format!("[Version = \"{version}\"]")),
        // As SQLGetInfo writes versions.
        ("driver/odbc/src/info/values.rs", format!("concat!(\"{major:02}.{minor:02}.\", \"{patch:04}\")")),
    ] {
        assert!(read(file).contains(&told), "{file} does not tell {}", told.trim());
    }
    let changes = read("CHANGELOG.md");
    let newest = changes.lines().find_map(|line| line.strip_prefix("## ")).unwrap();
    assert!(newest == version || newest.starts_with(&format!("{version},")), "CHANGELOG.md begins with {newest}");
}
