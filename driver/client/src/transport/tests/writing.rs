//! Changes: what is sent, and what becomes of one whose answer is lost.

use serde_json::{Map, Value};

use super::*;
use crate::error::Error;
use crate::journal::ChangeRow;
use crate::writer::{Change, LookedUp, Verb, answered, send};

const ROW: &str = "/api/v1/5512/crm/Accounts(guid%2700000000-0000-4000-8000-000000000001%27)";

fn change(verb: Verb) -> Change {
    let entity = model().find(Some("crm"), "Accounts").unwrap();
    let key = (verb != Verb::Post).then(|| "guid'00000000-0000-4000-8000-000000000001'".to_owned());
    let body = Map::from_iter([("Name".to_owned(), Value::from("O'Neil"))]);
    Change { entity, division: 5512, verb, key, body, before: Map::new(), cause: Arc::default() }
}

async fn sent(session: &Arc<Session>, verb: Verb) -> Result<Option<RecordBatch>> {
    send(session, &change(verb)).unwrap().answer().await
}

fn at(verb: Verb) -> &'static str {
    if verb == Verb::Post { ACCOUNTS } else { ROW }
}

async fn answers(service: &Service, verb: Verb, answers: Vec<ResponseTemplate>) {
    for answer in answers {
        let answering = Mock::given(method(verb.name())).and(path(at(verb))).respond_with(answer);
        answering.up_to_n_times(1).mount(&service.server).await;
    }
}

