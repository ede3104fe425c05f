//! The set-up entry points that an installer library calls in the library that `Setup` names: ConfigDSN and ConfigDriver;
//! and the dialog that they and SQLDriverConnect open where an application gives a window for it.

pub mod dialog;

use exact_engine::settings::{self, Settings};

use dialog::{Ask, Pairs};

/// What the installer library does for a set-up library. Its answers are `false` where it has refused.
pub trait Installer {
    /// Makes an empty data source of this driver.
    fn add(&self, data_source: &str, driver: &str) -> bool;
    fn remove(&self, data_source: &str) -> bool;
    fn write(&self, data_source: &str, key: &str, value: &str) -> bool;
    /// The value of a key; empty if there is none.
    fn read(&self, data_source: &str, key: &str) -> String;
    fn is_valid(&self, data_source: &str) -> bool;
    /// Tells the application why it was refused.
    fn refuse(&self, error: Refusal, message: &str);
}

/// Codes of SQLInstallerError.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    InvalidRequestType = 5,
    InvalidKeywordValue = 8,
    InvalidDsn = 9,
    RequestFailed = 11,
    UserCanceled = 16,
}

const ADD: u16 = 1;
const CONFIGURE: u16 = 2;
const REMOVE: u16 = 3;

/// ConfigDSN: adds, changes or removes a data source. `attributes` are `key=value`; one of them is `DSN`. `ask` lets a
/// person complete them.
pub fn config_dsn(
    installer: &dyn Installer,
    request: u16,
    driver: &str,
    attributes: &[String],
    ask: Option<Ask<'_>>,
) -> bool {
    let done = configure(installer, request, driver, attributes, ask);
    if let Err((error, message)) = &done {
        installer.refuse(*error, message);
    }
    done.is_ok()
}

type Done = Result<(), (Refusal, String)>;

fn configure(
    installer: &dyn Installer,
    request: u16,
    driver: &str,
    attributes: &[String],
    ask: Option<Ask<'_>>,
) -> Done {
    let mut pairs = Pairs::new();
    for attribute in attributes {
        let Some((key, value)) = attribute.split_once('=') else {
            return Err((Refusal::InvalidKeywordValue, format!("\"{attribute}\" is not of the form key=value")));
        };
        pairs.push((key.trim().to_owned(), value.trim().to_owned()));
    }
    let before = take_name(&mut pairs);
    match (request, ask) {
        (REMOVE, _) => {
            check_name(installer, &before)?;
            if installer.remove(&before) { Ok(()) } else { Err(failed(&before, "removed")) }
        }
        (ADD, None) => add(installer, driver, &before, pairs),
        (CONFIGURE, None) => change(installer, &before, &pairs),
        (ADD | CONFIGURE, Some(ask)) => {
            if request == CONFIGURE {
                read(installer, &before, &mut pairs);
            }
            pairs.insert(0, ("DSN".to_owned(), before.clone()));
            let answer = ask(&pairs).map_err(|message| (Refusal::RequestFailed, message))?;
            let Some(mut pairs) = answer else {
                return Err((Refusal::UserCanceled, "the dialog was cancelled".to_owned()));
            };
            let name = take_name(&mut pairs);
            // Made anew, so that what was emptied in the dialog is gone.
            add(installer, driver, &name, pairs)?;
            let is_renamed = request == CONFIGURE && !before.is_empty() && !before.eq_ignore_ascii_case(&name);
            if is_renamed && !installer.remove(&before) { Err(failed(&before, "removed")) } else { Ok(()) }
        }
        (other, _) => Err((Refusal::InvalidRequestType, format!("{other} is no request of ConfigDSN"))),
    }
}

/// The name among the attributes, which are without it then.
fn take_name(pairs: &mut Pairs) -> String {
    let is_dsn = |key: &str| key.eq_ignore_ascii_case("DSN");
    let name = pairs.iter().find(|(key, _)| is_dsn(key)).map(|(_, value)| value.clone()).unwrap_or_default();
    pairs.retain(|(key, _)| !is_dsn(key));
    name
}

fn failed(data_source: &str, what: &str) -> (Refusal, String) {
    (Refusal::RequestFailed, format!("data source {data_source} could not be {what}"))
}

fn check_name(installer: &dyn Installer, data_source: &str) -> Done {
    if data_source.is_empty() || !installer.is_valid(data_source) {
        let message = format!("\"{data_source}\" is no name of a data source; give it as DSN=name");
        return Err((Refusal::InvalidDsn, message));
    }
    Ok(())
}

/// A data source that is made through a form reads only, unless writes are asked for (product.md section 3).
fn add(installer: &dyn Installer, driver: &str, data_source: &str, mut pairs: Pairs) -> Done {
    check_name(installer, data_source)?;
    check(&pairs)?;
    if !installer.add(data_source, driver) {
        return Err(failed(data_source, "added"));
    }
    if !pairs.iter().any(|(key, _)| settings::find(key).is_some_and(|property| property.name == "Readonly")) {
        pairs.push(("Readonly".to_owned(), "true".to_owned()));
    }
    write(installer, data_source, &pairs)
}

fn change(installer: &dyn Installer, data_source: &str, pairs: &Pairs) -> Done {
    check_name(installer, data_source)?;
    check(pairs)?;
    write(installer, data_source, pairs)
}

fn write(installer: &dyn Installer, data_source: &str, pairs: &Pairs) -> Done {
    let written = pairs.iter().all(|(key, value)| installer.write(data_source, key, value));
    if written { Ok(()) } else { Err(failed(data_source, "written")) }
}

