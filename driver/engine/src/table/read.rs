//! One read of an entity: what is wanted, and the routes on which it can be had.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::logical_expr::Expr;
use exact_client::model::{AccessKind, Column, EdmType, Entity, Origin, model};
use exact_client::{Manner, ReadRequest, count_so, read_so};
use futures::stream;
use futures::{FutureExt, StreamExt, TryStreamExt};

use super::Source;
use super::pages::{Pages, first_rows, latest, told};
use super::route::{Check, Route, Why};
use crate::pushdown::keys::{Condition, Keys};
use crate::pushdown::path::{Decision, Offer, calls, decide, page_rows};
use crate::pushdown::refusals::{self, Part};

/// Conditions on keys that are ever sent in place of reading the whole.
const MOST_KEY_CALLS: usize = 40;
/// Rows that a key is guessed to have where it is not unique.
const ROWS_OF_A_KEY: u64 = 4;

/// One column of an order, by its place among the columns that are read.
#[derive(Clone, Copy, Debug)]
pub struct SortKey {
    pub column: usize,
    pub descending: bool,
}

impl SortKey {
    fn said(self, column: &Column) -> Option<String> {
        let direction = if self.descending { " desc" } else { "" };
        is_sortable(column).then(|| format!("{}{direction}", column.name))
    }
}

/// Whether the service sorts by a column as SQL does here.
pub fn is_sortable(column: &Column) -> bool {
    use EdmType as T;
    let same_order =
        matches!(column.edm, T::DateTime | T::Double | T::Int16 | T::Int32 | T::Int64 | T::Byte | T::Boolean);
    same_order && column.origin == Origin::Service
}

/// What is read, and from where.
#[derive(Clone)]
pub struct Read {
    pub source: Source,
    /// Its path, filter and order are the chosen route's.
    pub request: ReadRequest,
    /// At least one, the service's best-known form first.
    pub routes: Arc<[Route]>,
    /// The conditions.
    pub conditions: Arc<[Expr]>,
    /// Those of them that nobody checks after the read, for the case that its rows come out of another read.
    pub entrusted: Option<Check>,
    /// Rows that can meet the conditions at most.
    pub at_most: Option<u64>,
    /// Of the rows in this order only the first are wanted.
    pub first: Option<(String, u64)>,
    /// The key of the only row that can meet the conditions, where these ask for nothing else, and of one division.
    pub row: Option<String>,
}

/// A way to get the rows.
pub(super) enum Way {
    Whole(usize),
    /// The row that has this address.
    Row(usize, String),
    /// The first rows in an order.
    First(usize),
    /// Those with certain values in a column.
    Keys(usize, usize, Vec<Condition>),
}

impl Read {
    /// The same read of another division.
    pub fn of(&self, division: i32) -> Read {
        Read { request: ReadRequest { division, ..self.request.clone() }, ..self.clone() }
    }

    /// The same read, of the first `rows` rows in this order only; `None` where the service cannot order so.
    pub fn ordered(&self, sort: &[SortKey], rows: usize) -> Option<Read> {
        let entity = self.request.entity;
        if self.request.top.is_some() || self.route_in_order().is_none() {
            return None;
        }
        let order = sort
            .iter()
            .map(|key| key.said(entity.columns.get(*self.request.columns.get(key.column)?)?))
            .collect::<Option<Vec<_>>>()?;
        Some(Read { first: Some((order.join(","), rows as u64)), ..self.clone() })
    }

    /// The same read with these columns; `None` where no route can bring them.
    pub fn with_columns(&self, columns: Vec<usize>) -> Option<Read> {
        let (entity, before) = (self.request.entity, &self.request.columns);
        let routes: Arc<[Route]> =
            self.routes.iter().filter_map(|route| route.with_columns(entity, before, &columns)).collect();
        let request = ReadRequest { columns, ..self.request.clone() };
        (!routes.is_empty()).then(|| Read { request, routes, ..self.clone() })
    }

    /// The same read of the rows that meet these conditions too, which are checked after it; `None` where none can.
    pub fn narrowed(&self, conditions: &[Expr]) -> Option<Read> {
        if conditions.is_empty() {
            return Some(self.clone());
        }
        let entity = self.request.entity;
        let routes: Option<Vec<_>> = self.routes.iter().map(|route| route.narrowed(entity, conditions)).collect();
        let conditions = self.conditions.iter().chain(conditions).cloned().collect();
        Some(Read { routes: routes?.into(), conditions, ..self.clone() })
    }

