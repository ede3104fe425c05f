use std::collections::BTreeSet;

use super::*;
use crate::settings::Settings;

fn find(schema: &str, name: &str) -> &'static Entity {
    model().find(Some(schema), name).unwrap_or_else(|| panic!("{schema}.{name}"))
}

fn names(entity: &Entity, columns: &[usize]) -> Vec<&'static str> {
    columns.iter().map(|&index| entity.columns[index].name).collect()
}

#[test]
fn accounts_are_what_the_catalog_says() {
    let accounts = find("crm", "accounts");
    let properties = accounts.columns.len() + accounts.navigations.len();
    assert_eq!((accounts.name, accounts.kind, properties), ("Accounts", EntityKind::Table, 164));
    assert_eq!(names(accounts, &accounts.keys), ["ID"]);
    assert!(accounts.preferred && accounts.in_division && accounts.is_listed());
    assert!(accounts.methods.get && accounts.methods.post && accounts.methods.put && accounts.methods.delete);
    let (_, code) = accounts.column("CODE").unwrap();
    assert!(code.padded_left && code.post && code.put);
    assert_eq!((code.max_length, code.sql_type), (Some(18), SqlType::VarChar { length: 18 }));
    let trimmed = |name: &str| accounts.column(name).unwrap().1.trimmed_right;
    assert!(trimmed("Country") && trimmed("SearchCode") && trimmed("Language"));
    assert!(!trimmed("Name") && !trimmed("Remarks") && !trimmed("CountryName") && !trimmed("LanguageDescription"));
    let regular = accounts.regular().unwrap();
    assert_eq!((regular.uri, regular.page_size), ("/api/v1/{division}/crm/Accounts", Some(60)));
    assert_eq!(regular.filter, FilterRule::Any);
    assert!(regular.mandatory_any_of.len() == 46 && regular.orderable && regular.countable);
    let bulk = accounts.bulk().unwrap();
    assert_eq!((bulk.uri, bulk.page_size), ("/api/v1/{division}/bulk/CRM/Accounts", Some(1000)));
    assert_eq!(bulk.select_rule, SelectRule::Required);
    assert!(!bulk.orderable && !bulk.countable);
}

/// Every column that stands beside the key of an account and repeats its code.
#[test]
fn codes_of_accounts_are_read_without_their_padding() {
    let accounts = find("crm", "Accounts");
    for relation in model().relations_to(accounts) {
        let entity = model().entity(relation.from).unwrap();
        let of = entity.columns[relation.from_column].name;
        let of = of.strip_suffix("ID").or_else(|| of.strip_suffix("Id")).unwrap_or(of);
        let code = entity.column(&format!("{of}Code")).map(|(_, column)| column).filter(|_| of != "Parent");
        assert!(code.is_none_or(|code| code.trimmed_left), "{}.{}.{of}Code", entity.schema, entity.name);
    }
    let trimmed = |schema, name, column| find(schema, name).column(column).unwrap().1.trimmed_left;
    assert!(trimmed("financialtransaction", "TransactionLines", "AccountCode") && trimmed("crm", "Accounts", "Code"));
    assert!(
        !trimmed("financialtransaction", "TransactionLines", "GLAccountCode") && !trimmed("logistics", "Items", "Code")
    );
}

#[test]
fn a_bulk_path_has_its_filters_and_its_columns() {
    let contacts = find("crm", "Contacts");
    let FilterRule::Only(allowed) = &contacts.bulk().unwrap().filter else { panic!("not limited") };
    assert_eq!(names(contacts, allowed), ["Account", "ID", "IdentificationDocument", "IdentificationUser", "Person"]);
    let lines = find("salesorder", "SalesOrderLines");
    let (margin, _) = lines.column("Margin").unwrap();
    assert!(lines.regular().unwrap().columns[margin] && !lines.bulk().unwrap().columns[margin]);
    for entity in model().entities() {
        for path in &entity.paths {
            assert_eq!(path.columns.len(), entity.columns.len(), "{}", entity.name);
        }
    }
    let merged = find("bulk_project", "ProjectWBS");
    assert_eq!(merged.paths[0].kind, AccessKind::Bulk);
    assert_eq!(merged.regular_twins.len(), 3);
}

#[test]
fn sync_entities_stand_for_themselves() {
    let lines = find("sync_financial", "TransactionLines");
    let path = lines.sync().unwrap();
    let (timestamp, column) = lines.column("Timestamp").unwrap();
    assert_eq!((path.filter.clone(), path.page_size), (FilterRule::Timestamp(timestamp), Some(1000)));
    assert_eq!(column.edm, EdmType::Int64);
    assert_eq!(names(lines, &[lines.row_id.unwrap()]), ["ID"]);
    assert_eq!(lines.regular_twins, ["financialtransaction.TransactionLines"]);
    assert_eq!(lines.deleted_entity_type, Some(1));
    assert!(!lines.preferred);
    assert_eq!(find("sync", "Deleted").paths[0].uri, "/api/v1/{division}/sync/Deleted");
}

