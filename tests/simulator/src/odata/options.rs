//! The query string: system options, and the arguments of function endpoints.

use percent_encoding::percent_decode_str;

/// One `name=value` of the query string.
#[derive(Clone, Debug)]
pub struct Pair {
    pub name: String,
    pub value: String,
    /// As it was sent, to be repeated in the address of the next page.
    pub raw: String,
}

/// The options of a request, decoded.
#[derive(Clone, Debug, Default)]
pub struct QueryOptions {
    pub pairs: Vec<Pair>,
}

const SYSTEM: &[&str] =
    &["$select", "$filter", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount", "$expand", "$format"];

impl QueryOptions {
    pub fn parse(query: &str) -> QueryOptions {
        let pairs = query.split('&').filter(|part| !part.is_empty()).map(|raw| {
            let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
            Pair { name: decode(name), value: decode(value), raw: raw.to_owned() }
        });
        QueryOptions { pairs: pairs.collect() }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
    }

    /// An option with `$` that the service does not know, or one that is given twice.
    pub fn refused(&self) -> Option<String> {
        let unknown =
            self.pairs.iter().find(|pair| pair.name.starts_with('$') && !SYSTEM.contains(&pair.name.as_str()));
        if let Some(pair) = unknown {
            return Some(format!(
                "The query parameter '{}' begins with a system-reserved '$' character but is not recognized.",
                pair.name
            ));
        }
        let twice = SYSTEM.iter().find(|name| self.pairs.iter().filter(|pair| pair.name == **name).count() > 1);
        twice.map(|name| format!("Query parameter '{name}' is specified, but it should be specified exactly once."))
    }

    /// The query string of the next page: what was asked, with a new skip token and `$top`.
    pub fn next(&self, skip_token: &str, top: Option<u64>) -> String {
        let mut parts: Vec<String> = Vec::with_capacity(self.pairs.len() + 1);
        for pair in &self.pairs {
            match pair.name.as_str() {
                "$skiptoken" | "$skip" => {}
                "$top" => parts.extend(top.map(|top| format!("$top={top}"))),
                _ => parts.push(pair.raw.clone()),
            }
        }
        parts.push(format!("$skiptoken={}", encode(skip_token)));
        parts.join("&")
    }
}

/// Decodes percent escapes and the plus sign, which stands for a blank in a query.
fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Escapes what may not stand in a query.
pub fn encode(text: &str) -> String {
    const KEEP: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'\'').remove(b',');
    percent_encoding::utf8_percent_encode(text, KEEP).to_string()
}