    /// Whether the rows of `other` are among those of this read, before any limit.
    pub fn covers(&self, other: &Read) -> bool {
        let (mine, others) = (&self.request, &other.request);
        std::ptr::eq(mine.entity, others.entity)
            && mine.division == others.division
            && mine.parameters == others.parameters
            && self.conditions.iter().all(|condition| other.conditions.contains(condition))
    }

    /// The route on which the service can order the very rows that are wanted.
    fn route_in_order(&self) -> Option<usize> {
        self.routes.iter().position(|route| route.path.orderable && route.is_complete())
    }

    /// The route whose rows the service can count, if it can count the very rows that are wanted.
    pub fn route_to_count(&self) -> Option<usize> {
        self.routes.iter().position(|route| route.path.countable && route.is_complete())
    }

    /// Whether any condition narrows what is read.
    pub fn is_filtered(&self) -> bool {
        self.routes.first().is_some_and(Route::is_filtered)
    }

    /// The number of rows that is to be expected, if anything is known.
    pub fn expected_rows(&self) -> Option<u64> {
        let known = self.routes.iter().enumerate().filter_map(|(route, _)| self.rows_on(route)).min();
        known.into_iter().chain(self.request.top).chain(self.first.as_ref().map(|(_, rows)| *rows)).min()
    }

    /// The calls that bring all, as far as is known.
    pub fn calls(&self) -> Option<u64> {
        self.offers().iter().filter_map(Offer::calls).min()
    }

    /// Whether the first rows in their order take fewer calls than all, as far as is known.
    pub fn is_cheaper_in_order(&self) -> bool {
        let (Some((_, rows)), Some(route)) = (&self.first, self.route_in_order()) else { return false };
        let offers = self.offers();
        let page = offers.get(route).map_or(1, |offer| offer.page);
        offers.iter().filter_map(Offer::calls).all(|whole| calls(*rows, page) < whole)
    }

    /// The request as it is sent first when no join narrows it.
    pub fn whole(&self) -> ReadRequest {
        match self.decide() {
            Some(Way::Whole(route)) | Some(Way::Keys(route, ..)) => self.sent(route, None, true),
            Some(Way::First(route)) => self.sent_in_order(route),
            Some(Way::Row(route, key)) => self.sent_to_row(route, key),
            None => self.request.clone(),
        }
    }

    /// The conditions that are checked here though the table was asked about them, and why.
    pub fn left(&self) -> &[(Expr, Why)] {
        let route = match self.decide() {
            Some(Way::Whole(route) | Way::Row(route, _) | Way::First(route) | Way::Keys(route, ..)) => {
                self.routes.get(route)
            }
            None => None,
        };
        route.map_or(&[], |route| &route.left)
    }

    /// The pages of this read, of which `found` leaves those with one of the values in their columns.
    pub fn pages(&self, found: Vec<Keys>, manner: Manner) -> Pages {
        let read = self.clone();
        let pages = async move { read.best(&found, &manner).await }.flatten_stream();
        match self.request.top {
            Some(rows) => first_rows(pages.boxed(), rows),
            None => pages.boxed(),
        }
    }

    /// The number of rows, on a route that can count them.
    pub async fn count(&self, route: usize, manner: &Manner) -> exact_client::Result<u64> {
        let request = self.sent(route, None, true);
        let rows = count_so(&self.source.session, &request, manner).await?;
        self.remember(route, rows).await;
        Ok(rows)
    }

    /// The request that is counted on a route.
    pub fn to_count(&self, route: usize) -> ReadRequest {
        self.sent(route, None, true)
    }

    pub(super) fn sent(&self, route: usize, keys: Option<(usize, &Condition)>, search: bool) -> ReadRequest {
        let Some(route) = self.routes.get(route) else { return self.request.clone() };
        route.request(&self.request, keys, search && route.searches(&self.source.session))
    }

    pub(super) fn sent_in_order(&self, route: usize) -> ReadRequest {
        let (order_by, top) = self.first.clone().unzip();
        ReadRequest { order_by, top, ..self.sent(route, None, true) }
    }

    fn sent_to_row(&self, route: usize, key: String) -> ReadRequest {
        ReadRequest { key: Some(key), filter: None, ..self.sent(route, None, false) }
    }