#[tokio::test]
async fn a_new_row_comes_back_as_it_was_stored() {
    let service = Service::signed_in().await;
    let row =
        json!({"d": {"__metadata": {}, "ID": "00000000-0000-4000-8000-000000000001", "Name": "O'Neil", "Code": "7"}});
    answers(&service, Verb::Post, vec![ResponseTemplate::new(201).set_body_json(row)]).await;
    let batch = sent(&service.session().await, Verb::Post).await.unwrap().unwrap();
    let entity = change(Verb::Post).entity;
    let name = answered(entity).position(|index| entity.columns[index].name == "Name").unwrap();
    assert_eq!(arrow::array::AsArray::as_string::<i32>(batch.column(name)).value(0), "O'Neil");
    let requests = service.server.received_requests().await.unwrap();
    let request = requests.iter().find(|request| request.url.path() == ACCOUNTS).unwrap();
    assert_eq!(request.body, br#"{"Name":"O'Neil"}"#);
    assert_eq!(request.headers.get("Prefer").unwrap(), "return=representation");
}

#[tokio::test]
async fn a_post_is_sent_once_and_an_unknown_outcome_is_told() {
    for (answer, state) in [
        (ResponseTemplate::new(503), "HY000"),
        (ResponseTemplate::new(502), "HY000"),
        (ResponseTemplate::new(500), "HY000"),
        (ResponseTemplate::new(302), "HY000"),
        (ResponseTemplate::new(200).set_body_raw("<html><title>Proxy</title></html>", "text/html"), "HY000"),
        (ResponseTemplate::new(201).set_body_raw("<html></html>", "text/html"), "HY000"),
        (ResponseTemplate::new(200), "HY000"),
        (ResponseTemplate::new(200).set_body_raw(r#"{"d":{"ID":"#, "application/json"), "HY000"),
        (ResponseTemplate::new(201).set_delay(Duration::from_secs(20)), "HYT00"),
    ] {
        let service = Service::signed_in().await;
        answers(&service, Verb::Post, vec![answer]).await;
        let timed = [("Division", "5512"), ("OAuthRefreshToken", "r1"), ("Timeout", "1")];
        let (session, _) = service.open(&timed).await.unwrap();
        let error = sent(&session, Verb::Post).await.unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown { sqlstate, .. } if sqlstate == state), "{error:?}");
        assert_eq!(service.requests(ACCOUNTS).await, 1);
    }
}

#[tokio::test]
async fn a_rule_of_the_service_is_told_in_its_words() {
    for (status, words, state) in [
        (500, "Verplicht: Serie", "23000"),
        (500, "Gegeven bestaat reeds", "23000"),
        (400, "Ongeldige verwijzing: Item", "HY000"),
    ] {
        for verb in [Verb::Post, Verb::Put] {
            let service = Service::signed_in().await;
            answers(&service, verb, vec![said(status, words)]).await;
            let error = sent(&service.session().await, verb).await.unwrap_err();
            assert_eq!(error.sqlstate(), state, "{error}");
            assert!(error.is_from_service() && error.to_string().contains(words), "{error}");
            assert_eq!(service.requests(at(verb)).await, 1, "{}", verb.name());
        }
    }
}

#[tokio::test]
async fn what_is_the_same_done_twice_is_tried_again() {
    for verb in [Verb::Put, Verb::Delete] {
        let service = Service::signed_in().await;
        answers(&service, verb, vec![ResponseTemplate::new(503), ResponseTemplate::new(204)]).await;
        assert!(sent(&service.session().await, verb).await.unwrap().is_none());
        assert_eq!(service.requests(ROW).await, 2);
    }
    let service = Service::signed_in().await;
    answers(&service, Verb::Delete, vec![ResponseTemplate::new(504), said(404, "weg")]).await;
    sent(&service.session().await, Verb::Delete).await.unwrap();
    let service = Service::signed_in().await;
    answers(&service, Verb::Delete, vec![said(404, "weg")]).await;
    let error = sent(&service.session().await, Verb::Delete).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_change_that_waits_can_be_taken_back_and_one_that_left_runs_to_its_end() {
    let service = Service::signed_in().await;
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_millis(200)).set_body_json(json!({"d": {}}));
    answers(&service, Verb::Post, vec![slow.clone(), slow]).await;
    let folder = tempfile::tempdir().unwrap();
    let session = service.journalled(folder.path()).await;
    let first = send(&session, &change(Verb::Post)).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    // Calls to one division come one after the other, so this one waits.
    let second = send(&session, &change(Verb::Post)).unwrap();
    assert!(!second.withdraw());
    let left = || journal(&session).into_iter().map(|row| row.outcome).collect::<Vec<_>>();
    assert_eq!(left(), ["sent"], "what waits has not left");
    drop(second);
    assert!(first.withdraw());
    drop(first);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(service.requests(ACCOUNTS).await, 1);
    assert_eq!(left(), ["not sent", "made"]);
}

/// The journal of a session that [`Service::journalled`] opened, the latest change first.
fn journal(session: &Session) -> Vec<ChangeRow> {
    session.journal().unwrap().changes().unwrap()
}

/// The outcome and the status of the only change of a journal.
fn outcome(session: &Session) -> (String, Option<u16>) {
    let [row] = <[ChangeRow; 1]>::try_from(journal(session)).unwrap();
    (row.outcome, row.status)
}

#[tokio::test]
async fn what_happened_to_the_first_attempt_is_not_hidden_by_the_next() {
    let failures = [
        (Verb::Put, vec![ResponseTemplate::new(503), said(400, "al verwerkt")], "al verwerkt"),
        (Verb::Delete, vec![ResponseTemplate::new(504), said(500, "bestaat niet")], "bestaat niet"),
        (Verb::Put, vec![ResponseTemplate::new(502), ResponseTemplate::new(401), ResponseTemplate::new(401)], "28000"),
        (Verb::Put, vec![ResponseTemplate::new(503), ResponseTemplate::new(403)], "denies access"),
    ];
    for (verb, script, words) in failures {
        let (service, folder) = (Service::signed_in().await, tempfile::tempdir().unwrap());
        answers(&service, verb, script).await;
        let session = service.journalled(folder.path()).await;
        let error = sent(&session, verb).await.unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
        let text = error.to_string();
        // No second token is to be had, which the service says in words of its own.
        assert!(text.contains("HTTP status 50") && (text.contains(words) || words == "28000"), "{error}");
        assert_eq!(outcome(&session).0, "unknown");
    }
}

#[tokio::test]
async fn the_journal_tells_refused_from_not_sent() {
    let cases: [(u16, &str, Option<u16>); 4] = [
        (401, "refused", Some(401)),
        (403, "refused", Some(403)),
        (400, "refused", Some(400)),
        (201, "made", Some(201)),
    ];
    for (status, word, told) in cases {
        let (service, folder) = (Service::signed_in().await, tempfile::tempdir().unwrap());
        answers(&service, Verb::Post, vec![ResponseTemplate::new(status); 2]).await;
        let session = service.journalled(folder.path()).await;
        let answer = sent(&session, Verb::Post).await;
        assert_eq!((answer.is_ok(), outcome(&session)), (status == 201, (word.to_owned(), told)), "{status}");
    }
    // Nobody is there to give a token: it never leaves.
    let (service, folder) = (Service::start().await, tempfile::tempdir().unwrap());
    let session = service.journalled(folder.path()).await;
    sent(&session, Verb::Post).await.unwrap_err();
    assert_eq!((outcome(&session), service.requests(ACCOUNTS).await), (("not sent".to_owned(), None), 0));
}

#[tokio::test]
async fn a_change_that_waits_for_the_next_minute_has_not_left() {
    let (service, folder) = (Service::signed_in().await, tempfile::tempdir().unwrap());
    let ends = service.clock.now_ms() + 50_000;
    let spent = ResponseTemplate::new(429)
        .insert_header("X-RateLimit-Minutely-Limit", "60")
        .insert_header("X-RateLimit-Minutely-Remaining", "0")
        .insert_header("X-RateLimit-Minutely-Reset", ends.to_string().as_str());
    answers(&service, Verb::Post, vec![spent]).await;
    let session = service.journalled(folder.path()).await;
    let waiting = send(&session, &change(Verb::Post)).unwrap();
    while service.requests(ACCOUNTS).await == 0 || outcome(&session).0 == "sent" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(outcome(&session).0, "not sent");
    assert!(!waiting.withdraw(), "it was turned away, and can be taken back");
    drop(waiting);
    assert_eq!(
        (outcome(&session), journal(&session)[0].error.as_deref()),
        (("not sent".to_owned(), None), Some("the operation was cancelled"))
    );
    // Another is sent when the minute is over.
    answers(&service, Verb::Post, vec![ResponseTemplate::new(201)]).await;
    let mut again = send(&session, &change(Verb::Post)).unwrap();
    service.clock.advance(60);
    again.answer().await.unwrap();
    assert_eq!((journal(&session).len(), journal(&session)[0].outcome.as_str()), (2, "made"));
}

#[tokio::test]
async fn a_change_that_cannot_be_written_down_stays_and_costs_no_call() {
    let service = Service::signed_in().await;
    let given = [("Division", "5512"), ("OAuthRefreshToken", "r1"), ("Journal", "/dev/null/changes.sqlite")];
    let (session, _) = service.open(&given).await.unwrap();
    let error = sent(&session, Verb::Post).await.unwrap_err();
    assert!(matches!(error, Error::Journal { .. }), "{error:?}");
    assert_eq!((service.requests(ACCOUNTS).await, session.calls_made()), (0, 0));
}

#[tokio::test]
async fn a_new_row_of_which_only_the_address_is_told_is_read() {
    let service = Service::signed_in().await;
    let key = "00000000-0000-4000-8000-000000000001";
    let row = json!({"d": {"results": [{"__metadata": {}, "ID": key, "Name": "O'Neil"}]}});
    service.once("a1", ResponseTemplate::new(200).set_body_json(row)).await;
    let told = ResponseTemplate::new(201)
        .insert_header("Location", format!("{}{ACCOUNTS}(guid'{key}')", service.server.uri()).as_str());
    answers(&service, Verb::Post, vec![told]).await;
    let batch = sent(&service.session().await, Verb::Post).await.unwrap().unwrap();
    assert_eq!(crate::writer::key_of(change(Verb::Post).entity, &batch), Some(format!("guid'{key}'")));
    let requests = service.server.received_requests().await.unwrap();
    let read = requests.iter().find(|request| request.method == "GET").unwrap();
    assert!(read.url.query().unwrap().contains("$filter=ID%20eq%20guid%27"), "{}", read.url);
}

#[tokio::test]
async fn the_row_of_a_lost_change_is_read_again() {
    let held = |name: &str| json!([{"__metadata": {}, "ID": "00000000-0000-4000-8000-000000000001", "Name": name}]);
    let cases = [
        (Verb::Put, held("O'Neil"), "made"),
        (Verb::Put, held("Other"), "nothing"),
        (Verb::Put, json!([]), "unclear"),
        (Verb::Delete, json!([]), "made"),
        (Verb::Delete, held("O'Neil"), "nothing"),
    ];
    for (verb, rows, expected) in cases {
        let (service, folder) = (Service::signed_in().await, tempfile::tempdir().unwrap());
        answers(&service, verb, vec![ResponseTemplate::new(204).set_delay(Duration::from_secs(20))]).await;
        service.once("a1", ResponseTemplate::new(200).set_body_json(json!({"d": {"results": rows}}))).await;
        let path = folder.path().join("changes.sqlite").display().to_string();
        let given = [("Division", "5512"), ("OAuthRefreshToken", "r1"), ("Timeout", "1"), ("Journal", path.as_str())];
        let (session, _) = service.open(&given).await.unwrap();
        let mut sending = send(&session, &change(verb)).unwrap();
        let error = sending.answer().await.unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown { sqlstate: "HYT00", .. }), "{error:?}");
        let found = sending.look_up(&session, false).await.unwrap();
        let word = match &found {
            LookedUp::Made(row) => {
                sending.found(row.as_ref());
                "made"
            }
            LookedUp::Nothing => "nothing",
            LookedUp::Unclear => "unclear",
        };
        assert_eq!(word, expected, "{verb:?} {found:?}");
        assert_eq!(outcome(&session).0, if word == "made" { "made" } else { "unknown" });
    }
}

