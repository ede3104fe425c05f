//! Requirements 7 to 17 and 21: the shapes of replies, paging and the query options.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code)]

mod common;

use common::{Client, column, escape, small};
use exact_simulator::{Options, PROFILES, Switches};
use serde_json::Value;

#[test]
fn r07_shapes() {
    let client = Client::small();
    let answer = client.get("salesinvoice/SalesInvoices?$select=AmountDC,InvoiceID,SalesInvoiceLines&$top=2");
    assert!(answer.text().starts_with("{\"d\":{\"results\":[{\"__metadata\":{\"uri\":\"http://127.0.0.1:"));
    let row = &answer.rows()[0];
    let id = row["InvoiceID"].as_str().unwrap();
    let uri = row["__metadata"]["uri"].as_str().unwrap();
    assert!(uri.ends_with(&format!("/api/v1/5512/salesinvoice/SalesInvoices(guid'{id}')")), "{uri}");
    assert_eq!(row["__metadata"]["type"], "Exact.Web.Api.Models.SalesInvoice");
    let deferred = row["SalesInvoiceLines"]["__deferred"]["uri"].as_str().unwrap();
    assert_eq!(deferred, format!("{uri}/SalesInvoiceLines"));
    let places = ["InvoiceID", "AmountDC", "SalesInvoiceLines"].map(|name| answer.text().find(&format!("\"{name}\":")));
    assert!(places.is_sorted(), "the entity's order, not that of $select: {places:?}");
    let single = client.get_url(uri).json();
    assert_eq!(single["d"]["InvoiceID"], id, "a single row is no list");

    let client = Client::with(|switches| switches.bare_array_for_top = true);
    assert!(client.get("crm/Accounts?$select=ID&$top=3").text().starts_with("{\"d\":[{"));
    assert!(client.get("crm/Accounts?$select=ID&$top=61").text().starts_with("{\"d\":{\"results\":["));
    assert!(client.get("crm/Accounts?$select=ID").text().starts_with("{\"d\":{\"results\":["));
}

#[test]
fn r08_page_sizes() {
    let client = Client::small();
    let regular = client.get("financialtransaction/TransactionLines?$select=ID,AmountDC&$filter=AmountDC ne 0d");
    assert_eq!(regular.rows().len(), 60);
    let next = regular.next().unwrap();
    let last = column(&regular.rows(), "ID").pop().unwrap();
    let base = client.simulator.base_url();
    let expected = format!(
        "{base}/api/v1/5512/financialtransaction/TransactionLines?$select=ID,AmountDC&$filter=AmountDC%20ne%200d&$skiptoken=guid'{last}'"
    );
    assert_eq!(next, expected, "absolute, with every option as it was sent");
    let bulk = client.get("bulk/Financial/TransactionLines?$select=ID");
    assert_eq!(bulk.rows().len(), 1_000);
    let sync = client.get("sync/Financial/TransactionLines?$select=ID,Timestamp&$filter=Timestamp gt 1L");
    assert_eq!(sync.rows().len(), 1_000);
    let last = sync.rows()[999]["Timestamp"].as_str().unwrap().to_owned();
    assert!(sync.next().unwrap().ends_with(&format!("$skiptoken={last}L")), "{:?}", sync.next());

    let (by_key, pages) = client.all("financialtransaction/TransactionLines?$select=ID");
    assert_eq!((by_key.len(), pages), (2_000, 34));
    let (in_bulk, pages) = client.all("bulk/Financial/TransactionLines?$select=ID");
    assert_eq!((in_bulk.len(), pages), (2_000, 2), "no __next on the last page, though it is full");
    let (in_sync, _) = client.all("sync/Financial/TransactionLines?$select=ID,Timestamp");
    let sorted = |rows: &[Value]| {
        let mut ids = column(rows, "ID");
        ids.sort();
        ids.dedup();
        ids
    };
    assert_eq!(sorted(&by_key).len(), 2_000, "no row twice");
    assert_eq!(sorted(&by_key), sorted(&in_bulk));
    assert_eq!(sorted(&by_key), sorted(&in_sync));

    let client = Client::with(|switches| switches.eager_next = true);
    let (rows, pages) = client.all("bulk/Financial/TransactionLines?$select=ID");
    assert_eq!((rows.len(), pages), (2_000, 3), "an empty last page");
}

