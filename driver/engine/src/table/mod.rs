//! One table provider for every entity: what of a query goes to the service, and over which access path.

mod catalog;
mod expanded;
mod pages;
mod read;
mod route;
mod scan;
mod shared;
mod spent;
mod spread;
mod undecided;
mod united;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session as DataFusionSession, TableProvider};
use datafusion::common::DFSchema;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use exact_client::model::{AccessKind, AccessPath, Column, Entity};
use exact_client::settings::{DivisionSetting, Settings};
use exact_client::{ReadRequest, Session};

use crate::divisions::Catalog;
use crate::error::Error;
use crate::pushdown::filter::{Scope, Translation, translate};
use crate::pushdown::{arguments, bookmark, contradiction, division, keys, path, twin};
use crate::sizes::Sizes;
use crate::types::{COLUMN_KEY, SCHEMA_KEY, TABLE_KEY};
pub use catalog::Catalogs;
pub use read::{Read, SortKey};
use route::{Check, Route, Wish};
pub use scan::EntityScan;
pub use shared::SharedRead;
pub use spent::Spent;

/// What all tables of a connection share.
#[derive(Clone)]
pub struct Source {
    pub session: Arc<Session>,
    pub settings: Arc<Settings>,
}

impl Source {
    /// The divisions that the property `Division` names.
    pub fn listed(&self) -> Vec<i32> {
        match &self.settings.division {
            DivisionSetting::Codes(codes) => codes.clone(),
            DivisionSetting::Current | DivisionSetting::All => Vec::new(),
        }
    }

    pub fn sizes(&self) -> Arc<Sizes> {
        Sizes::of_service(&self.session)
    }
}

/// An entity in the divisions of a catalog.
pub struct EntityTable {
    entity: &'static Entity,
    catalog: Catalog,
    source: Source,
    schema: SchemaRef,
}

impl EntityTable {
    fn new(entity: &'static Entity, catalog: Catalog, source: Source) -> Self {
        let fields: Vec<_> = entity.columns.iter().map(|column| field(entity, column)).collect();
        Self { entity, catalog, source, schema: Arc::new(Schema::new(fields)) }
    }