    /// What the service selects rows by on a route.
    fn selection(&self, route: usize) -> Option<String> {
        let route = self.routes.get(route)?;
        route.selection(route.searches(&self.source.session))
    }

    pub(super) async fn remember(&self, route: usize, rows: u64) {
        let request = &self.request;
        if request.parameters.is_empty() {
            let (sizes, selection) = (self.source.sizes(), self.selection(route));
            let session = &self.source.session;
            sizes.remember_part(session, request.division, request.entity, selection.as_deref(), rows).await;
        }
    }

    /// Rows on a route at most, as far as is known.
    pub(super) fn rows_on(&self, route: usize) -> Option<u64> {
        let request = &self.request;
        let seen = self.source.sizes().part(request.division, request.entity, self.selection(route).as_deref());
        let few = self.at_most.filter(|_| self.routes.get(route).is_some_and(Route::is_complete));
        seen.into_iter().chain(few).min()
    }

    fn offer(&self, place: usize, route: &Route) -> Offer {
        Offer {
            page: page_rows(route.path.page_size),
            rows: self.rows_on(place),
            limit: self.request.top.filter(|_| route.is_complete()),
            filter: self.selection(place),
            regular: route.path.countable,
        }
    }

    pub(super) fn offers(&self) -> Vec<Offer> {
        let offers = self.routes.iter().enumerate().map(|(place, route)| match self.is_usable(route, false) {
            true => self.offer(place, route),
            // Never the best.
            false => Offer { page: 1, rows: Some(u64::MAX), ..self.offer(place, route) },
        });
        offers.collect()
    }

    /// Whether nothing is known against a route.
    fn is_usable(&self, route: &Route, by_keys: bool) -> bool {
        let refuses = |part| refusals::refuses(&self.source.session, route.path.uri, part);
        !route.is_daring(by_keys) || !(refuses(Part::Filter) || refuses(Part::Whole(self.request.division)))
    }

    /// The way to begin with, as far as it can be told without asking.
    pub(super) fn decide(&self) -> Option<Way> {
        if let Some(row) = self.addressed() {
            return Some(row);
        }
        let offers = self.offers();
        let cheapest = offers.iter().filter_map(Offer::calls).min();
        if let (Some((_, rows)), Some(route)) = (&self.first, self.route_in_order()) {
            let page = offers.get(route).map_or(1, |offer| offer.page);
            if cheapest.is_none_or(|others| calls(*rows, page) <= others) {
                return Some(Way::First(route));
            }
        }
        match decide(&offers)? {
            Decision::Take(route) | Decision::Try(route, _) => Some(Way::Whole(route)),
        }
    }

    /// The look-up of the row whose key is stated: one call, as by a filter, but no rule about filters stands in its way.
    /// That rows have addresses is documented where they can be changed by them.
    fn addressed(&self) -> Option<Way> {
        let methods = self.request.entity.methods;
        let key = self.row.clone().filter(|_| methods.put || methods.delete)?;
        let addressed = |route: &Route| route.path.kind == AccessKind::Regular && route.is_complete();
        let route = self.routes.iter().position(addressed)?;
        let uri = self.routes.get(route)?.path.uri;
        (!refusals::refuses(&self.source.session, uri, Part::Row)).then_some(Way::Row(route, key))
    }

    async fn best(&self, found: &[Keys], manner: &Manner) -> Pages {
        if let Some(row) = self.addressed() {
            return self.run(row, manner);
        }
        if let Some(pages) = self.by_keys_or_whole(found, manner).await {
            return pages;
        }
        match (self.decide(), decide(&self.offers())) {
            (Some(Way::Whole(_)), Some(Decision::Try(first, other))) => self.try_first(first, other, manner).await,
            (Some(way), _) => self.run(way, manner),
            (None, _) => stream::empty().boxed(),
        }
    }

    pub(super) fn run(&self, way: Way, manner: &Manner) -> Pages {
        match way {
            Way::Whole(route) => self.attempt(route, None, manner),
            Way::Row(route, key) => self.look_up(route, key, manner),
            Way::First(route) => self.checked(route, self.sent_in_order(route), false, manner),
            Way::Keys(route, column, conditions) => {
                let pages: Vec<_> =
                    conditions.iter().map(|condition| self.attempt(route, Some((column, condition)), manner)).collect();
                stream::iter(pages).flatten().boxed()
            }
        }
    }

