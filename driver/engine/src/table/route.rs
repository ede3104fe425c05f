//! One way to serve a read: an access path, what the service is asked for, and what is checked here.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::PhysicalExpr;
use exact_client::model::{AccessKind, AccessPath, Entity, FilterRule, mandatory};
use exact_client::odata::url;
use exact_client::{ReadRequest, Session};

use crate::pushdown::filter::{Scope, Translation, translate};
use crate::pushdown::keys::{self, Condition};
use crate::pushdown::twin::Twin;
use crate::pushdown::{bookmark, refusals};

/// Room for an order, a condition that every row meets, and the names of the options.
const RESERVED: usize = 300;

/// An access path with what is asked over it.
#[derive(Clone, Debug)]
pub struct Route {
    pub path: &'static AccessPath,
    /// Terms of `$filter`, all of which must hold.
    certain: Vec<String>,
    /// Terms that the endpoint may refuse. They are checked again locally.
    uncertain: Vec<String>,
    /// Columns that the terms name.
    filter_columns: Vec<usize>,
    /// Values of which one must stand in a column, too many for one URL.
    pub list: Option<(usize, Vec<ScalarValue>)>,
    /// What nobody else checks of the conditions.
    pub check: Option<Check>,
    /// The conditions that the service does not evaluate, or not exactly, and why.
    pub left: Vec<(Expr, Why)>,
    /// The sync entity that brings the rows instead of the table's own.
    pub twin: Option<Twin>,
    /// Characters that are left for further terms.
    room: usize,
}

/// Why a condition is checked locally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The service selects more rows: it compares text by rules of its own, or its rule is not documented.
    Superset,
    /// OData, or this access path, cannot say it.
    NotTaken,
    /// It does not fit in a URL.
    TooLong,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Superset => "the service may select more rows",
            Why::NotTaken => "the endpoint does not take it",
            Why::TooLong => "it does not fit in an address",
        })
    }
}

/// Conditions that are checked on the pages of a route.
#[derive(Clone, Debug)]
pub struct Check {
    /// Over these columns of the entity.
    pub predicate: Arc<dyn PhysicalExpr>,
    pub columns: Vec<usize>,
}

/// What a route is made for.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    pub entity: &'static Entity,
    pub base_url: &'a str,
    /// The request without filter, order, or limit, over any path.
    pub request: &'a ReadRequest,
    pub conditions: &'a [Expr],
    /// Of each condition, whether nobody checks it after the read.
    pub entrusted: &'a [bool],
}

/// What a path is asked for one condition.
struct Asked {
    place: usize,
    translation: Translation,
    length: usize,
}

impl Route {
    /// The route over `path`; `None` where it does not deliver the columns. `check` makes the predicate of what is left.
    pub fn over(
        path: &'static AccessPath,
        wish: Wish<'_>,
        check: impl FnOnce(&[&Expr]) -> DataFusionResult<Check>,
    ) -> DataFusionResult<Option<Route>> {
        let Some(mut route) = Route::new(path, None, wish, check)? else { return Ok(None) };
        if path.kind == AccessKind::Sync {
            route.certain.push(bookmark::condition(wish.conditions));
        }
        Ok(Some(route))
    }

    /// The route over a table's sync twin; `None` where that does not carry the columns.
    pub fn over_twin(
        twin: Twin,
        wish: Wish<'_>,
        check: impl FnOnce(&[&Expr]) -> DataFusionResult<Check>,
    ) -> DataFusionResult<Option<Route>> {
        Route::new(twin.path, Some(twin), wish, check)
    }

    fn new(
        path: &'static AccessPath,
        twin: Option<Twin>,
        wish: Wish<'_>,
        check: impl FnOnce(&[&Expr]) -> DataFusionResult<Check>,
    ) -> DataFusionResult<Option<Route>> {
        let bare = ReadRequest { path, ..wish.request.clone() };
        let room = url::MAX_URL.saturating_sub(bare.url(wish.base_url).len() + url::COUNT_LENGTH + RESERVED);
        let mut route = Route {
            path,
            certain: Vec::new(),
            uncertain: Vec::new(),
            filter_columns: Vec::new(),
            list: None,
            check: None,
            left: Vec::new(),
            twin,
            room,
        };
        if !route.delivers(wish.entity, &wish.request.columns) {
            return Ok(None);
        }
        let unchecked = route.ask(wish);
        if !unchecked.is_empty() {
            let check = check(&unchecked)?;
            if !route.delivers(wish.entity, &check.columns) {
                return Ok(None);
            }
            let extra = check.columns.iter().copied().filter(|column| !wish.request.columns.contains(column));
            route.room = route.room.saturating_sub(select_length(wish.entity, extra));
            route.check = Some(check);
        }
        Ok(Some(route))
    }

