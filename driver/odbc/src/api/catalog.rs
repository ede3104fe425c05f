//! The catalog functions: arguments in, a cursor over the model's rows out.

use std::collections::VecDeque;

use exact_engine::model::Entity;

use super::execute::open_cursor;
use super::{Outcome, Return, StatementCall};
use crate::abi::text::TextIn;
use crate::catalog::rows::Rows;
use crate::catalog::{self, Scope};
use crate::handle::condition::{
    Failure, GENERAL_ERROR, INVALID_ACCURACY, INVALID_COLUMN_TYPE, INVALID_NULL_POINTER, INVALID_NULLABLE,
    INVALID_SCOPE, INVALID_UNIQUENESS,
};
use crate::handle::cursor::Source;

/// Opens a cursor over the rows that `make` gives.
pub fn open(call: &mut StatementCall<'_>, make: impl FnOnce(&Scope<'_>) -> Result<Rows, Failure>) -> Outcome {
    call.statement.prepared = None;
    call.statement.close();
    let open = call.core.open()?;
    let odbc2 = call.core.is_odbc2();
    let scope = Scope {
        settings: open.engine.settings(),
        naming: &open.naming,
        catalog: open.naming.catalogs.then(|| open.catalog()),
        catalogs: &|| open.engine.catalogs(),
        identifiers: call.statement.attributes.metadata_id != 0,
        odbc2,
    };
    let rows = make(&scope)?;
    let columns = rows.columns(&open.naming, odbc2);
    let batch = rows.finish().map_err(|error| GENERAL_ERROR.because(error))?;
    call.statement.columns = columns.into();
    call.statement.row_count = -1;
    open_cursor(call, Source::Local(VecDeque::from([batch])));
    Ok(Return::Done)
}

/// Where SQL_ATTR_METADATA_ID makes identifiers of the arguments none may be missing, the catalog only where there are
/// no catalogs: HY009.
fn refuse_missing(call: &StatementCall<'_>, catalog: TextIn, names: &[TextIn]) -> Result<(), Failure> {
    let has_catalogs = call.core.open()?.naming.catalogs;
    let missing = names.iter().any(|name| name.is_null()) || (has_catalogs && catalog.is_null());
    if missing && call.statement.attributes.metadata_id != 0 {
        return Err(INVALID_NULL_POINTER.because("with SQL_ATTR_METADATA_ID every name must be given"));
    }
    Ok(())
}

pub fn tables(call: &mut StatementCall<'_>, catalog: TextIn, schema: TextIn, table: TextIn, kinds: TextIn) -> Outcome {
    refuse_missing(call, catalog, &[schema, table])?;
    let arguments = catalog::tables::Arguments {
        catalog: catalog.read()?,
        schema: schema.read()?,
        table: table.read()?,
        kinds: kinds.read()?,
    };
    open(call, |scope| Ok(catalog::tables::rows(scope, arguments)))
}

pub fn columns(
    call: &mut StatementCall<'_>,
    catalog: TextIn,
    schema: TextIn,
    table: TextIn,
    column: TextIn,
) -> Outcome {
    refuse_missing(call, catalog, &[schema, table, column])?;
    let arguments = catalog::columns::Arguments {
        catalog: catalog.read()?,
        schema: schema.read()?,
        table: table.read()?,
        column: column.read()?,
    };
    open(call, |scope| Ok(catalog::columns::rows(scope, arguments)))
}

/// The arguments that name one table.
struct TableName {
    catalog: Option<String>,
    schema: Option<String>,
    table: String,
}

impl TableName {
    /// HY009 without the name of a table.
    fn read(call: &StatementCall<'_>, catalog: TextIn, schema: TextIn, table: TextIn) -> Result<TableName, Failure> {
        refuse_missing(call, catalog, &[schema, table])?;
        let table = table.required(INVALID_NULL_POINTER)?;
        Ok(TableName { catalog: catalog.read()?, schema: schema.read()?, table })
    }

    /// As [`TableName::read`], but the table may be an empty text or, but for SQL_ATTR_METADATA_ID, a null pointer.
    fn read_optional(
        call: &StatementCall<'_>,
        catalog: TextIn,
        schema: TextIn,
        table: TextIn,
    ) -> Result<Option<TableName>, Failure> {
        refuse_missing(call, catalog, &[schema, table])?;
        let named = table.read()?.filter(|table| !table.is_empty());
        named.map(|table| Ok(TableName { catalog: catalog.read()?, schema: schema.read()?, table })).transpose()
    }

    /// The table, in the scope of its catalog.
    fn find<'a>(&self, scope: &Scope<'a>) -> (Scope<'a>, Option<&'static Entity>) {
        // PHP cannot pass null here and passes an empty text, which could only mean tables without a catalog.
        let catalog = self.catalog.clone().filter(|catalog| !catalog.is_empty());
        match scope.within(&scope.name(catalog)) {
            Some(scope) => {
                let schema = scope.name(self.schema.clone()).single();
                let table = scope.name(Some(self.table.clone())).single().unwrap_or_default();
                let entity = scope.entity(schema.as_deref(), &table);
                (scope, entity)
            }
            None => (scope.clone(), None),
        }
    }
}

