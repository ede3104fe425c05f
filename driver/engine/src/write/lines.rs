//! The keys of lines that were written with their document, where the service gave its own.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use exact_client::model::{Entity, model};
use exact_client::odata::literal;
use exact_client::writer::Change;
use exact_client::{ReadRequest, Result, Session, read};
use futures::TryStreamExt;

use super::transaction::guid_key;

/// Asks for the keys of the lines of a document, in the order in which they were sent; nothing where that order cannot be
/// told. `kept` is the document's own key.
pub async fn keys(session: &Arc<Session>, document: &Change, collection: &str, kept: &str) -> Result<Vec<String>> {
    let Some(request) = request(document, collection, kept) else { return Ok(Vec::new()) };
    let batches: Vec<_> = read(session, request).try_collect().await?;
    let mut lines: Vec<(i64, String)> = Vec::new();
    for batch in &batches {
        let numbers = cast(batch.column(1), &DataType::Int64);
        let (Some(keys), Ok(numbers)) = (batch.column(0).as_string_opt::<i32>(), numbers) else {
            return Ok(Vec::new());
        };
        let numbers = numbers.as_primitive::<Int64Type>();
        let numbered = (0..batch.num_rows()).filter(|row| numbers.is_valid(*row));
        lines.extend(numbered.map(|row| (numbers.value(row), keys.value(row).to_string())));
    }
    lines.sort();
    Ok(lines.into_iter().map(|(_, key)| key).collect())
}

fn request(document: &Change, collection: &str, kept: &str) -> Option<ReadRequest> {
    let navigation = document.entity.navigations.iter().find(|one| one.name == collection)?;
    let (schema, table) = navigation.target?.split_once('.')?;
    let entity: &'static Entity = model().find(Some(schema), table)?;
    let (number, _) = entity.column("LineNumber")?;
    let (key, _) = entity.column(guid_key(entity)?.name)?;
    Some(ReadRequest {
        entity,
        path: entity.regular()?,
        division: document.division,
        columns: vec![key, number],
        filter: Some(format!("{} eq {}", navigation.join?.1, literal::guid(kept))),
        order_by: None,
        top: None,
        parameters: Vec::new(),
        key: None,
    })
}
