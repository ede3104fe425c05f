//! Every kind of row that the service takes, by the facts of the catalog: it is made, read back, changed and removed,
//! and what the simulator received is compared with what was to be sent. Whatever the service does not take is refused
//! before anything is sent.

mod catalog;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use exact_engine::Connection;
use exact_simulator::{Options, RequestRecord, Switches};
use serde_json::{Map, Value as Json, json};

use super::{change, execute};
use crate::company::{Company, rows, try_rows};
use catalog::{Column, Kind, kinds, references};

/// Columns that the company computes from others, or that have to agree with others.
const FOLLOWING: &[&str] =
    &["AmountFC", "AmountDC", "Division", "PriceFC", "NetPrice", "Quantity", "Created", "Modified"];

/// Columns whose texts say nothing about others.
const FREE: &[&str] = &["Description", "Notes", "Remarks", "Subject", "Name", "FileName"];

/// A company with every endpoint, which keeps the keys that it is sent.
fn company() -> Company {
    let environment = Switches::of_environment().unwrap();
    let switches = Switches { client_keys_kept: true, historic_endpoints: true, ..environment };
    Company::with(Options { scale: 0.01, switches, ..Options::default() })
}

/// What the rows of a run need of each other.
struct Run<'a> {
    company: &'a Company,
    connection: Connection,
    kinds: &'a [Kind],
    references: Map<String, Json>,
    /// The keys of the rows that were made, by path.
    made: HashMap<String, String>,
    /// Rows of the company, by path.
    known: HashMap<String, Option<String>>,
}

impl<'a> Run<'a> {
    fn start(company: &'a Company, kinds: &'a [Kind]) -> Self {
        let connection = company.connect("HistoricTables=on");
        let (made, known) = (HashMap::new(), HashMap::new());
        Run { company, connection, kinds, references: references(), made, known }
    }