    fn delivers(&self, entity: &Entity, columns: &[usize]) -> bool {
        match &self.twin {
            Some(twin) => twin.columns(entity, columns).is_some(),
            None => columns.iter().all(|column| self.path.columns.get(*column).copied().unwrap_or(false)),
        }
    }

    /// Puts into the filter what the path takes and the URL holds; gives the conditions that nobody else checks.
    fn ask<'a>(&mut self, wish: Wish<'a>) -> Vec<&'a Expr> {
        let beside: Vec<&Expr> = wish.conditions.iter().collect();
        let scope = Scope { entity: wish.entity, rule: &self.path.filter, beside: &beside };
        let mut unchecked = Vec::new();
        let mut asked = Vec::new();
        for (place, condition) in wish.conditions.iter().enumerate() {
            let translation = translate(condition, scope);
            let exact = translation.as_ref().is_some_and(|translation| translation.exact);
            if !exact {
                let why = if translation.is_some() { Why::Superset } else { Why::NotTaken };
                self.left.push((condition.clone(), why));
                unchecked.extend(entrusted(wish, place));
            }
            let and = url::encoded_len(" and ");
            asked.extend(translation.map(|translation| {
                let length = url::encoded_len(&translation.said.to_string()) + and;
                Asked { place, translation, length }
            }));
        }
        // The short ones first: most of them fit.
        asked.sort_by_key(|asked| asked.length);
        for one in asked {
            let Some(condition) = wish.conditions.get(one.place) else { continue };
            if one.length <= self.room {
                self.room -= one.length;
                self.add(one.translation);
                continue;
            }
            if one.translation.exact {
                self.left.push((condition.clone(), Why::TooLong));
                unchecked.extend(entrusted(wish, one.place));
            }
            if self.list.is_none() {
                self.list = keys::listed(condition, wish.entity);
            }
        }
        unchecked
    }

    /// The same route for the rows that meet these conditions too, as far as it takes them; `None` where none can.
    pub fn narrowed(&self, entity: &Entity, conditions: &[Expr]) -> Option<Route> {
        let mut route = self.clone();
        let beside: Vec<&Expr> = conditions.iter().collect();
        for condition in conditions {
            let scope = Scope { entity, rule: &self.path.filter, beside: &beside };
            let Some(translation) = translate(condition, scope) else { continue };
            if translation.is_never() {
                return None;
            }
            let length = url::encoded_len(&translation.said.to_string()) + url::encoded_len(" and ");
            if let Some(room) = route.room.checked_sub(length) {
                route.room = room;
                route.add(translation);
            }
        }
        Some(route)
    }

    fn add(&mut self, translation: Translation) {
        self.filter_columns.extend(translation.columns);
        let terms = if translation.uncertain { &mut self.uncertain } else { &mut self.certain };
        terms.push(translation.said.to_string());
    }

    /// The same conditions over another path that takes them.
    pub fn over_path(&self, path: &'static AccessPath) -> Route {
        Route { path, twin: None, ..self.clone() }
    }

    /// The same route for other columns than `before`, if it delivers them and the URL still holds all.
    pub fn with_columns(&self, entity: &Entity, before: &[usize], columns: &[usize]) -> Option<Route> {
        let more = columns.iter().copied().filter(|column| !before.contains(column));
        let room = self.room.checked_sub(select_length(entity, more))?;
        self.delivers(entity, columns).then(|| Route { room, ..self.clone() })
    }

    /// Whether the service evaluates everything, so that no row is read in vain.
    pub fn is_complete(&self) -> bool {
        self.check.is_none()
    }

    /// Whether any condition narrows what is read.
    pub fn is_filtered(&self) -> bool {
        !self.certain.is_empty() || !self.uncertain.is_empty() || self.list.is_some()
    }

    /// Whether the endpoint may refuse though nothing is known against it, and so another route is to be kept in reserve:
    /// what bulk endpoints filter on is documented for some of them only, and some sync endpoints answer only where a
    /// module is in use (fact sheet 5.7).
    pub fn is_daring(&self, by_keys: bool) -> bool {
        let filtered = by_keys || !self.certain.is_empty() || !self.uncertain.is_empty();
        self.twin.is_some() || (self.path.kind == AccessKind::Bulk && self.path.filter == FilterRule::Any && filtered)
    }

    pub fn searches(&self, session: &Session) -> bool {
        !self.uncertain.is_empty() && !refusals::refuses(session, self.path.uri, refusals::Part::Search)
    }

    /// The conditions that ask for some of these values in `column`, as few as they fit in; `None` where that cannot
    /// be asked over this path.
    pub fn chunks(
        &self,
        entity: &Entity,
        column: usize,
        values: &[ScalarValue],
        most: usize,
    ) -> Option<Vec<Condition>> {
        keys::conditions(entity, self.path, column, values, self.room, most)
    }

    /// What the service selects rows by; the same text selects the same rows on every path.
    pub fn selection(&self, search: bool) -> Option<String> {
        let uncertain = self.uncertain.iter().filter(|_| search);
        joined(self.certain.iter().chain(uncertain))
    }

    /// The `$filter` that is sent.
    fn filter(&self, entity: &Entity, keys: Option<(usize, &Condition)>, search: bool) -> Option<String> {
        let mut columns = self.filter_columns.clone();
        columns.extend(keys.map(|(column, _)| column));
        let keys = keys.map(|(_, condition)| format!("({})", condition.text));
        let every_row = mandatory::condition(self.path, entity, &columns);
        joined(self.selection(search).iter().chain(&keys).chain(&every_row))
    }

    /// The columns of the pages: those that are wanted, then those that only the check needs.
    pub fn columns(&self, wanted: &[usize]) -> Vec<usize> {
        let beside = self.check.iter().flat_map(|check| check.columns.iter().copied());
        wanted.iter().copied().chain(beside.filter(|column| !wanted.contains(column))).collect()
    }

    /// The request that is sent: `template` with this route's path, filter and columns.
    pub fn request(&self, template: &ReadRequest, keys: Option<(usize, &Condition)>, search: bool) -> ReadRequest {
        let columns = self.columns(&template.columns);
        if let Some(twin) = &self.twin {
            let mut columns = twin.columns(template.entity, &columns).unwrap_or_default();
            columns.push(twin.row_id);
            let filter = Some(bookmark::condition(&[]));
            let (entity, path) = (twin.entity, self.path);
            return ReadRequest { entity, path, columns, filter, top: None, ..template.clone() };
        }
        let filter = self.filter(template.entity, keys, search);
        let top = template.top.filter(|_| self.is_complete());
        ReadRequest { path: self.path, columns, filter, top, ..template.clone() }
    }
}

