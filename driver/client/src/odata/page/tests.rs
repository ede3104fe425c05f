use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int16Type, Int32Type, Int64Type, TimestampMillisecondType, UInt8Type};

use super::*;
use crate::model::{AccessKind, model};

fn request(schema: &str, name: &str, kind: AccessKind, columns: &[&str]) -> ReadRequest {
    let entity = model().find(Some(schema), name).unwrap();
    ReadRequest {
        entity,
        path: entity.path(kind).unwrap(),
        division: 5512,
        columns: columns.iter().map(|name| entity.column(name).unwrap().0).collect(),
        filter: None,
        order_by: None,
        top: None,
        parameters: Vec::new(),
        key: None,
    }
}

fn accounts(columns: &[&str]) -> PageDecoder {
    PageDecoder::new(&request("crm", "Accounts", AccessKind::Regular, columns))
}

fn decode(columns: &[&str], body: &str) -> Result<Page> {
    accounts(columns).decode(body.as_bytes())
}

/// The values of the only column, as text; `null` for nulls.
fn values(page: &Page, column: usize) -> Vec<String> {
    let array = page.batch.column(column);
    let text = |row: usize| match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Timestamp(..) => array.as_primitive::<TimestampMillisecondType>().value(row).to_string(),
        _ => format!("{:?}", array.as_binary::<i32>().value(row)),
    };
    (0..array.len()).map(|row| if array.is_null(row) { "null".to_owned() } else { text(row) }).collect()
}

const ID: &str = "6f7b0000-0000-4000-8000-0000000000ab";

