//! The DataFusion session of one connection.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::optimizer::{Analyzer, Optimizer};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::SessionConfig;
use exact_client::settings::StringComparison;

use crate::apply::FirstRowsOfEach;
use crate::coercion::arithmetic::{CheckedArithmetic, Planner};
use crate::coercion::comparisons::Comparisons;
use crate::divisions::Catalog;
use crate::first_row::FirstRow;
use crate::functions::{self, Answer, Shared};
use crate::pushdown::attempt::WholePlans;
use crate::pushdown::early::StopEarly;
use crate::pushdown::exists::OneRowSuffices;
use crate::pushdown::expand::LinesComeAlong;
use crate::pushdown::extremes::Extremes;
use crate::pushdown::keys::JoinKeys;
use crate::pushdown::sharing::ShareReads;
use crate::pushdown::top::TopRows;
use crate::statistics;
use crate::table::{Catalogs, Source};

/// Rows of a batch: the page of the bulk services, so that no page waits for the next one to fill a batch.
const BATCH_ROWS: usize = 1000;

/// A catalog's name among those of the engine, which are in lower case.
pub fn catalog_name(catalog: Catalog) -> String {
    catalog.to_string().to_lowercase()
}

/// Settings, tables and functions for the statements of a connection whose current catalog is `catalog`, and which answers
/// SCOPE_IDENTITY() with `identity`.
pub fn state(source: Source, catalog: Catalog, identity: Answer) -> Result<SessionState> {
    let runtime = runtime(source.settings.memory_limit)?;
    let scalar = functions::scalar(database(catalog), user(&source), identity);
    let shared = Shared::of(&scalar)?;
    let folding = source.settings.string_comparison == StringComparison::Service;
    let mut analyzer = Analyzer::default();
    analyzer.rules.insert(0, Arc::new(Comparisons { folding: folding.then(|| shared.folding.clone()) }));
    analyzer.rules.push(Arc::new(CheckedArithmetic));
    analyzer.rules.push(Arc::new(FirstRow));
    analyzer.rules.push(Arc::new(FirstRowsOfEach));
    analyzer.rules.push(Arc::new(OneRowSuffices));
    let defaults = SessionStateBuilder::new_with_default_features();
    let mut logical = Optimizer::default();
    let mut physical = PhysicalOptimizer::default();
    if source.settings.pushdown {
        logical.rules.insert(0, Arc::new(Extremes));
        physical.rules.push(Arc::new(JoinKeys));
        physical.rules.push(Arc::new(LinesComeAlong));
        physical.rules.push(Arc::new(StopEarly));
        physical.rules.push(Arc::new(ShareReads));
        physical.rules.push(Arc::new(WholePlans { rules: physical.rules.clone() }));
        physical.rules.insert(0, Arc::new(TopRows));
    }
    let mut builder = defaults
        .with_config(config(catalog, source.settings.pushdown))
        .with_runtime_env(runtime)
        .with_catalog_list(Arc::new(Catalogs::new(source)))
        .with_analyzer_rules(analyzer.rules)
        .with_optimizer_rules(logical.rules)
        .with_physical_optimizer_rules(physical.rules)
        .with_statistics_registry(statistics::guesses());
    builder.scalar_functions().get_or_insert_default().extend(scalar);
    builder.aggregate_functions().get_or_insert_default().push(functions::sum());
    builder.expr_planners().get_or_insert_default().insert(0, Arc::new(Planner { functions: shared }));
    Ok(builder.build())
}

/// DATABASE() on a connection whose current catalog is `catalog`.
pub fn database(catalog: Catalog) -> Answer {
    Arc::new(move || Some(catalog.to_string()))
}

fn user(source: &Source) -> Answer {
    let session = Arc::clone(&source.session);
    Arc::new(move || session.user_name())
}

fn config(catalog: Catalog, pushdown: bool) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_batch_size(BATCH_ROWS)
        // A page comes over one connection; more partitions only split what arrives together.
        .with_target_partitions(1)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(catalog_name(catalog), Catalogs::ANY_SERVICE)
        .with_information_schema(false);
    // Fields remember the column that they come from, and a branch of a UNION that is left out takes its memory along.
    config.options_mut().execution.skip_physical_aggregate_schema_check = true;
    let optimizer = &mut config.options_mut().optimizer;
    optimizer.enable_join_dynamic_filter_pushdown = pushdown;
    // Filters that are filled from the rows themselves come too late for a request.
    optimizer.enable_topk_dynamic_filter_pushdown = false;
    optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    optimizer.use_statistics_registry = true;
    // As many keys of a join as are ever worth asking for.
    optimizer.hash_join_inlist_pushdown_max_distinct_values = 2_000;
    optimizer.hash_join_inlist_pushdown_max_size = 1 << 20;
    let parser = &mut config.options_mut().sql_parser;
    // Names are in one case already.
    parser.enable_ident_normalization = false;
    parser.parse_float_as_decimal = true;
    parser.map_string_types_to_utf8view = false;
    // Mistakes are told with their place.
    parser.collect_spans = true;
    // As SQL Server, and so the service, sorts.
    parser.default_null_ordering = "nulls_min".into();
    config
}

/// Memory up to the connection's limit, then temporary files of the system.
fn runtime(memory_limit: u64) -> Result<Arc<RuntimeEnv>> {
    let bytes = usize::try_from(memory_limit).unwrap_or(usize::MAX);
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::OsTmpDirectory);
    let builder = RuntimeEnvBuilder::new().with_memory_limit(bytes, 1.0).with_disk_manager_builder(disk);
    Ok(Arc::new(builder.build()?))
}