#[tokio::test]
async fn a_failure_in_unknown_words_is_not_certain() {
    for (status, words, certain) in [
        (500, "Verplicht: Serie", true),
        (500, "Ongeldige verwijzing: Item", true),
        (500, "Object reference not set to an instance of an object.", false),
        (400, "Object reference not set to an instance of an object.", true),
    ] {
        let service = Service::signed_in().await;
        answers(&service, Verb::Post, vec![said(status, words)]).await;
        let error = sent(&service.session().await, Verb::Post).await.unwrap_err();
        let Error::Rejected { certain: told, .. } = error else { panic!("{error:?}") };
        assert_eq!(told, certain, "{words}");
    }
    // The row holds what was sent, but so it did before: that the service refused it stands.
    let service = Service::signed_in().await;
    answers(&service, Verb::Put, vec![said(500, "Fout")]).await;
    let mut same = change(Verb::Put);
    same.before = same.body.clone();
    let session = service.session().await;
    let mut sending = send(&session, &same).unwrap();
    sending.answer().await.unwrap_err();
    assert!(matches!(sending.look_up(&session, true).await.unwrap(), LookedUp::Unclear));
    assert_eq!(service.requests(ACCOUNTS).await, 0);
}

#[tokio::test]
async fn long_and_strange_values_arrive_as_they_are() {
    let service = Service::signed_in().await;
    let row = json!({"d": {"__metadata": {}, "ID": "00000000-0000-4000-8000-000000000001"}});
    answers(&service, Verb::Post, vec![ResponseTemplate::new(201).set_body_json(row)]).await;
    let mut large = change(Verb::Post);
    let text = "\u{0}\u{1f}\"\\/\u{2028}'é🐘\r\n\t".repeat(100_000);
    large.body.insert("Remarks".into(), text.as_str().into());
    let session = service.session().await;
    send(&session, &large).unwrap().answer().await.unwrap().unwrap();
    let requests = service.server.received_requests().await.unwrap();
    let body = &requests.iter().find(|request| request.url.path() == ACCOUNTS).unwrap().body;
    let received: serde_json::Value = serde_json::from_slice(body).unwrap();
    assert_eq!(received["Remarks"].as_str(), Some(text.as_str()));
}
