//! The lines of documents at the service: their keys after they were written with their document, where the service gave its
//! own; and what they were, for the journal, before their document is removed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::record_batch::RecordBatch;
use exact_client::model::{EdmType, Entity, Navigation, Origin, mandatory};
use exact_client::odata::literal;
use exact_client::writer::{self, Change, Verb};
use exact_client::{ReadRequest, Result, Session, read};
use futures::TryStreamExt;
use serde_json::{Map, Value as Json};

use super::documents::lines_of;
use super::queued::guid_key;

/// Documents whose lines are read by one request.
const DOCUMENTS: usize = 20;

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
    let (entity, _) = lines_of(document.entity, navigation)?;
    let (number, _) = entity.column("LineNumber")?;
    let (key, _) = entity.column(guid_key(entity)?.name)?;
    let documents = [literal::guid(kept)];
    of_documents(document.entity, navigation, document.division, &documents, vec![key, number])
}

/// The read of the lines of these documents, whose keys are literals.
fn of_documents(
    document: &'static Entity,
    navigation: &Navigation,
    division: i32,
    keys: &[String],
    columns: Vec<usize>,
) -> Option<ReadRequest> {
    let (entity, child) = lines_of(document, navigation)?;
    let (named, _) = entity.column(child)?;
    let path = entity.regular()?;
    let filter = keys.iter().map(|key| format!("{child} eq {key}")).collect::<Vec<_>>().join(" or ");
    let filter = match mandatory::condition(path, entity, &[named]) {
        Some(more) => format!("({filter}) and {more}"),
        None => filter,
    };
    let request = ReadRequest::all(entity, path, division, columns);
    Some(ReadRequest { filter: Some(filter), ..request })
}

/// Documents that are to be removed, whose lines are to be read before.
#[derive(Default)]
pub struct Documents {
    /// Keys by division, schema and table.
    tables: BTreeMap<(i32, &'static str, &'static str), (&'static Entity, Vec<String>)>,
}

impl Documents {
    /// Those among these changes that cannot be made again without their lines.
    pub fn of<'a>(changes: impl Iterator<Item = &'a Change>) -> Documents {
        let mut documents = Documents::default();
        for change in changes.filter(|change| change.verb == Verb::Delete && kinds(change.entity).next().is_some()) {
            let (entity, table) = (change.entity, (change.division, change.entity.schema, change.entity.name));
            let (_, keys) = documents.tables.entry(table).or_insert_with(|| (entity, Vec::new()));
            keys.extend(change.key.clone());
        }
        documents
    }

    /// The calls that it takes at least.
    pub fn calls(&self) -> impl Iterator<Item = (&'static Entity, i32, u64)> + '_ {
        self.tables.iter().map(|((division, ..), (entity, keys))| {
            (*entity, *division, (keys.len().div_ceil(DOCUMENTS) * kinds(entity).count()) as u64)
        })
    }

    /// The lines of each, by division and key of the document and by the name of their collection.
    pub async fn lines(self, session: &Arc<Session>) -> Result<HashMap<(i32, String), Map<String, Json>>> {
        let mut found: HashMap<(i32, String), Map<String, Json>> = HashMap::new();
        for ((division, ..), (document, keys)) in self.tables {
            for (navigation, line, child) in kinds(document) {
                for some in keys.chunks(DOCUMENTS) {
                    let columns = pictured(line);
                    let request = of_documents(document, navigation, division, some, columns.clone());
                    let Some(request) = request else { continue };
                    let batches: Vec<RecordBatch> = read(session, request).try_collect().await?;
                    for (batch, row) in
                        batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)))
                    {
                        let image = image(line, &columns, batch, row)?;
                        let Some(parent) = image.get(child).and_then(Json::as_str).map(literal::guid) else { continue };
                        let lines = found.entry((division, parent)).or_default();
                        let lines = lines.entry(navigation.name).or_insert_with(|| Json::Array(Vec::new()));
                        lines.as_array_mut().into_iter().for_each(|lines| lines.push(Json::Object(image.clone())));
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The collections of lines without which a document is not taken, with their entity and its column that names the document.
fn kinds(document: &'static Entity) -> impl Iterator<Item = (&'static Navigation, &'static Entity, &'static str)> {
    let collections = document.navigations.iter().filter(|one| one.collection && one.post && one.mandatory_on_post);
    collections.filter_map(move |navigation| {
        let (line, child) = lines_of(document, navigation)?;
        (line.methods.get && line.regular().is_some() && line.column(child).is_some())
            .then_some((navigation, line, child))
    })
}

/// The columns of a line that are worth keeping.
fn pictured(line: &Entity) -> Vec<usize> {
    let columns = line.columns.iter().enumerate();
    let kept = columns.filter(|(_, column)| column.origin == Origin::Service && column.edm != EdmType::Binary);
    kept.map(|(index, _)| index).collect()
}

/// A line as it is, without what is empty.
fn image(line: &Entity, columns: &[usize], batch: &RecordBatch, row: usize) -> Result<Map<String, Json>> {
    let mut image = Map::new();
    for (array, column) in batch.columns().iter().zip(columns.iter().filter_map(|index| line.columns.get(*index))) {
        if array.is_valid(row) {
            image.insert(column.name.to_string(), writer::value(line.name, column, array.as_ref(), row)?);
        }
    }
    Ok(image)
}