#[test]
fn r08_top_and_paging() {
    let client = Client::small();
    let (rows, pages) = client.all("financialtransaction/TransactionLines?$select=ID&$top=100");
    assert_eq!((rows.len(), pages), (100, 2));
    let (rows, _) = client.all("sync/Financial/TransactionLines?$select=ID&$top=1500");
    assert_eq!(rows.len(), 2_000, "on sync $top does not limit who follows __next");
    assert_eq!(client.rows("crm/Accounts?$select=ID&$top=0").len(), 0);
    assert_eq!(client.get("crm/Accounts?$select=ID&$top=x").status, 400);
}

#[test]
fn r09_skip() {
    let client = Client::small();
    let all = column(&client.rows("crm/Accounts?$select=ID"), "ID");
    assert_eq!(column(&client.rows("crm/Accounts?$select=ID&$skip=5"), "ID"), all[5..]);
    assert_eq!(client.get("sales/SalesChannels?$select=ID&$skip=5").status, 400);
}

#[test]
fn r10_select() {
    let client = Client::small();
    let row = &client.rows("crm/Accounts?$select=Name,ID&$top=1")[0];
    let names: Vec<&String> = row.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(client.get("crm/Accounts?$select=Name,Nope").status, 400);
    assert_eq!(client.get("crm/Accounts?$select=name").status, 400);
    let text = "Please add a $select or a $top=1 statement to the query string.";
    assert_eq!(client.get("bulk/CRM/Accounts").error(), text);
    assert_eq!(client.get("bulk/CRM/Accounts?$top=1").status, 400, "bulk wants $select");
    assert_eq!(client.get("bulk/Documents/Documents").status, 200, "four bulk endpoints do not");
    assert_eq!(client.get("sync/CRM/Contacts?$select=*").status, 400);
    assert_eq!(client.get("crm/Accounts?$select=*&$top=1").rows()[0]["Name"], "O'Neill & Zonen \"De Zwaan\" BV");
    assert_eq!(client.get("generaljournalentry/GeneralJournalEntries").error(), text);
    assert_eq!(client.get("generaljournalentry/GeneralJournalEntries?$top=1").rows().len(), 1);
    assert_eq!(client.get("generaljournalentry/GeneralJournalEntries?$select=EntryID").rows().len(), 10);
}

/// Names of the accounts that a filter finds.
fn names(client: &Client, filter: &str) -> Vec<String> {
    let mut names = column(&client.rows(&format!("crm/Accounts?$select=Name&$filter={}", escape(filter))), "Name");
    names.sort();
    names
}

fn refused(client: &Client, filter: &str) -> (u16, String) {
    let answer = client.get(&format!("crm/Accounts?$select=Name&$filter={}", escape(filter)));
    (answer.status, answer.error())
}