    fn kind(&self, path: &str) -> Option<&'a Kind> {
        self.kinds.iter().find(|kind| kind.path == path)
    }

    /// The value of a column as it is to be sent.
    fn value(&mut self, kind: &Kind, column: &Column, number: usize) -> Json {
        match column.edm.as_str() {
            // It says where the request goes.
            _ if column.name == "Division" => 5512.into(),
            "String" => self.text(column, number),
            "Guid" => self.reference(kind, column).into(),
            "DateTime" => "2026-01-31T00:00:00".into(),
            "Double" => 12.25.into(),
            "Int16" => 7.into(),
            "Int32" => 1234.into(),
            "Int64" => "9007199254740993".into(),
            "Byte" => 1.into(),
            "Boolean" => true.into(),
            "Binary" => "AP8Q".into(),
            "Collection" => self.lines(column, number),
            other => panic!("{}.{}: {other}", kind.path, column.name),
        }
    }

    fn text(&self, column: &Column, number: usize) -> Json {
        let text = match column.name.as_str() {
            "Code" => format!("K{number}"),
            "Journal" | "JournalCode" => "70".into(),
            "Currency" | "SourceCurrency" => "USD".into(),
            name if FREE.contains(&name) => format!("Kind n° {number} 'é'"),
            _ => format!("k{number}"),
        };
        text.chars().take(column.longest.unwrap_or(60)).collect::<String>().into()
    }

    /// A row that the column may name.
    fn reference(&mut self, kind: &Kind, column: &Column) -> String {
        let related = self.references.get(&format!("{}.{}", kind.path, column.name)).and_then(Json::as_str);
        let is_parent = |other: &&Kind| {
            let is_written = other.takes("POST");
            let mut lists = other.columns.iter().filter_map(|own| own.rows.as_ref());
            is_written && lists.any(|(path, child)| *path == kind.path && child.as_ref() == Some(&column.name))
        };
        let parent = self.kinds.iter().find(is_parent).map(|parent| parent.path.clone());
        // The catalog does not tell where this one leads.
        let account = (column.name == "Customer").then(|| "crm/Accounts".to_string());
        let path = related.map(str::to_string).or(parent).or(account).unwrap_or_default();
        let nobody = || "6f7b0000-0000-4000-8000-00000000000a".to_string();
        self.made.get(&path).cloned().or_else(|| self.row_of(&path)).unwrap_or_else(nobody)
    }

    /// The key of some row of the company.
    fn row_of(&mut self, path: &str) -> Option<String> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let kind = self.kind(path)?;
        let [key] = kind.keys.as_slice() else { return None };
        let sql = format!("SELECT TOP 1 {key} FROM {} ORDER BY {key}", kind.table);
        let row = rows(&self.connection, &sql).first().map(|row| row[0].clone());
        self.known.insert(path.to_string(), row.clone());
        row
    }

    fn lines(&mut self, column: &Column, number: usize) -> Json {
        let Some((path, child)) = &column.rows else { return json!([{"ID": self.row_of("salesorder/SalesOrders")}]) };
        let line = self.kind(path).unwrap();
        let own = line.columns.iter().filter(|own| own.post && !own.is_nested() && Some(&own.name) != child.as_ref());
        let mut chosen: Vec<&Column> = own.clone().filter(|own| own.mandatory).collect();
        if chosen.is_empty() {
            // A line has to say something.
            let best = own.min_by_key(|own| (line.keys.contains(&own.name), !FREE.contains(&own.name.as_str())));
            chosen.extend(best);
        }
        let fields: Map<String, Json> =
            chosen.into_iter().map(|own| (own.name.clone(), self.value(line, own, number))).collect();
        json!([fields])
    }

    /// What a new row is to have: all that is mandatory, and a column of each type.
    fn new_row(&mut self, kind: &Kind, number: usize) -> Map<String, Json> {
        let mut chosen: Vec<&Column> = kind.columns.iter().filter(|column| column.mandatory).collect();
        for edm in ["String", "Double", "DateTime", "Boolean", "Byte", "Int16", "Int32", "Int64", "Binary"] {
            let free = kind.columns.iter().filter(|column| column.edm == edm && self.is_free(kind, column));
            let best = free
                .filter(|column| column.post && !column.mandatory)
                .min_by_key(|column| !FREE.contains(&column.name.as_str()));
            chosen.extend(best);
        }
        if chosen.is_empty() {
            chosen.extend(kind.columns.iter().find(|column| column.post && !kind.keys.contains(&column.name)));
        }
        chosen.into_iter().map(|column| (column.name.clone(), self.value(kind, column, number))).collect()
    }

    /// Whether any value will do.
    fn is_free(&self, kind: &Kind, column: &Column) -> bool {
        let follows = FOLLOWING.contains(&column.name.as_str()) || column.name.ends_with("Code");
        let refers = self.references.contains_key(&format!("{}.{}", kind.path, column.name));
        !follows && !refers && !column.is_nested() && !kind.keys.contains(&column.name)
    }

    /// The writes that `work` causes.
    fn written(&self, work: impl FnOnce(&Connection)) -> Vec<RequestRecord> {
        self.company.simulator.reset_requests();
        work(&self.connection);
        let requests = self.company.simulator.requests().into_iter();
        requests.filter(|request| !request.is_token && request.method != "GET").collect()
    }

    fn insert(&mut self, kind: &Kind, number: usize) {
        let row = self.new_row(kind, number);
        let columns: Vec<&str> = row.keys().map(String::as_str).collect();
        let literals: Vec<String> = row.iter().map(|(name, value)| literal(kind.column(name), value)).collect();
        let (key, columns, literals) = (kind.key(), columns.join(", "), literals.join(", "));
        let sql = format!("INSERT INTO {} ({columns}) VALUES ({literals}) RETURNING {key}", kind.table);
        let mut made = String::new();
        let written = self.written(|connection| made = rows(connection, &sql)[0][0].clone());
        let received = received(&written, "POST", &kind.address);
        // The driver gives the row its key where it may, to find it again when the answer is lost.
        let given = kind.column(key).post.then_some(made.as_str());
        assert_eq!(received.get(key).and_then(Json::as_str), given, "{sql}");
        assert_eq!(without(&received, key), without(&row, "Division"), "{sql}");
        assert_eq!(rows(&self.connection, "SELECT SCOPE_IDENTITY()"), [[made.as_str()]], "{sql}");
        self.reads_back(kind, &made, &row);
        self.made.insert(kind.path.clone(), made);
    }

    /// The next read shows what was written.
    fn reads_back(&self, kind: &Kind, id: &str, row: &Map<String, Json>) {
        let shown: Vec<&String> = row.keys().filter(|name| !kind.column(name).is_nested()).collect();
        let names: Vec<&str> = std::iter::once(kind.key()).chain(shown.iter().map(|name| name.as_str())).collect();
        let sql = format!("SELECT {} FROM {} WHERE {} = '{id}'", names.join(", "), kind.table, kind.key());
        let mut expected = vec![id.to_string()];
        expected.extend(shown.iter().map(|name| as_read(kind.column(name), &row[*name])));
        assert_eq!(rows(&self.connection, &sql), [expected], "{sql}");
    }

    /// The row to change: the one that was made, or one of the company where none can be made.
    fn row_to_change(&mut self, kind: &Kind) -> String {
        let made = self.made.get(&kind.path).cloned();
        made.or_else(|| self.row_of(&kind.path)).unwrap_or_else(|| panic!("{} has no row", kind.path))
    }

    fn update(&mut self, kind: &Kind, number: usize) {
        let column = self.changeable(kind).unwrap_or_else(|| panic!("{} has nothing to change", kind.path));
        let value = self.value(kind, column, number + 1_000);
        let (id, new) = (self.row_to_change(kind), literal(column, &value));
        let sql = format!("UPDATE {} SET {} = {new} WHERE {} = '{id}'", kind.table, column.name, kind.key());
        let written = self.written(|connection| assert_eq!(change(connection, &sql), 1, "{sql}"));
        let body = Map::from_iter([(column.name.clone(), value)]);
        assert_eq!(received(&written, "PUT", &kind.address_of(&id)), body, "{sql}");
        self.reads_back(kind, &id, &body);
    }

    /// A column to change, preferably one with a text, else one that names another row.
    fn changeable<'k>(&self, kind: &'k Kind) -> Option<&'k Column> {
        let mut changeable = kind.columns.iter().filter(|column| column.put && !kind.keys.contains(&column.name));
        let free = changeable.clone().filter(|column| self.is_free(kind, column));
        let best = free.min_by_key(|column| (!FREE.contains(&column.name.as_str()), column.edm != "String"));
        best.or_else(|| changeable.find(|column| column.edm == "Guid"))
    }

    fn delete(&mut self, kind: &Kind) {
        let (key, id) = (kind.key(), self.row_to_change(kind));
        let sql = format!("DELETE FROM {} WHERE {key} = '{id}'", kind.table);
        let written = self.written(|connection| assert_eq!(change(connection, &sql), 1, "{sql}"));
        assert_eq!(received(&written, "DELETE", &kind.address_of(&id)), Map::new(), "{sql}");
        let left = rows(&self.connection, &format!("SELECT {key} FROM {} WHERE {key} = '{id}'", kind.table));
        assert!(left.is_empty(), "{sql}");
    }

    /// A statement that the service has no method for.
    fn refused(&self, kind: &Kind, sql: &str) {
        let mut told = None;
        let written = self.written(|connection| told = execute(connection, sql, &[]).err());
        let error = told.unwrap_or_else(|| panic!("{sql} was not refused"));
        assert!(written.is_empty(), "{sql}: {written:?}");
        let table = kind.table.rsplit('.').next().unwrap().to_lowercase();
        let (state, text) = (error.sqlstate(), error.to_string());
        assert!(
            matches!(state, "42000" | "HYC00" | "42S02") && text.to_lowercase().contains(&table),
            "{sql}: {state} {text}"
        );
    }
}

