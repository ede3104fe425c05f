//! Rows as the service's JSON (fact sheet 6).

use std::io::Write;

use base64::prelude::{BASE64_STANDARD, Engine};

use super::page::{Page, Reader, Row};
use super::plan::{Expansion, Plan};
use crate::catalog::{Catalog, Edm, Property};
use crate::company::value::Value;
use crate::faults::Action;

/// Writes rows of one plan.
pub struct JsonWriter<'a> {
    reader: &'a Reader<'a>,
    /// `http://host/api/v1/{division}/`.
    base: &'a str,
    doubles_as_integers: bool,
    columns: Vec<Column<'a>>,
    metadata_start: Vec<u8>,
    metadata_end: Vec<u8>,
    faults: &'a [Action],
    only_keys: bool,
}

/// A column with its name ready to be written.
struct Column<'a> {
    at: usize,
    property: &'a Property,
    /// `,"Name":`
    name: Vec<u8>,
    expansion: Option<&'a Expansion>,
}

impl<'a> JsonWriter<'a> {
    pub fn new(
        reader: &'a Reader<'a>,
        base: &'a str,
        doubles_as_integers: bool,
        faults: &'a [Action],
    ) -> JsonWriter<'a> {
        let plan = reader.plan;
        let expanded = plan.expand.iter().map(|expansion| expansion.property);
        let mut shown: Vec<usize> = plan.columns.iter().copied().chain(expanded).collect();
        shown.sort_unstable();
        shown.dedup();
        let columns = shown
            .into_iter()
            .filter_map(|at| {
                let is_missing =
                    |fault: &Action, name: &str| matches!(fault, Action::MissingColumn(gone) if gone == name);
                let property = plan.endpoint.properties.get(at)?;
                if faults.iter().any(|fault| is_missing(fault, &property.name)) {
                    return None;
                }
                let expansion = plan.expand.iter().find(|expansion| expansion.property == at);
                Some(Column { at, property, name: format!(",\"{}\":", property.name).into_bytes(), expansion })
            })
            .collect();
        JsonWriter {
            reader,
            base,
            doubles_as_integers,
            columns,
            metadata_start: format!("{{\"__metadata\":{{\"uri\":\"{base}{}(", plan.endpoint.path).into_bytes(),
            metadata_end: format!(")\",\"type\":\"{}\"}}", plan.endpoint.type_name()).into_bytes(),
            faults,
            only_keys: false,
        }
    }

    /// Shows null in all columns but the key.
    pub fn only_keys(&mut self) {
        self.only_keys = true;
    }

    /// `{"d":{"results":[...],"__count":"..","__next":".."}}`, or the bare array.
    pub fn list(&self, page: &Page<'_>, next: Option<&str>, bare: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + page.rows.len() * (self.columns.len() * 32 + 200));
        if bare {
            out.extend_from_slice(b"{\"d\":");
            self.rows(&mut out, &page.rows);
            out.push(b'}');
            return out;
        }
        out.extend_from_slice(b"{\"d\":{\"results\":");
        self.rows(&mut out, &page.rows);
        if let Some(count) = page.count {
            out.extend_from_slice(format!(",\"__count\":\"{count}\"").as_bytes());
        }
        if let Some(next) = next {
            out.extend_from_slice(b",\"__next\":");
            string(&mut out, next);
        }
        out.extend_from_slice(b"}}");
        out
    }

    /// `{"d":{...}}`.
    pub fn single(&self, row: &Row<'_>) -> Vec<u8> {
        let mut out = b"{\"d\":".to_vec();
        self.row(&mut out, row);
        out.push(b'}');
        out
    }

    fn rows(&self, out: &mut Vec<u8>, rows: &[Row<'_>]) {
        out.push(b'[');
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            self.row(out, row);
        }
        out.push(b']');
    }

    fn row(&self, out: &mut Vec<u8>, row: &Row<'_>) {
        let key = self.reader.key_text(row);
        out.extend_from_slice(&self.metadata_start);
        escaped(out, &key);
        out.extend_from_slice(&self.metadata_end);
        for column in &self.columns {
            out.extend_from_slice(&column.name);
            match column.property.edm {
                _ if self.only_keys && !column.property.is_key => out.extend_from_slice(b"null"),
                Edm::Collection => self.collection(out, row, column, &key),
                Edm::Complex => complex(out, column.property),
                edm => {
                    let mut value = self.reader.cell(row, column.at);
                    if self
                        .faults
                        .iter()
                        .any(|fault| matches!(fault, Action::ChangedColumn(name) if *name == column.property.name))
                    {
                        value = Value::text("changed");
                    }
                    cell(out, &value, edm, self.doubles_as_integers);
                }
            }
        }
        for fault in self.faults {
            if let Action::ExtraColumn(name) = fault {
                out.push(b',');
                string(out, name);
                out.extend_from_slice(b":{\"new\":[1,\"two\",null]}");
            }
        }
        out.push(b'}');
    }

    /// `__deferred`, or the elements, cut at a page with an own `__next` (fact sheet 3.5).
    fn collection(&self, out: &mut Vec<u8>, row: &Row<'_>, column: &Column<'_>, key: &str) {
        let address = format!("{}{}({key})/{}", self.base, self.reader.plan.endpoint.path, column.property.name);
        let Some(expansion) = column.expansion else {
            out.extend_from_slice(b"{\"__deferred\":{\"uri\":");
            string(out, &address);
            out.extend_from_slice(b"}}");
            return;
        };
        if self.elements(out, row, column.property, expansion, &address).is_none() {
            out.extend_from_slice(b"{\"results\":[]}");
        }
    }

    fn elements(
        &self,
        out: &mut Vec<u8>,
        row: &Row<'_>,
        property: &Property,
        expansion: &Expansion,
        address: &str,
    ) -> Option<()> {
        let plan = children(self.reader, row, property, expansion.select.as_ref())?;
        let reader = Reader::new(self.reader.company, &plan).ok()?;
        let page = reader.page(false).ok()?;
        let writer = JsonWriter::new(&reader, self.base, self.doubles_as_integers, &[]);
        out.extend_from_slice(b"{\"results\":");
        writer.rows(out, &page.rows);
        if let Some(token) = &page.skip_token {
            let select = expansion.select.as_ref().map(|names| format!("$select={}&", names.join(",")));
            let token = crate::odata::options::encode(token);
            out.extend_from_slice(b",\"__next\":");
            string(out, &format!("{address}?{}$skiptoken={token}", select.unwrap_or_default()));
        }
        out.push(b'}');
        Some(())
    }
}

