//! Reads `data.txt`, and `system.txt` for the driver's own tables: one line per entity, followed by the lines of its columns, navigations, parameters and paths.
//!
//! Fields are separated by tabs, and the first one says what the line is:
//!
//! | line | fields |
//! |---|---|
//! | `E` | schema, name, kind (`t` table, `f` function, `a` action, `s` system), methods (of `GPUD`), flags (`p` preferred, `h` historic, `c` columns unknown, `a` parameters unknown), scope |
//! | `W` | regular twins (comma-separated), row id column, `EntityType` of its deletions |
//! | `C` | name, type letter, flags (`k` key, `m` mandatory, `M` perhaps mandatory, `p` post, `u` put, `l` padded at the left, `h` hidden, `o` obsolete), length |
//! | `N` | name, `c` collection or `x` nested object, flags (`m`, `p`), target, own column, target's column |
//! | `P` | name, type letter |
//! | `A` | kind (`r` `b` `s` `f`), URI, page size, filter (`*` any, `-` none, `t` Timestamp, or column numbers), select (`-` `r` `n`), flags (`o` orderable, `c` countable), mandatory filter columns, columns it does not deliver |
//!
//! Empty fields at the end of a line may be missing. Column numbers count the entity's `C` lines from 0. A line that cannot be read is left out; the comparison with the catalog finds it.

use super::entity::{
    AccessKind, AccessPath, Column, Entity, EntityKind, FilterRule, Methods, Navigation, Origin, Parameter, SelectRule,
};
use super::types::{EdmType, TextClass, is_account_code, sql_type};
use crate::settings::DEFAULT_STRING_SIZE;

pub(super) const DATA: &str = include_str!("data.txt");
pub(super) const SYSTEM: &str = include_str!("system.txt");

/// The fields of one line after its tag.
type Fields = std::str::Split<'static, char>;