/// The body of the one request that was sent.
fn received(written: &[RequestRecord], method: &str, address: &str) -> Map<String, Json> {
    let [request] = written else { panic!("{method} {address}: {written:?}") };
    assert_eq!((request.method.as_str(), request.path.as_str()), (method, address));
    let body = if request.body.is_empty() { "{}" } else { &request.body };
    serde_json::from_str(body).unwrap()
}

/// The fields but one: the division, for example, says where the request goes and is not sent.
fn without(body: &Map<String, Json>, name: &str) -> Map<String, Json> {
    body.iter().filter(|(own, _)| *own != name).map(|(own, value)| (own.clone(), value.clone())).collect()
}

/// The columns that an action takes, lists last.
fn arguments_of(kind: &Kind) -> Vec<&Column> {
    let mut columns: Vec<&Column> =
        kind.columns.iter().filter(|column| column.post && column.edm != "Complex").collect();
    columns.sort_by_key(|column| column.is_nested());
    columns
}

/// A value as a literal of SQL.
fn literal(column: &Column, value: &Json) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match (column.edm.as_str(), value) {
        ("Int64", Json::String(digits)) => digits.clone(),
        ("Binary", _) => "X'00FF10'".into(),
        (_, Json::String(text)) => quoted(text),
        (_, Json::Array(_)) => quoted(&value.to_string()),
        (_, value) => value.to_string(),
    }
}

