//! One page of rows, from its bytes to a record batch.
//!
//! `serde_json`'s streaming visitors write each value straight into the Arrow builder of its column; there is no JSON
//! tree and no allocation per cell. Forms of fact sheet 6.2: `{"d":{"results":[..],"__next":".."}}`, `{"d":[..]}` and
//! `{"d":{..}}`.

mod cell;
mod column;
mod constant;
mod visitor;

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, ListArray, RecordBatch, RecordBatchOptions, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Field, Schema, SchemaRef};
use serde::de::DeserializeSeed;

use crate::error::{Error, Result};
use crate::model::Origin;
use crate::odata::error::{BodyKind, kind};
use crate::reader::{Expansion, ReadRequest};

use column::PageColumn;

/// One decoded page.
#[derive(Clone, Debug)]
pub struct Page {
    pub batch: RecordBatch,
    /// Where the next page is, as the service wrote it.
    pub next: Option<String>,
    /// The number of rows of all pages, where it was asked for and told (fact sheet 3.4).
    pub total: Option<u64>,
    /// The address that the first row gives itself.
    pub first_row: Option<String>,
    /// Columns that were asked for and that no row has; they are null.
    pub missing: Vec<&'static str>,
}

/// Where a column of the batch comes from.
#[derive(Debug)]
enum Source {
    /// From the page: index into the wanted columns of the wire.
    Wire(usize),
    /// The same value in every row, as text.
    Constant(Option<String>),
}

/// Decodes the pages of one read.
#[derive(Debug)]
pub struct PageDecoder {
    schema: SchemaRef,
    table: String,
    sources: Vec<Source>,
    /// The columns of the wire, in the entity's order, which is the order in which the service sends them.
    wire: Vec<&'static crate::model::Column>,
    rows_expected: usize,
    /// The collection whose rows come along, its name, and what decodes them.
    lines: Option<(&'static str, Box<PageDecoder>)>,
}

/// Room made for rows where the page size is not known.
const ROWS_EXPECTED: usize = 64;

impl PageDecoder {
    pub fn new(request: &ReadRequest) -> Self {
        let mut indices: Vec<usize> = request
            .columns
            .iter()
            .copied()
            .filter(|&index| request.entity.columns.get(index).is_some_and(|c| c.origin == Origin::Service))
            .collect();
        indices.sort_unstable();
        indices.dedup();
        let sources = request.columns.iter().map(|&index| source(request, &indices, index)).collect();
        Self {
            schema: request.schema(),
            table: format!("{}.{}", request.entity.schema, request.entity.name),
            sources,
            wire: indices.iter().filter_map(|&index| request.entity.columns.get(index)).collect(),
            rows_expected: request.path.page_size.map_or(ROWS_EXPECTED, |size| size as usize),
            lines: None,
        }
    }

