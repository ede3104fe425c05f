//! Where the next page is, and whether it may be asked for (fact sheet 3.3).

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use reqwest::Url;

use crate::error::{Error, Result};

/// The addresses of the pages read so far, as hashes: a read can have thousands of long ones.
#[derive(Debug, Default)]
pub(super) struct Visited {
    hasher: RandomState,
    seen: HashSet<u64>,
}

impl Visited {
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