#[test]
fn r11_filter_grammar() {
    let client = Client::small();
    let all = names(&client, "Name ne 'x'");
    assert_eq!(all.len(), 20);
    assert_eq!(names(&client, "Name eq 'O''Neill & Zonen \"De Zwaan\" BV'").len(), 1, "doubled quotes");
    assert_eq!(
        names(&client, "Name eq 'Jansen BV'"),
        ["JANSEN BV", "Jansen BV", "Jansen BV"],
        "without regard to case"
    );
    assert_eq!(names(&client, "Name eq 'Trailing Blanks BV'"), ["Trailing Blanks BV   "]);
    assert_eq!(names(&client, "indexof(Name,'🥐') ge 0").len(), 1);
    assert_eq!(names(&client, "indexof(Name,'100%') eq 0"), ["100% Natuurlijk_Vers"]);
    assert_eq!(names(&client, "tolower(Name) eq 'jansen bv' and not (toupper(Name) eq 'X')").len(), 3);
    let neither = names(&client, "not (Status eq 'C' or Status eq 'A')");
    assert_eq!(neither.len(), 0);
    assert_eq!(names(&client, "Status eq 'A'").len(), 5);
    assert_eq!(names(&client, "IsSupplier eq true and (Status eq 'A' or Status eq 'C')").len(), 5);
    let with_end = names(&client, "EndDate ne null").len();
    assert_eq!(names(&client, "EndDate eq null").len() + with_end, 20);
    assert!(with_end > 0 && with_end < 20);
    let old = names(&client, "EndDate lt datetime'1800-01-01T00:00:00'").len();
    let young = names(&client, "EndDate ge datetime'1800-01-01T00:00:00'").len();
    assert_eq!(old + young, with_end, "null is in neither");
    assert_eq!(names(&client, "not (EndDate lt datetime'1800-01-01T00:00:00')").len(), young);
    assert_eq!(names(&client, "Division eq 5512").len(), 20);
    assert_eq!(names(&client, "5512 eq Division").len(), 20);
    let discounts = names(&client, "DiscountSales ge 0.01 and DiscountSales le 2.0d").len();
    assert_eq!(names(&client, "DiscountSales gt 0").len(), discounts);
    assert_eq!(names(&client, "DiscountSales eq 0").len() + discounts, 20);
    let ids = column(&client.rows("crm/Accounts?$select=ID&$top=3"), "ID");
    assert_eq!(names(&client, &format!("ID eq guid'{}' or ID eq guid'{}'", ids[0], ids[2])).len(), 2);
    assert_eq!(names(&client, &format!("ID eq guid'{}'", ids[0].to_uppercase())).len(), 1);
    assert_eq!(names(&client, "ID eq guid'00000000-0000-0000-0000-000000000000'").len(), 0);
}

#[test]
fn r11_filter_refusals() {
    let client = Client::small();
    let text = "Expression of type 'System.Boolean' expected at position 0.";
    assert_eq!(refused(&client, "indexof(Name,'x')"), (400, text.to_owned()));
    for function in ["substringof('x',Name)", "startswith(Name,'x')", "endswith(Name,'x')"] {
        assert_eq!(refused(&client, &format!("{function} eq true")).0, 501);
    }
    for bad in [
        "contains(Name,'x')",
        "Name in ('a','b')",
        "Name eq SearchCode",
        "Nope eq 1",
        "Name eq 1",
        "ID eq 'x'",
        "ID eq guid'x'",
        "Created gt '2026-01-01'",
        "Division eq 12M",
        "Name eq 'x",
        "(Name eq 'x'",
        "Name eq 'x')",
        "Name",
        "length(Name) gt 3",
        "year(Created) eq 2026",
        "Name gt null",
        "BankAccounts/Name eq 'x'",
        "Division add 1 eq 2",
        " ",
    ] {
        assert_eq!(refused(&client, bad).0, 400, "{bad}");
    }
    assert_eq!(
        client.get("crm/Accounts?$filter=").error(),
        "This $filter parameter is not supported for this resource"
    );

    let client = Client::with(|switches| switches.substring_functions = true);
    assert_eq!(names(&client, "substringof('zwaan',Name) eq true").len(), 1);
    assert_eq!(names(&client, "startswith(Name,'jansen') eq true").len(), 3);
    assert_eq!(names(&client, "endswith(Name,'_Vers') eq true").len(), 1);
    assert_eq!(refused(&client, "substringof('x',Name)"), (400, text.to_owned()));

    let client = Client::with(|switches| (switches.case_sensitive, switches.sql_nulls) = (true, false));
    assert_eq!(names(&client, "Name eq 'JANSEN BV'").len(), 1);
    let not_old = names(&client, "not (EndDate lt datetime'1800-01-01T00:00:00')").len();
    assert!(not_old > names(&client, "EndDate ge datetime'1800-01-01T00:00:00'").len(), "null is not less");
}

