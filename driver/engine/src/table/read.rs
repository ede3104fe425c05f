//! One read of an entity: a request whose filter is put together when it is sent, since a join's keys may narrow it.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use exact_client::model::{Column, EdmType, Origin};
use exact_client::odata::url;
use exact_client::{ReadRequest, reader};
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};

use super::{Source, filter_room};
use crate::pushdown::keys::{self, Condition, Keys};
use crate::pushdown::{mandatory, path, refusals};

/// More conditions on keys than this would cost more calls than reading the whole table often does.
const MOST_KEY_CALLS: usize = 20;

pub type Pages = BoxStream<'static, exact_client::Result<RecordBatch>>;

/// The terms of a `$filter`, all of which must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub certain: Vec<String>,
    /// Terms that the endpoint may refuse. They are checked again locally.
    pub uncertain: Vec<String>,
    /// Columns that the terms name.
    pub columns: Vec<usize>,
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        self.certain.is_empty() && self.uncertain.is_empty()
    }

    fn text(&self, keys: Option<&Condition>, search: bool) -> Option<String> {
        let keys = keys.map(|condition| format!("({})", condition.text));
        let uncertain = self.uncertain.iter().filter(|_| search);
        let terms: Vec<&str> = self.certain.iter().chain(uncertain).chain(&keys).map(String::as_str).collect();
        (!terms.is_empty()).then(|| terms.join(" and "))
    }
}

/// One column of an order, by its place among the columns that are read.
#[derive(Clone, Copy, Debug)]
pub struct SortKey {
    pub column: usize,
    pub descending: bool,
}

impl SortKey {
    fn said(self, column: &Column) -> Option<String> {
        use EdmType as T;
        let same_order =
            matches!(column.edm, T::DateTime | T::Double | T::Int16 | T::Int32 | T::Int64 | T::Byte | T::Boolean);
        let direction = if self.descending { " desc" } else { "" };
        (same_order && column.origin == Origin::Service).then(|| format!("{}{direction}", column.name))
    }
}

/// What is read, and from where.
#[derive(Clone)]
pub struct Read {
    pub source: Source,
    /// Its filter is unset; `filter` has the terms.
    pub request: ReadRequest,
    pub filter: Filter,
}

impl Read {
    /// The same read, of the first `rows` rows in this order only; `None` where the service cannot order so.
    pub fn ordered(&self, sort: &[SortKey], rows: usize) -> Option<Read> {
        let request = &self.request;
        let entity = request.entity;
        let path = entity.regular().filter(|path| path.orderable)?;
        let delivered = |index: &usize| path.columns.get(*index).copied().unwrap_or(false);
        if request.top.is_some() || !request.columns.iter().all(delivered) {
            return None;
        }
        let order = sort
            .iter()
            .map(|key| key.said(entity.columns.get(*request.columns.get(key.column)?)?))
            .collect::<Option<Vec<_>>>()?;
        let mut ordered = self.clone();
        ordered.request.order_by = Some(order.join(","));
        ordered.request.top = Some(rows as u64);
        if request.path.kind != path.kind {
            ordered.request.path = path;
            ordered.filter.certain.extend(mandatory::condition(path, entity, &self.filter.columns));
        }
        Some(ordered)
    }

    /// The request as it is sent when no join narrows it.
    pub fn whole(&self) -> ReadRequest {
        self.sent(None, self.searches())
    }

    /// The pages of the whole read.
    pub fn pages(&self) -> Pages {
        self.attempt(None)
    }

    /// The pages with one of these values in their columns; all pages where the service cannot be asked so, or only in more
    /// calls than the whole may cost. The filter with the fewest calls is taken.
    pub fn pages_with(&self, found: &[Keys]) -> Pages {
        let narrowed = found.iter().filter_map(|keys| self.narrowed(keys)).min_by_key(Vec::len);
        match narrowed {
            None => self.pages(),
            Some(reads) => {
                let pages = reads.into_iter().map(|(read, condition)| read.attempt(Some(&condition)));
                stream::iter(pages.collect::<Vec<_>>()).flatten().boxed()
            }
        }
    }

    fn narrowed(&self, found: &Keys) -> Option<Vec<(Read, Condition)>> {
        let entity = self.request.entity;
        let column = *self.request.columns.get(found.column)?;
        let own = self.filter.text(None, true).map_or(0, |text| url::encoded_len(&text));
        let room = filter_room(entity).checked_sub(own)?;
        let conditions = keys::conditions(entity, column, &found.values, room, MOST_KEY_CALLS)?;
        conditions.into_iter().map(|condition| Some((self.keyed(column, &condition)?, condition))).collect()
    }

    /// This read over the path that serves a condition on `column` with the fewest calls.
    fn keyed(&self, column: usize, condition: &Condition) -> Option<Read> {
        let entity = self.request.entity;
        let mut keyed = self.clone();
        keyed.filter.columns.push(column);
        let need = path::Need {
            columns: &self.request.columns,
            filter_columns: &keyed.filter.columns,
            limit: (entity.keys == [column]).then_some(condition.keys),
        };
        let path = path::choose(entity, &need)?;
        path::allows(&path.filter, &keyed.filter.columns).then_some(())?;
        keyed.request.path = path;
        Some(keyed)
    }

    fn searches(&self) -> bool {
        !refusals::refuses_search(&self.source.settings.base_url, self.request.path.uri)
    }

    fn sent(&self, keys: Option<&Condition>, search: bool) -> ReadRequest {
        ReadRequest { filter: self.filter.text(keys, search), ..self.request.clone() }
    }

    /// Reads, and reads without the search in text if the endpoint turns out to refuse it.
    fn attempt(&self, keys: Option<&Condition>) -> Pages {
        let session = Arc::clone(&self.source.session);
        let search = self.searches();
        let mut pages = reader::read(&session, self.sent(keys, search));
        if !search || self.filter.uncertain.is_empty() {
            return pages.boxed();
        }
        let (base_url, uri) = (self.source.settings.base_url.clone(), self.request.path.uri);
        let without_search = self.sent(keys, false);
        let first = async move {
            match pages.next().await {
                Some(Err(error)) if refusals::remember(&error, &base_url, uri) => {
                    reader::read(&session, without_search).boxed()
                }
                first => stream::iter(first).chain(pages).boxed(),
            }
        };
        first.flatten_stream().boxed()
    }
}
