//! Changes: what is sent, and what becomes of one whose answer is lost.

use serde_json::{Map, Value};

use super::*;
use crate::error::Error;
use crate::writer::{Change, Verb, answered, send};

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
        (ResponseTemplate::new(503), "08S01"),
        (ResponseTemplate::new(502), "08S01"),
        (ResponseTemplate::new(500), "08S01"),
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
    let session = service.session().await;
    let first = send(&session, &change(Verb::Post)).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    // Calls to one division come one after the other, so this one waits.
    let second = send(&session, &change(Verb::Post)).unwrap();
    assert!(!second.withdraw());
    drop(second);
    assert!(first.withdraw());
    drop(first);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(service.requests(ACCOUNTS).await, 1);
}
