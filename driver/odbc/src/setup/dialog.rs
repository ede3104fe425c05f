//! The dialog of a data source, where the system has one: `exact-odbc dsn edit`, a program of its own, so that no window
//! and no library for windows comes into the application's process.

/// Key and value.
pub type Pairs = Vec<(String, String)>;

/// Lets a person complete what is known. `None` if it was cancelled; an error is a text that says why there was no dialog.
pub type Ask<'a> = &'a dyn Fn(&Pairs) -> Result<Option<Pairs>, String>;

/// Opens the dialog and waits until it is closed. The attributes go through its standard input, which nobody else can
/// read.
#[cfg(windows)]
pub fn ask(known: &Pairs) -> Result<Option<Pairs>, String> {
    use std::io::Write as _;
    use std::os::windows::process::CommandExt as _;
    use std::process::{Command, Stdio};

    /// It has no console of its own, and none of ours.
    const DETACHED_PROCESS: u32 = 0x0000_0008;
    /// Its exit code for a dialog that was cancelled.
    const CANCELLED: i32 = 3;
    let program = exact_engine::program().ok_or("the program exact-odbc, which has the dialog, is not installed")?;
    let failed = |error: std::io::Error| format!("{} cannot be started: {error}", program.display());
    let mut command = Command::new(&program);
    command.args(["dsn", "edit", "--stdio"]).creation_flags(DETACHED_PROCESS);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(exact_engine::settings::connection_string(known).as_bytes()).map_err(failed)?;
    }
    let done = child.wait_with_output().map_err(failed)?;
    match done.status.code() {
        Some(0) => {
            let text = String::from_utf8_lossy(&done.stdout);
            exact_engine::settings::parse_connection_string(text.trim()).map(Some).map_err(|error| error.to_string())
        }
        Some(CANCELLED) => Ok(None),
        _ => Err(format!("the dialog has ended: {}", String::from_utf8_lossy(&done.stderr).trim())),
    }
}

/// Whether this system has the dialog.
#[must_use]
pub fn open() -> Option<Ask<'static>> {
    #[cfg(windows)]
    return Some(&ask);
    #[cfg(not(windows))]
    None
}
