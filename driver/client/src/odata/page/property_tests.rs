//! Random rows, written as JSON the way the service writes them, must come back as they were.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int32Type, TimestampMillisecondType, UInt8Type};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::model::{AccessKind, model};

#[derive(Clone, Debug)]
struct Account {
    name: Option<String>,
    created: Option<i64>,
    discount: Option<f64>,
    division: Option<i32>,
    competitor: Option<u8>,
    sales: Option<bool>,
    /// Which members the row lacks altogether, and whether it is written backwards.
    absent: [bool; 6],
    backwards: bool,
    noise: bool,
}

const COLUMNS: [&str; 6] = ["Created", "DiscountSales", "Division", "IsCompetitor", "IsSales", "Name"];

fn account() -> impl Strategy<Value = Account> {
    let finite = any::<f64>().prop_filter("JSON has no such number", |number| number.is_finite());
    (
        any::<Option<String>>(),
        any::<Option<i64>>(),
        proptest::option::of(finite),
        any::<Option<i32>>(),
        any::<Option<u8>>(),
        any::<Option<bool>>(),
        any::<[bool; 6]>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(name, created, discount, division, competitor, sales, absent, backwards, noise)| Account {
            name,
            created,
            discount,
            division,
            competitor,
            sales,
            absent,
            backwards,
            noise,
        })
}

impl Account {
    fn value(&self, column: usize) -> Value {
        match COLUMNS[column] {
            "Created" => json!(self.created.map(|ms| format!("/Date({ms})/"))),
            "DiscountSales" => json!(self.discount),
            "Division" => json!(self.division),
            "IsCompetitor" => json!(self.competitor),
            "IsSales" => json!(self.sales),
            _ => json!(self.name),
        }
    }

    fn written(&self) -> String {
        let mut members: Vec<String> = (0..COLUMNS.len())
            .filter(|&column| !self.absent[column])
            .map(|column| format!("{}:{}", json!(COLUMNS[column]), self.value(column)))
            .collect();
        if self.noise {
            members.insert(0, r#""__metadata":{"uri":"u"},"More":[{"a":null}]"#.to_owned());
        }
        if self.backwards {
            members.reverse();
        }
        format!("{{{}}}", members.join(","))
    }

    /// The row as a JSON object with a member per column, null where absent.
    fn expected(&self) -> Map<String, Value> {
        let value = |column: usize| if self.absent[column] { Value::Null } else { self.value(column) };
        (0..COLUMNS.len()).map(|column| (COLUMNS[column].to_owned(), value(column))).collect()
    }
}

fn found(batch: &RecordBatch, row: usize) -> Map<String, Value> {
    let value = |name: &str| {
        let array = batch.column_by_name(name).unwrap();
        if array.is_null(row) {
            return Value::Null;
        }
        match name {
            "Created" => json!(format!("/Date({})/", array.as_primitive::<TimestampMillisecondType>().value(row))),
            "DiscountSales" => json!(array.as_primitive::<Float64Type>().value(row)),
            "Division" => json!(array.as_primitive::<Int32Type>().value(row)),
            "IsCompetitor" => json!(array.as_primitive::<UInt8Type>().value(row)),
            "IsSales" => json!(array.as_boolean().value(row)),
            _ => json!(array.as_string::<i32>().value(row)),
        }
    };
    COLUMNS.iter().map(|name| ((*name).to_owned(), value(name))).collect()
}

proptest! {
    #[test]
    fn rows_come_back_as_they_were(rows in proptest::collection::vec(account(), 0..20), wrapped: bool) {
        let entity = model().find(Some("crm"), "Accounts").unwrap();
        let request = ReadRequest {
            entity,
            path: entity.path(AccessKind::Regular).unwrap(),
            division: 1,
            columns: COLUMNS.iter().map(|name| entity.column(name).unwrap().0).collect(),
            filter: None,
            order_by: None,
            top: None,
            parameters: Vec::new(),
            key: None,
        };
        let written: Vec<String> = rows.iter().map(Account::written).collect();
        let list = format!("[{}]", written.join(","));
        let body = if wrapped { format!(r#"{{"d":{{"results":{list}}}}}"#) } else { format!(r#"{{"d":{list}}}"#) };
        let page = PageDecoder::new(&request).decode(body.as_bytes()).unwrap();
        prop_assert_eq!(page.batch.num_rows(), rows.len());
        for (row, account) in rows.iter().enumerate() {
            prop_assert_eq!(found(&page.batch, row), account.expected());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..120_usize) {
        let entity = model().find(Some("crm"), "Accounts").unwrap();
        let path = entity.path(AccessKind::Regular).unwrap();
        let (filter, order_by) = (None, None);
        let columns = vec![0, 1, 2];
        let request = ReadRequest { entity, path, division: 1, columns, filter, order_by, top: None, parameters: Vec::new(), key: None };
        let decoder = PageDecoder::new(&request);
        prop_assert!(decoder.decode(&body).is_err());
        let whole = br#"{"d":{"results":[{"ID":"6f7b0000-0000-4000-8000-0000000000ab","Accountant":null,"Code":"1"}],"__next":"x"}}"#;
        if cut < whole.len() {
            prop_assert!(decoder.decode(&whole[..cut]).is_err(), "a page cut short is never taken for a whole one");
        }
    }
}