    pub fn entity(&self) -> &'static Entity {
        self.entity
    }

    pub fn catalog(&self) -> Catalog {
        self.catalog
    }

    /// The path that decides which conditions can be pushed at all.
    fn primary(&self) -> Option<&'static AccessPath> {
        self.entity.regular().or(self.entity.paths.first())
    }

    /// The translation of a condition for the primary path, where conditions are pushed.
    fn pushable(&self, condition: &Expr, beside: &[&Expr]) -> Option<Translation> {
        if !self.source.settings.pushdown {
            return None;
        }
        let scope = Scope { entity: self.entity, rule: &self.primary()?.filter, beside };
        translate(condition, scope)
    }

    /// Whether the service evaluates all of these conditions exactly.
    pub fn evaluates(&self, conditions: &[Expr]) -> bool {
        let beside: Vec<&Expr> = conditions.iter().collect();
        conditions.iter().all(|condition| self.pushable(condition, &beside).is_some_and(|pushed| pushed.exact))
    }

    /// Whether the service sorts by this column as SQL does here.
    pub fn sorts(&self, column: &str) -> bool {
        let sortable = self.entity.column(column).is_some_and(|(_, column)| read::is_sortable(column));
        sortable && self.source.settings.pushdown && self.entity.paths.iter().any(|path| path.orderable)
    }

    /// Whether reading everything takes more calls, as far as is known.
    pub fn takes_more_calls_than(&self, calls: u64) -> bool {
        /// Fewer calls than reading a table of unknown size is expected to take.
        const FEW: u64 = 4;
        let page = self.entity.paths.iter().map(|path| path::page_rows(path.page_size)).max();
        let rows = match self.catalog {
            Catalog::One(division) => self.source.sizes().rows(division, self.entity),
            Catalog::All => None,
        };
        match rows.zip(page) {
            Some((rows, page)) => path::calls(rows, page) > calls,
            None => calls <= FEW,
        }
    }

    /// Whether the division alone decides a condition.
    fn decides(&self, condition: &Expr) -> bool {
        self.source.settings.pushdown && division::decides(condition, self.entity)
    }

    /// Whether a condition can rule divisions out, though rows may have to be checked too.
    fn narrows(&self, condition: &Expr) -> bool {
        self.source.settings.pushdown && division::narrows(condition, self.entity)
    }

    fn is_sync(&self) -> bool {
        self.primary().is_some_and(|path| path.kind == AccessKind::Sync)
    }

    /// A read for each division that can have rows, of which a condition says something else than of another one.
    fn own_reads(
        &self,
        state: &dyn DataFusionSession,
        divisions: &[i32],
        wanted: &Wanted<'_>,
    ) -> DataFusionResult<Vec<Read>> {
        let mut reads = Vec::with_capacity(divisions.len());
        for &division in divisions {
            let within = wanted.filters.iter().map(|condition| division::within(condition, division));
            let within = within.collect::<DataFusionResult<Vec<_>>>()?;
            let said = within.into_iter().zip(wanted.entrusted).filter(|(condition, _)| *condition != lit(true));
            let (filters, entrusted): (Vec<_>, Vec<_>) = said.unzip();
            let beside: Vec<&Expr> = filters.iter().collect();
            let never = |condition: &Expr| self.pushable(condition, &beside).is_some_and(|pushed| pushed.is_never());
            if contradiction::stands_in(&filters, self.entity) || filters.iter().any(never) {
                continue;
            }
            let wanted = Wanted { filters: &filters, entrusted: &entrusted, ..wanted.clone() };
            reads.push(self.read(state, division, &wanted)?);
        }
        Ok(reads)
    }

    fn read(&self, state: &dyn DataFusionSession, division: i32, wanted: &Wanted<'_>) -> DataFusionResult<Read> {
        let Wanted { columns, filters, entrusted, limit } = wanted.clone();
        if !self.entity.methods.get {
            return Err(Error::TakesRowsOnly { table: format!("{}.{}", self.entity.schema, self.entity.name) }.into());
        }
        let unreadable =
            || Error::NotSupported { what: format!("Reading {}.{}", self.entity.schema, self.entity.name) };
        let request = ReadRequest {
            entity: self.entity,
            path: self.primary().ok_or_else(unreadable)?,
            division,
            columns,
            filter: None,
            order_by: None,
            top: limit.map(|rows| rows as u64),
            parameters: arguments::of(filters, self.entity)?,
            key: None,
        };
        let base_url = &self.source.settings.base_url;
        let wish = Wish { entity: self.entity, base_url, request: &request, conditions: filters, entrusted };
        let mut routes = Vec::with_capacity(self.entity.paths.len());
        for path in &self.entity.paths {
            routes.extend(Route::over(path, wish, |left| self.check(state, left))?);
        }
        if let Some(twin) = twin::of(self.entity).filter(|_| self.source.settings.pushdown) {
            routes.extend(Route::over_twin(twin, wish, |left| self.check(state, left))?);
        }
        routes.sort_by_key(|route| route.path.kind != AccessKind::Regular);
        if routes.is_empty() {
            return Err(unreadable().into());
        }
        let at_most = filters.iter().filter_map(|condition| self.rows_of_keys(condition)).min();
        let trusted: Vec<&Expr> = filters
            .iter()
            .zip(entrusted)
            .filter(|(_, entrusted)| **entrusted)
            .map(|(condition, _)| condition)
            .collect();
        let entrusted = if trusted.is_empty() { None } else { Some(self.check(state, &trusted)?) };
        Ok(Read {
            source: self.source.clone(),
            request,
            routes: routes.into(),
            conditions: filters.into(),
            entrusted,
            at_most,
            first: None,
            row: None,
        })
    }

    /// How many rows meet a condition that lists keys.
    fn rows_of_keys(&self, condition: &Expr) -> Option<u64> {
        let (column, values) = keys::listed(condition, self.entity)?;
        (self.entity.keys == [column]).then_some(values.len() as u64)
    }

    /// The key of the only row that can be among those of these divisions: where there are several, it is in one of them, and
    /// looking for it in the others would be an error to the service.
    fn row(&self, divisions: &[i32], conditions: &[Expr]) -> Option<String> {
        match (divisions, conditions) {
            ([_], [condition]) => keys::of_one_row(condition, self.entity),
            _ => None,
        }
    }

    /// The predicate of conditions that nobody else checks.
    fn check(&self, state: &dyn DataFusionSession, left: &[&Expr]) -> DataFusionResult<Check> {
        let named = left.iter().flat_map(|condition| condition.column_refs());
        let mut columns: Vec<usize> =
            named.filter_map(|column| self.entity.column(&column.name).map(|(place, _)| place)).collect();
        columns.sort_unstable();
        columns.dedup();
        let schema = DFSchema::try_from(self.schema.project(&columns)?)?;
        let condition = conjunction(left.iter().map(|condition| (*condition).clone()));
        let predicate = state.create_physical_expr(condition.unwrap_or_else(|| lit(true)), &schema)?;
        Ok(Check { predicate, columns })
    }
}