    /// The row with a key. That there is none is an error to the service, of which some in an hour block the app (fact
    /// sheet 7.4), and looks like an address that is not there at all, or a proxy's page. So the filter answers then, and
    /// for the next hour at once.
    fn look_up(&self, route: usize, key: String, manner: &Manner) -> Pages {
        let (read, manner) = (self.clone(), manner.clone());
        let mut pages = read_so(&self.source.session, self.sent_to_row(route, key), manner.clone());
        let first = async move {
            let (session, uri) = (&read.source.session, read.routes.get(route).map_or("", |route| route.path.uri));
            match pages.next().await {
                Some(Err(error)) if refusals::remember(&error, session, uri, Part::Row) => {
                    read.attempt(route, None, &manner)
                }
                first => stream::iter(first).chain(pages).boxed(),
            }
        };
        first.flatten_stream().boxed()
    }

    /// The cheapest way to ask for certain values, and its calls.
    pub(super) fn by_keys(&self, found: &[Keys]) -> Option<(u64, Way)> {
        let column = |keys: &Keys| self.request.columns.get(keys.column).copied();
        let joined = found.iter().filter_map(|keys| Some((column(keys)?, &keys.values)));
        let joined: Vec<_> = joined.collect();
        let usable = self.routes.iter().enumerate().filter(|(_, route)| self.is_usable(route, true));
        let ways = usable.flat_map(|(place, route)| {
            let listed = route.list.iter().map(|(column, values)| (*column, values));
            let ways = joined.iter().copied().chain(listed).filter_map(move |(column, values)| {
                let entity = self.request.entity;
                if self.are_most_keys(column, values.len()) {
                    return None;
                }
                let conditions = route.chunks(entity, column, values, MOST_KEY_CALLS)?;
                let keys: u64 = conditions.iter().map(|condition| condition.keys as u64).sum();
                let page = page_rows(route.path.page_size);
                let rows = keys.saturating_mul(self.rows_of_a_key(column));
                let calls = rows.div_ceil(page).max(conditions.len() as u64);
                // How many rows a key has is a guess where it is not unique: larger pages hold more of them.
                let later = if entity.keys == [column] { u64::from(!route.path.countable) } else { u64::MAX - page };
                Some((calls, later, Way::Keys(place, column, conditions)))
            });
            ways.collect::<Vec<_>>()
        });
        let (calls, _, way) = ways.min_by_key(|(calls, later, _)| (*calls, *later))?;
        Some((calls, way))
    }

    /// Rows that a value of this column is expected to have.
    pub(super) fn rows_of_a_key(&self, column: usize) -> u64 {
        let request = &self.request;
        if request.entity.keys == [column] {
            return 1;
        }
        let sizes = self.source.sizes();
        let all = sizes.rows(request.division, request.entity);
        let referred = self.referred_to(column).and_then(|target| sizes.rows(request.division, target));
        all.zip(referred).map_or(ROWS_OF_A_KEY, |(all, keys)| all.div_ceil(keys.max(1)).max(1))
    }