/// A value as [`rows`] shows it.
fn as_read(column: &Column, value: &Json) -> String {
    match (column.edm.as_str(), value) {
        ("Binary", _) => "00ff10".into(),
        (_, Json::String(text)) => text.clone(),
        (_, value) => value.to_string(),
    }
}

/// Does one thing with each kind; a kind with which it fails is told in the list, so that one run tells of all. Gives the
/// number of those with which it did not.
fn each<'k>(
    kinds: impl Iterator<Item = &'k Kind>,
    failed: &mut Vec<String>,
    mut work: impl FnMut(&'k Kind, usize),
) -> usize {
    let before = failed.len();
    let mut tried = 0;
    for (number, kind) in kinds.enumerate() {
        tried += 1;
        if let Err(told) = catch_unwind(AssertUnwindSafe(|| work(kind, number))) {
            let text = told.downcast_ref::<String>().map_or("", String::as_str);
            failed.push(format!("{}: {text}", kind.path));
        }
    }
    tried - (failed.len() - before)
}

#[test]
fn every_kind_of_row_is_made_changed_and_removed() {
    let (company, kinds) = (company(), kinds());
    let mut run = Run::start(&company, &kinds);
    let readable = kinds.iter().filter(|kind| kind.takes("GET") && !kind.is_unknown);
    // Documents first, so that lines have one to be added to.
    let (documents, others): (Vec<&Kind>, Vec<&Kind>) = readable.partition(|kind| kind.is_document());
    let all: Vec<&Kind> = documents.into_iter().chain(others).collect();
    let taking = |method: &'static str| all.iter().copied().filter(move |kind| kind.takes(method));
    let mut failed = Vec::new();
    let made = each(taking("POST"), &mut failed, |kind, number| run.insert(kind, number));
    let changed = each(taking("PUT"), &mut failed, |kind, number| run.update(kind, number));
    let removed = each(taking("DELETE").rev(), &mut failed, |kind, _| run.delete(kind));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!((made, changed, removed), (138, 112, 106));
}

#[test]
fn what_the_service_has_no_method_for_is_refused() {
    let (company, kinds) = (company(), kinds());
    let run = Run::start(&company, &kinds);
    let mut refused = 0;
    for kind in kinds.iter().filter(|kind| !kind.is_unknown && !kind.columns.is_empty()) {
        let column = &kind.columns.iter().find(|column| !column.is_nested()).unwrap().name;
        let statements = [
            ("POST", format!("INSERT INTO {} ({column}) VALUES (NULL)", kind.table)),
            ("PUT", format!("UPDATE {} SET {column} = NULL", kind.table)),
            ("DELETE", format!("DELETE FROM {}", kind.table)),
        ];
        for (_, sql) in statements.iter().filter(|(method, _)| !kind.takes(method)) {
            run.refused(kind, sql);
            refused += 1;
        }
    }
    assert!(refused > 900, "{refused}");
}

#[test]
fn every_mandatory_column_is_named_and_every_read_only_one_refused() {
    let (company, kinds) = (company(), kinds());
    let mut run = Run::start(&company, &kinds);
    let mut told = (0, 0);
    for kind in kinds.iter().filter(|kind| kind.takes("POST") && !kind.is_unknown) {
        let is_read_only =
            |column: &&Column| !column.post && !column.mandatory && !column.is_nested() && column.name != "Division";
        let read_only: Vec<&Column> = kind.columns.iter().filter(is_read_only).collect();
        let mandatory: Vec<&str> = kind.columns.iter().filter(|column| column.mandatory).map(Column::name).collect();
        // A message names twenty problems.
        for group in read_only.chunks(12) {
            run.all_told(kind, group, &mandatory);
        }
        if read_only.is_empty() && !mandatory.is_empty() {
            run.all_told(kind, &[], &mandatory);
        }
        told = (told.0 + mandatory.len(), told.1 + read_only.len());
    }
    assert!(told.0 > 200 && told.1 > 1_000, "{told:?}");
}