/// An expanded collection: whole, empty, cut with a link, cut without one, not delivered, left out.
#[test]
fn rows_of_a_collection_come_along() {
    let invoices = request("salesinvoice", "SalesInvoices", AccessKind::Regular, &["InvoiceID", "Division"]);
    let lines = request("salesinvoice", "SalesInvoiceLines", AccessKind::Regular, &["InvoiceID", "AmountDC"]);
    let expansion = Expansion { name: "SalesInvoiceLines", lines };
    let url = invoices.url_with(&expansion, "https://h");
    assert!(url.contains("$expand=SalesInvoiceLines&$select=InvoiceID,"), "{url}");
    assert!(url.contains("SalesInvoiceLines/InvoiceID,SalesInvoiceLines/AmountDC"), "{url}");
    let line = |amount: usize| format!(r#"{{"AmountDC":{amount},"InvoiceID":"{ID}"}}"#);
    let many = |count: usize| (0..count).map(line).collect::<Vec<_>>().join(",");
    let collections = [
        format!(r#"{{"results":[{},{}]}}"#, line(1), line(2)),
        r#"{"results":[]}"#.to_owned(),
        format!(r#"{{"results":[{}],"__next":"https://h/next"}}"#, line(3)),
        format!("[{}]", many(60)),
        format!(r#"{{"results":[{}]}}"#, many(59)),
        r#"{"__deferred":{"uri":"https://h/deferred"}}"#.to_owned(),
        "null".to_owned(),
    ];
    let rows = collections.iter().map(|lines| format!(r#"{{"SalesInvoiceLines":{lines},"InvoiceID":"{ID}"}}"#));
    let rows: Vec<_> = rows.chain([format!(r#"{{"InvoiceID":"{ID}"}}"#)]).collect();
    let body = format!(r#"{{"d":{{"results":[{}]}}}}"#, rows.join(","));
    let page = PageDecoder::with_lines(&invoices, Some(&expansion)).decode(body.as_bytes()).unwrap();
    assert_eq!((page.batch.num_columns(), page.batch.num_rows()), (3, 8));
    let lists = page.batch.column(2).as_list::<i32>();
    let lengths: Vec<_> = (0..8).map(|row| lists.is_valid(row).then(|| lists.value(row).len())).collect();
    assert_eq!(lengths, [Some(2), Some(0), None, None, Some(59), None, None, None]);
    let amounts = lists.value(0).as_struct().column(1).as_primitive::<Float64Type>().values().to_vec();
    assert_eq!(amounts, [1.0, 2.0]);
    let wrong = body.replace(":2,", r#":"x","#);
    let error = PageDecoder::with_lines(&invoices, Some(&expansion)).decode(wrong.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("SalesInvoiceLines"), "{error}");
}

#[test]
fn every_shape_of_a_list_is_read() {
    let shapes = [
        r#"{"d":{"results":[{"Name":"a"},{"Name":"b"}],"__next":"https://h/x?$skiptoken=1"}}"#,
        r#"{"d":{"__next":"https://h/x?$skiptoken=1","__count":"7","results":[{"Name":"a"},{"Name":"b"}]}}"#,
        r#"{"d":[{"Name":"a"},{"Name":"b"}]}"#,
        "\u{feff}{\"odata\":1,\"d\":[{\"Name\":\"a\"},{\"Name\":\"b\"}]}",
    ];
    for (index, shape) in shapes.iter().enumerate() {
        let page = decode(&["Name"], shape).unwrap();
        assert_eq!(values(&page, 0), ["a", "b"], "{shape}");
        assert_eq!(page.next.is_some(), index < 2, "{shape}");
    }
    let single = decode(&["Name", "Code"], r#"{"d":{"__metadata":{"uri":"x"},"Name":"a"}}"#).unwrap();
    assert_eq!((values(&single, 0), values(&single, 1)), (vec!["a".into()], vec!["null".into()]));
    for empty in [r#"{"d":{"results":[]}}"#, r#"{"d":[]}"#] {
        assert_eq!(decode(&["Name"], empty).unwrap().batch.num_rows(), 0);
    }
    let last = decode(&["Name"], r#"{"d":{"results":[],"__next":null}}"#).unwrap();
    assert_eq!(last.next, None);
}

#[test]
fn columns_are_found_by_name_in_any_order_and_missing_ones_are_null() {
    let body = r#"{"d":{"results":[
        {"__metadata":{"uri":"u","type":"t"},"Name":"a","Unheard":{"x":[1]},"Code":"1","BankAccounts":{"__deferred":{"uri":"u"}}},
        {"Code":"2","Name":"b","Name":"again"},
        {},
        {"City":null,"Code":"4"}]}}"#;
    let page = decode(&["Name", "City", "Code", "Name"], body).unwrap();
    assert_eq!(values(&page, 0), ["a", "b", "null", "null"]);
    assert_eq!(values(&page, 1), ["null"; 4]);
    assert_eq!(values(&page, 2), ["1", "2", "null", "4"]);
    assert_eq!(values(&page, 3), values(&page, 0));
}

#[test]
fn every_form_of_a_value_is_taken() {
    let cases = [
        ("crm", "Accounts", "Name", r#""K\u00e4se \"x\" \/""#, "Käse \"x\" /"),
        ("crm", "Accounts", "Name", "5", "5"),
        ("crm", "Accounts", "Name", "1.5", "1.5"),
        ("crm", "Accounts", "Name", "true", "true"),
        ("crm", "Accounts", "Name", r#"" x ""#, " x "),
        ("crm", "Accounts", "Code", r#""              1024""#, "1024"),
        ("crm", "Accounts", "Country", r#""NL ""#, "NL"),
        ("crm", "Accounts", "ID", r#""6F7B0000-0000-4000-8000-0000000000AB""#, ID),
        ("crm", "Accounts", "Created", r#""\/Date(1382667872203)\/""#, "1382667872203"),
        ("crm", "Accounts", "Created", r#""/Date(-1000)/""#, "-1000"),
        ("crm", "Accounts", "IsSales", "1", "true"),
        ("crm", "Accounts", "IsSales", "false", "false"),
        ("crm", "Accounts", "IsCompetitor", "true", "1"),
        ("crm", "Accounts", "IsCompetitor", "255", "255"),
        ("crm", "Accounts", "Division", "\"5\"", "5"),
        ("crm", "Accounts", "Division", "5.0", "5"),
        ("salesinvoice", "SalesInvoices", "AmountDC", "9075", "9075"),
        ("salesinvoice", "SalesInvoices", "AmountDC", "-0.07", "-0.07"),
        ("salesinvoice", "SalesInvoices", "AmountDC", "\"0.1\"", "0.1"),
        ("salesinvoice", "SalesInvoices", "AmountDC", "1.7976931348623157e308", &f64::MAX.to_string()),
        ("salesinvoice", "SalesInvoices", "AmountDC", "18446744073709551615", "18446744073709552000"),
        ("crm", "Accounts", "Logo", r#""aGk=""#, "[104, 105]"),
        ("crm", "Accounts", "Logo", "null", "null"),
        ("crm", "Accounts", "Name", r#"{"__deferred":{"uri":"u"}}"#, "null"),
    ];
    for (schema, name, column, json, expected) in cases {
        let decoder = PageDecoder::new(&request(schema, name, AccessKind::Regular, &[column]));
        let page = decoder.decode(format!(r#"{{"d":[{{"ID":"{ID}","{column}":{json}}}]}}"#).as_bytes());
        assert_eq!(values(&page.unwrap(), 0), [expected], "{column} {json}");
    }
    let sync = PageDecoder::new(&request("sync_crm", "Accounts", AccessKind::Sync, &["Timestamp"]));
    for json in ["\"493115\"", "493115"] {
        let page = sync.decode(format!(r#"{{"d":[{{"Timestamp":{json}}}]}}"#).as_bytes()).unwrap();
        assert_eq!(values(&page, 0), ["493115"]);
    }
}

#[test]
fn what_does_not_fit_is_an_error_that_names_column_and_value() {
    let cases = [
        ("IsCompetitor", "256", "22003", "Edm.Byte"),
        ("IsCompetitor", "-1", "22003", "Edm.Byte"),
        ("Division", "2147483648", "22003", "Edm.Int32"),
        ("Division", "18446744073709551615", "22003", "Edm.Int32"),
        ("Division", "1.5", "22003", "Edm.Int32"),
        ("Division", "\"x\"", "22018", "Edm.Int32"),
        ("Created", "\"2026-01-31\"", "22018", "Edm.DateTime"),
        ("Created", "5", "22018", "Edm.DateTime"),
        ("IsSales", "2", "22018", "Edm.Boolean"),
        ("Logo", "\"*\"", "22018", "Edm.Binary"),
        ("Name", "[1]", "22018", "Edm.String"),
    ];
    for (column, json, sqlstate, type_name) in cases {
        let error = decode(&[column], &format!(r#"{{"d":[{{"{column}":{json}}}]}}"#)).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.sqlstate(), sqlstate, "{text}");
        assert!(text.contains(column) && text.contains("crm.Accounts") && text.contains(type_name), "{text}");
    }
}

#[test]
fn bodies_that_are_no_page_are_recognised() {
    let whole = r#"{"d":{"results":[{"Name":"a"}]}}"#;
    let cases = [
        ("", "empty"),
        ("  \n", "empty"),
        ("<!DOCTYPE html><html>", "HTML"),
        ("Service unavailable", "plain text"),
        (&whole[..20], "cut off"),
        (&whole[..whole.len() - 1], "cut off"),
        (r#"{"d":{"results":[}"#, "broken JSON"),
        (r#"{"d":[]} x"#, "broken JSON"),
        (r#"{"value":[]}"#, "without rows"),
        (r#"{"d":{}}"#, "without rows"),
        (r#"{"d":5}"#, "broken JSON"),
    ];
    for (body, expected) in cases {
        let error = decode(&["Name"], body).unwrap_err();
        assert_eq!(error.sqlstate(), "08S01");
        assert!(error.to_string().contains(expected), "{body}: {error}");
    }
}

#[test]
fn rows_are_counted_without_columns() {
    let page = decode(&[], r#"{"d":{"results":[{"ID":"x"},{"ID":"y"},{"ID":"z"}]}}"#).unwrap();
    assert_eq!((page.batch.num_columns(), page.batch.num_rows()), (0, 3));
}

#[test]
fn columns_of_ours_are_filled() {
    let columns = ["Division", "accountId", "Description"];
    let mut function = request("read_financial", "ReceivablesListByAccount", AccessKind::Function, &columns);
    function.parameters = vec![("accountId".into(), format!("guid'{ID}'"))];
    let page = PageDecoder::new(&function).decode(br#"{"d":[{"Description":"a"},{"Description":"b"}]}"#).unwrap();
    assert_eq!(values(&page, 0), ["5512", "5512"]);
    assert_eq!(values(&page, 1).len(), 2);
    assert_eq!(values(&page, 2), ["a", "b"]);
    let date = request("read_project", "HoursByDate", AccessKind::Function, &["checkDate"]);
    let date = ReadRequest { parameters: vec![("checkDate".into(), "datetime'2026-01-31T00:00:00'".into())], ..date };
    let page = PageDecoder::new(&date).decode(br#"{"d":[{"x":1}]}"#).unwrap();
    assert_eq!(values(&page, 0), ["1769817600000"]);
}