    /// The table whose keys stand in this column.
    fn referred_to(&self, column: usize) -> Option<&'static Entity> {
        let relations = model().relations_from(self.request.entity);
        model().entity(relations.iter().find(|relation| relation.from_column == column)?.to)
    }

    /// Whether so many keys are most of those that the table has which they come from: then nearly every row has one.
    fn are_most_keys(&self, column: usize, keys: usize) -> bool {
        let target = self.referred_to(column);
        let rows = target.and_then(|target| self.source.sizes().rows(self.request.division, target));
        rows.is_some_and(|rows| keys as u64 > rows / 2)
    }

    /// Whether an endpoint may have refused a part of the filter, which is then not sent to it again.
    pub(super) fn is_refusal(&self, error: &exact_client::Error, route: usize, by_keys: bool) -> bool {
        let Some(route) = self.routes.get(route) else { return false };
        let part = match (route.searches(&self.source.session), route.is_daring(by_keys)) {
            _ if route.twin.is_some() => Part::Whole(self.request.division),
            (true, _) => Part::Search,
            (false, true) => Part::Filter,
            (false, false) => return false,
        };
        refusals::remember(error, &self.source.session, route.path.uri, part)
    }

    /// Reads; where the endpoint turns out to refuse a part of the filter, reads without it or on the first route.
    pub(super) fn attempt(&self, route: usize, keys: Option<(usize, &Condition)>, manner: &Manner) -> Pages {
        let request = self.sent(route, keys, true);
        let whole = keys.is_none() && request.top.is_none();
        // The limit is reached in the middle of a read that the service does not limit.
        let on_demand = manner.on_demand || (request.top.is_none() && self.request.top.is_some());
        let manner = &Manner { on_demand, ..manner.clone() };
        let Some(chosen) = self.routes.get(route) else { return stream::empty().boxed() };
        if chosen.twin.is_some() {
            return self.through_twin(route, request, manner);
        }
        let mut pages = self.checked(route, request, whole, manner);
        if !chosen.searches(&self.source.session) && !chosen.is_daring(keys.is_some()) {
            return pages;
        }
        let (read, manner) = (self.clone(), manner.clone());
        let keys = keys.map(|(column, condition)| (column, condition.clone()));
        let first = async move {
            match pages.next().await {
                Some(Err(error)) if read.is_refusal(&error, route, keys.is_some()) => {
                    let keys = keys.as_ref().map(|(column, condition)| (*column, condition));
                    match read.after_refusal(route, keys.is_some()) {
                        Some(again) => read.attempt(again, keys, &manner),
                        None => stream::iter([Err(error)]).boxed(),
                    }
                }
                first => stream::iter(first).chain(pages).boxed(),
            }
        };
        first.flatten_stream().boxed()
    }

    /// The route to go on with after a part of the filter was refused on `route`.
    fn after_refusal(&self, route: usize, by_keys: bool) -> Option<usize> {
        let uri = self.routes.get(route)?.path.uri;
        match refusals::refuses(&self.source.session, uri, Part::Filter) {
            true => self.routes.iter().position(|other| !other.is_daring(by_keys)),
            false => Some(route),
        }
    }

    /// Reads the sync twin of the table; the table itself where that answers with an error or nothing, as it does where a
    /// module is not in use (fact sheet 5.7).
    fn through_twin(&self, route: usize, request: ReadRequest, manner: &Manner) -> Pages {
        let (read, manner) = (self.clone(), manner.clone());
        let mut pages = read_so(&self.source.session, request, manner.clone());
        let first = async move {
            match pages.next().await {
                Some(Err(error)) if read.is_refusal(&error, route, false) => read.attempt(0, None, &manner),
                None => read.attempt(0, None, &manner),
                Some(Ok(page)) if page.num_rows() == 0 => read.attempt(0, None, &manner),
                Some(first) => {
                    // Some rows, whichever they are, are wanted at once; of all of them, each as it is in the end.
                    let most = if read.request.top.is_some() { 0 } else { read.source.settings.memory_limit / 4 };
                    let pages = stream::iter([first]).chain(pages).boxed();
                    read.finished(route, true, latest(pages, usize::try_from(most).unwrap_or(usize::MAX)))
                }
            }
        };
        first.flatten_stream().boxed()
    }

    /// The pages of a request; if it is for all rows that meet its filter, their number is remembered at the end.
    fn checked(&self, route: usize, request: ReadRequest, whole: bool, manner: &Manner) -> Pages {
        let pages = read_so(&self.source.session, request, manner.clone()).boxed();
        self.finished(route, whole, pages)
    }

    pub(super) fn finished(&self, route: usize, whole: bool, pages: Pages) -> Pages {
        if !whole {
            return self.check(route, pages);
        }
        let read = self.clone();
        let counted = stream::try_unfold((pages, 0_u64), move |(mut pages, rows)| {
            let read = read.clone();
            async move {
                match pages.try_next().await? {
                    Some(page) => {
                        let rows = rows + page.num_rows() as u64;
                        Ok(Some((page, (pages, rows))))
                    }
                    None => {
                        read.remember(route, rows).await;
                        Ok(None)
                    }
                }
            }
        });
        self.check(route, counted.boxed())
    }

    /// The rows that meet what the service did not check.
    pub(super) fn check(&self, route: usize, pages: Pages) -> Pages {
        let Some(route) = self.routes.get(route) else { return pages };
        let Some(check) = route.check.clone() else { return pages };
        let (wanted, columns) = (self.request.columns.len(), route.columns(&self.request.columns));
        let checked = move |page: RecordBatch| {
            let rows = check.rows(&page, &columns, wanted);
            std::future::ready(rows.map_err(told))
        };
        pages.and_then(checked).boxed()
    }
}
