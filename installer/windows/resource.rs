// Included by the build scripts of the library and of the program: what Windows shows of a file, in the Explorer's
// properties and to set-up programs that compare versions.

/// Makes the resource with the version of the package and links it in. `own` are further lines of the resource script.
fn version_resource(file: &str, description: &str, own: &str, link: &str) {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let version = variable("CARGO_PKG_VERSION");
    let part = |name: &str| variable(&format!("CARGO_PKG_VERSION_{name}"));
    let numbers = format!("{},{},{},0", part("MAJOR"), part("MINOR"), part("PATCH"));
    let kind = if file.ends_with(".dll") { "VFT_DLL" } else { "VFT_APP" };
    let script = format!(
        r#"#include <winver.h>
{own}
1 VERSIONINFO
FILEVERSION {numbers}
PRODUCTVERSION {numbers}
FILEOS VOS_NT_WINDOWS32
FILETYPE {kind}
BEGIN
    BLOCK "StringFileInfo"
    BEGIN
        BLOCK "040904B0"
        BEGIN
            VALUE "FileDescription", "{description}"
            VALUE "FileVersion", "{version}"
            VALUE "InternalName", "{file}"
            VALUE "LegalCopyright", "Apache License 2.0"
            VALUE "OriginalFilename", "{file}"
            VALUE "ProductName", "ODBC driver for Exact Online"
            VALUE "ProductVersion", "{version}"
        END
    END
    BLOCK "VarFileInfo"
    BEGIN
        VALUE "Translation", 0x409, 1200
    END
END
"#
    );
    let folder = std::path::PathBuf::from(variable("OUT_DIR"));
    let (source, object) = (folder.join("version.rc"), folder.join("version.o"));
    let compiler = match variable("CARGO_CFG_TARGET_ARCH").as_str() {
        "x86" => "i686-w64-mingw32-windres",
        _ => "x86_64-w64-mingw32-windres",
    };
    let made = std::fs::write(&source, script).and_then(|()| {
        std::process::Command::new(compiler).arg("-c").arg("65001").arg(&source).arg(&object).status()
    });
    match made {
        Ok(status) if status.success() => {
            println!("cargo:rustc-link-arg-{link}={}", object.display());
            // The same source gives the same bytes.
            println!("cargo:rustc-link-arg-{link}=-Wl,--no-insert-timestamp");
        }
        failed => {
            eprintln!("{compiler} cannot make the version resource: {failed:?}");
            std::process::exit(1);
        }
    }
}