/// What the data source holds already, behind what is given.
fn read(installer: &dyn Installer, data_source: &str, pairs: &mut Pairs) {
    for property in settings::PROPERTIES {
        let is_given = pairs.iter().any(|(key, _)| settings::find(key).is_some_and(|one| one.name == property.name));
        let names = std::iter::once(property.name).chain(property.aliases.iter().copied());
        let value = names.map(|name| installer.read(data_source, name)).find(|value| !value.is_empty());
        if let (false, Some(value)) = (is_given, value) {
            pairs.push((property.name.to_owned(), value));
        }
    }
}

/// Values are checked as a connection would check them, and a key that no property has is a mistake.
fn check(pairs: &[(String, String)]) -> Result<(), (Refusal, String)> {
    let refused = |message: String| Err((Refusal::InvalidKeywordValue, message));
    match Settings::from_pairs(pairs, &[]) {
        Err(error) => refused(error.to_string()),
        Ok((_, notices)) => match notices.into_iter().find(|notice| notice.message.starts_with("unknown")) {
            Some(notice) => refused(notice.message),
            None => Ok(()),
        },
    }
}

/// ConfigDriver: there is nothing to set up for a driver beyond its registration, so every request succeeds.
#[must_use]
pub fn config_driver(request: u16) -> bool {
    const CONFIGURE_DRIVER: u16 = 3;
    (ADD..=CONFIGURE_DRIVER).contains(&request)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Notebook(RefCell<Vec<String>>);

    impl Notebook {
        fn note(&self, line: String) -> bool {
            self.0.borrow_mut().push(line);
            true
        }
    }

    impl Installer for Notebook {
        fn add(&self, data_source: &str, driver: &str) -> bool {
            self.note(format!("add {data_source} {driver}"))
        }
        fn remove(&self, data_source: &str) -> bool {
            self.note(format!("remove {data_source}"))
        }
        fn write(&self, data_source: &str, key: &str, value: &str) -> bool {
            self.note(format!("{data_source} {key}={value}"))
        }
        fn read(&self, data_source: &str, key: &str) -> String {
            if (data_source, key) == ("Books", "Region") { "NL".to_owned() } else { String::new() }
        }
        fn is_valid(&self, data_source: &str) -> bool {
            !data_source.contains('[')
        }
        fn refuse(&self, error: Refusal, _: &str) {
            self.note(format!("{error:?}"));
        }
    }

    fn run(request: u16, attributes: &[&str]) -> (bool, Vec<String>) {
        asked(request, attributes, None)
    }

    fn asked(request: u16, attributes: &[&str], ask: Option<Ask<'_>>) -> (bool, Vec<String>) {
        let notebook = Notebook::default();
        let attributes: Vec<String> = attributes.iter().map(|one| (*one).to_owned()).collect();
        (config_dsn(&notebook, request, "Exact Online", &attributes, ask), notebook.0.into_inner())
    }

    #[test]
    fn a_dialog_is_given_what_is_known_and_what_it_answers_is_written() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let shown = RefCell::new(Pairs::new());
        let ask = |known: &Pairs| -> Result<Option<Pairs>, String> {
            shown.replace(known.clone());
            Ok(Some(vec![pair("DSN", "New"), pair("Division", "5512"), pair("Readonly", "false")]))
        };
        let (done, notes) = asked(CONFIGURE, &["DSN=Books", "Division=1"], Some(&ask));
        assert_eq!(shown.take(), [pair("DSN", "Books"), pair("Division", "1"), pair("Region", "NL")]);
        let expected = ["add New Exact Online", "New Division=5512", "New Readonly=false", "remove Books"];
        assert_eq!((done, notes), (true, expected.map(str::to_owned).to_vec()));
        let cancelled = asked(ADD, &[], Some(&|_| Ok(None)));
        assert_eq!(cancelled, (false, vec!["UserCanceled".to_owned()]));
        let broken = asked(ADD, &[], Some(&|_| Err("no window".to_owned())));
        assert_eq!(broken, (false, vec!["RequestFailed".to_owned()]));
    }

    #[test]
    fn data_sources_are_added_changed_and_removed() {
        let (done, notes) = run(ADD, &["DSN=Books", "Region=NL", "Division=5512"]);
        let expected = ["add Books Exact Online", "Books Region=NL", "Books Division=5512", "Books Readonly=true"];
        assert_eq!((done, notes), (true, expected.map(str::to_owned).to_vec()));
        assert_eq!(run(CONFIGURE, &["dsn=Books", "Readonly=false"]), (true, vec!["Books Readonly=false".to_owned()]));
        assert_eq!(run(REMOVE, &["DSN=Books"]), (true, vec!["remove Books".to_owned()]));
    }

    #[test]
    fn mistakes_are_told_and_nothing_is_written() {
        for (request, attributes, error) in [
            (ADD, vec!["Region=NL"], Refusal::InvalidDsn),
            (ADD, vec!["DSN=[x]"], Refusal::InvalidDsn),
            (ADD, vec!["DSN=x", "Region=Atlantis"], Refusal::InvalidKeywordValue),
            (CONFIGURE, vec!["DSN=x", "Colour=red"], Refusal::InvalidKeywordValue),
            (CONFIGURE, vec!["DSN=x", "Region"], Refusal::InvalidKeywordValue),
            (9, vec!["DSN=x"], Refusal::InvalidRequestType),
        ] {
            assert_eq!(run(request, &attributes), (false, vec![format!("{error:?}")]), "{attributes:?}");
        }
    }
}
