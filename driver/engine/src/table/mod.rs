//! One table provider for every entity: what of a query goes to the service, and over which access path.

mod catalog;
mod read;
mod scan;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session as DataFusionSession, TableProvider};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use exact_client::model::{AccessKind, AccessPath, Column, Entity};
use exact_client::odata::url;
use exact_client::settings::Settings;
use exact_client::{ReadRequest, Session};

use crate::error::Error;
use crate::pushdown::filter::{Translation, translate};
use crate::pushdown::{arguments, bookmark, mandatory, path};
use crate::types::{COLUMN_KEY, SCHEMA_KEY, TABLE_KEY};
pub use catalog::Catalogs;
pub use read::SortKey;
use read::{Filter, Read};
pub use scan::EntityScan;

/// What all tables of a connection share.
#[derive(Clone)]
pub struct Source {
    pub session: Arc<Session>,
    pub settings: Arc<Settings>,
}

/// An entity in one division.
pub struct EntityTable {
    entity: &'static Entity,
    division: i32,
    source: Source,
    schema: SchemaRef,
}

impl EntityTable {
    fn new(entity: &'static Entity, division: i32, source: Source) -> Self {
        let fields: Vec<_> = entity.columns.iter().map(|column| field(entity, column)).collect();
        Self { entity, division, source, schema: Arc::new(Schema::new(fields)) }
    }

    /// The path that decides which conditions can be pushed at all.
    fn primary(&self) -> Option<&'static AccessPath> {
        self.entity.regular().or(self.entity.paths.first())
    }

    /// The translation of a condition, if it may be sent to the primary path.
    fn pushable(&self, condition: &Expr) -> Option<Translation> {
        if !self.source.settings.pushdown {
            return None;
        }
        let translation = translate(condition, self.entity)?;
        path::allows(&self.primary()?.filter, &translation.columns).then_some(translation)
    }

    fn is_sync(&self) -> bool {
        self.primary().is_some_and(|path| path.kind == AccessKind::Sync)
    }

    fn read(&self, columns: Vec<usize>, filters: &[Expr], limit: Option<usize>) -> Result<Read, Error> {
        let parameters = arguments::of(filters, self.entity)?;
        let mut filter = Filter::default();
        for pushed in filters.iter().filter_map(|condition| self.pushable(condition)) {
            filter.columns.extend(pushed.columns);
            let terms = if pushed.uncertain { &mut filter.uncertain } else { &mut filter.certain };
            terms.push(pushed.text);
        }
        let need = path::Need { columns: &columns, filter_columns: &filter.columns, limit };
        let path = if self.counts(&columns, filters, limit) {
            path::countable(self.entity, &need)
        } else {
            path::choose(self.entity, &need)
        };
        let path = path.ok_or_else(|| Error::NotSupported {
            what: format!("Reading {}.{}", self.entity.schema, self.entity.name),
        })?;
        filter.certain.extend(mandatory::condition(path, self.entity, &filter.columns));
        if path.kind == AccessKind::Sync {
            filter.certain.push(bookmark::condition(filters));
        }
        let request = ReadRequest {
            entity: self.entity,
            path,
            division: self.division,
            columns,
            filter: None,
            order_by: None,
            top: limit.map(|rows| rows as u64),
            parameters,
            key: None,
        };
        Ok(Read { source: self.source.clone(), request, filter })
    }

    /// Whether `$count` answers a read: one without columns, of which nothing is left to check.
    fn counts(&self, columns: &[usize], filters: &[Expr], limit: Option<usize>) -> bool {
        self.source.settings.pushdown
            && columns.is_empty()
            && limit.is_none()
            && self.entity.paths.iter().any(|path| path.countable)
            && filters.iter().all(|condition| self.pushable(condition).is_some_and(|pushed| pushed.exact))
    }
}

fn field(entity: &Entity, column: &Column) -> Field {
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
        let mut room = filter_room(self.entity);
        let answer = |condition: &&Expr| {
            if arguments::is_argument(condition, self.entity) || (self.is_sync() && bookmark::bounds(condition)) {
                return TableProviderFilterPushDown::Inexact;
            }
            let Some(pushed) = self.pushable(condition) else {
                return TableProviderFilterPushDown::Unsupported;
            };
            let length = url::encoded_len(&pushed.text) + url::encoded_len(" and ");
            if length > room {
                return TableProviderFilterPushDown::Unsupported;
            }
            room -= length;
            if pushed.exact { TableProviderFilterPushDown::Exact } else { TableProviderFilterPushDown::Inexact }
        };
        Ok(filters.iter().map(answer).collect())
    }

    async fn scan(
        &self,
        _state: &dyn DataFusionSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let columns = match projection {
            Some(projection) => projection.clone(),
            None => (0..self.entity.columns.len()).collect(),
        };
        let schema = Arc::new(self.schema.project(&columns)?);
        let limit = limit.filter(|_| self.source.settings.pushdown);
        let read = self.read(columns, filters, limit)?;
        let count = self.counts(&read.request.columns, filters, limit) && read.request.path.countable;
        Ok(Arc::new(EntityScan::new(read, schema, count)))
    }
}

/// Characters that `$filter` may take of a URL in which every column is selected.
fn filter_room(entity: &Entity) -> usize {
    /// Scheme, host, path and the names of the options.
    const REST: usize = 400;
    let select: usize = entity.columns.iter().map(|column| url::encoded_len(column.name) + url::encoded_len(",")).sum();
    url::MAX_URL.saturating_sub(REST + select)
}

impl std::fmt::Debug for EntityTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{} in {}", self.entity.schema, self.entity.name, self.division)
    }
}