/// What is wanted of the rows of a table.
#[derive(Clone)]
struct Wanted<'a> {
    columns: Vec<usize>,
    filters: &'a [Expr],
    /// Of each filter, whether nobody checks it after the read.
    entrusted: &'a [bool],
    limit: Option<usize>,
}

/// The field of a column, which remembers where it comes from.
pub fn field(entity: &Entity, column: &Column) -> Field {
    Field::new(column.name.to_lowercase(), column.arrow_type(), !column.key).with_metadata(HashMap::from([
        (SCHEMA_KEY.to_string(), entity.schema.to_string()),
        (TABLE_KEY.to_string(), entity.name.to_string()),
        (COLUMN_KEY.to_string(), column.name.to_string()),
    ]))
}

#[async_trait]
impl TableProvider for EntityTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        let beside: Vec<&Expr> = filters.iter().copied().filter(|condition| !self.decides(condition)).collect();
        let answer = |condition: &&Expr| {
            if self.decides(condition) {
                return TableProviderFilterPushDown::Exact;
            }
            if arguments::is_argument(condition, self.entity) || (self.is_sync() && bookmark::bounds(condition)) {
                return TableProviderFilterPushDown::Inexact;
            }
            match self.pushable(condition, &beside) {
                Some(pushed) if pushed.exact => TableProviderFilterPushDown::Exact,
                Some(_) => TableProviderFilterPushDown::Inexact,
                None if self.narrows(condition) => TableProviderFilterPushDown::Inexact,
                None => TableProviderFilterPushDown::Unsupported,
            }
        };
        Ok(filters.iter().map(answer).collect())
    }

    async fn scan(
        &self,
        state: &dyn DataFusionSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let columns = match projection {
            Some(projection) => projection.clone(),
            None => (0..self.entity.columns.len()).collect(),
        };
        let schema = Arc::new(self.schema.project(&columns)?);
        let divisions = self.catalog.members(self.entity, &self.source).await?;
        let divisions = division::admitted(filters, self.entity, divisions)?;
        let Some(first) = divisions.first().copied() else {
            return Ok(Arc::new(EmptyExec::new(schema)));
        };
        let filters: Vec<Expr> = filters.iter().filter(|condition| !self.decides(condition)).cloned().collect();
        let filters = filters.as_slice();
        let columns: Vec<usize> = columns.into_iter().map(|column| division::read_as(self.entity, column)).collect();
        let beside: Vec<&Expr> = filters.iter().collect();
        let pushed: Vec<_> = filters.iter().map(|condition| self.pushable(condition, &beside)).collect();
        let contradictory = self.source.settings.pushdown && contradiction::stands_in(filters, self.entity);
        if contradictory || pushed.iter().flatten().any(Translation::is_never) {
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        // What came here and is no superset is not checked again above.
        let given_again = |condition: &Expr| {
            arguments::is_argument(condition, self.entity) || bookmark::bounds(condition) || self.narrows(condition)
        };
        let entrusted: Vec<bool> = filters
            .iter()
            .zip(&pushed)
            .map(|(condition, pushed)| pushed.as_ref().map_or(!given_again(condition), |pushed| pushed.exact))
            .collect();
        let limit = limit.filter(|_| self.source.settings.pushdown);
        let counts = self.source.settings.pushdown
            && columns.iter().all(|column| division::is_division(self.entity, *column))
            && limit.is_none()
            && entrusted.iter().all(|entrusted| *entrusted);
        let wish = Wanted { columns, filters, entrusted: &entrusted, limit };
        let differs = divisions.len() > 1 && filters.iter().any(|condition| self.narrows(condition));
        let own = if differs { self.own_reads(state, &divisions, &wish)? } else { Vec::new() };
        let read = match own.first() {
            Some(read) => read.clone(),
            None if differs => return Ok(Arc::new(EmptyExec::new(schema))),
            None => Read { row: self.row(&divisions, filters), ..self.read(state, first, &wish)? },
        };
        let countable = counts && own.iter().all(|read| read.route_to_count().is_some());
        let count = if countable { read.route_to_count() } else { None };
        let divisions = if differs { own.iter().map(|read| read.request.division).collect() } else { divisions };
        Ok(Arc::new(EntityScan::new(read, divisions, schema, count).with_own(own)))
    }
}

impl std::fmt::Debug for EntityTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{} in {}", self.entity.schema, self.entity.name, self.catalog)
    }
}