#[test]
fn r12_filters_of_bulk_and_sync() {
    let client = Client::small();
    let modified = "Modified ge datetime'1900-01-01T00:00:00'";
    assert_eq!(client.get(&format!("bulk/Financial/GLAccounts?$select=ID&$filter={modified}")).status, 200);
    assert_eq!(client.get("bulk/Financial/GLAccounts?$select=ID&$filter=Description eq 'x'").status, 400);
    let refused = client.get("bulk/CRM/Contacts?$select=ID&$filter=Modified ge datetime'1900-01-01T00:00:00'");
    assert_eq!(refused.error(), "Filtering on these fields is not supported: Modified");
    assert_eq!(client.rows("sync/CRM/Accounts?$select=ID&$filter=Timestamp gt 1L").len(), 20);
    for bad in
        ["Timestamp ge 1L", "Timestamp gt 1", "Timestamp lt 5L", "Name eq 'x'", "Timestamp gt 1L and Timestamp gt 2L"]
    {
        let answer = client.get(&format!("sync/CRM/Accounts?$select=ID&$filter={bad}"));
        assert!(answer.error().starts_with("Filtering on these fields is not supported: "), "{bad}: {}", answer.text());
    }
}

#[test]
fn r13_mandatory_filtering() {
    let client = Client::with(|switches| switches.mandatory_filtering = true);
    let refused = client.get("crm/Accounts?$select=ID").error();
    assert!(refused.starts_with("This endpoint has mandatory filtering applied. A GET request for this endpoint must have a $filter parameter with one of the following fields in the url: Accountant, "), "{refused}");
    assert_eq!(client.get("crm/Accounts?$select=ID&$filter=Remarks eq null").status, 400);
    assert_eq!(client.rows("crm/Accounts?$select=ID&$filter=Modified ge datetime'1900-01-01T00:00:00'").len(), 20);
    assert_eq!(client.get("logistics/Items?$select=ID").status, 400);
    assert_eq!(client.get("crm/Contacts?$select=ID").status, 200);
    let client = Client::with(|switches| {
        switches.mandatory_filtering = true;
        switches.mandatory_filtering_clients.insert("another app".to_owned());
    });
    assert_eq!(client.get("crm/Accounts?$select=ID").status, 200, "switched on for another client id");
}

#[test]
fn r14_order() {
    let client = Client::new(Options { scale: 0.05, ..small() });
    let (rows, _) = client.all("crm/Accounts?$select=ID,Name,City");
    assert!(column(&rows, "ID").is_sorted(), "by key");
    let (rows, pages) = client.all("crm/Accounts?$select=ID,Name,City&$orderby=City desc,Name");
    assert_eq!((rows.len(), pages), (100, 2));
    let key =
        |row: &Value| (row["City"].as_str().unwrap().to_lowercase(), row["Name"].as_str().unwrap().to_lowercase());
    for pair in rows.windows(2) {
        let (left, right) = (key(&pair[0]), key(&pair[1]));
        assert!(left.0 > right.0 || (left.0 == right.0 && left.1 <= right.1), "{left:?} {right:?}");
    }
    let mut ids = column(&rows, "ID");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 100, "ties at the page's end are neither lost nor doubled");
    let (rows, _) = client.all("sync/CRM/Accounts?$select=Timestamp");
    let stamps: Vec<i64> = column(&rows, "Timestamp").iter().map(|stamp| stamp.parse().unwrap()).collect();
    assert!(stamps.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(client.get("sync/CRM/Accounts?$select=ID&$orderby=ID").status, 400);
    assert_eq!(client.get("crm/Accounts?$select=ID&$orderby=Nope").status, 400);
}

