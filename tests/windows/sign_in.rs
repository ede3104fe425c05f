//! Signing in, and what of it can be read on disk.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::support::{CALLBACK, app, base_url, connect, consent, done, folder, program, run, value};

const PROTECTED: &[u8] = b"Exact Online sign-in, protected for its account\r\n";

fn contains(bytes: &[u8], text: &str) -> bool {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [text.as_bytes(), &wide].iter().any(|wanted| bytes.windows(wanted.len()).any(|part| part == *wanted))
}

#[test]
fn a_code_from_elsewhere_signs_in_and_the_store_shows_nothing() {
    let folder = folder("code");
    let store = folder.join("store.json");
    let (secret, _) = app("code");
    let base = base_url();
    let link = format!("{base}/api/oauth2/auth?client_id=code&redirect_uri={CALLBACK}&response_type=code&state=x");
    let arguments = [
        "login".to_owned(),
        format!("BaseUrl={base}"),
        format!("OAuthSettingsLocation={}", store.display()),
        "OAuthClientId=code".to_owned(),
        format!("CallbackURL={CALLBACK}"),
        "--code-stdin".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = done(&arguments, &format!("{}\n{secret}\n", consent(&link)));
    assert!(said.contains("as Noor Bakker."), "{said}");
    let bytes = std::fs::read(&store).unwrap();
    assert!(bytes.starts_with(PROTECTED));
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for word in [secret.as_str(), "refresh_token", "access_token", "client_secret"] {
            assert!(!contains(&bytes, word), "{} holds {word}", path.display());
        }
    }

    // The driver reads it, renews it and writes it protected again.
    let connection = format!("Driver={{Exact Online}};BaseUrl={base};OAuthSettingsLocation={};", store.display());
    assert_eq!(value(&connect(&connection), "SELECT FullName FROM \"current\".Me"), "Noor Bakker");
    assert!(std::fs::read(&store).unwrap().starts_with(PROTECTED));

    // What Windows cannot open is reported and left alone.
    let damaged = [PROTECTED, b"something else"].concat();
    std::fs::write(&store, &damaged).unwrap();
    let output = run(&["query", "SELECT 1 FROM Accounts", "--connection", &connection], "");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("protected for the account that signed in"), "{text}");
    assert_eq!(std::fs::read(&store).unwrap(), damaged);
}

#[test]
fn the_browser_comes_back_to_this_machine() {
    let store = folder("browser").join("store.json");
    let (secret, _) = app("browser");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let arguments = [
        "login".to_owned(),
        format!("BaseUrl={}", base_url()),
        format!("OAuthSettingsLocation={}", store.display()),
        "OAuthClientId=browser".to_owned(),
        "OAuthClientSecret=-".to_owned(),
        format!("CallbackURL=http://127.0.0.1:{port}/back"),
        "--no-browser".to_owned(),
    ];
    let mut command = Command::new(program());
    command.args(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{secret}\n").as_bytes()).unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let link = loop {
        let line = lines.next().expect(&said).unwrap();
        if let Some(link) = line.split_whitespace().find(|word| word.contains("/api/oauth2/auth?")) {
            break link.to_owned();
        }
        said.push_str(&line);
    };
    let page = ureq::get(consent(&link)).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(page.contains("You are signed in"), "{page}");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("as Noor Bakker."), "{said}");
    done(&["logout", "--store", store.to_str().unwrap()], "");
    assert!(!store.exists());
}

#[test]
fn without_a_browser_an_application_is_told_what_to_do() {
    let output =
        run(&["query", "SELECT 1 FROM Accounts", "--connection", "Driver={Exact Online};Region=FR;Division=1"], "");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("28000") && text.contains("exact-odbc login"), "{text}");
}
