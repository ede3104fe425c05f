use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::*;
use crate::settings::Settings;
use crate::transport::SystemClock;

fn journal(path: &Path, days: u32) -> Journal {
    let file = File::of(Some(path), &StoreLocation::Memory("none".into()));
    let (clock, site) = (Arc::new(SystemClock), "https://start.exactonline.nl".to_owned());
    Journal { file, clock, site, user: Some("Noor".into()), connection: 7, days }
}

fn intent<'a>(before: &'a Map<String, Value>) -> Intent<'a> {
    Intent {
        statement: 3,
        sql: "UPDATE Accounts SET Name = 'New'",
        division: Some(5512),
        table: "crm.Accounts".into(),
        method: "PUT",
        url: "https://start.exactonline.nl/api/v1/5512/crm/Accounts(guid'1')",
        body: r#"{"Name":"New"}"#.into(),
        key: Some("guid'1'"),
        before,
    }
}

fn answer(status: u16, body: &[u8]) -> Answer<'_> {
    Answer { status, body }
}

fn before() -> Map<String, Value> {
    Map::from_iter([("Name".to_owned(), Value::from("Old"))])
}

#[test]
fn a_change_is_there_before_it_is_sent_and_its_outcome_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/changes.sqlite");
    let (journal, before) = (journal(&path, 90), before());
    assert_eq!(journal.changes().unwrap(), []);
    assert!(!path.exists(), "who only looks makes no file");
    let entry = journal.record_before(&intent(&before)).unwrap();
    let sent = journal.changes().unwrap().remove(0);
    assert_eq!((sent.outcome.as_str(), sent.status, sent.ended_ms), ("sent", None, None));
    assert_eq!(
        (sent.user.as_deref(), sent.process, sent.connection, sent.statement),
        (Some("Noor"), std::process::id(), 7, 3)
    );
    assert_eq!((sent.before.as_deref(), sent.key.as_deref()), (Some(r#"{"Name":"Old"}"#), Some("guid'1'")));
    let outcomes = [
        (Outcome::Made { answer: Some(answer(201, b"{}")), key: Some("guid'2'") }, "made", Some((201, "{}")), None),
        (
            Outcome::Refused { answer: answer(500, "Verplicht: Reeks é".as_bytes()), reason: "Verplicht" },
            "refused",
            Some((500, "Verplicht: Reeks é")),
            Some("Verplicht"),
        ),
        (Outcome::NotSent { reason: "cancelled" }, "not sent", None, Some("cancelled")),
        (Outcome::Unknown { answer: Some(answer(504, b"")), reason: "late" }, "unknown", Some((504, "")), Some("late")),
        (Outcome::Unknown { answer: None, reason: "reset" }, "unknown", None, Some("reset")),
    ];
    for (outcome, name, answered, error) in outcomes {
        journal.record_after(entry, &outcome);
        let row = journal.changes().unwrap().remove(0);
        assert_eq!((row.outcome.as_str(), row.error.as_deref()), (name, error));
        assert_eq!(row.status.zip(row.answer.as_deref()), answered);
        assert!(row.ended_ms >= Some(row.at_ms) && row.key.as_deref() == Some("guid'2'"), "{row:?}");
    }
    #[cfg(unix)]
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn of_a_long_answer_the_beginning_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, before) = (journal(&folder.path().join("changes.sqlite"), 90), before());
    let entry = journal.record_before(&intent(&before)).unwrap();
    let long = "é".repeat(100_000);
    journal.record_after(entry, &Outcome::Made { answer: Some(answer(201, long.as_bytes())), key: None });
    let kept = journal.changes().unwrap().remove(0).answer.unwrap();
    assert!(kept.starts_with(&long[..1_000]) && kept.ends_with("é ... (200000 bytes in all)"), "{}", kept.len());
    assert!((65_536..65_600).contains(&kept.len()), "{}", kept.len());
    assert!(journal.record_again(entry).unwrap());
    assert_eq!(journal.changes().unwrap().remove(0).answer, None, "it is on its way once more");
}

#[test]
fn what_is_older_than_it_is_kept_goes_and_other_services_are_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changes.sqlite");
    let before = before();
    let long = journal(&path, 90);
    long.record_before(&intent(&before)).unwrap();
    let later = |days: i64| {
        let older = format!("UPDATE changes SET at = at - {0}, keep_until = keep_until - {0}", days * DAY_MS);
        long.file.with(|connection| connection.execute(&older, [])).unwrap();
    };
    later(10);
    let other = Journal { site: "https://start.exactonline.be".into(), ..journal(&path, 90) };
    other.record_before(&intent(&before)).unwrap();
    assert_eq!((long.changes().unwrap().len(), other.changes().unwrap().len()), (1, 1));
    let short = journal(&path, 9);
    short.record_before(&intent(&before)).unwrap();
    let kept = || long.changes().unwrap().into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(kept(), [3, 1], "each is kept for the days of its own connection");
    later(10);
    assert_eq!(kept(), [1]);
    short.record_before(&intent(&before)).unwrap();
    let stored = "SELECT group_concat(id) FROM (SELECT id FROM changes ORDER BY id)";
    let stored = long.file.with(|connection| connection.query_row(stored, [], |row| row.get::<_, String>(0))).unwrap();
    assert_eq!(stored, "1,2,4", "what is over is removed");
    later(81);
    assert!(kept().is_empty());
}

