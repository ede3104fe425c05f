//! The version and the manifest of the program for Windows.

include!("windows/resource.rs");

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=windows/resource.rs");
    println!("cargo:rerun-if-changed=windows/exact-odbc.manifest");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "windows") {
        let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("windows/exact-odbc.manifest");
        // 24 is RT_MANIFEST.
        let own = format!("1 24 \"{}\"", manifest.display());
        version_resource("exact-odbc.exe", "Sets up the ODBC driver for Exact Online", &own, "bins");
    }
}
