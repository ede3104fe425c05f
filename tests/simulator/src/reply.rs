//! A reply before it meets the network.

/// Status, headers and body, and how many rows the body holds.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub rows: u64,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: Vec<u8>) -> Reply {
        Reply { status, headers: vec![("Content-Type".to_owned(), content_type.to_owned())], body, rows: 0 }
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Vec::new(), rows: 0 }
    }

    pub fn json(status: u16, body: Vec<u8>) -> Reply {
        Reply::new(status, "application/json; charset=utf-8", body)
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn rows(self, rows: u64) -> Reply {
        Reply { rows, ..self }
    }
}