impl Check {
    /// The rows of a page of these columns that meet the conditions, without the columns that only the check needed,
    /// which follow the first `wanted`.
    pub fn rows(&self, page: &RecordBatch, columns: &[usize], wanted: usize) -> DataFusionResult<RecordBatch> {
        let place = |column: &usize| columns.iter().position(|other| other == column);
        let checked = page.project(&self.columns.iter().filter_map(place).collect::<Vec<_>>())?;
        let held = self.predicate.evaluate(&checked)?.into_array(page.num_rows())?;
        let held = held.as_any().downcast_ref::<BooleanArray>().cloned().unwrap_or_else(|| {
            // A predicate that is not boolean holds for no row.
            BooleanArray::from(vec![false; page.num_rows()])
        });
        let kept = filter_record_batch(page, &held)?;
        Ok(kept.project(&(0..wanted).collect::<Vec<_>>())?)
    }
}

fn joined<'a>(terms: impl Iterator<Item = &'a String>) -> Option<String> {
    let terms: Vec<&str> = terms.map(String::as_str).collect();
    (!terms.is_empty()).then(|| terms.join(" and "))
}

fn entrusted<'a>(wish: Wish<'a>, place: usize) -> Option<&'a Expr> {
    let entrusted = wish.entrusted.get(place).copied().unwrap_or(false);
    wish.conditions.get(place).filter(|_| entrusted)
}

/// Characters that these columns take in `$select`.
fn select_length(entity: &Entity, columns: impl Iterator<Item = usize>) -> usize {
    let named = columns.filter_map(|column| entity.columns.get(column));
    named.map(|column| url::encoded_len(column.name) + url::encoded_len(",")).sum()
}
