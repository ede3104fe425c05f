//! How a name in SQL finds its table: catalog = division, schema = service, table = entity (product section 4).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::arrow::array::{RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use exact_client::model::{Entity, EntityKind, model};

use super::{EntityTable, Source};
use crate::divisions::Catalog;
use crate::error::Error;
use crate::system::SystemTable;

type Tables = Arc<Mutex<HashMap<(Catalog, usize), Arc<EntityTable>>>>;

/// The divisions that a connection can name. Tables are made when they are first used.
#[derive(Clone)]
pub struct Catalogs {
    source: Source,
    tables: Tables,
}

impl Catalogs {
    /// The schema in which unqualified names are looked up: any service. No service bears this name.
    pub const ANY_SERVICE: &str = "*";

    pub fn new(source: Source) -> Self {
        Self { source, tables: Tables::default() }
    }

    fn table(&self, catalog: Catalog, entity: &'static Entity) -> Arc<EntityTable> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let table = tables
            .entry((catalog, entity.index))
            .or_insert_with(|| Arc::new(EntityTable::new(entity, catalog, self.source.clone())));
        Arc::clone(table)
    }
}

impl std::fmt::Debug for Catalogs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Catalogs")
    }
}

impl CatalogProviderList for Catalogs {
    fn register_catalog(&self, _name: String, _catalog: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        Some(Arc::new(Divisions { catalogs: self.clone(), name: name.to_string() }))
    }
}

/// A division, or all of them.
#[derive(Debug)]
struct Divisions {
    catalogs: Catalogs,
    name: String,
}

impl CatalogProvider for Divisions {
    fn schema_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        Some(Arc::new(Service { catalogs: self.catalogs.clone(), catalog: self.name.clone(), name: name.to_string() }))
    }
}

#[derive(Debug)]
struct Service {
    catalogs: Catalogs,
    catalog: String,
    name: String,
}

impl Service {
    fn find(&self, table: &str) -> Result<(Catalog, &'static Entity), Error> {
        let schema = (self.name != Catalogs::ANY_SERVICE).then_some(self.name.as_str());
        let entity = model()
            .find(schema, table)
            .filter(|entity| !entity.historic || self.catalogs.source.settings.historic_tables);
        let Some(catalog) = Catalog::named(&self.catalog) else {
            return Err(Error::CatalogNotFound { name: self.catalog.clone() });
        };
        let Some(entity) = entity else {
            return Err(self.not_found(schema, table));
        };
        if entity.columns_unknown {
            return Err(Error::NotSupported {
                what: format!("{}.{}, whose columns Exact Online has not documented,", entity.schema, entity.name),
            });
        }
        Ok((catalog, entity))
    }

    /// Whether the name means the table DUAL, which the property IncludeDualTable brings.
    fn is_dual(&self, table: &str) -> bool {
        table == "dual" && self.name == Catalogs::ANY_SERVICE && self.catalogs.source.settings.include_dual_table
    }

    /// Whether the name means a function of the engine that gives rows, as `generate_series(1, 5)` does.
    fn is_function(&self, name: &str) -> bool {
        matches!(name, "generate_series" | "range") && self.name == Catalogs::ANY_SERVICE
    }

    fn not_found(&self, schema: Option<&str>, table: &str) -> Error {
        let bare = match schema {
            Some(schema) => format!("{schema}.{table}"),
            None => table.to_string(),
        };
        Error::TableNotFound { nearest: model().nearest_table(&bare), name: bare }
    }
}

/// One row with one column, as Oracle has it.
fn dual() -> Result<MemTable, DataFusionError> {
    let schema = Arc::new(Schema::new(vec![Field::new("dummy", DataType::Utf8, false)]));
    let row = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(StringArray::from(vec!["X"]))])?;
    MemTable::try_new(schema, vec![vec![row]])
}

#[async_trait]
impl SchemaProvider for Service {
    fn table_names(&self) -> Vec<String> {
        Vec::new()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if self.is_dual(name) {
            return Ok(Some(Arc::new(dual()?)));
        }
        if self.is_function(name) {
            return Ok(None);
        }
        let (catalog, entity) = self.find(name)?;
        if entity.kind == EntityKind::System {
            return Ok(Some(Arc::new(SystemTable::new(entity, Arc::clone(&self.catalogs.source.session)))));
        }
        Ok(Some(self.catalogs.table(catalog, entity)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.is_dual(name) || self.find(name).is_ok()
    }
}