#[test]
fn parameters_of_functions_are_columns() {
    let list = find("read_financial", "ReceivablesListByAccount");
    assert_eq!((list.kind, list.parameters.len()), (EntityKind::Function, 1));
    let (place, column) = list.column("accountid").unwrap();
    assert_eq!((column.name, column.origin, column.parameter), ("AccountId", Origin::Service, Some(0)));
    assert_eq!(list.parameters[0].column, place);
    let balances = find("read_financial", "ReportingBalanceByClassification");
    let (_, scheme) = balances.column("glScheme").unwrap();
    assert_eq!((scheme.edm, scheme.parameter.is_some()), (EdmType::Guid, true));
    let items = find("read_logistics", "StockPosition");
    let (place, column) = items.column("itemId").unwrap();
    assert_eq!(items.parameters[0].column, place);
    assert_eq!(column.parameter, Some(0));
    for entity in model().entities() {
        for (index, column) in entity.columns.iter().enumerate() {
            let expected = column.parameter.map(|parameter| entity.parameters[parameter].column);
            assert!(expected.is_none_or(|place| place == index), "{}.{}", entity.name, column.name);
            assert!(column.origin != Origin::Parameter || column.parameter.is_some());
        }
    }
}

#[test]
fn every_entity_of_a_division_has_the_division_and_no_column_twice() {
    let mut made_by_us = 0;
    for entity in model().entities().iter().filter(|entity| entity.kind != EntityKind::System) {
        let division = entity.column("Division");
        assert_eq!(
            entity.columns.iter().filter(|c| c.name.eq_ignore_ascii_case("division")).count(),
            usize::from(division.is_some())
        );
        if let Some((place, column)) = division.filter(|_| entity.in_division) {
            assert_eq!((column.name, column.edm), ("Division", EdmType::Int32));
            if column.origin == Origin::Driver {
                made_by_us += 1;
                assert_eq!(place, entity.columns.len() - 1, "last where the service has none: {}", entity.name);
            }
        }
        assert_eq!(division.is_some(), entity.in_division || entity.name == "Me" && division.is_some());
        let mut names: Vec<_> = entity.columns.iter().map(|column| column.name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), entity.columns.len(), "{}.{}", entity.schema, entity.name);
    }
    assert!(made_by_us > 100, "{made_by_us}");
    assert!(!find("current", "Me").in_division);
}

#[test]
fn bytes_that_hold_yes_or_no_are_told_from_numbers() {
    let is = |table: &str, column: &str| find("crm", table).column(column).unwrap().1.is_yes_no();
    assert!(is("Accounts", "IsCompetitor") && is("Accounts", "IsSales") && is("Addresses", "Main"));
    assert!(!is("Accounts", "InvoicingMethod") && !is("Accounts", "AddressSource") && !is("Accounts", "Name"));
    let bytes = || model().entities().iter().flat_map(|entity| &entity.columns).filter(|one| one.edm == EdmType::Byte);
    let counted = bytes().filter(|column| !column.is_yes_no()).map(|column| column.name);
    assert_eq!(counted.collect::<BTreeSet<_>>().len(), 18, "every name of the list is a column");
}

#[test]
fn an_unqualified_name_means_the_preferred_entity() {
    let schema = |name| model().find(None, name).unwrap().schema;
    assert_eq!(schema("Accounts"), "crm");
    assert_eq!(schema("transactionlines"), "financialtransaction");
    assert_eq!(schema("Documents"), "documents");
    assert_eq!(schema("ReasonCodes"), "crm");
    assert_eq!(schema("Layouts"), "general");
    assert_eq!(schema("Divisions"), "hrm");
    assert_eq!(schema("TimeTransactions"), "project");
    assert_eq!(schema("AfterEntry"), "openingbalance_currentyear");
    assert_eq!(schema("Processed"), "openingbalance_currentyear");
    assert_eq!(schema("PaymentTerms"), "sync_cashflow");
    assert_eq!(find("read_crm", "Documents").schema, "read_crm");
    assert_eq!(find("READ_SYNC_SYNC", "synctimestamp").name, "SyncTimestamp");
    for entity in model().entities() {
        let preferred = model().find(None, entity.name).unwrap();
        assert!(preferred.preferred && (preferred.index == entity.index) == entity.preferred, "{}", entity.name);
    }
    assert!(model().find(None, "NoSuchTable").is_none());
    assert!(model().find(Some("hrm"), "Accounts").is_none());
}