/// The entities that the texts describe.
pub(super) fn entities(data: [&'static str; 2]) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::with_capacity(512);
    for line in data.into_iter().flat_map(str::lines) {
        let mut fields = line.split('\t');
        let tag = fields.next();
        if tag == Some("E") {
            if let Some(last) = entities.last_mut() {
                complete(last);
            }
            entities.extend(entity(entities.len(), fields));
        } else if let Some(current) = entities.last_mut() {
            add_line(current, tag, fields);
        }
    }
    if let Some(last) = entities.last_mut() {
        complete(last);
    }
    entities
}

fn add_line(entity: &mut Entity, tag: Option<&str>, fields: Fields) {
    match tag {
        Some("W") => twins(entity, fields),
        Some("C") => entity.columns.extend(column(fields)),
        Some("N") => entity.navigations.extend(navigation(fields)),
        Some("P") => entity.parameters.extend(parameter(fields)),
        Some("A") => {
            let path = path(fields, entity);
            entity.paths.extend(path);
        }
        _ => {}
    }
}

fn entity(index: usize, mut fields: Fields) -> Option<Entity> {
    let (schema, name) = (fields.next()?, fields.next()?);
    let kind = match fields.next()? {
        "t" => EntityKind::Table,
        "f" => EntityKind::Function,
        "s" => EntityKind::System,
        _ => EntityKind::Action,
    };
    let methods = fields.next()?;
    let flags = fields.next()?;
    Some(Entity {
        index,
        schema,
        name,
        kind,
        columns: Vec::with_capacity(32),
        navigations: Vec::new(),
        parameters: Vec::new(),
        paths: Vec::with_capacity(2),
        keys: Vec::with_capacity(1),
        row_id: None,
        preferred: flags.contains('p'),
        methods: Methods {
            get: methods.contains('G'),
            post: methods.contains('P'),
            put: methods.contains('U'),
            delete: methods.contains('D'),
        },
        in_division: false,
        scope: fields.next().unwrap_or_default(),
        historic: flags.contains('h'),
        columns_unknown: flags.contains('c'),
        parameters_unknown: flags.contains('a'),
        regular_twins: Vec::new(),
        deleted_entity_type: None,
    })
}

fn twins(entity: &mut Entity, mut fields: Fields) {
    let twins = fields.next().unwrap_or_default();
    entity.regular_twins = twins.split(',').filter(|twin| !twin.is_empty()).collect();
    entity.row_id = fields.next().and_then(|number| number.parse().ok());
    entity.deleted_entity_type = fields.next().and_then(|number| number.parse().ok());
}

fn edm_type(letter: &str) -> Option<EdmType> {
    Some(match letter {
        "s" => EdmType::String,
        "g" => EdmType::Guid,
        "t" => EdmType::DateTime,
        "d" => EdmType::Double,
        "2" => EdmType::Int16,
        "4" => EdmType::Int32,
        "8" => EdmType::Int64,
        "b" => EdmType::Byte,
        "?" => EdmType::Boolean,
        "x" => EdmType::Binary,
        _ => return None,
    })
}

fn column(mut fields: Fields) -> Option<Column> {
    let name = fields.next()?;
    let edm = edm_type(fields.next()?)?;
    let flags = fields.next().unwrap_or_default();
    let max_length = fields.next().and_then(|length| length.parse().ok());
    let mut column = plain_column(name, edm, max_length, Origin::Service);
    for flag in flags.bytes() {
        match flag {
            b'k' => column.key = true,
            b'm' => column.mandatory_on_post = true,
            b'M' => column.perhaps_mandatory = true,
            b'p' => column.post = true,
            b'u' => column.put = true,
            b'l' => {
                column.padded_left = true;
                column.trimmed_left = true;
            }
            b'h' => column.hidden = true,
            b'o' => column.obsolete = true,
            _ => {}
        }
    }
    Some(column)
}

fn plain_column(name: &'static str, edm: EdmType, max_length: Option<u32>, origin: Origin) -> Column {
    let class = if edm == EdmType::String { TextClass::of(name) } else { TextClass::Plain };
    Column {
        name,
        edm,
        sql_type: sql_type(edm, class, max_length, DEFAULT_STRING_SIZE),
        class,
        key: false,
        padded_left: false,
        trimmed_left: edm == EdmType::String && is_account_code(name),
        trimmed_right: class == TextClass::Code && origin == Origin::Service,
        mandatory_on_post: false,
        perhaps_mandatory: false,
        post: false,
        put: false,
        max_length,
        hidden: false,
        obsolete: false,
        origin,
        parameter: None,
    }
}

fn navigation(mut fields: Fields) -> Option<Navigation> {
    let name = fields.next()?;
    let collection = fields.next()? == "c";
    let flags = fields.next().unwrap_or_default();
    let mut rest = fields.filter(|field| !field.is_empty());
    let target = rest.next();
    let join = rest.next().zip(rest.next());
    Some(Navigation {
        name,
        collection,
        target,
        join,
        mandatory_on_post: flags.contains('m'),
        post: flags.contains('p'),
    })
}

fn parameter(mut fields: Fields) -> Option<Parameter> {
    let name = fields.next()?;
    let edm = edm_type(fields.next()?)?;
    Some(Parameter { name, edm, required: true, column: 0 })
}

fn numbers(field: Option<&str>) -> Vec<usize> {
    field.unwrap_or_default().split(',').filter_map(|number| number.parse().ok()).collect()
}

fn path(mut fields: Fields, entity: &mut Entity) -> Option<AccessPath> {
    let kind = match fields.next()? {
        "r" => AccessKind::Regular,
        "b" => AccessKind::Bulk,
        "s" => AccessKind::Sync,
        _ => AccessKind::Function,
    };
    let uri = fields.next()?;
    entity.in_division |= uri.contains("{division}");
    let page_size = fields.next()?.parse().ok();
    let filter = match fields.next()? {
        "*" => FilterRule::Any,
        "-" => FilterRule::None,
        "t" => entity.column("Timestamp").map_or(FilterRule::None, |(index, _)| FilterRule::Timestamp(index)),
        list => FilterRule::Only(numbers(Some(list))),
    };
    let select_rule = match fields.next()? {
        "r" => SelectRule::Required,
        "n" => SelectRule::NoStar,
        _ => SelectRule::Free,
    };
    let flags = fields.next().unwrap_or_default();
    let mandatory_any_of = numbers(fields.next());
    let mut columns = vec![true; entity.columns.len()];
    for missing in numbers(fields.next()) {
        if let Some(delivered) = columns.get_mut(missing) {
            *delivered = false;
        }
    }
    let (orderable, countable) = (flags.contains('o'), flags.contains('c'));
    Some(AccessPath { kind, uri, page_size, filter, mandatory_any_of, select_rule, columns, orderable, countable })
}

/// Adds what follows from the other lines: the columns of parameters, the division, the key.
fn complete(entity: &mut Entity) {
    for index in 0..entity.parameters.len() {
        let Some(&Parameter { name, edm, .. }) = entity.parameters.get(index) else { continue };
        let place = entity.column(name).map(|(place, _)| place).unwrap_or_else(|| {
            entity.columns.push(plain_column(name, edm, None, Origin::Parameter));
            entity.columns.len() - 1
        });
        if let Some(column) = entity.columns.get_mut(place) {
            column.parameter = Some(index);
        }
        if let Some(parameter) = entity.parameters.get_mut(index) {
            parameter.column = place;
        }
    }
    if entity.in_division && entity.column("Division").is_none() {
        entity.columns.push(plain_column("Division", EdmType::Int32, None, Origin::Driver));
    }
    let keys = entity.columns.iter().enumerate().filter(|(_, column)| column.key);
    entity.keys = keys.map(|(index, _)| index).collect();
    let count = entity.columns.len();
    for path in &mut entity.paths {
        path.columns.resize(count, true);
    }
}
