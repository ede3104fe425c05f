//! Rows that bring those of a documented collection along (`$expand`, fact sheet 3.5): one read serves both sides of a join
//! of documents with their lines.
//!
//! The service cuts a collection at sixty rows. Of such a document, and of those for whose lines there is no memory, the
//! lines are read by its key afterwards.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::{Array, AsArray, BooleanArray, ListArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::Expr;
use exact_client::model::{AccessKind, EdmType};
use exact_client::odata::url::MAX_URL;
use exact_client::{Expansion, Manner, ReadRequest, read_with};
use futures::stream;
use futures::{FutureExt, StreamExt};

use super::pages::{Pages, first_rows, told};
use super::read::Read;
use super::route::Route;
use crate::pushdown::keys::{self, Keys};
use crate::pushdown::path::{FEW_CALLS, calls, page_rows};
use crate::pushdown::refusals::{self, Part};

/// A read that brings the rows of another one along.
pub struct Expanded {
    /// The collection's name.
    pub name: &'static str,
    /// The lines as they are asked for.
    pub lines: Read,
    /// Place of the documents' key among the columns that are read of them.
    pub key: usize,
    /// Place of that key among the columns of the lines that are wanted.
    pub line_key: usize,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    divisions: HashMap<i32, Brought>,
    memory: Option<MemoryReservation>,
}

/// What came along in one division.
#[derive(Debug, Default)]
struct Brought {
    lines: Vec<RecordBatch>,
    /// Keys of the documents of which not all lines came.
    cut: Vec<ScalarValue>,
}

impl Expanded {
    pub fn new(name: &'static str, lines: Read, key: usize, line_key: usize) -> Self {
        Self { name, lines, key, line_key, found: Mutex::default() }
    }

    pub fn expansion(&self, division: i32) -> Expansion {
        Expansion { name: self.name, lines: self.lines.of(division).request }
    }

    /// Forgets what an earlier execution has brought.
    pub fn begin(&self, context: &TaskContext) {
        let mut found = self.lock();
        found.divisions.clear();
        found.memory = Some(MemoryConsumer::new("lines that come along").register(context.memory_pool()));
    }

    /// The pages of the documents, of which the lines are kept.
    pub fn documents(self: &Arc<Self>, read: &Read, manner: &Manner) -> Pages {
        let (division, expanded) = (read.request.division, Arc::clone(self));
        let keep = move |page: RecordBatch| expanded.keep(division, page);
        read.pages_with(self.expansion(division), keep, manner)
    }

    /// Takes the lines off a page of documents, which stand in its last column.
    fn keep(&self, division: i32, page: RecordBatch) -> DataFusionResult<RecordBatch> {
        let columns = page.num_columns().saturating_sub(1);
        let documents = page.project(&(0..columns).collect::<Vec<_>>())?;
        let (Some(lists), Some(keys)) =
            (page.columns().last().and_then(|lists| lists.as_list_opt::<i32>()), page.columns().get(self.key))
        else {
            return Ok(documents);
        };
        let lines = whole_lists(lists)?;
        let mut found = self.lock();
        let fits = found.memory.as_mut().is_some_and(|memory| memory.try_grow(lines.get_array_memory_size()).is_ok());
        let brought = found.divisions.entry(division).or_default();
        for row in (0..lists.len()).filter(|row| lists.is_null(*row) || !fits) {
            brought.cut.push(ScalarValue::try_from_array(keys, row)?);
        }
        if fits {
            brought.lines.push(lines);
        }
        Ok(documents)
    }

