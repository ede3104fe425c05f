//! Schema `sys`: tables about the driver itself, made when they are read and without any call (product section 4).

mod activity;
mod reference;
mod table;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session as DataFusionSession, TableProvider};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use exact_client::Session;
use exact_client::model::Entity;

use crate::error::Result;
use crate::table::field;
use table::Table;

/// One table of the schema.
pub struct SystemTable {
    entity: &'static Entity,
    session: Arc<Session>,
    schema: SchemaRef,
}

impl SystemTable {
    pub fn new(entity: &'static Entity, session: Arc<Session>) -> Self {
        let fields: Vec<_> = entity.columns.iter().map(|column| field(entity, column)).collect();
        Self { entity, session, schema: Arc::new(Schema::new(fields)) }
    }

    async fn rows(&self) -> Result<Table> {
        let mut table = Table::new(self.entity);
        match self.entity.name {
            "sys_budget" => activity::budget(&mut table, &self.session),
            "sys_changes" => activity::changes(&mut table, &self.session)?,
            "sys_requests" => activity::requests(&mut table, &self.session),
            "sys_tokens" => activity::tokens(&mut table, &self.session).await,
            "sys_tables" => reference::tables(&mut table),
            "sys_tablecolumns" => reference::columns(&mut table),
            _ => {}
        }
        Ok(table)
    }
}

#[async_trait]
impl TableProvider for SystemTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn DataFusionSession,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let batch = self.rows().await.map_err(DataFusionError::from)?.finish(Arc::clone(&self.schema))?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![batch]], Arc::clone(&self.schema), projection.cloned())?)
    }
}

impl std::fmt::Debug for SystemTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.entity.schema, self.entity.name)
    }
}
