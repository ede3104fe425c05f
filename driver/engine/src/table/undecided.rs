//! Reads that begin before it is known which way takes the fewest calls, and what they learn on the way.
//!
//! A page is a better question than a `$count`: its rows are not in vain if the read goes on. So a number alone is asked for
//! only where so many calls depend on it that it is likely to pay, and it is remembered.

use exact_client::{Manner, count_so, read_so};
use futures::{StreamExt, stream};

use super::pages::Pages;
use super::read::{Read, Way};
use crate::pushdown::keys::Keys;
use crate::pushdown::path::{BeforeKeys, Offer, before_keys, calls, counting_pays, page_rows, turns};

impl Read {
    /// The rows with certain keys, where they can be asked for in no more calls than the whole takes.
    pub(super) async fn by_keys_or_whole(&self, found: &[Keys], manner: &Manner) -> Option<Pages> {
        let (key_calls, keys) = self.by_keys(found)?;
        if self.whole_calls().is_none() && key_calls > calls(keys.rows(self), self.largest_page()) {
            let (route, page) = self.route_to_begin().unzip();
            let least = keys.rows_at_least(self).filter(|_| route.is_some());
            match before_keys(key_calls, least, page.unwrap_or(1)) {
                BeforeKeys::Ask => {}
                BeforeKeys::Count => self.count_whole(manner).await,
                BeforeKeys::Begin(pages) => {
                    return Some(self.begin_whole(route?, pages, (key_calls, keys), manner).await);
                }
            }
        }
        // What has been counted may tell how many rows a key has.
        let (key_calls, keys) = self.by_keys(found)?;
        self.whole_calls().is_none_or(|whole| key_calls <= whole).then(|| self.run(keys, manner))
    }

    /// Calls for all rows, where that is known.
    fn whole_calls(&self) -> Option<u64> {
        self.offers().iter().filter_map(Offer::calls).min()
    }

    fn largest_page(&self) -> u64 {
        self.offers().iter().map(|offer| offer.page).max().unwrap_or(1)
    }

    /// The route over which all rows come, and the rows of its pages, where nothing speaks against it.
    fn route_to_begin(&self) -> Option<(usize, u64)> {
        let Some(Way::Whole(place)) = self.decide() else { return None };
        let route = self.routes.get(place)?;
        let plain = !route.is_filtered() && !route.is_daring(false) && self.request.top.is_none();
        plain.then(|| (place, page_rows(route.path.page_size)))
    }

    /// Begins with `pages` pages of the whole. Where there are more, goes on with what takes fewer calls.
    async fn begin_whole(&self, route: usize, pages: u64, keys: (u64, Way), manner: &Manner) -> Pages {
        let asking = Manner { on_demand: true, ..manner.clone() };
        let mut rest = read_so(&self.source.session, self.sent(route, None, true), asking);
        let mut begun = Vec::new();
        for _ in 0..pages {
            begun.extend(rest.next().await);
        }
        if rest.has_more() && begun.iter().all(Result::is_ok) {
            let (key_calls, keys) = keys;
            if before_keys(key_calls, None, 1) == BeforeKeys::Count {
                self.count_whole(manner).await;
            }
            let whole = self.whole_calls();
            if whole.is_none_or(|whole| key_calls < whole.saturating_sub(pages)) {
                return self.run(keys, manner);
            }
        }
        if !manner.on_demand {
            rest.run_ahead();
        }
        self.finished(route, true, stream::iter(begun).chain(rest).boxed())
    }

    /// Asks how many rows there are in all, where an endpoint tells. The number serves an estimate, so that a failure is
    /// passed over.
    async fn count_whole(&self, manner: &Manner) {
        let Some(route) = self.routes.iter().position(|route| route.path.countable) else { return };
        if let Err(error) = self.count(route, manner).await {
            tracing::debug!(%error, "the rows could not be counted");
        }
    }

    /// Begins on the route whose filter is narrower and asks how many rows there are; goes over to the other one if that
    /// costs fewer calls than going on.
    pub(super) async fn try_first(&self, first: usize, other: usize, manner: &Manner) -> Pages {
        let Some((narrow, wide)) = self.routes.get(first).zip(self.routes.get(other)) else {
            return stream::empty().boxed();
        };
        let request = self.sent(first, None, true);
        let asking = Manner { count: narrow.path.countable, on_demand: true, ..manner.clone() };
        let mut pages = read_so(&self.source.session, request, asking);
        let page = match pages.next().await {
            Some(Ok(page)) => page,
            Some(Err(error)) if self.is_refusal(&error, first, false) => return self.attempt(first, None, manner),
            outcome => return stream::iter(outcome).boxed(),
        };
        if let Some(rows) = pages.total() {
            self.remember(first, rows).await;
        }
        let wanted = pages.total().map(|rows| self.request.top.map_or(rows, |limit| rows.min(limit)));
        if let Some(rows) = wanted.filter(|_| pages.has_more()) {
            let size = page_rows(narrow.path.page_size);
            if self.rows_on(other).is_none() && counting_pays(rows, size) {
                self.count_for(other, manner).await;
            }
            let others = self.rows_on(other).map(|rows| calls(rows, page_rows(wide.path.page_size)));
            if others.is_some_and(|others| turns(rows, size, others)) {
                return self.attempt(other, None, manner);
            }
        }
        if !manner.on_demand {
            pages.run_ahead();
        }
        self.check(first, stream::iter([Ok(page)]).chain(pages).boxed())
    }

    /// Asks how many rows a route has that cannot be counted itself, on one that can.
    async fn count_for(&self, route: usize, manner: &Manner) {
        let Some(countable) = self.routes.iter().find(|route| route.path.countable) else { return };
        let Some(asked) = self.routes.get(route) else { return };
        let request =
            asked.over_path(countable.path).request(&self.request, None, asked.searches(&self.source.session));
        match count_so(&self.source.session, &request, manner).await {
            Ok(rows) => self.remember(route, rows).await,
            Err(error) => tracing::debug!(%error, "the rows could not be counted"),
        }
    }
}

impl Way {
    /// Rows that these keys are expected to have, which come in as many pages whichever way they are read.
    fn rows(&self, read: &Read) -> u64 {
        match self {
            Way::Keys(_, column, conditions) => {
                let keys: u64 = conditions.iter().map(|condition| condition.keys as u64).sum();
                keys.saturating_mul(read.rows_of_a_key(*column))
            }
            Way::Whole(_) | Way::Row(..) | Way::First(_) => 0,
        }
    }

    /// How many rows there are at least where these keys come from other rows that refer to them.
    fn rows_at_least(&self, read: &Read) -> Option<u64> {
        match self {
            Way::Keys(_, column, _) if read.request.entity.keys == [*column] => Some(self.rows(read)),
            _ => None,
        }
    }
}
