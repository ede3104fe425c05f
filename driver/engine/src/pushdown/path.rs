//! Which of an entity's access paths serves a read with the fewest calls (fact sheet 4.3).

use exact_client::model::FilterRule;

/// Rows of a page where nothing is documented.
const PAGE_ROWS: u32 = 60;

/// Whether `$filter` may name all of these columns.
pub fn allows(rule: &FilterRule, columns: &[usize]) -> bool {
    match rule {
        FilterRule::Any => true,
        FilterRule::Only(allowed) => columns.iter().all(|column| allowed.contains(column)),
        FilterRule::Timestamp(_) | FilterRule::None => columns.is_empty(),
    }
}

/// One way to get the rows, as far as its calls depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Rows of a page.
    pub page: u64,
    /// What the service is asked for; the same text selects the same rows.
    pub filter: Option<String>,
    /// Rows that meet the filter, at most, where that is known.
    pub rows: Option<u64>,
    /// Rows after which reading stops whatever is in them.
    pub limit: Option<u64>,
    /// The service's best-known form, taken when nothing else speaks.
    pub regular: bool,
}

/// What to do about several offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Take(usize),
    /// Too little is known: begin with the first, whose filter is narrower, and see how many rows there are; the
    /// second has larger pages.
    Try(usize, usize),
}

/// Rows of a page on a path.
pub fn page_rows(page_size: Option<u32>) -> u64 {
    u64::from(page_size.unwrap_or(PAGE_ROWS).max(1))
}

/// Calls for so many rows.
pub fn calls(rows: u64, page: u64) -> u64 {
    rows.max(1).div_ceil(page.max(1))
}

impl Offer {
    /// Calls at most, where that is known.
    pub fn calls(&self) -> Option<u64> {
        let rows = match (self.rows, self.limit) {
            (Some(rows), Some(limit)) => rows.min(limit),
            (rows, limit) => rows.or(limit)?,
        };
        Some(calls(rows, self.page))
    }

    /// Whether this offer never takes more calls than `other`.
    fn beats(&self, other: &Offer) -> bool {
        let reach = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
        self.filter == other.filter && self.page > other.page && reach(self.limit) <= reach(other.limit)
    }
}

/// Calls that are not worth a question about a cheaper way.
pub const FEW_CALLS: u64 = 4;

/// The way with the fewest calls; `None` if there is none.
pub fn decide(offers: &[Offer]) -> Option<Decision> {
    let numbered = || offers.iter().enumerate();
    let known = numbered().filter_map(|(place, offer)| Some((offer.calls()?, !offer.regular, place))).min();
    let open = |regular: bool| {
        let unknown = numbered().filter(|(_, offer)| offer.calls().is_none() && offer.regular == regular);
        let place = unknown.filter(|(_, offer)| !offers.iter().any(|other| other.beats(offer))).map(|(place, _)| place);
        place.max_by_key(|place| offers.get(*place).map(|offer| offer.page))
    };
    Some(match (known, open(true), open(false)) {
        (Some((1, _, place)), ..) | (Some((.., place)), None, None) => Decision::Take(place),
        (None, Some(place), None) | (None, None, Some(place)) => Decision::Take(place),
        (Some((.., known)), Some(regular), _) => Decision::Try(regular, known),
        (Some((calls, _, known)), None, Some(other)) if calls > FEW_CALLS => Decision::Try(known, other),
        (Some((.., known)), None, Some(_)) => Decision::Take(known),
        (None, Some(regular), Some(other)) => Decision::Try(regular, other),
        (None, None, None) => return None,
    })
}

/// What to do first where certain keys can be asked for and it is not known how many rows there are in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeforeKeys {
    Ask,
    Count,
    /// Read so many pages of the whole: it may end there.
    Begin(u64),
}

