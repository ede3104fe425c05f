//! The table of properties in README.md is made from the driver's own.
//!
//! After a change of the properties: `UPDATE_README=1 cargo test -p exact-tests --test house`.

use std::fmt::Write;
use std::fs;

use exact_client::settings::{Group, PROPERTIES, Property};

const BEGIN: &str = "<!-- properties: made from driver/client/src/settings/property.rs -->\n";
const END: &str = "<!-- end of properties -->";

fn table() -> String {
    let mut text = String::from("| property | default | meaning |\n|---|---|---|\n");
    for property in PROPERTIES.iter().filter(|property| property.group != Group::Accepted) {
        let names: Vec<String> =
            std::iter::once(&property.name).chain(property.aliases).map(|n| format!("`{n}`")).collect();
        writeln!(text, "| {} | {} | {} |", names.join(", "), property.default, meaning(property)).unwrap();
    }
    let accepted = PROPERTIES.iter().filter(|property| property.group == Group::Accepted);
    let accepted: Vec<String> = accepted.map(|property| format!("`{}`", property.name)).collect();
    writeln!(text, "| {} | | accepted for compatibility, without effect |", accepted.join(", ")).unwrap();
    text
}

fn meaning(property: &Property) -> String {
    let allowed = property.allowed.join(", ");
    let text =
        if allowed.is_empty() { property.help.to_owned() } else { format!("{}. One of {allowed}", property.help) };
    text.replace('|', "\\|")
}

#[test]
fn readme_tells_the_properties_that_the_driver_knows() {
    let path = super::root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("README.md lacks the mark where the properties begin");
    let (found, after) = rest.split_once(END).expect("README.md lacks the mark where the properties end");
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
    } else {
        assert_eq!(found, table(), "run again with UPDATE_README=1");
    }
}