pub fn primary_keys(call: &mut StatementCall<'_>, catalog: TextIn, schema: TextIn, table: TextIn) -> Outcome {
    let name = TableName::read(call, catalog, schema, table)?;
    open(call, |scope| {
        let (scope, entity) = name.find(scope);
        Ok(catalog::keys::primary(&scope, entity))
    })
}

pub fn foreign_keys(
    call: &mut StatementCall<'_>,
    pk_catalog: TextIn,
    pk_schema: TextIn,
    pk_table: TextIn,
    fk_catalog: TextIn,
    fk_schema: TextIn,
    fk_table: TextIn,
) -> Outcome {
    let primary = TableName::read_optional(call, pk_catalog, pk_schema, pk_table)?;
    let foreign = TableName::read_optional(call, fk_catalog, fk_schema, fk_table)?;
    if primary.is_none() && foreign.is_none() {
        return Err(INVALID_NULL_POINTER.because("neither table is named"));
    }
    open(call, |scope| {
        let (primary, foreign) = (primary.map(|name| name.find(scope)), foreign.map(|name| name.find(scope)));
        let scopes = [&primary, &foreign].into_iter().flatten().map(|(scope, _)| scope);
        let mut catalogs = scopes.clone().map(|scope| &scope.catalog);
        let first = catalogs.next();
        // No key leads to another division.
        let apart = catalogs.any(|catalog| Some(catalog) != first);
        let table = |found: &Option<(Scope<'_>, Option<&'static Entity>)>| {
            found.as_ref().map(|(_, entity)| entity.filter(|_| !apart))
        };
        let within = scopes.clone().next().unwrap_or(scope);
        Ok(catalog::keys::foreign(within, table(&primary), table(&foreign)))
    })
}

pub fn statistics(
    call: &mut StatementCall<'_>,
    catalog: TextIn,
    schema: TextIn,
    table: TextIn,
    unique: u16,
    accuracy: u16,
) -> Outcome {
    if unique > 1 {
        return Err(INVALID_UNIQUENESS.into());
    }
    if accuracy > 1 {
        return Err(INVALID_ACCURACY.into());
    }
    let name = TableName::read(call, catalog, schema, table)?;
    open(call, |scope| {
        let (scope, entity) = name.find(scope);
        Ok(catalog::keys::statistics(&scope, entity))
    })
}

pub fn special_columns(
    call: &mut StatementCall<'_>,
    kind: u16,
    catalog: TextIn,
    schema: TextIn,
    table: TextIn,
    scope: u16,
    nullable: u16,
) -> Outcome {
    const BEST_ROWID: u16 = 1;
    const ROWVER: u16 = 2;
    if ![BEST_ROWID, ROWVER].contains(&kind) {
        return Err(INVALID_COLUMN_TYPE.into());
    }
    if scope > 2 {
        return Err(INVALID_SCOPE.into());
    }
    if nullable > 1 {
        return Err(INVALID_NULLABLE.into());
    }
    let name = TableName::read(call, catalog, schema, table)?;
    open(call, |scope| {
        let (scope, entity) = name.find(scope);
        Ok(catalog::columns::special(&scope, entity, kind == BEST_ROWID))
    })
}

pub fn table_privileges(call: &mut StatementCall<'_>, catalog: TextIn, schema: TextIn, table: TextIn) -> Outcome {
    refuse_missing(call, catalog, &[schema, table])?;
    let (catalog, schema, table) = (catalog.read()?, schema.read()?, table.read()?);
    open(call, |scope| {
        let (schema, table) = (scope.pattern(schema), scope.pattern(table));
        Ok(catalog::privileges::of_tables(scope, &scope.name(catalog), &schema, &table))
    })
}

pub fn column_privileges(
    call: &mut StatementCall<'_>,
    catalog: TextIn,
    schema: TextIn,
    table: TextIn,
    column: TextIn,
) -> Outcome {
    let name = TableName::read(call, catalog, schema, table)?;
    refuse_missing(call, catalog, &[column])?;
    let column = column.read()?;
    open(call, |scope| {
        let (within, entity) = name.find(scope);
        Ok(catalog::privileges::of_columns(&within, entity, &scope.pattern(column)))
    })
}

pub fn procedures(call: &mut StatementCall<'_>, catalog: TextIn, schema: TextIn, name: TextIn) -> Outcome {
    refuse_missing(call, catalog, &[schema, name])?;
    let arguments = catalog::procedures::Arguments {
        catalog: catalog.read()?,
        schema: schema.read()?,
        procedure: name.read()?,
        column: None,
    };
    open(call, |scope| Ok(catalog::procedures::rows(scope, &arguments)))
}

pub fn procedure_columns(
    call: &mut StatementCall<'_>,
    catalog: TextIn,
    schema: TextIn,
    name: TextIn,
    column: TextIn,
) -> Outcome {
    refuse_missing(call, catalog, &[schema, name, column])?;
    let arguments = catalog::procedures::Arguments {
        catalog: catalog.read()?,
        schema: schema.read()?,
        procedure: name.read()?,
        column: column.read()?,
    };
    open(call, |scope| Ok(catalog::procedures::columns(scope, &arguments)))
}