#[test]
fn every_action_takes_insert_and_call() {
    let (company, kinds) = (company(), kinds());
    let mut run = Run::start(&company, &kinds);
    let actions: Vec<&Kind> = kinds.iter().filter(|kind| kind.takes("POST") && !kind.takes("GET")).collect();
    assert_eq!(actions.len(), 19);
    for kind in &actions {
        let mut body = run.arguments(kind);
        let names: Vec<&str> = body.keys().map(String::as_str).collect();
        let values: Vec<String> = body.iter().map(|(name, value)| literal(kind.column(name), value)).collect();
        let insert = format!("INSERT INTO {} ({}) VALUES ({})", kind.table, names.join(", "), values.join(", "));
        let (written, refusal) = run.asked(&insert);
        assert_eq!(received(&written, "POST", &kind.address), without(&body, "Division"), "{insert}");
        assert_eq!(written[0].status == 201, refusal.is_none(), "{insert}: {refusal:?}");
        let read = try_rows(&run.connection, &format!("SELECT * FROM {}", kind.table), &[]);
        assert!(read.is_err(), "{} has rows", kind.path);
        // The arguments of a call come in the order of the columns, so all before the last one are given.
        body = run.all_arguments(kind, &body);
        let arguments: Vec<String> = arguments_of(kind)
            .into_iter()
            .filter_map(|column| Some(literal(column, body.get(&column.name)?)))
            .collect();
        let call = format!("{{call {}({})}}", kind.table, arguments.join(", "));
        let (written, refusal) = run.asked(&call);
        assert_eq!(received(&written, "POST", &kind.address), without(&body, "Division"), "{call}");
        assert_eq!(written[0].status == 201, refusal.is_none(), "{call}: {refusal:?}");
    }
}

impl Run<'_> {
    /// An INSERT of read-only columns is refused with the name of each, and of each column that is missing.
    fn all_told(&mut self, kind: &Kind, read_only: &[&Column], mandatory: &[&str]) {
        let names: Vec<&str> = read_only.iter().map(|column| column.name()).collect();
        let values: Vec<String> =
            read_only.iter().map(|column| literal(column, &self.value(kind, column, 1))).collect();
        let sql = match names.as_slice() {
            [] => format!("INSERT INTO {} DEFAULT VALUES", kind.table),
            names => format!("INSERT INTO {} ({}) VALUES ({})", kind.table, names.join(", "), values.join(", ")),
        };
        let mut error = None;
        let written = self.written(|connection| error = execute(connection, &sql, &[]).err());
        assert!(written.is_empty(), "{sql}: {written:?}");
        let text = error.unwrap_or_else(|| panic!("{sql} was not refused")).to_string();
        for name in mandatory.iter().chain(&names) {
            assert!(text.contains(name), "{sql}: {name} is not named: {text}");
        }
    }

    /// The request that a statement causes, and the error that it ends with.
    fn asked(&self, sql: &str) -> (Vec<RequestRecord>, Option<exact_engine::Error>) {
        let mut error = None;
        let written = self.written(|connection| error = execute(connection, sql, &[]).err());
        if let Some(error) = &error {
            assert!(error.is_from_service(), "{sql}: {error}");
        }
        (written, error)
    }

    /// What an action is given: its key and what is mandatory.
    fn arguments(&mut self, kind: &Kind) -> Map<String, Json> {
        let is_given = |column: &&Column| column.post && (column.mandatory || kind.keys.contains(&column.name));
        kind.columns.iter().filter(is_given).map(|column| (column.name.clone(), self.value(kind, column, 1))).collect()
    }

    /// The same with every column that comes before one of them.
    fn all_arguments(&mut self, kind: &Kind, given: &Map<String, Json>) -> Map<String, Json> {
        let columns = arguments_of(kind);
        let last = columns.iter().rposition(|column| given.contains_key(&column.name)).unwrap();
        columns[..=last].iter().map(|column| (column.name.clone(), self.value(kind, column, 1))).collect()
    }
}
