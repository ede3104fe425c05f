//! Whether a page follows the ones before it, and where the next one is (fact sheet 3.3).

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use reqwest::Url;

use crate::error::{Error, Result};
use crate::odata::page::Page;

/// The addresses of the pages read so far and of their first rows, as hashes: a read can have thousands of long ones.
#[derive(Debug, Default)]
pub(super) struct Visited {
    hasher: RandomState,
    seen: HashSet<u64>,
    first_rows: HashSet<u64>,
    /// The columns that the service does not send, once a page with rows has come.
    missing: Option<Vec<&'static str>>,
}

/// Checks that a page lacks the same columns as the pages before it (`None`: there was none with rows): half a column would be
/// taken for a whole one.
pub(super) fn same_columns(before: Option<&[&'static str]>, page: &Page, target: &str) -> Result<()> {
    let Some(before) = before.filter(|before| page.batch.num_rows() > 0 && *before != page.missing) else {
        return Ok(());
    };
    let new = |one: &[&'static str], other: &[&'static str]| {
        one.iter().filter(|name| !other.contains(name)).copied().collect::<Vec<_>>().join(", ")
    };
    let lost = new(&page.missing, before);
    let what = if lost.is_empty() {
        format!("a page with the column {} that earlier pages lack,", new(before, &page.missing))
    } else {
        format!("a page without the column {lost} that earlier pages have,")
    };
    Err(Error::UnexpectedAnswer { what, target: target.to_owned(), status: 200 })
}

impl Visited {
    /// The columns that the pages so far lack.
    pub(super) fn missing(&self) -> Option<&[&'static str]> {
        self.missing.as_deref()
    }

    /// Takes note of a page; gives the columns that the whole read will lack when the first rows have come. Rows with
    /// addresses of their own (`identified`) must not come again.
    pub(super) fn note(&mut self, page: &Page, identified: bool, target: &str) -> Result<&[&'static str]> {
        let news = page.batch.num_rows() > 0 && self.missing.is_none();
        let lacks = if news { self.missing.insert(page.missing.clone()) } else { &[][..] };
        let Some(first_row) = page.first_row.as_ref().filter(|_| identified) else { return Ok(lacks) };
        if self.first_rows.insert(self.hasher.hash_one(first_row)) {
            return Ok(lacks);
        }
        let what = "a page that it had sent before".to_owned();
        Err(Error::UnexpectedAnswer { what, target: target.to_owned(), status: 200 })
    }

    /// Checks the link that `current` gave. It must lead to the same scheme, host and port, where alone the token may
    /// go, and to a page not read before.
    pub(super) fn follow(&mut self, current: &Url, link: &str, target: &str) -> Result<Url> {
        let refused =
            |what: &str| Err(Error::UnexpectedAnswer { what: what.to_owned(), target: target.to_owned(), status: 200 });
        let Ok(next) = Url::parse(link) else {
            return refused("a link to the next page that is no address");
        };
        if next.origin() != current.origin() || !next.username().is_empty() || next.password().is_some() {
            return refused("a link to the next page that leads to another host");
        }
        self.seen.insert(self.hasher.hash_one(current.as_str()));
        if self.seen.contains(&self.hasher.hash_one(next.as_str())) {
            return refused("a link to the next page that leads back to a page already read");
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_on_and_stay_on_the_host() {
        let first = Url::parse("https://h.example/api?$skiptoken=1").unwrap();
        let mut visited = Visited::default();
        for link in [
            "nonsense",
            "/api?$skiptoken=2",
            "http://h.example/api?$skiptoken=2",
            "https://h.example:444/api?$skiptoken=2",
            "https://other.example/api?$skiptoken=2",
            "https://user@h.example/api?$skiptoken=2",
            "https://h.example/api?$skiptoken=1",
        ] {
            assert!(visited.follow(&first, link, "t").is_err(), "{link}");
        }
        let second = visited.follow(&first, "https://h.example:443/api?$skiptoken=2", "t").unwrap();
        let third = visited.follow(&second, "https://h.example/api?$skiptoken=3", "t").unwrap();
        let back = visited.follow(&third, "https://h.example/api?$skiptoken=1", "t").unwrap_err();
        assert!(back.to_string().contains("already read"), "{back}");
    }
}
