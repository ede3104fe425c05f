//! InitiateOAuth=GETANDREFRESH: an application connects and nothing is stored, so a browser is opened.
//!
//! The sign-in itself is carried on by a process of its own, `exact-odbc login`, which the application's login time-out
//! does not end: Excel waits 15 seconds, a person takes longer, and the next try finds the sign-in stored.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pending::PendingSignIn;
use super::resolve::{self, App};
use super::{StoredSignIn, import};
use crate::error::{Error, Result};
use crate::settings::{Secret, Settings, StoreLocation};

/// The program that signs in, without the extension that Windows adds.
const PROGRAM: &str = "exact-odbc";
/// How long an application without a login time-out waits; the program itself gives up before.
const PATIENCE: Duration = Duration::from_secs(330);
const PAUSE: Duration = Duration::from_millis(200);

/// Has the user sign in and waits until it is done. `error` is what connecting came to without.
///
/// Dropping the future ends the wait, not the sign-in.
pub(crate) async fn sign_in_from_application(settings: &Settings, error: Error) -> Result<()> {
    let store = resolve::store_for_new(settings)?;
    let stored = store.load()?;
    if stored.as_ref().is_some_and(|stored| stored.ended.is_none()) {
        // There is a sign-in, but not the one that is asked for.
        return Err(error);
    }
    let StoreLocation::File(path) = store.location() else { return Err(error) };
    if !has_desktop(&|name| std::env::var(name).ok()) {
        let reason = format!(
            "{error}. InitiateOAuth=GETANDREFRESH opens a browser only on a desktop, and this process runs on none"
        );
        return Err(Error::NotSignedIn { reason });
    }
    let app = resolve::app(settings, stored.as_ref())?;
    let client_id = app.id.clone();
    let mut login = if PendingSignIn::is_under_way(&settings.base_url, &client_id)? {
        None
    } else {
        Some(Login::start(settings, app, stored.as_ref(), &path)?)
    };
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        // Looked at before the store, so that a sign-in stored in between is seen.
        let ended = match &mut login {
            Some(running) => running.ended()?,
            None => !PendingSignIn::is_under_way(&settings.base_url, &client_id)?,
        };
        if store.load()?.is_some_and(|found| found.ended.is_none()) {
            return Ok(());
        }
        match (ended, login.take()) {
            // It has left the sign-in to another process that was faster.
            (true, Some(_)) => {}
            (true, None) => break,
            (false, running) => login = running,
        }
        tokio::time::sleep(PAUSE).await;
    }
    let reason = "the sign-in in the browser was not completed. Connect again, or sign in with: exact-odbc login";
    Err(Error::NotSignedIn { reason: reason.into() })
}

/// Whether a person can see a browser that this process opens.
fn has_desktop(environment: &dyn Fn(&str) -> Option<String>) -> bool {
    let is_set = |name: &str| environment(name).is_some_and(|value| !value.is_empty());
    if cfg!(windows) {
        // Services have a session without a name.
        is_set("SESSIONNAME")
    } else if cfg!(target_os = "macos") {
        !is_set("SSH_CONNECTION")
    } else {
        is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
    }
}

/// A running `exact-odbc login`.
struct Login(Option<Child>);

/// Programs that were started and not waited for to the end. They go on; that they have ended must be noticed by
/// somebody, or the system remembers them as long as this process lives.
static LEFT: Mutex<Vec<Child>> = Mutex::new(Vec::new());

