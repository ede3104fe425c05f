//! Catalog functions.

use crate::abi::guard::{self, Handle};
use crate::abi::text::TextIn;
use crate::api::{catalog as catalog_functions, information};
use crate::spec::function::Function;

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetTypeInfo(statement: Handle, data_type: i16) -> i16 {
    guard::statement(statement, Function::GetTypeInfo, |c| information::get_type_info(c, data_type))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLGetTypeInfoW(statement: Handle, data_type: i16) -> i16 {
    guard::statement(statement, Function::GetTypeInfo, |c| information::get_type_info(c, data_type))
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLTables(
    statement: Handle,
    catalog: *const u8,
    catalog_length: i16,
    schema: *const u8,
    schema_length: i16,
    table: *const u8,
    table_length: i16,
    kinds: *const u8,
    kinds_length: i16,
) -> i16 {
    guard::statement(statement, Function::Tables, |c| {
        catalog_functions::tables(
            c,
            TextIn::narrow(catalog, catalog_length),
            TextIn::narrow(schema, schema_length),
            TextIn::narrow(table, table_length),
            TextIn::narrow(kinds, kinds_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLTablesW(
    statement: Handle,
    catalog: *const u16,
    catalog_length: i16,
    schema: *const u16,
    schema_length: i16,
    table: *const u16,
    table_length: i16,
    kinds: *const u16,
    kinds_length: i16,
) -> i16 {
    guard::statement(statement, Function::Tables, |c| {
        catalog_functions::tables(
            c,
            TextIn::wide(catalog, catalog_length),
            TextIn::wide(schema, schema_length),
            TextIn::wide(table, table_length),
            TextIn::wide(kinds, kinds_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLColumns(
    statement: Handle,
    catalog: *const u8,
    catalog_length: i16,
    schema: *const u8,
    schema_length: i16,
    table: *const u8,
    table_length: i16,
    column: *const u8,
    column_length: i16,
) -> i16 {
    guard::statement(statement, Function::Columns, |c| {
        catalog_functions::columns(
            c,
            TextIn::narrow(catalog, catalog_length),
            TextIn::narrow(schema, schema_length),
            TextIn::narrow(table, table_length),
            TextIn::narrow(column, column_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLColumnsW(
    statement: Handle,
    catalog: *const u16,
    catalog_length: i16,
    schema: *const u16,
    schema_length: i16,
    table: *const u16,
    table_length: i16,
    column: *const u16,
    column_length: i16,
) -> i16 {
    guard::statement(statement, Function::Columns, |c| {
        catalog_functions::columns(
            c,
            TextIn::wide(catalog, catalog_length),
            TextIn::wide(schema, schema_length),
            TextIn::wide(table, table_length),
            TextIn::wide(column, column_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLPrimaryKeys(
    statement: Handle,
    catalog: *const u8,
    catalog_length: i16,
    schema: *const u8,
    schema_length: i16,
    table: *const u8,
    table_length: i16,
) -> i16 {
    guard::statement(statement, Function::PrimaryKeys, |c| {
        catalog_functions::primary_keys(
            c,
            TextIn::narrow(catalog, catalog_length),
            TextIn::narrow(schema, schema_length),
            TextIn::narrow(table, table_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLPrimaryKeysW(
    statement: Handle,
    catalog: *const u16,
    catalog_length: i16,
    schema: *const u16,
    schema_length: i16,
    table: *const u16,
    table_length: i16,
) -> i16 {
    guard::statement(statement, Function::PrimaryKeys, |c| {
        catalog_functions::primary_keys(
            c,
            TextIn::wide(catalog, catalog_length),
            TextIn::wide(schema, schema_length),
            TextIn::wide(table, table_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLForeignKeys(
    statement: Handle,
    pk_catalog: *const u8,
    pk_catalog_length: i16,
    pk_schema: *const u8,
    pk_schema_length: i16,
    pk_table: *const u8,
    pk_table_length: i16,
    fk_catalog: *const u8,
    fk_catalog_length: i16,
    fk_schema: *const u8,
    fk_schema_length: i16,
    fk_table: *const u8,
    fk_table_length: i16,
) -> i16 {
    guard::statement(statement, Function::ForeignKeys, |c| {
        catalog_functions::foreign_keys(
            c,
            TextIn::narrow(pk_catalog, pk_catalog_length),
            TextIn::narrow(pk_schema, pk_schema_length),
            TextIn::narrow(pk_table, pk_table_length),
            TextIn::narrow(fk_catalog, fk_catalog_length),
            TextIn::narrow(fk_schema, fk_schema_length),
            TextIn::narrow(fk_table, fk_table_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLForeignKeysW(
    statement: Handle,
    pk_catalog: *const u16,
    pk_catalog_length: i16,
    pk_schema: *const u16,
    pk_schema_length: i16,
    pk_table: *const u16,
    pk_table_length: i16,
    fk_catalog: *const u16,
    fk_catalog_length: i16,
    fk_schema: *const u16,
    fk_schema_length: i16,
    fk_table: *const u16,
    fk_table_length: i16,
) -> i16 {
    guard::statement(statement, Function::ForeignKeys, |c| {
        catalog_functions::foreign_keys(
            c,
            TextIn::wide(pk_catalog, pk_catalog_length),
            TextIn::wide(pk_schema, pk_schema_length),
            TextIn::wide(pk_table, pk_table_length),
            TextIn::wide(fk_catalog, fk_catalog_length),
            TextIn::wide(fk_schema, fk_schema_length),
            TextIn::wide(fk_table, fk_table_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLStatistics(
    statement: Handle,
    catalog: *const u8,
    catalog_length: i16,
    schema: *const u8,
    schema_length: i16,
    table: *const u8,
    table_length: i16,
    unique: u16,
    accuracy: u16,
) -> i16 {
    guard::statement(statement, Function::Statistics, |c| {
        catalog_functions::statistics(
            c,
            TextIn::narrow(catalog, catalog_length),
            TextIn::narrow(schema, schema_length),
            TextIn::narrow(table, table_length),
            unique,
            accuracy,
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLStatisticsW(
    statement: Handle,
    catalog: *const u16,
    catalog_length: i16,
    schema: *const u16,
    schema_length: i16,
    table: *const u16,
    table_length: i16,
    unique: u16,
    accuracy: u16,
) -> i16 {
    guard::statement(statement, Function::Statistics, |c| {
        catalog_functions::statistics(
            c,
            TextIn::wide(catalog, catalog_length),
            TextIn::wide(schema, schema_length),
            TextIn::wide(table, table_length),
            unique,
            accuracy,
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLTablePrivileges(
    statement: Handle,
    catalog: *const u8,
    catalog_length: i16,
    schema: *const u8,
    schema_length: i16,
    table: *const u8,
    table_length: i16,
) -> i16 {
    guard::statement(statement, Function::TablePrivileges, |c| {
        catalog_functions::table_privileges(
            c,
            TextIn::narrow(catalog, catalog_length),
            TextIn::narrow(schema, schema_length),
            TextIn::narrow(table, table_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLTablePrivilegesW(
    statement: Handle,
    catalog: *const u16,
    catalog_length: i16,
    schema: *const u16,
    schema_length: i16,
    table: *const u16,
    table_length: i16,
) -> i16 {
    guard::statement(statement, Function::TablePrivileges, |c| {
        catalog_functions::table_privileges(
            c,
            TextIn::wide(catalog, catalog_length),
            TextIn::wide(schema, schema_length),
            TextIn::wide(table, table_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLColumnPrivileges(
    statement: Handle,
    catalog: *const u8,
    catalog_length: i16,
    schema: *const u8,
    schema_length: i16,
    table: *const u8,
    table_length: i16,
    column: *const u8,
    column_length: i16,
) -> i16 {
    guard::statement(statement, Function::ColumnPrivileges, |c| {
        catalog_functions::column_privileges(
            c,
            TextIn::narrow(catalog, catalog_length),
            TextIn::narrow(schema, schema_length),
            TextIn::narrow(table, table_length),
            TextIn::narrow(column, column_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLColumnPrivilegesW(
    statement: Handle,
    catalog: *const u16,
    catalog_length: i16,
    schema: *const u16,
    schema_length: i16,
    table: *const u16,
    table_length: i16,
    column: *const u16,
    column_length: i16,
) -> i16 {
    guard::statement(statement, Function::ColumnPrivileges, |c| {
        catalog_functions::column_privileges(
            c,
            TextIn::wide(catalog, catalog_length),
            TextIn::wide(schema, schema_length),
            TextIn::wide(table, table_length),
            TextIn::wide(column, column_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLProcedures(
    statement: Handle,
    catalog: *const u8,
    catalog_length: i16,
    schema: *const u8,
    schema_length: i16,
    procedure: *const u8,
    procedure_length: i16,
) -> i16 {
    guard::statement(statement, Function::Procedures, |c| {
        catalog_functions::procedures(
            c,
            TextIn::narrow(catalog, catalog_length),
            TextIn::narrow(schema, schema_length),
            TextIn::narrow(procedure, procedure_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLProceduresW(
    statement: Handle,
    catalog: *const u16,
    catalog_length: i16,
    schema: *const u16,
    schema_length: i16,
    procedure: *const u16,
    procedure_length: i16,
) -> i16 {
    guard::statement(statement, Function::Procedures, |c| {
        catalog_functions::procedures(
            c,
            TextIn::wide(catalog, catalog_length),
            TextIn::wide(schema, schema_length),
            TextIn::wide(procedure, procedure_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLProcedureColumns(
    statement: Handle,
    catalog: *const u8,
    catalog_length: i16,
    schema: *const u8,
    schema_length: i16,
    procedure: *const u8,
    procedure_length: i16,
    column: *const u8,
    column_length: i16,
) -> i16 {
    guard::statement(statement, Function::ProcedureColumns, |c| {
        catalog_functions::procedure_columns(
            c,
            TextIn::narrow(catalog, catalog_length),
            TextIn::narrow(schema, schema_length),
            TextIn::narrow(procedure, procedure_length),
            TextIn::narrow(column, column_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLProcedureColumnsW(
    statement: Handle,
    catalog: *const u16,
    catalog_length: i16,
    schema: *const u16,
    schema_length: i16,
    procedure: *const u16,
    procedure_length: i16,
    column: *const u16,
    column_length: i16,
) -> i16 {
    guard::statement(statement, Function::ProcedureColumns, |c| {
        catalog_functions::procedure_columns(
            c,
            TextIn::wide(catalog, catalog_length),
            TextIn::wide(schema, schema_length),
            TextIn::wide(procedure, procedure_length),
            TextIn::wide(column, column_length),
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSpecialColumns(
    statement: Handle,
    kind: u16,
    catalog: *const u8,
    catalog_length: i16,
    schema: *const u8,
    schema_length: i16,
    table: *const u8,
    table_length: i16,
    scope: u16,
    nullable: u16,
) -> i16 {
    guard::statement(statement, Function::SpecialColumns, |c| {
        catalog_functions::special_columns(
            c,
            kind,
            TextIn::narrow(catalog, catalog_length),
            TextIn::narrow(schema, schema_length),
            TextIn::narrow(table, table_length),
            scope,
            nullable,
        )
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "system" fn SQLSpecialColumnsW(
    statement: Handle,
    kind: u16,
    catalog: *const u16,
    catalog_length: i16,
    schema: *const u16,
    schema_length: i16,
    table: *const u16,
    table_length: i16,
    scope: u16,
    nullable: u16,
) -> i16 {
    guard::statement(statement, Function::SpecialColumns, |c| {
        catalog_functions::special_columns(
            c,
            kind,
            TextIn::wide(catalog, catalog_length),
            TextIn::wide(schema, schema_length),
            TextIn::wide(table, table_length),
            scope,
            nullable,
        )
    })
}