/// The read of a row's collection; `None` when its elements have no endpoint.
pub fn children(reader: &Reader<'_>, row: &Row<'_>, property: &Property, select: Option<&Vec<String>>) -> Option<Plan> {
    let child = Catalog::get().find(property.target.as_deref()?)?;
    let (_, child_column) = property.join.as_ref()?;
    // The catalog names a sync endpoint's Timestamp as the parent's key; the elements refer to the row's identity.
    let endpoint = reader.plan.endpoint;
    let key = endpoint.row_id.or(endpoint.keys.first().copied())?;
    Plan::of_children(child, child_column, reader.cell(row, key), select, reader.plan.semantics)
}

/// One value (fact sheet 6.3).
pub fn cell(out: &mut Vec<u8>, value: &Value, edm: Edm, doubles_as_integers: bool) {
    // Writing to memory does not fail.
    let _ = match value {
        Value::Null => out.write_all(b"null"),
        Value::Text(text) => {
            string(out, text);
            Ok(())
        }
        Value::Guid(guid) => {
            out.push(b'"');
            out.extend_from_slice(&guid.text());
            out.write_all(b"\"")
        }
        Value::Int(number) if edm == Edm::Int64 => write!(out, "\"{number}\""),
        Value::Int(number) => serde_json::to_writer(&mut *out, number).map_err(Into::into),
        Value::Double(number) => {
            let is_whole = doubles_as_integers && number.fract() == 0.0 && number.abs() < 1e15;
            if is_whole {
                serde_json::to_writer(&mut *out, &(*number as i64)).map_err(Into::into)
            } else {
                serde_json::to_writer(&mut *out, number).map_err(Into::into)
            }
        }
        Value::Bool(flag) if edm == Edm::Byte => out.write_all(if *flag { b"1" } else { b"0" }),
        Value::Bool(flag) => out.write_all(if *flag { b"true" } else { b"false" }),
        Value::Date(millis) => write!(out, "\"/Date({millis})/\""),
        Value::Binary(bytes) => write!(out, "\"{}\"", BASE64_STANDARD.encode(bytes)),
    };
}

fn complex(out: &mut Vec<u8>, property: &Property) {
    let type_name = property.target.as_deref().unwrap_or("Exact.Web.Api.Models.HRM.DivisionClass");
    let number = property.name.trim_start_matches("Class_");
    let nested = format!(
        "{{\"__metadata\":{{\"type\":\"{type_name}\"}},\"Code\":\"{number}\",\"Description\":\"Klasse {number}\"}}"
    );
    out.extend_from_slice(nested.as_bytes());
}

/// A JSON string.
fn string(out: &mut Vec<u8>, text: &str) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(out, text);
}

/// The inside of a JSON string.
fn escaped(out: &mut Vec<u8>, text: &str) {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    out.extend_from_slice(quoted.trim_matches('"').as_bytes());
}