    /// The lines of a division, once all of its documents have been read; `None` where they did not come along.
    pub fn lines(&self, read: &Read, manner: Manner) -> Option<Pages> {
        let brought = self.lock().divisions.remove(&read.request.division)?;
        let (check, wanted) = (read.entrusted.clone(), read.request.columns.clone());
        let columns = self.lines.request.columns.clone();
        let part = move |page: RecordBatch| {
            let page = match &check {
                Some(check) => check.rows(&page, &columns, columns.len())?,
                None => page,
            };
            let place = |column: &usize| columns.iter().position(|other| other == column);
            DataFusionResult::Ok(page.project(&wanted.iter().filter_map(place).collect::<Vec<_>>())?)
        };
        let along = stream::iter(brought.lines).map(move |page| part(page).map_err(told)).boxed();
        if brought.cut.is_empty() {
            return Some(along);
        }
        let keys = brought.cut.iter().filter_map(|key| key.try_as_str().flatten().map(str::to_owned));
        let (place, cut) = (self.line_key, keys.collect::<HashSet<String>>());
        // Reading the whole may be cheaper; the lines of the others have come already.
        let rest = read.pages(vec![Keys { column: place, values: brought.cut }], manner);
        let rest = rest.map(move |page| page.and_then(|page| with_keys(&page, place, &cut).map_err(told)));
        Some(along.chain(rest).boxed())
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows with one of these guids in a column.
fn with_keys(page: &RecordBatch, column: usize, keys: &HashSet<String>) -> DataFusionResult<RecordBatch> {
    let column = page.columns().get(column).and_then(|column| column.as_string_opt::<i32>());
    let Some(column) = column else { return Ok(page.clone()) };
    let held: BooleanArray = column.iter().map(|key| Some(key.is_some_and(|key| keys.contains(key)))).collect();
    Ok(filter_record_batch(page, &held)?)
}

/// The rows of the lists that are not null.
fn whole_lists(lists: &ListArray) -> DataFusionResult<RecordBatch> {
    let rows = RecordBatch::from(lists.values().as_struct());
    if lists.null_count() == 0 {
        return Ok(rows);
    }
    let mut whole = vec![false; rows.num_rows()];
    for (row, range) in lists.value_offsets().windows(2).enumerate() {
        let [start, end] = range else { continue };
        let (start, end) = (usize::try_from(*start).unwrap_or_default(), usize::try_from(*end).unwrap_or_default());
        if let Some(of_row) = whole.get_mut(start..end).filter(|_| lists.is_valid(row)) {
            of_row.fill(true);
        }
    }
    Ok(filter_record_batch(&rows, &BooleanArray::from(whole))?)
}

impl Read {
    /// The route on which rows bring those of a collection along, where that takes no more calls than to read them alone.
    pub fn route_to_expand(&self, expansion: &Expansion) -> Option<usize> {
        /// Rows of an unknown number that are few, since a column must have one of few values.
        const FEW_VALUES: usize = 20;
        let entity = self.request.entity;
        let expands = |route: &Route| route.path.kind == AccessKind::Regular;
        let (place, route) = self.routes.iter().enumerate().find(|(_, route)| expands(route))?;
        let length = self.to_expand(place).url_with(expansion, self.source.session.base_url()).len();
        if length > MAX_URL
            || route.searches(&self.source.session)
            || refusals::refuses(&self.source.session, route.path.uri, Part::Expand)
        {
            return None;
        }
        let offers = self.offers();
        let others = offers.iter().enumerate().filter(|(other, _)| *other != place);
        let fewest = others.clone().filter_map(|(_, offer)| offer.calls()).min();
        let own = self.first.as_ref().map(|(_, rows)| calls(*rows, page_rows(route.path.page_size)));
        let few = |condition: &Expr| {
            let (column, values) = keys::listed(condition, entity)?;
            let column = entity.columns.get(column)?;
            let tells_apart = !matches!(column.edm, EdmType::Boolean | EdmType::Byte) && values.len() <= FEW_VALUES;
            tells_apart.then_some(())
        };
        let is_narrow = || self.conditions.iter().any(|condition| few(condition).is_some());
        let pays = match (own.or(offers.get(place)?.calls()), fewest) {
            // What is known of a table is the most that a part of it can take.
            (Some(most), Some(fewest)) => most <= fewest || own.is_none() && is_narrow(),
            (Some(own), None) => own <= FEW_CALLS || others.count() == 0,
            (None, _) => others.count() == 0 || is_narrow(),
        };
        pays.then_some(place)
    }

    /// The request that is sent first on that route.
    pub fn to_expand(&self, route: usize) -> ReadRequest {
        if self.first.is_some() { self.sent_in_order(route) } else { self.sent(route, None, true) }
    }

    /// The pages, whose rows bring those of a collection along; `keep` takes these off a page. Where the endpoint refuses
    /// that, the rows alone.
    pub fn pages_with(
        &self,
        expansion: Expansion,
        keep: impl Fn(RecordBatch) -> DataFusionResult<RecordBatch> + Clone + Send + 'static,
        manner: &Manner,
    ) -> Pages {
        let Some(route) = self.route_to_expand(&expansion) else { return self.pages(Vec::new(), manner.clone()) };
        let request = self.to_expand(route);
        let whole = self.first.is_none() && request.top.is_none();
        let mut pages = read_with(&self.source.session, request, expansion, manner.clone());
        let (read, manner) = (self.clone(), manner.clone());
        let first = async move {
            let first = pages.next().await;
            if let Some(Err(error)) = &first
                && let Some(route) = read.routes.get(route)
                && refusals::remember(error, &read.source.session, route.path.uri, Part::Expand)
            {
                return read.pages(Vec::new(), manner);
            }
            let kept = stream::iter(first).chain(pages);
            let kept = kept.map(move |page| page.and_then(|page| keep(page).map_err(told))).boxed();
            let rows = read.finished(route, whole, kept);
            match read.request.top {
                Some(limit) => first_rows(rows, limit),
                None => rows,
            }
        };
        first.flatten_stream().boxed()
    }
}