#[cfg(unix)]
#[test]
fn a_file_that_was_moved_away_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changes.sqlite");
    let (journal, before) = (journal(&path, 90), before());
    let first = journal.record_before(&intent(&before)).unwrap();
    let old = folder.path().join("old.sqlite");
    std::fs::rename(&path, &old).unwrap();
    assert_eq!(journal.changes().unwrap(), []);
    let second = journal.record_before(&intent(&before)).unwrap();
    let made = Outcome::Made { answer: Some(answer(204, b"")), key: None };
    assert!(!journal.record_after(first, &made) || first.at_ms == second.at_ms, "it is in the other file");
    assert!(journal.record_after(second, &made) && journal.record_again(second).unwrap());
    assert_eq!(journal.changes().unwrap().len(), 1);
    assert_eq!(self::journal(&old, 90).changes().unwrap().len(), 1, "nothing is left beside it");
    std::fs::remove_file(&path).unwrap();
    journal.record_before(&intent(&before)).unwrap();
    assert!(path.exists());
}

#[test]
fn what_reverts_a_change_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, before) = (journal(&folder.path().join("changes.sqlite"), 90), before());
    journal.record_before(&Intent { sql: "/* undo 17 */ DELETE FROM Accounts", ..intent(&before) }).unwrap();
    journal.record_before(&intent(&before)).unwrap();
    let reverts: Vec<_> = journal.changes().unwrap().into_iter().map(|row| row.reverts).collect();
    assert_eq!(reverts, [None, Some(17)]);
}

#[test]
fn keys_are_known_to_every_connection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changes.sqlite");
    assert_eq!(journal(&path, 90).kept_key("a", 1), None);
    journal(&path, 90).learn_key("a", 1, "b").unwrap();
    assert_eq!(journal(&path, 90).kept_key("a", 1).as_deref(), Some("b"));
    assert_eq!(journal(&path, 90).kept_key("a", 2), None, "in another division it may be another row's");
    assert_eq!(journal(&path, 90).kept_key("b", 1), None);
}

#[test]
fn what_cannot_be_written_down_is_an_error_that_says_so() {
    let before = before();
    let error = journal(Path::new("/dev/null/changes.sqlite"), 90).record_before(&intent(&before)).unwrap_err();
    assert_eq!(error.sqlstate(), "HY000");
    for words in ["/dev/null/changes.sqlite", "nothing was sent", "Journal=off"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changes.sqlite");
    let foreign = "this is no database, however long it may be; it only looks like one in its name";
    std::fs::write(&path, foreign).unwrap();
    journal(&path, 90).record_before(&intent(&before)).unwrap_err();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), foreign, "it is left alone");
}

#[test]
fn settings_say_where_and_whether() {
    let store = StoreLocation::File("/a/b/store.json".into());
    let of = |value: &str| {
        let pairs = [("Journal".to_owned(), value.to_owned())];
        let settings = Settings::from_pairs(&pairs, &[]).unwrap().0;
        Journal::of(&settings, &store, None, Arc::new(SystemClock))
    };
    assert!(of("off").is_none());
    let named = |value: &str| {
        let journal = of(value).unwrap();
        (journal.file.path().unwrap().to_owned(), journal.days)
    };
    assert_eq!(named("on"), ("/a/b/exact-changes-3.sqlite".into(), 90));
    assert_eq!(named("30"), ("/a/b/exact-changes-3.sqlite".into(), 30));
    assert_eq!(named("/c/writes.sqlite"), ("/c/writes.sqlite".into(), 90));
}

/// Tells the process that [`a_killed_process_leaves_what_it_sent`] starts where to write.
const PLACE: &str = "EXACT_TEST_JOURNAL";

/// Not a test of its own: what the killed process does.
#[test]
fn killed_process() {
    let Some(path) = std::env::var_os(PLACE) else { return };
    let (journal, before) = (journal(Path::new(&path), 90), before());
    for _ in 0..3 {
        let entry = journal.record_before(&intent(&before)).unwrap();
        journal.record_after(entry, &Outcome::Made { answer: Some(answer(204, b"")), key: None });
    }
    journal.record_before(&intent(&before)).unwrap();
    println!("written");
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_killed_process_leaves_what_it_sent() {
    use std::io::{BufRead as _, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changes.sqlite");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["journal::tests::killed_process", "--exact", "--nocapture"])
        .env(PLACE, &path)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("written")));
    // On Unix this is SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    let rows = journal(&path, 90).changes().unwrap();
    let outcomes: Vec<_> = rows.iter().map(|row| (row.outcome.as_str(), row.process)).collect();
    let process = child.id();
    assert_eq!(outcomes, [("sent", process), ("made", process), ("made", process), ("made", process)]);
}

/// Not a test of its own: what one of several processes does.
#[test]
fn writing_process() {
    let Some(path) = std::env::var_os(PLACE) else { return };
    let (journal, before) = (journal(Path::new(&path), 90), before());
    for _ in 0..EACH {
        let entry = journal.record_before(&intent(&before)).unwrap();
        assert!(journal.record_after(entry, &Outcome::Made { answer: Some(answer(204, b"")), key: None }));
    }
}

/// Changes of each process.
const EACH: usize = 25;

#[test]
fn several_processes_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changes.sqlite");
    let start = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["journal::tests::writing_process", "--exact"]).env(PLACE, &path).spawn().unwrap()
    };
    let mut processes = [start(), start(), start()];
    assert!(processes.iter_mut().all(|process| process.wait().unwrap().success()));
    let rows = journal(&path, 90).changes().unwrap();
    assert!(rows.iter().all(|row| row.outcome == "made"));
    for process in &processes {
        assert_eq!(rows.iter().filter(|row| row.process == process.id()).count(), EACH);
    }
}
