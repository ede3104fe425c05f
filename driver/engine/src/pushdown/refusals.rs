//! Endpoints that have refused part of a filter: a search in text (fact sheet 3.2: 501 for some, 400 for others), or a
//! column of a bulk endpoint whose list of filters is not documented. An error counts against the app (fact sheet 7.4), so a
//! refusal is remembered for an hour by all processes of the user.

use exact_client::{Error, Session};

/// What an endpoint may refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Search,
    Filter,
    /// The address of one row.
    Row,
    /// Rows that bring those of a collection along.
    Expand,
    /// Everything, in this division: it belongs to a module that is not in use there.
    Whole(i32),
}

impl Part {
    /// The division to which a refusal is confined, and the name under which it is remembered.
    fn place(self) -> (Option<i32>, &'static str) {
        match self {
            Self::Search => (None, "search in text"),
            Self::Filter => (None, "filter"),
            Self::Row => (None, "reading by key"),
            Self::Expand => (None, "expand"),
            Self::Whole(division) => (Some(division), "reading"),
        }
    }
}

/// Whether the endpoint `uri` has refused that before.
pub fn refuses(session: &Session, uri: &str, part: Part) -> bool {
    let (division, name) = part.place();
    session.refuses_feature(division, uri, name).is_some()
}

/// Remembers a refusal, if that is what `error` may be.
pub fn remember(error: &Error, session: &Session, uri: &str, part: Part) -> bool {
    let refusal = match part {
        Part::Search | Part::Filter | Part::Expand => matches!(error.native(), 400 | 501),
        Part::Row => matches!(error.native(), 400 | 404 | 405 | 501),
        Part::Whole(_) => matches!(error.native(), 400 | 403 | 404 | 501),
    };
    let refusal = refusal && error.is_from_service();
    if refusal {
        tracing::info!(uri, %error, ?part, "the endpoint refuses this; such conditions are checked locally from now on");
        let (division, name) = part.place();
        session.remember_refusal(division, uri, name, error);
    }
    refusal
}