    /// Decodes rows that bring those of a collection along: the last column is a list of them for each row, null where
    /// not all of them came.
    pub fn with_lines(request: &ReadRequest, expansion: Option<&Expansion>) -> Self {
        let decoder = Self::new(request);
        let Some(Expansion { name, lines }) = expansion else { return decoder };
        let lines = Box::new(Self::new(lines));
        let list = Field::new_list(*name, Field::new_struct("item", lines.schema.fields().clone(), false), true);
        let fields = decoder.schema.fields().iter().cloned().chain([Arc::new(list)]);
        Self { schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())), lines: Some((*name, lines)), ..decoder }
    }

    fn page(&self) -> visitor::PageState {
        let columns = self.wire.iter().map(|column| PageColumn::new(column, self.rows_expected)).collect();
        let page = visitor::PageState::new(columns);
        match &self.lines {
            Some((name, lines)) => page.with_lines(name, lines.page()),
            None => page,
        }
    }

    /// Decodes one page. Unknown properties are passed over; columns that a row lacks are null.
    pub fn decode(&self, body: &[u8]) -> Result<Page> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let mut page = self.page();
        let mut json = serde_json::Deserializer::from_slice(body);
        visitor::Envelope(&mut page)
            .deserialize(&mut json)
            .and_then(|()| json.end())
            .map_err(|error| self.failure(&mut page, body, &error))?;
        if !page.found {
            return Err(self.unexpected("JSON without rows".to_owned()));
        }
        self.finish(page)
    }

    fn failure(&self, page: &mut visitor::PageState, body: &[u8], error: &serde_json::Error) -> Error {
        if let Some(failure) = page.failure.take() {
            return failure.into_error(&self.table);
        }
        if let (Some(lines), Some((_, decoder))) = (&mut page.lines, &self.lines)
            && let Some(failure) = lines.page.failure.take()
        {
            return failure.into_error(&decoder.table);
        }
        let what = match kind(body) {
            BodyKind::Empty => "an empty answer".to_owned(),
            BodyKind::Markup => "an HTML or XML page".to_owned(),
            BodyKind::Text => "plain text".to_owned(),
            BodyKind::Json if error.is_eof() => format!("an answer cut off after {} bytes", body.len()),
            BodyKind::Json => format!("broken JSON ({error})"),
        };
        self.unexpected(what)
    }

    fn unexpected(&self, what: String) -> Error {
        Error::UnexpectedAnswer { what, target: self.table.clone(), status: 200 }
    }

    fn finish(&self, mut page: visitor::PageState) -> Result<Page> {
        let rows = page.rows;
        let missing = if rows == 0 { Vec::new() } else { page.missing().collect() };
        let wire: Vec<ArrayRef> = page.columns.iter_mut().map(PageColumn::finish).collect();
        let mut arrays = Vec::with_capacity(self.sources.len());
        for (source, field) in self.sources.iter().zip(self.schema.fields()) {
            let array = match source {
                Source::Wire(index) => wire.get(*index).cloned(),
                Source::Constant(text) => constant::array(field.data_type(), text.as_deref(), rows),
            };
            let missing = || Error::Internal { what: format!("no values for {}.{}", self.table, field.name()) };
            arrays.push(array.ok_or_else(missing)?);
        }
        if let Some(((_, decoder), lines)) = self.lines.as_ref().zip(page.lines.take()) {
            arrays.push(decoder.lists(*lines)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(|error| self.unexpected(format!("rows without a key ({error})")))?;
        Ok(Page { batch, next: page.next, total: page.total, first_row: page.first_row, missing })
    }

    /// The rows of a collection as a list for each row that brought them.
    fn lists(&self, lines: visitor::Lines) -> Result<ArrayRef> {
        let rows = StructArray::from(self.finish(lines.page)?.batch);
        let item = Arc::new(Field::new("item", rows.data_type().clone(), false));
        let offsets = OffsetBuffer::new(lines.offsets.into());
        let lists = ListArray::try_new(item, offsets, Arc::new(rows), Some(NullBuffer::from(lines.whole)));
        let lists = lists.map_err(|error| Error::Internal { what: format!("lists of {}: {error}", self.table) })?;
        Ok(Arc::new(lists))
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// `schema.Name` of what is read.
    pub fn table(&self) -> &str {
        &self.table
    }
}

fn source(request: &ReadRequest, wire: &[usize], index: usize) -> Source {
    let Some(column) = request.entity.columns.get(index) else { return Source::Constant(None) };
    match column.origin {
        Origin::Service => wire.binary_search(&index).map_or(Source::Constant(None), Source::Wire),
        Origin::Driver => Source::Constant(Some(request.division.to_string())),
        Origin::Parameter => {
            let parameter = column.parameter.and_then(|index| request.entity.parameters.get(index));
            let given = parameter.and_then(|parameter| {
                request.parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(parameter.name))
            });
            Source::Constant(given.map(|(_, literal)| crate::odata::literal::content(literal)))
        }
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
