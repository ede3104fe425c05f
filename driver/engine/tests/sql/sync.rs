//! Rows that change while a sync endpoint is read.

use exact_engine::Limits;
use exact_engine::arrow::array::AsArray;
use exact_simulator::Options;
use serde_json::Value;

use crate::company::{Company, rows};

/// Reads and writes as another program does.
struct Other {
    base_url: String,
    token: String,
}

impl Other {
    fn sign_in(company: &Company) -> Other {
        let sign_in = company.simulator.sign_in_as("another program");
        let base_url = company.simulator.base_url();
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &sign_in.refresh_token),
            ("client_id", &sign_in.client_id),
            ("client_secret", &sign_in.client_secret),
        ];
        let mut answer = ureq::post(format!("{base_url}/api/oauth2/token")).send_form(form).unwrap();
        let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        Other { base_url: base_url.to_string(), token: answer["access_token"].as_str().unwrap().to_owned() }
    }

    fn put(&self, path: &str, body: &str) {
        let request = ureq::put(format!("{}/api/v1/5512/{path}", self.base_url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        assert_eq!(request.send(body).unwrap().status(), 204);
    }
}

/// A row that is changed behind the page that holds it comes again at the end: once, as it is then (product section 6).
#[test]
fn a_row_that_changes_while_it_is_read_counts_as_it_is_in_the_end() {
    let company = Company::with(Options { scale: 3.0, ..Options::default() });
    let connection = company.connect("");
    let all = rows(&connection, "SELECT COUNT(*) FROM ItemWarehouses");
    let sql = "SELECT ID, MaximumStock FROM ItemWarehouses";
    let limits = Limits::default();
    let mut result = connection.prepare(sql).unwrap()[0].execute(&[], &limits, 0).unwrap().result.unwrap();
    // The first page is here, the second one not asked for yet.
    let first = rows(&connection, "SELECT TOP 1 ID FROM sync_inventory.ItemWarehouses ORDER BY Timestamp");
    Other::sign_in(&company)
        .put(&format!("inventory/ItemWarehouses(guid'{}')", first[0][0]), r#"{"MaximumStock": 987654}"#);
    let (mut count, mut changed) = (0, Vec::new());
    while let Some(batch) = result.next_batch(&limits).unwrap() {
        count += batch.num_rows();
        let (ids, stock) = (
            batch.column(0).as_string::<i32>(),
            batch.column(1).as_primitive::<exact_engine::arrow::datatypes::Float64Type>(),
        );
        changed.extend((0..batch.num_rows()).filter(|row| ids.value(*row) == first[0][0]).map(|row| stock.value(row)));
    }
    assert_eq!((count.to_string(), changed), (all[0][0].clone(), vec![987_654.0]));
    assert!(count > 1000, "more than a page: {count}");
}
