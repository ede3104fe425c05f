//! Documents and their lines: apart while they wait, so that reads and changes see each line; one request when they are sent.

use exact_client::model::{Entity, Navigation, model};
use exact_client::writer::{Change, Verb};
use serde_json::{Map, Value as Json};

use super::queued::{Queued, guid_key, names};

/// Columns by which lines name their document where the catalog joins them by their item.
const PARENTS: [(&str, &str); 2] = [("PurchaseInvoiceLines", "InvoiceID"), ("GoodsReceiptLines", "GoodsReceiptID")];

/// The entity of the lines of a collection, and their column that names the document.
pub fn lines_of(document: &'static Entity, navigation: &Navigation) -> Option<(&'static Entity, &'static str)> {
    let (schema, table) = navigation.target?.split_once('.')?;
    let line = model().find(Some(schema), table)?;
    let (parent, child) = navigation.join?;
    let by_key = guid_key(document).is_some_and(|key| key.name == parent);
    let own = PARENTS.iter().find(|(name, _)| *name == navigation.name).map(|(_, column)| *column);
    let child = own.unwrap_or(child);
    // Batch and serial numbers are joined by the item of their line.
    (by_key && child != "Item").then_some((line, child))
}

/// Whether a column names the document of a line that Exact Online takes with that document only.
pub fn is_parent_only(entity: &Entity, column: &str) -> bool {
    PARENTS.iter().any(|(table, parent)| *table == entity.name && *parent == column)
}

/// The collections of `entity` whose elements are rows of `line`, with the column that names the document.
fn collections(entity: &'static Entity, line: &'static Entity) -> impl Iterator<Item = (&'static str, &'static str)> {
    entity.navigations.iter().filter(|navigation| navigation.post).filter_map(move |navigation| {
        let (own, child) = lines_of(entity, navigation)?;
        (own == line).then_some((navigation.name, child))
    })
}

pub fn is_line_of(line: &Change, document: &'static Entity, given: &str) -> bool {
    let names = |child: &str| line.body.get(child).and_then(Json::as_str) == Some(given);
    line.verb == Verb::Post && collections(document, line.entity).any(|(_, child)| names(child))
}

/// The lines of a new document that were given as JSON, each as a change of its own; what is left of the document has none.
pub fn apart(document: &mut Queued) -> Vec<Change> {
    let Some(given) = document.given.clone() else { return Vec::new() };
    let change = &mut document.change;
    let mut lines = Vec::new();
    for navigation in change.entity.navigations.iter().filter(|navigation| navigation.post) {
        let Some((entity, child)) = lines_of(change.entity, navigation).filter(|(line, _)| guid_key(line).is_some())
        else {
            continue;
        };
        let Some(Json::Array(elements)) = change.body.remove(navigation.name) else { continue };
        for fields in elements {
            let Json::Object(mut body) = fields else { continue };
            body.insert(child.to_owned(), given.clone().into());
            let (key, before, cause) = (None, Map::new(), change.cause.clone());
            lines.push(Change { entity, division: change.division, verb: Verb::Post, key, body, before, cause });
        }
    }
    lines
}

/// Puts a new line into the document before it that it names; gives the line back if there is none.
pub fn join(earlier: &mut Vec<Queued>, line: Queued) -> Option<Queued> {
    let found = (0..earlier.len()).rev().find_map(|place| Some((place, collection_of(earlier.get(place)?, &line)?)));
    let Some((place, (collection, child))) = found else { return Some(line) };
    let Some(place) = behind_what_it_names(earlier, place, &line.change) else { return Some(line) };
    let Some(document) = earlier.get_mut(place) else { return Some(line) };
    let mut fields = line.change.body;
    fields.remove(child);
    let lines = document.change.body.entry(collection).or_insert_with(|| Json::Array(Vec::new()));
    let Json::Array(lines) = lines else { return None };
    let before = lines.len();
    lines.push(Json::Object(fields));
    let given = line.given;
    match document.lines.iter_mut().find(|(name, _)| *name == collection) {
        Some((_, all)) => all.push(given),
        // Lines that are part of the document already come first, and nobody knows them.
        None => document.lines.push((collection, std::iter::repeat_n(None, before).chain([given]).collect())),
    }
    None
}

/// The collection of the document that the line belongs to, and the line's column that names the document.
fn collection_of(document: &Queued, line: &Queued) -> Option<(&'static str, &'static str)> {
    let (own, given) = (&document.change, document.given.as_deref()?);
    let both_new = own.verb == Verb::Post && line.change.verb == Verb::Post && own.division == line.change.division;
    let names = |child: &str| line.change.body.get(child).and_then(Json::as_str) == Some(given);
    collections(own.entity, line.change.entity).find(|(_, child)| both_new && names(child))
}

/// Moves the change at `place` behind the new rows that `addition` names, which is to become part of it: what it names must
/// be made before. Gives its place; nothing where one of those in between names its row in turn.
pub fn behind_what_it_names(queue: &mut Vec<Queued>, place: usize, addition: &Change) -> Option<usize> {
    let is_named = |queued: &Queued| queued.given.as_deref().is_some_and(|given| names(addition, given));
    let Some(last) = queue.iter().rposition(is_named).filter(|last| *last > place) else { return Some(place) };
    if let Some(given) = queue.get(place)?.given.clone()
        && queue.get(place + 1..=last)?.iter().any(|between| names(&between.change, &given))
    {
        return None;
    }
    let moved = queue.remove(place);
    queue.insert(last, moved);
    Some(last)
}
