//! The catalog functions over the whole model.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int16Type, Int32Type};
use exact_engine::settings::Settings;

use super::rows::Rows;
use super::*;
use crate::info::types::{TYPES, tests::DEFAULT};

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let pairs: Vec<_> = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Settings::from_pairs(&pairs, &[]).unwrap().0
}

fn scope<'a>(settings: &'a Settings, naming: &'a Naming) -> Scope<'a> {
    let catalog = naming.catalogs.then(|| "5512".to_owned());
    let catalogs = &|| ["5512", "ALL", "5513"].map(str::to_owned).to_vec();
    Scope { settings, naming, catalog, catalogs, identifiers: false, odbc2: false }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn texts(batch: &RecordBatch, column: usize) -> Vec<Option<String>> {
    batch.column(column).as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

fn finished(rows: Rows) -> RecordBatch {
    rows.finish().unwrap()
}

fn tables_of(scope: &Scope<'_>, arguments: [Option<&str>; 4]) -> RecordBatch {
    let [catalog, schema, table, kinds] = arguments.map(|argument| argument.map(str::to_owned));
    finished(tables::rows(scope, tables::Arguments { catalog, schema, table, kinds }))
}

#[test]
fn tables_answers_every_way_of_asking() {
    let settings = settings(&[]);
    let scope = scope(&settings, &DEFAULT);
    let all = tables_of(&scope, [None; 4]).num_rows();
    assert!(all > 300, "{all}");
    let cases = [
        ([None, None, Some("%"), Some("TABLE")], all),
        ([Some("%"), Some("%"), Some("%"), Some("'TABLE','VIEW'")], all),
        ([Some("5512"), None, None, Some("TABLE,VIEW")], all),
        ([Some("5513"), None, None, None], all),
        ([Some("all"), Some("crm"), Some("Accounts"), None], 1),
        ([Some("551_"), Some("crm"), Some("Accounts"), None], 1),
        ([Some("4711"), None, None, None], 0),
        ([Some(""), None, None, None], 0),
        ([None, Some(""), None, None], 0),
        ([None, None, None, Some("VIEW")], 0),
        ([None, Some("crm"), Some("accounts"), None], 1),
        ([None, Some("CRM"), Some("Account_"), None], 1),
        ([Some("%"), Some(""), Some(""), None], 3),
        ([Some(""), Some(""), Some(""), Some("%")], 1),
    ];
    for (arguments, expected) in cases {
        assert_eq!(tables_of(&scope, arguments).num_rows(), expected, "{arguments:?}");
    }
    let catalogs = tables_of(&scope, [Some("%"), Some(""), Some(""), None]);
    assert_eq!(texts(&catalogs, 0), [some("5512"), some("ALL"), some("5513")]);
    let schemas = texts(&tables_of(&scope, [Some(""), Some("%"), Some(""), None]), 1);
    assert!(schemas.contains(&some("crm")) && schemas.is_sorted());
}

#[test]
fn the_tables_of_another_division_are_listed_when_it_is_named() {
    let settings = settings(&[]);
    let scope = scope(&settings, &DEFAULT);
    let found = tables_of(&scope, [Some("all"), Some("crm"), Some("Accounts"), None]);
    assert_eq!(texts(&found, 0), [some("ALL")]);
    let arguments =
        columns::Arguments { catalog: some("5513"), schema: some("crm"), table: some("Accounts"), column: some("ID") };
    assert_eq!(texts(&finished(columns::rows(&scope, arguments)), 0), [some("5513")]);
}

#[test]
fn without_catalogs_there_is_none() {
    let settings = settings(&[("Catalogs", "off")]);
    let naming = Naming { catalogs: false, ..DEFAULT };
    let scope = scope(&settings, &naming);
    assert_eq!(tables_of(&scope, [Some("%"), Some(""), Some(""), None]).num_rows(), 0);
    let found = tables_of(&scope, [Some(""), Some("crm"), Some("Accounts"), None]);
    assert_eq!((found.num_rows(), texts(&found, 0)), (1, vec![None]));
}

#[test]
fn the_properties_tables_and_schemas_hide_the_rest() {
    let settings = settings(&[("Schemas", "crm,sales*")]);
    let found = tables_of(&scope(&settings, &DEFAULT), [None; 4]);
    assert!(texts(&found, 1).iter().all(|schema| *schema == some("crm")));
}

#[test]
fn every_column_has_a_type_of_the_type_table_and_a_true_size() {
    let settings = settings(&[]);
    let scope = scope(&settings, &DEFAULT);
    let batch = finished(columns::rows(&scope, columns::Arguments::default()));
    assert!(batch.num_rows() > 5_000);
    let codes = batch.column(4).as_primitive::<Int16Type>();
    let sizes = batch.column(6).as_primitive::<Int32Type>();
    let names = texts(&batch, 5);
    for (row, name) in names.iter().enumerate() {
        let known = TYPES.iter().find(|one| one.code == codes.value(row)).unwrap();
        assert_eq!(name.as_deref(), Some(known.name));
        assert!(sizes.value(row) > 0 && sizes.value(row) <= known.size);
    }
    // NOT NULL columns of the layout hold no null.
    for required in [2, 3, 4, 5, 10, 13, 16] {
        assert_eq!(batch.column(required).null_count(), 0);
    }
}

#[test]
fn arguments_of_functions_are_reported_as_pseudo_columns() {
    let settings = settings(&[]);
    let scope = scope(&settings, &DEFAULT);
    let arguments = columns::Arguments {
        schema: some("read_financial"),
        table: some("ReceivablesListByAccount"),
        ..Default::default()
    };
    let batch = finished(columns::rows(&scope, arguments));
    let remarks = texts(&batch, 11);
    let argument = texts(&batch, 3)
        .iter()
        .position(|name| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("accountId")))
        .unwrap();
    assert!(remarks[argument].as_deref().unwrap().starts_with("Pseudo-column"));
}

#[test]
fn keys_identify_and_foreign_keys_agree_from_both_sides() {
    let settings = settings(&[]);
    let scope = scope(&settings, &DEFAULT);
    let accounts = scope.entity(Some("crm"), "accounts");
    assert_eq!(texts(&finished(keys::primary(&scope, accounts)), 3), [some("ID")]);
    assert_eq!(texts(&finished(keys::statistics(&scope, accounts)), 8), [some("ID")]);
    assert_eq!(texts(&finished(columns::special(&scope, accounts, true)), 1), [some("ID")]);
    assert_eq!(finished(columns::special(&scope, accounts, false)).num_rows(), 0);

    let pointing_here = finished(keys::foreign(&scope, Some(accounts), None));
    assert!(pointing_here.num_rows() > 5);
    let (schemas, names, columns) = (texts(&pointing_here, 5), texts(&pointing_here, 6), texts(&pointing_here, 7));
    for row in 0..pointing_here.num_rows() {
        let other = scope.entity(schemas[row].as_deref(), names[row].as_deref().unwrap());
        let both = finished(keys::foreign(&scope, Some(accounts), Some(other)));
        assert!(texts(&both, 7).contains(&columns[row]), "{names:?}");
    }
    assert_eq!(finished(keys::foreign(&scope, Some(None), Some(None))).num_rows(), 0);
}

#[test]
fn odbc_2_has_its_own_names_and_codes() {
    let names: Vec<String> =
        type_info::rows(0, true).columns(&DEFAULT, true).into_iter().map(|one| one.label).collect();
    assert_eq!(names[2], "PRECISION");
    assert_eq!(names[10], "MONEY");
    let codes = finished(type_info::rows(93, true));
    assert_eq!(codes.column(1).as_primitive::<Int16Type>().value(0), 11);
}

#[test]
fn dual_is_listed_where_it_is_asked_for() {
    let without = settings(&[]);
    let dual = [None, None, Some("dual"), None];
    assert_eq!(tables_of(&scope(&without, &DEFAULT), dual).num_rows(), 0);
    let with = settings(&[("IncludeDualTable", "true")]);
    let found = tables_of(&scope(&with, &DEFAULT), dual);
    assert_eq!(texts(&found, 2), [Some("DUAL".to_owned())]);
    assert_eq!(tables_of(&scope(&with, &DEFAULT), [None, Some("crm"), Some("dual"), None]).num_rows(), 0);
}

#[test]
fn names_are_reported_in_upper_case_where_that_is_wanted() {
    let settings = settings(&[]);
    let naming = Naming { upper_case: true, ..DEFAULT };
    let scope = scope(&settings, &naming);
    let found = tables_of(&scope, [None, Some("crm"), Some("accounts"), None]);
    assert_eq!((texts(&found, 1), texts(&found, 2)), (vec![some("CRM")], vec![some("ACCOUNTS")]));
    let arguments =
        columns::Arguments { schema: some("crm"), table: some("Accounts"), column: some("Name"), ..Default::default() };
    assert_eq!(texts(&finished(columns::rows(&scope, arguments)), 3), [some("NAME")]);
    let accounts = scope.entity(Some("crm"), "accounts");
    let key = finished(keys::primary(&scope, accounts));
    assert_eq!((texts(&key, 3), texts(&key, 5)), (vec![some("ID")], vec![some("PK_ACCOUNTS")]));
    let foreign = finished(keys::foreign(&scope, Some(accounts), None));
    assert!(texts(&foreign, 6).iter().flatten().all(|name| *name == name.to_uppercase()));
}

#[test]
fn foreign_keys_can_be_hidden() {
    let hidden = settings(&[("EnableForeignKeyDetection", "false")]);
    let scope = scope(&hidden, &DEFAULT);
    let accounts = scope.entity(Some("crm"), "accounts");
    assert_eq!(finished(keys::foreign(&scope, Some(accounts), None)).num_rows(), 0);
    assert_eq!(finished(keys::primary(&scope, accounts)).num_rows(), 1);
}

#[test]
fn text_keys_are_declared_no_longer_than_asked() {
    let settings = settings(&[]);
    let naming = Naming { longest_key: Some(40), ..DEFAULT };
    let (plain, short) = (scope(&settings, &DEFAULT), scope(&settings, &naming));
    let sizes = |scope: &Scope<'_>| {
        let batch = finished(columns::rows(scope, columns::Arguments::default()));
        batch.column(6).as_primitive::<Int32Type>().values().to_vec()
    };
    let mut columns: Vec<_> = plain.entities().collect();
    columns.sort_by_key(|entity| (entity.schema, entity.name));
    let keys: Vec<bool> = columns.iter().flat_map(|entity| entity.columns.iter().map(|column| column.key)).collect();
    let (before, after) = (sizes(&plain), sizes(&short));
    let changed = before.iter().zip(&after).zip(&keys).filter(|((before, after), _)| before != after);
    let changed: Vec<_> = changed.collect();
    assert!(!changed.is_empty());
    assert!(changed.iter().all(|((before, after), key)| **key && **before > 40 && **after == 40));
}
