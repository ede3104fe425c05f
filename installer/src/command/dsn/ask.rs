//! What a data source needs and was not given is asked for, where a person sits at a terminal.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, FuzzySelect, Input, Select};
use exact_client::auth;
use exact_client::division::Division;
use exact_client::settings::Settings;

use crate::manager::{self, Pairs};
use crate::session;

/// Divisions that are shown at a time.
const SHOWN: usize = 12;
/// As the property `Region` writes them.
const REGIONS: [&str; 7] = ["Netherlands", "Belgium", "Germany", "United Kingdom", "United States", "Spain", "France"];

/// Whether there is anybody to ask.
pub fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether a property is given. Names are those of the table of properties already.
pub fn names(pairs: &Pairs, property: &str) -> bool {
    pairs.iter().any(|(key, value)| key == property && !value.is_empty())
}

/// Asks for the name, unless there is one, and adds the properties that are missing.
pub fn missing(given: Option<&str>, pairs: &mut Pairs) -> Result<String> {
    let name = given.map_or_else(name, |name| Ok(name.to_owned()))?;
    if !names(pairs, "Region") && !names(pairs, "BaseUrl") {
        pairs.push(("Region".to_owned(), region()?.to_owned()));
    }
    if !names(pairs, "Division") {
        pairs.push(("Division".to_owned(), division(pairs)?));
    }
    if !names(pairs, "Readonly") {
        let reads_only = Confirm::with_theme(&ColorfulTheme::default())
            .with_prompt("For reading only? Then nothing can be changed at Exact Online through it")
            .default(true)
            .interact();
        pairs.push(("Readonly".to_owned(), reads_only.context(BROKEN_OFF)?.to_string()));
    }
    Ok(name)
}

const BROKEN_OFF: &str = "no data source is made";

fn name() -> Result<String> {
    let refused = |name: &String| manager::check_name(name).map_err(|error| error.to_string());
    Input::with_theme(&ColorfulTheme::default())
        .with_prompt("Name of the data source")
        .default(manager::DRIVER.to_owned())
        .validate_with(refused)
        .interact_text()
        .context(BROKEN_OFF)
}

/// The country; first the one that somebody has signed in to.
fn region() -> Result<&'static str> {
    let is_signed_in = |region: &&str| {
        let pairs = [("Region".to_owned(), (*region).to_owned())];
        let store = Settings::from_pairs(&pairs, &[]).and_then(|(settings, _)| auth::find_store(&settings));
        store.is_ok_and(|store| store.load().is_ok_and(|stored| stored.is_some()))
    };
    let chosen = Select::with_theme(&ColorfulTheme::default())
        .with_prompt("Country of your Exact Online")
        .items(REGIONS)
        .default(REGIONS.iter().position(is_signed_in).unwrap_or_default())
        .interact()
        .context(BROKEN_OFF)?;
    REGIONS.get(chosen).copied().context(BROKEN_OFF)
}

/// One of the divisions that were read at sign-in, or all of them; without a sign-in what is typed.
fn division(pairs: &Pairs) -> Result<String> {
    let (settings, _) = Settings::from_pairs(pairs, &[])?;
    match session::divisions(&settings) {
        Ok(known) if !known.is_empty() => choose(&known, session::stored_division(&settings).ok()),
        _ => Input::with_theme(&ColorfulTheme::default())
            .with_prompt("Division: the number in the address bar of Exact Online after \"division=\", or ALL")
            .validate_with(|text: &String| {
                let pairs = [("Division".to_owned(), text.clone())];
                Settings::from_pairs(&pairs, &[]).map(|_| ()).map_err(|error| error.to_string())
            })
            .interact_text()
            .context(BROKEN_OFF),
    }
}

/// From a list that what is typed makes shorter.
fn choose(known: &[Division], current: Option<i32>) -> Result<String> {
    let mut items: Vec<String> = known.iter().map(|division| format!("{}  {}", division.code, division.name)).collect();
    items.push(format!("ALL  all {} of them", known.len()));
    let at = known.iter().position(|division| Some(division.code) == current).unwrap_or_default();
    let chosen = FuzzySelect::with_theme(&ColorfulTheme::default())
        .with_prompt("Division")
        .items(&items)
        .default(at)
        .max_length(SHOWN)
        .interact()
        .context(BROKEN_OFF)?;
    Ok(known.get(chosen).map_or_else(|| "ALL".to_owned(), |division| division.code.to_string()))
}