#[test]
fn r15_counts() {
    let client = Client::small();
    let count = client.get("financialtransaction/TransactionLines/$count");
    assert_eq!(count.text(), "2000");
    assert!(count.header("content-type").unwrap().starts_with("text/plain"));
    let filtered = client.get("crm/Accounts/$count?$filter=Status eq 'A'").text();
    assert_eq!(filtered, "5");
    let inline = client.get("crm/Accounts?$select=ID&$inlinecount=allpages&$top=2&$filter=Status eq 'A'").json();
    assert_eq!(inline["d"]["__count"], "5", "a string, of all that match");
    let text = "The query parameter '$count' begins with a system-reserved '$' character but is not recognized.";
    assert_eq!(client.get("crm/Accounts?$count=true").error(), text);
}

#[test]
fn r16_expand() {
    let client = Client::small();
    let path = "salesinvoice/SalesInvoices?$select=InvoiceID,AmountDC,SalesInvoiceLines/ID,SalesInvoiceLines/AmountDC&$expand=SalesInvoiceLines";
    let (invoices, _) = client.all(path);
    assert_eq!(invoices.len(), 200);
    let (mut lines, mut long) = (0, 0);
    for invoice in &invoices {
        let inner = invoice["SalesInvoiceLines"]["results"].as_array().unwrap();
        lines += inner.len();
        assert_eq!(inner[0].as_object().unwrap().len(), 3, "only the selected columns: {}", inner[0]);
        if let Some(next) = invoice["SalesInvoiceLines"]["__next"].as_str() {
            assert_eq!(inner.len(), 60, "cut");
            long += 1;
            let mut answer = client.get_url(next);
            lines += answer.rows().len();
            while let Some(next) = answer.next() {
                answer = client.get_url(&next);
                lines += answer.rows().len();
            }
        }
    }
    assert_eq!(long, 1);
    assert_eq!(lines.to_string(), client.get("salesinvoice/SalesInvoiceLines/$count").text());
    let accounts = client.rows("crm/Accounts?$select=ID,BankAccounts&$top=1");
    let deferred = accounts[0]["BankAccounts"]["__deferred"]["uri"].as_str().unwrap();
    assert_eq!(client.get_url(deferred).rows().len(), 1);
    let empty = client.rows("project/Projects?$select=ID,InvoiceTerms&$expand=InvoiceTerms&$top=1");
    assert_eq!(empty[0]["InvoiceTerms"]["results"].as_array().unwrap().len(), 0);
    assert_eq!(client.get("crm/Accounts?$select=ID&$expand=Nope").status, 400);
    assert_eq!(client.get("sync/CRM/Accounts?$select=ID&$expand=BankAccounts").status, 400);
}

#[test]
fn r17_value_forms() {
    let client = Client::small();
    let account = &client
        .rows("crm/Accounts?$select=ID,Code,Created,Country,Logo,CreditLineSales,Blocked&$filter=trim(Code) eq '3'")[0];
    assert_eq!(account["Code"], "                 3");
    let created = account["Created"].as_str().unwrap();
    assert!(created.starts_with("/Date(15") && created.ends_with(")/"), "{created}");
    assert_eq!(account["Country"].as_str().unwrap().len(), 3, "right-padded");
    assert_eq!(account["Logo"], "iVBORwD/", "base64");
    assert_eq!(account["Blocked"], false);
    assert_eq!(client.rows("crm/Accounts?$select=ID&$filter=Code eq '3'").len(), 0, "unpadded matches nothing");
    assert_eq!(client.rows("crm/Accounts?$select=ID&$filter=Code eq '                 3'").len(), 1);
    let country = client.rows("crm/Accounts?$select=Country&$filter=Country eq 'NL'");
    assert!(!country.is_empty(), "trailing blanks do not count");
    assert!(client.rows("hrm/Divisions?$select=HID")[0]["HID"].is_string(), "Int64");
    let dates = client.all("crm/Accounts?$select=EndDate,EstablishedDate,ControlledDate").0;
    let text = serde_json::to_string(&dates).unwrap();
    assert!(text.contains("/Date(-"), "{text}");
    let doubles = client.get("bulk/Financial/TransactionLines?$select=AmountDC,ExchangeRate").text();
    assert!(doubles.contains("\"ExchangeRate\":1}") || doubles.contains("\"ExchangeRate\":1,"), "a whole double");
    let client = Client::with(|switches| switches.doubles_as_integers = false);
    assert!(client.get("bulk/Financial/TransactionLines?$select=ExchangeRate&$top=1").text().contains(":1.0"));
}

