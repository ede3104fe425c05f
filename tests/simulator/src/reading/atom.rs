//! What the service sends when nobody asks for JSON: Atom (fact sheet 6.1).

use std::fmt::Write;

use super::page::{Reader, Row};
use crate::catalog::{Catalog, Edm};
use crate::company::value::Value;
use crate::odata::literal;
use crate::reply::Reply;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

/// A minimal feed of rows.
pub fn feed(reader: &Reader<'_>, rows: &[Row<'_>], base: &str, next: Option<&str>) -> Reply {
    let endpoint = reader.plan.endpoint;
    let mut out = format!(
        "{HEAD}<feed xml:base=\"{base}\" xmlns=\"http://www.w3.org/2005/Atom\" \
         xmlns:d=\"http://schemas.microsoft.com/ado/2007/08/dataservices\" \
         xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\"><title>{}</title>",
        endpoint.set_name()
    );
    for row in rows {
        let key = escape(&reader.key_text(row));
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "<entry><id>{base}{}({key})</id><content type=\"application/xml\"><m:properties>",
            endpoint.path
        );
        for column in &reader.plan.columns {
            if let Some(property) = endpoint.properties.get(*column).filter(|property| !property.edm.is_nested()) {
                element(&mut out, &property.name, property.edm, &reader.cell(row, *column));
            }
        }
        out.push_str("</m:properties></content></entry>");
    }
    if let Some(next) = next {
        let _ = write!(out, "<link rel=\"next\" href=\"{}\"/>", escape(next));
    }
    out.push_str("</feed>");
    Reply::new(200, "application/atom+xml; charset=utf-8", out.into_bytes())
}

fn element(out: &mut String, name: &str, edm: Edm, value: &Value) {
    let text = match value {
        Value::Null => {
            let _ = write!(out, "<d:{name} m:null=\"true\"/>");
            return;
        }
        Value::Text(text) => escape(text),
        Value::Date(millis) => literal::iso(*millis),
        Value::Guid(guid) => guid.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Binary(_) => String::new(),
    };
    let _ = write!(out, "<d:{name} m:type=\"{}\">{text}</d:{name}>", edm.name());
}

/// The service document: the entity sets of a service.
pub fn service(service: &str) -> Reply {
    let mut out = format!(
        "{HEAD}<service xmlns=\"http://www.w3.org/2007/app\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\
         <workspace><atom:title>Default</atom:title>"
    );
    for endpoint in Catalog::get().in_service(service) {
        let entity = &endpoint.entity;
        let _ = write!(out, "<collection href=\"{entity}\"><atom:title>{entity}</atom:title></collection>");
    }
    out.push_str("</workspace></service>");
    Reply::new(200, "application/atomsvc+xml; charset=utf-8", out.into_bytes())
}

/// Text within XML.
pub fn escape(text: &str) -> String {
    let allowed = text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'));
    allowed.fold(String::with_capacity(text.len()), |mut out, character| {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
        out
    })
}
