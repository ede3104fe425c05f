//! The commands of the program that the other files do not use.

use windows_registry::LOCAL_MACHINE;

use crate::support::{done, folder, run, signed_in};

#[test]
fn rows_come_in_every_form() {
    let connection = signed_in("forms");
    let query = |format: &str| {
        let sql = "SELECT 'é€' AS a, 1 AS b";
        done(&["query", sql, "--connection", &connection, "--format", format], "").replace("\r\n", "\n")
    };
    assert_eq!(query("csv"), "a,b\né€,1\n");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&query("json")).unwrap()[0]["a"], "é€");
    assert!(query("table").contains("é€"));
    let file = folder("forms-out").join("rows.parquet");
    done(&["query", "SELECT Name FROM Accounts", "--connection", &connection, "--output", file.to_str().unwrap()], "");
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}

#[test]
fn a_change_is_journalled_and_undone() {
    let connection = format!("{}Readonly=false;", signed_in("undone"));
    let on = ["--connection", &connection];
    done(&[&["query", "INSERT INTO Accounts (Name) VALUES ('Onder Wine')"], &on[..]].concat(), "");
    let count = || {
        let sql = "SELECT COUNT(*) FROM Accounts WHERE Name = 'Onder Wine'";
        done(&[&["query", sql, "--format", "csv"], &on[..]].concat(), "").lines().nth(1).unwrap().trim().to_owned()
    };
    assert_eq!(count(), "1");
    let id = done(&[&["query", "SELECT MAX(ID) FROM sys.sys_changes", "--format", "csv"], &on[..]].concat(), "");
    let id = id.lines().nth(1).unwrap().trim().to_owned();
    assert!(done(&[&["undo", &id], &on[..]].concat(), "").contains("DELETE FROM"));
    assert_eq!(count(), "1");
    done(&[&["undo", &id, "--run"], &on[..]].concat(), "");
    assert_eq!(count(), "0");
}

#[test]
fn a_plan_and_a_page_of_checks_are_told() {
    let connection = signed_in("told");
    let plan = done(&["explain", "SELECT Name FROM Accounts", "--connection", &connection], "");
    assert!(plan.contains("Accounts"), "{plan}");
    let properties: Vec<&str> = connection.split(';').skip(1).filter(|pair| !pair.is_empty()).collect();
    let output = run(&[&["doctor"], &properties[..]].concat(), "");
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && page.contains("Noor Bakker"), "{page}");
    assert!(done(&["completions", "powershell"], "").contains("exact-odbc"));
}

#[test]
fn the_driver_is_taken_out_of_the_list_and_put_back() {
    let library =
        || Some(LOCAL_MACHINE.open(r"SOFTWARE\ODBC\ODBCINST.INI\Exact Online").ok()?.get_string("Driver").unwrap());
    let before = library();
    done(&["uninstall"], "");
    assert_eq!(library(), None);
    done(&["install"], "");
    assert_eq!(library(), before);
}