#[test]
fn r21_functions() {
    let client = Client::small();
    let open = client.rows("read/financial/ReceivablesList?$select=HID,AccountId,Amount&$top=1");
    let account = open[0]["AccountId"].as_str().unwrap();
    let of_account = client.all(&format!("read/financial/ReceivablesListByAccount?accountId=guid'{account}'")).0;
    assert!(!of_account.is_empty());
    assert!(of_account.iter().all(|row| row["AccountId"] == account));
    let text = "Bad Request - Error in query syntax.";
    assert_eq!(client.get("read/financial/ReceivablesListByAccount").error(), text);
    for bad in ["accountId='x'", "accountId=12", "accountId=guid'12'", "accountId=null", "$filter=AccountId eq null"] {
        assert_eq!(client.get(&format!("read/financial/ReceivablesListByAccount?{bad}")).error(), text, "{bad}");
    }
    assert_eq!(client.get("read/financial/RevenueListByYear?year=2026").status, 200);
    assert_eq!(client.get("read/financial/RevenueListByYear?year='2026'").status, 400);
    assert_eq!(client.get("read/financial/RevenueListByYearAndStatus?year=2026").status, 400, "one of two");
    assert_eq!(client.get("read/project/HoursByDate?checkDate=datetime'2026-01-31'").status, 200);
}

#[test]
fn every_profile_gives_the_same_rows() {
    let ids = |name: &str| {
        let switches = Switches { rate_limits: false, ..Switches::profile(name).unwrap() };
        let client = Client::new(Options { switches, ..small() });
        let path = "financialtransaction/TransactionLines?$select=ID&$filter=GLAccountCode eq '1300'";
        let (rows, _) = client.all(path);
        let (accounts, _) = client.all("crm/Accounts?$select=ID&$filter=Modified ge datetime'1900-01-01T00:00:00'");
        let (synced, _) = client.all("sync/CRM/Accounts?$select=ID&$filter=Timestamp gt 1L");
        assert_eq!((accounts.len(), synced.len()), (20, 20), "{name}");
        column(&rows, "ID")
    };
    let expected = ids("default");
    assert_eq!(expected.len(), 200 + 170);
    for (name, _) in PROFILES {
        assert_eq!(ids(name), expected, "{name}");
    }
    let strict = Client::new(Options { switches: Switches::profile("strict").unwrap(), ..small() });
    assert_eq!(strict.get("crm/Contacts/$count").status, 415, "no JSON");
    let url = format!("{}/api/v1/5512/crm/Contacts/$count", strict.simulator.base_url());
    let count = strict.send("GET", &url, &[("authorization", &strict.bearer()), ("accept", "*/*")], None);
    assert_eq!(count.text(), "30");
}

#[test]
fn a_filter_finds_the_same_rows_by_key_as_by_scan() {
    let client = Client::small();
    let lines = client.all("salesinvoice/SalesInvoiceLines?$select=ID,InvoiceID,LineNumber").0;
    let ledger = client.all("bulk/Financial/TransactionLines?$select=ID,EntryID").0;
    for (rows, path, key) in [
        (&lines, "salesinvoice/SalesInvoiceLines", "InvoiceID"),
        (&ledger, "financialtransaction/TransactionLines", "EntryID"),
    ] {
        for row in rows.iter().step_by(97) {
            let guid = row[key].as_str().unwrap();
            let expected: Vec<&Value> = rows.iter().filter(|row| row[key] == guid).map(|row| &row["ID"]).collect();
            let found = client.all(&format!("{path}?$select=ID&$filter={key} eq guid'{guid}'")).0;
            assert_eq!(found.iter().map(|row| &row["ID"]).collect::<Vec<_>>(), expected, "{path} {guid}");
        }
    }
}
