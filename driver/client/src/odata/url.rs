//! Request URLs: percent-encoding and length (fact sheet 1.2, 3.6).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::model::{AccessKind, Column, Origin};
use crate::reader::{Expansion, ReadRequest};

/// What stands unencoded in a query: what a URL parser leaves alone too, so that the length is the length sent.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'(')
    .remove(b')')
    .remove(b',')
    .remove(b':')
    .remove(b'/')
    .remove(b'*');

/// Longest URL that the service takes, in characters after encoding.
pub const MAX_URL: usize = 6000;

/// Room for what [`count_all`] adds.
pub const COUNT_LENGTH: usize = "&$inlinecount=allpages".len();

/// Text encoded for a query.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

/// A URL as a person reads it. It is for showing only: what was encoded cannot be told from what was not.
pub fn decoded(url: &str) -> String {
    percent_decode_str(url).decode_utf8_lossy().into_owned()
}

/// Length of the text once encoded, without encoding it.
pub fn encoded_len(text: &str) -> usize {
    utf8_percent_encode(text, QUERY).map(str::len).sum()
}

/// The URL of a read's first page. `$select` is always sent (fact sheet 3.1), with the columns of a collection whose rows
/// come along (fact sheet 3.5).
pub fn of_read(base_url: &str, request: &ReadRequest, expansion: Option<&Expansion>) -> String {
    let url = resource(base_url, request);
    let mut options = arguments(request);
    let mut selected: Vec<String> = selected(request).into_iter().map(str::to_owned).collect();
    if let Some(Expansion { name, lines }) = expansion {
        selected.extend(self::selected(lines).into_iter().map(|column| format!("{name}/{column}")));
        options.push(("$expand", encode(name)));
    }
    if !selected.is_empty() {
        options.push(("$select", encode(&selected.join(","))));
    }
    options.extend(request.filter.as_deref().map(|filter| ("$filter", encode(filter))));
    options.extend(request.order_by.as_deref().map(|order| ("$orderby", encode(order))));
    // Sync endpoints do not heed $top; the reader counts rows anyhow.
    if request.path.kind != AccessKind::Sync && request.key.is_none() {
        options.extend(request.top.map(|top| ("$top", top.to_string())));
    }
    with_options(url, &options)
}

/// Asks for the number of all rows that meet the filter, beside the page (fact sheet 3.4).
pub fn count_all(url: &mut reqwest::Url) {
    let query = match url.query() {
        Some(query) => format!("{query}&$inlinecount=allpages"),
        None => "$inlinecount=allpages".to_owned(),
    };
    url.set_query(Some(&query));
}

/// The URL that counts the rows of a read (fact sheet 3.4).
pub fn of_count(base_url: &str, request: &ReadRequest) -> String {
    let mut options = arguments(request);
    options.extend(request.filter.as_deref().map(|filter| ("$filter", encode(filter))));
    with_options(resource(base_url, request) + "/$count", &options)
}

/// The URL of one row, or without a key of the entity that takes a new one.
pub fn of_row(base_url: &str, uri: &str, division: i32, key: Option<&str>) -> String {
    let key = key.map(|key| format!("({})", encode(key))).unwrap_or_default();
    format!("{base_url}{}{key}", uri.replace("{division}", &division.to_string()))
}

fn resource(base_url: &str, request: &ReadRequest) -> String {
    of_row(base_url, request.path.uri, request.division, request.key.as_deref())
}

fn arguments(request: &ReadRequest) -> Vec<(&str, String)> {
    request.parameters.iter().map(|(name, literal)| (name.as_str(), encode(literal))).collect()
}

fn with_options(mut url: String, options: &[(&str, String)]) -> String {
    for (index, (name, value)) in options.iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.push_str(value);
    }
    url
}

/// The columns to name: those of the service that are wanted, each once; if none is, the cheapest that there is.
fn selected(request: &ReadRequest) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::with_capacity(request.columns.len());
    for column in request.wanted().filter(|column| column.origin == Origin::Service) {
        if !names.contains(&column.name) {
            names.push(column.name);
        }
    }
    if names.is_empty() {
        let columns = &request.entity.columns;
        let served = |column: &&Column| column.origin == Origin::Service;
        let key = request.entity.keys.first().and_then(|&index| columns.get(index));
        names.extend(key.or_else(|| columns.iter().find(served)).map(|column| column.name));
    }
    names
}

#[cfg(test)]
mod tests {
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

    const BASE: &str = "https://start.exactonline.nl";

    #[test]
    fn a_read_names_its_columns_and_encodes_its_options() {
        let mut read = request("crm", "Accounts", AccessKind::Regular, &["Name", "Code", "Name"]);
        read.filter = Some("Name eq 'Käse & Co' and indexof(Code,'x') ge 0".into());
        read.order_by = Some("Name desc".into());
        read.top = Some(5);
        assert_eq!(
            read.url(BASE),
            "https://start.exactonline.nl/api/v1/5512/crm/Accounts?$select=Name,Code\
             &$filter=Name%20eq%20%27K%C3%A4se%20%26%20Co%27%20and%20indexof(Code,%27x%27)%20ge%200\
             &$orderby=Name%20desc&$top=5"
        );
        assert_eq!(
            of_count(BASE, &read).split_once('?').unwrap().0,
            "https://start.exactonline.nl/api/v1/5512/crm/Accounts/$count"
        );
    }

    #[test]
    fn the_url_is_what_a_url_parser_sends() {
        let mut read = request("crm", "Accounts", AccessKind::Regular, &["Name"]);
        read.filter = Some("Name eq 'a''b \"<>`{}|\\^[]#?+%;=@!$~*/'".into());
        let url = read.url(BASE);
        assert_eq!(::url::Url::parse(&url).unwrap().as_str(), url);
        assert_eq!(encoded_len(read.filter.as_deref().unwrap()), encode(read.filter.as_deref().unwrap()).len());
    }

    #[test]
    fn keys_functions_and_empty_reads() {
        let mut key = request("crm", "Accounts", AccessKind::Regular, &[]);
        key.key = Some("guid'ab'".into());
        assert!(key.url(BASE).ends_with("/crm/Accounts(guid%27ab%27)?$select=ID"), "{}", key.url(BASE));
        let columns = ["accountId", "Division"];
        let mut function = request("read_financial", "ReceivablesListByAccount", AccessKind::Function, &columns);
        function.parameters = vec![("accountId".into(), "guid'ab'".into())];
        let url = function.url(BASE);
        assert!(url.contains("ReceivablesListByAccount?accountId=guid%27ab%27&$select="), "{url}");
        let sync = ReadRequest { top: Some(5), ..request("sync_crm", "Accounts", AccessKind::Sync, &["ID"]) };
        assert!(sync.url(BASE).ends_with("/api/v1/5512/sync/CRM/Accounts?$select=ID"), "{}", sync.url(BASE));
    }
}