#[test]
fn the_nearest_names_are_found() {
    assert_eq!(model().nearest_table("Acounts").as_deref(), Some("crm.Accounts"));
    assert_eq!(model().nearest_table("crm.Acccounts").as_deref(), Some("crm.Accounts"));
    assert_eq!(model().nearest_table("sync_crm.Accuonts").as_deref(), Some("sync_crm.Accounts"));
    assert_eq!(model().nearest_table("qqqqqq"), None);
    assert_eq!(find("crm", "Accounts").nearest_column("Nmae"), Some("Name"));
    assert_eq!(find("crm", "Accounts").nearest_column("xyzxyz"), None);
}

#[test]
fn kinds_and_unknowns_are_told_apart() {
    let count = |holds: fn(&Entity) -> bool| model().entities().iter().filter(|entity| holds(entity)).count();
    // 460 endpoints, of which 20 bulk ones are paths of their regular twins.
    assert_eq!(count(|entity| entity.kind != EntityKind::System), 440);
    assert_eq!(count(|entity| entity.schema == "sys" && entity.is_listed() && entity.paths.is_empty()), 6);
    assert_eq!(count(|entity| entity.kind == EntityKind::Action), 19);
    assert_eq!(count(|entity| entity.historic), 25);
    assert_eq!(count(|entity| entity.kind == EntityKind::Function && !entity.historic), 71);
    assert_eq!(count(|entity| entity.parameters_unknown), 11);
    assert!(find("accountancy", "ClientGroups").columns_unknown && !find("accountancy", "ClientGroups").is_listed());
    assert!(!find("crm", "AcceptQuotation").is_listed());
    assert_eq!(find("crm", "Accounts").scope, "Crm accounts");
    let invoices = find("salesinvoice", "SalesInvoices");
    let lines = invoices.navigations.iter().find(|navigation| navigation.name == "SalesInvoiceLines").unwrap();
    assert!(lines.collection && lines.mandatory_on_post);
    assert_eq!(lines.target, Some("salesinvoice.SalesInvoiceLines"));
    assert_eq!(lines.join, Some(("InvoiceID", "InvoiceID")));
}

#[test]
fn relations_lead_from_foreign_keys_to_keys() {
    let invoices = find("salesinvoice", "SalesInvoices");
    let relations = model().relations_from(invoices);
    let ends: Vec<String> = relations
        .iter()
        .filter(|relation| relation.strong)
        .map(|relation| {
            let to = model().entity(relation.to).unwrap();
            format!(
                "{} {}.{}.{}",
                invoices.columns[relation.from_column].name, to.schema, to.name, to.columns[relation.to_column].name
            )
        })
        .collect();
    assert!(ends.contains(&"InvoiceTo crm.Accounts.ID".to_owned()), "{ends:?}");
    assert!(ends.contains(&"Division hrm.Divisions.Code".to_owned()), "{ends:?}");
    let twin = find("sync_salesinvoice", "SalesInvoices");
    assert!(model().relations_from(twin).iter().any(|relation| twin.columns[relation.from_column].name == "InvoiceTo"));
    let to_accounts = model().relations_to(find("crm", "Accounts"));
    assert!(to_accounts.iter().any(|relation| relation.from == invoices.index));
    let all: usize = model().entities().iter().map(|entity| model().relations_from(entity).len()).sum();
    assert_eq!(all, relations::DATA.lines().count(), "every line is understood");
}

#[test]
fn every_line_of_the_data_is_understood() {
    let all = || load::DATA.lines().chain(load::SYSTEM.lines());
    let lines = |tag: &str| all().filter(|line| line.starts_with(tag)).count();
    let sum = |part: fn(&Entity) -> usize| model().entities().iter().map(part).sum::<usize>();
    assert_eq!(lines("E\t"), model().entities().len());
    assert_eq!(lines("C\t"), sum(|e| e.columns.iter().filter(|c| c.origin == Origin::Service).count()));
    assert_eq!(lines("N\t"), sum(|e| e.navigations.len()));
    assert_eq!(lines("P\t"), sum(|e| e.parameters.len()));
    assert_eq!(lines("A\t"), sum(|e| e.paths.len()));
}

#[test]
fn settings_decide_the_declared_length() {
    let pairs = [("DefaultStringSize".to_owned(), "255".to_owned())];
    let (settings, _) = Settings::from_pairs(&pairs, &[]).unwrap();
    let accounts = find("crm", "Accounts");
    let (_, name) = accounts.column("Name").unwrap();
    assert_eq!(name.sql_type, SqlType::VarChar { length: 4000 });
    assert_eq!(name.sql_type(&settings), SqlType::VarChar { length: 255 });
}
