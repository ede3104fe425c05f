//! The keys of lines that were written with their document, where the service gave its own.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use exact_client::model::mandatory;
use exact_client::odata::literal;
use exact_client::writer::Change;
use exact_client::{ReadRequest, Result, Session, read};
use futures::TryStreamExt;

use super::documents::lines_of;
use super::queued::guid_key;

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
    let (entity, child) = lines_of(document.entity, navigation)?;
    let (number, _) = entity.column("LineNumber")?;
    let (key, _) = entity.column(guid_key(entity)?.name)?;
    let (named, _) = entity.column(child)?;
    let path = entity.regular()?;
    let filter = format!("{child} eq {}", literal::guid(kept));
    let filter = match mandatory::condition(path, entity, &[named]) {
        Some(more) => format!("{filter} and {more}"),
        None => filter,
    };
    let request = ReadRequest::all(entity, path, document.division, vec![key, number]);
    Some(ReadRequest { filter: Some(filter), ..request })
}
