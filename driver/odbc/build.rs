//! Link options of the shared library, and its version resource on Windows.

include!("../../installer/windows/resource.rs");

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../installer/windows/resource.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "windows") {
        version_resource("exactodbc.dll", "ODBC driver for Exact Online", "", "cdylib");
    }
    // The driver manager exports functions of the same names. Without this a call inside the
    // library could be bound to the manager's symbol and recurse for ever. What is exported at all
    // is decided by rustc's own version script: the functions of `abi/exports.rs` and no more,
    // which tests/abi checks against the built file.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-Bsymbolic");
        // A driver manager unloads its driver with the last environment. What a Rust library has built once (the
        // model above all) is not freed then, and would be built and lost again with every load; so it stays.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
