//! Where the driver manager's library lies for a release; the version and the manifest of the program for Windows.

include!("windows/resource.rs");

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=windows/resource.rs");
    println!("cargo:rerun-if-changed=windows/exact-odbc.manifest");
    // What `installer/release` links with is not the system's.
    println!("cargo:rerun-if-env-changed=ODBC_LIBRARY_FOLDER");
    if let Ok(folder) = std::env::var("ODBC_LIBRARY_FOLDER") {
        println!("cargo:rustc-link-search=native={folder}");
    }
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "windows") {
        let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("windows/exact-odbc.manifest");
        // 24 is RT_MANIFEST.
        let own = format!("1 24 \"{}\"", manifest.display());
        version_resource("exact-odbc.exe", "Sets up the ODBC driver for Exact Online", &own, "bins");
        missing_imports();
    }
}

/// Functions of Windows that the library for windows names and mingw-w64 10 does not know (or not in 32 bits), with the bytes
/// of their parameters there.
const MISSING: [(&str, &[(&str, u32)]); 2] = [
    ("comctl32", &[("InitializeFlatSB", 4), ("UninitializeFlatSB", 4)]),
    (
        "user32",
        &[("GetThreadDpiHostingBehavior", 0), ("GetWindowDpiHostingBehavior", 4), ("SetThreadDpiHostingBehavior", 4)],
    ),
];

/// Makes and links an import library for them.
fn missing_imports() {
    let is_x86 = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86");
    let name = |(name, bytes): &(&str, u32)| if is_x86 { format!("{name}@{bytes}\n") } else { format!("{name}\n") };
    let maker = if is_x86 { "i686-w64-mingw32-dlltool" } else { "x86_64-w64-mingw32-dlltool" };
    let folder = std::path::PathBuf::from(std::env::var("OUT_DIR").unwrap_or_default());
    for (of, functions) in MISSING {
        let definition = format!("LIBRARY {of}.dll\nEXPORTS\n{}", functions.iter().map(name).collect::<String>());
        let (source, library) = (folder.join(format!("{of}.def")), folder.join(format!("lib{of}more.a")));
        let made = std::fs::write(&source, definition).and_then(|()| {
            std::process::Command::new(maker).arg("-k").arg("-d").arg(&source).arg("-l").arg(&library).status()
        });
        match made {
            Ok(status) if status.success() => println!("cargo:rustc-link-arg-bins={}", library.display()),
            failed => {
                eprintln!("{maker} cannot make an import library: {failed:?}");
                std::process::exit(1);
            }
        }
    }
}