/// How to begin where keys take `key_calls` calls and the whole comes in pages of `page`. There are `least` rows in all
/// where that is known: those that the keys stand for.
pub fn before_keys(key_calls: u64, least: Option<u64>, page: u64) -> BeforeKeys {
    /// Calls for the keys beside which one page in vain is not much.
    const PER_PAGE: u64 = 3;
    match least.map(|rows| calls(rows, page)) {
        Some(pages) if pages.saturating_mul(PER_PAGE) <= key_calls => BeforeKeys::Begin(pages),
        _ if key_calls > FEW_CALLS => BeforeKeys::Count,
        _ => BeforeKeys::Ask,
    }
}

/// Whether to leave a read that has `rows` rows in pages of `page` after its first page for one of `other_calls` calls.
pub fn turns(rows: u64, page: u64, other_calls: u64) -> bool {
    other_calls < calls(rows, page).saturating_sub(1)
}

/// Whether the number of rows of the other way is worth a call of its own, after the first page.
pub fn counting_pays(rows: u64, page: u64) -> bool {
    calls(rows, page).saturating_sub(1) > FEW_CALLS
}

#[cfg(test)]
mod tests {
    use super::{BeforeKeys, Decision, Offer, before_keys, calls, counting_pays, decide, turns};

    fn regular(filter: &str, rows: Option<u64>, limit: Option<u64>) -> Offer {
        Offer { page: 60, filter: Some(filter.into()), rows, limit, regular: true }
    }

    fn bulk(filter: &str, rows: Option<u64>, limit: Option<u64>) -> Offer {
        Offer { page: 1000, regular: false, ..regular(filter, rows, limit) }
    }

    #[test]
    fn the_fewest_calls_win() {
        use Decision::{Take, Try};
        for (offers, expected) in [
            (vec![], None),
            (vec![regular("a", None, None)], Some(Take(0))),
            // The same rows in larger pages.
            (vec![regular("a", None, None), bulk("a", None, None)], Some(Take(1))),
            // One call in any case: the regular form.
            (vec![regular("a", None, Some(5)), bulk("a", None, Some(5))], Some(Take(0))),
            (vec![regular("a", None, Some(500)), bulk("a", None, Some(500))], Some(Take(1))),
            // A key.
            (vec![regular("a", Some(1), None), bulk("b", None, None)], Some(Take(0))),
            // A small table is read whole in one call.
            (vec![regular("a", None, None), bulk("b", Some(900), None)], Some(Take(1))),
            (vec![regular("a", Some(600), None), bulk("b", Some(5_000), None)], Some(Take(1))),
            (vec![regular("a", Some(120), None), bulk("b", Some(5_000), None)], Some(Take(0))),
            (vec![regular("a", None, None), bulk("b", Some(5_000), None)], Some(Try(0, 1))),
            (vec![regular("a", None, None), bulk("b", None, None)], Some(Try(0, 1))),
            (vec![regular("a", Some(200), None), bulk("b", None, None)], Some(Take(0))),
            (vec![regular("a", Some(2_000), None), bulk("b", None, None)], Some(Try(0, 1))),
        ] {
            assert_eq!(decide(&offers), expected, "{offers:?}");
        }
    }

    #[test]
    fn the_whole_is_begun_where_it_may_end_soon() {
        use BeforeKeys::{Ask, Begin, Count};
        for (key_calls, least, expected) in [
            (2, Some(150), Ask),
            (3, Some(200), Begin(1)),
            (20, Some(2_000), Begin(2)),
            // The keys are most of the rows of a page, so that the whole takes no fewer calls.
            (4, Some(3_000), Ask),
            (5, Some(3_000), Count),
            (4, None, Ask),
            (5, None, Count),
        ] {
            assert_eq!(before_keys(key_calls, least, 1000), expected, "{key_calls} {least:?}");
        }
    }

    #[test]
    fn a_read_is_left_only_for_a_cheaper_one() {
        assert_eq!((calls(0, 60), calls(60, 60), calls(61, 60)), (1, 1, 2));
        // Four pages, one of which is there.
        assert!(turns(240, 60, 2) && !turns(240, 60, 3));
        assert!(counting_pays(361, 60) && !counting_pays(300, 60));
    }
}