impl Login {
    /// Starts the program; what it needs to know goes through its standard input, which nobody else can read.
    fn start(settings: &Settings, app: App, stored: Option<&StoredSignIn>, store: &Path) -> Result<Self> {
        if import::callback_url(settings, stored).is_none() {
            return Err(import::no_callback_url());
        }
        LEFT.lock().unwrap_or_else(PoisonError::into_inner).retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        let program = program().ok_or_else(|| Error::NotSignedIn {
            reason: format!(
                "the program {PROGRAM}, which opens the browser, is neither beside the driver nor in the PATH. Sign in once \
                 with: exact-odbc login"
            ),
        })?;
        let failed = |error: std::io::Error| Error::NotSignedIn {
            reason: format!("{} cannot be started: {error}. Sign in once with: exact-odbc login", program.display()),
        };
        let mut command = Command::new(&program);
        command.args(["login", "--detached"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        on_its_own(&mut command);
        let mut child = command.spawn().map_err(failed)?;
        let text = serde_json::to_vec(&properties(settings, app, store)).unwrap_or_default();
        // Dropped at the end of the statement, which tells the program that this is all.
        let sent = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(&text));
        let login = Self(Some(child));
        sent.map_err(failed)?;
        Ok(login)
    }

    /// Whether it has ended well; an error with its own words if it has not.
    fn ended(&mut self) -> Result<bool> {
        let Some(child) = &mut self.0 else { return Ok(true) };
        let Ok(Some(status)) = child.try_wait() else { return Ok(false) };
        if status.success() {
            return Ok(true);
        }
        let mut said = String::new();
        if let Some(errors) = &mut child.stderr {
            // What cannot be read is replaced by our own words.
            let _ = errors.read_to_string(&mut said);
        }
        let said = said.trim().trim_start_matches("exact-odbc: ");
        let said = if said.is_empty() { "the sign-in was broken off" } else { said };
        Err(Error::NotSignedIn { reason: format!("{said}. Connect again, or sign in with: exact-odbc login") })
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        LEFT.lock().unwrap_or_else(PoisonError::into_inner).extend(self.0.take());
    }
}

/// Without a console window, and out of the reach of this process' Ctrl-C. On Unix the program sees to that itself.
#[cfg(windows)]
fn on_its_own(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

#[cfg(not(windows))]
fn on_its_own(_: &mut Command) {}

/// The properties that the program needs, as it takes them.
fn properties(settings: &Settings, app: App, store: &Path) -> Vec<(&'static str, String)> {
    let proxy = &settings.proxy;
    let secret = |secret: &Secret| secret.reveal().to_owned();
    let optional = [
        ("CallbackURL", settings.callback_url.clone()),
        ("SSLServerCert", settings.ssl_server_cert.as_ref().map(|path| path.display().to_string())),
        ("ProxyServer", proxy.server.clone()),
        ("ProxyUser", proxy.user.clone()),
        ("ProxyPassword", proxy.password.as_ref().map(secret)),
        ("ProxyExceptions", Some(proxy.exceptions.join(";")).filter(|text| !text.is_empty())),
    ];
    let mut all = vec![
        ("Region", settings.region.to_owned()),
        ("BaseUrl", settings.base_url.clone()),
        ("OAuthClientId", app.id),
        ("OAuthClientSecret", secret(&app.secret)),
        ("OAuthSettingsLocation", store.display().to_string()),
        ("Timeout", settings.timeout.as_secs().to_string()),
        ("ProxyPort", proxy.port.to_string()),
        ("ProxyAutoDetect", proxy.auto_detect.to_string()),
    ];
    all.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    all
}

/// The program `exact-odbc`: that which came with this driver, else that in the PATH.
pub fn program() -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let beside = library_folder()
        .map(|folder| ["", "..", "../bin", "../../bin"].map(|way| folder.join(way).join(&name)).to_vec());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join(&name));
    beside.into_iter().flatten().chain(in_path).find(|program| program.is_file())
}

/// Where this driver's library lies, as the system has loaded it.
#[cfg(target_os = "linux")]
fn library_folder() -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let library = maps.lines().filter_map(|line| line.find('/').and_then(|start| line.get(start..)));
    let library = library.map(Path::new).find(|path| path.file_name().is_some_and(|name| name == "libexactodbc.so"))?;
    library.parent().map(Path::to_owned)
}

/// Where this driver's library lies, as it is registered.
#[cfg(windows)]
fn library_folder() -> Option<PathBuf> {
    Path::new(&crate::settings::library()?).parent().map(Path::to_owned)
}

#[cfg(not(any(target_os = "linux", windows)))]
fn library_folder() -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_desktop_has_a_display() {
        let has =
            |name: &'static str, value: &'static str| has_desktop(&|asked| (asked == name).then(|| value.to_owned()));
        assert!(has("DISPLAY", ":0") && has("WAYLAND_DISPLAY", "wayland-0"));
        assert!(!has("DISPLAY", "") && !has("HOME", "/root"));
    }

    #[test]
    fn the_program_is_told_all_that_the_connection_knows() {
        let given = [
            ("Region", "BE"),
            ("ProxyServer", "proxy.example"),
            ("ProxyPassword", "p"),
            ("ProxyExceptions", "a;b"),
            ("CallbackURL", "https://example.org/back"),
            ("Timeout", "5"),
        ];
        let given = given.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let settings = Settings::from_pairs(&given, &[]).unwrap().0;
        let app = App { id: "id".into(), secret: Secret::new("geheim") };
        let told = properties(&settings, app, Path::new("/a/store.json"));
        let told: Vec<_> = told.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let (found, notices) = Settings::from_pairs(&told, &[]).unwrap();
        assert_eq!(notices, Vec::new());
        assert_eq!((found.base_url, found.timeout), (settings.base_url, settings.timeout));
        assert_eq!((found.proxy, found.callback_url), (settings.proxy, settings.callback_url));
        assert_eq!(found.oauth_client_secret, Some(Secret::new("geheim")));
        assert_eq!(found.oauth_settings_location, Some(StoreLocation::File("/a/store.json".into())));
    }
}
