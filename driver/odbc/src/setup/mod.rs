//! The set-up entry points that an installer library calls in the library that `Setup` names: ConfigDSN and ConfigDriver;
//! and the dialog that they and SQLDriverConnect open where an application gives a window for it.

pub mod dialog;

use exact_engine::settings::{self, DivisionSetting, Settings};

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
        (CONFIGURE, None) => change(installer, driver, &before, &pairs),
        (ADD | CONFIGURE, Some(ask)) => asked(installer, request, driver, &before, pairs, ask),
        (other, _) => Err((Refusal::InvalidRequestType, format!("{other} is no request of ConfigDSN"))),
    }
}

/// Lets a person complete the data source, whose name may change. The name of another one is refused.
fn asked(installer: &dyn Installer, request: u16, driver: &str, before: &str, mut pairs: Pairs, ask: Ask<'_>) -> Done {
    let edited = if request == CONFIGURE { before } else { "" };
    if request == CONFIGURE {
        read(installer, before, &mut pairs);
    } else {
        check_free(installer, before)?;
    }
    pairs.insert(0, ("DSN".to_owned(), before.to_owned()));
    let answer = ask(&pairs).map_err(|message| (Refusal::RequestFailed, message))?;
    let Some(mut pairs) = answer else {
        return Err((Refusal::UserCanceled, "the dialog was cancelled".to_owned()));
    };
    let name = take_name(&mut pairs);
    let is_renamed = !edited.eq_ignore_ascii_case(&name);
    if is_renamed {
        check_free(installer, &name)?;
    }
    // Made anew, so that what was emptied in the dialog is gone.
    add(installer, driver, &name, pairs)?;
    if is_renamed && !edited.is_empty() && !installer.remove(edited) {
        return Err(failed(edited, "removed"));
    }
    Ok(())
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

/// What the installer library itself keeps of a data source.
const DRIVER: &str = "Driver";
const DESCRIPTION: &str = "Description";
/// The file names of this driver, in lower case.
const LIBRARIES: [&str; 3] = ["exactodbc.dll", "libexactodbc.so", "libexactodbc.dylib"];

fn check_free(installer: &dyn Installer, data_source: &str) -> Done {
    if data_source.is_empty() || installer.read(data_source, DRIVER).is_empty() {
        return Ok(());
    }
    let message =
        format!("there is a data source \"{data_source}\" already; choose another name, or configure that one");
    Err((Refusal::InvalidDsn, message))
}

/// A data source of another driver is left alone.
fn check_own(installer: &dyn Installer, driver: &str, data_source: &str) -> Done {
    let found = installer.read(data_source, DRIVER);
    let library = found.to_ascii_lowercase();
    if found.is_empty() || found.eq_ignore_ascii_case(driver) || LIBRARIES.iter().any(|name| library.ends_with(name)) {
        return Ok(());
    }
    let message = format!("data source \"{data_source}\" is one of another driver ({found}); choose another name");
    Err((Refusal::InvalidDsn, message))
}

/// A data source that is made through a form names its division, and reads only unless writes are asked for (product.md
/// section 3).
fn add(installer: &dyn Installer, driver: &str, data_source: &str, mut pairs: Pairs) -> Done {
    check_name(installer, data_source)?;
    check_own(installer, driver, data_source)?;
    if check(&pairs)? == DivisionSetting::Current {
        return Err(no_division());
    }
    if !installer.add(data_source, driver) {
        return Err(failed(data_source, "added"));
    }
    if !is_given(&pairs, "Readonly") {
        pairs.push(("Readonly".to_owned(), "true".to_owned()));
    }
    write(installer, data_source, &pairs)
}

fn change(installer: &dyn Installer, driver: &str, data_source: &str, pairs: &Pairs) -> Done {
    check_name(installer, data_source)?;
    check_own(installer, driver, data_source)?;
    let division = check(pairs)?;
    if is_given(pairs, "Division") && division == DivisionSetting::Current {
        return Err(no_division());
    }
    write(installer, data_source, pairs)
}

fn no_division() -> (Refusal, String) {
    let message = "give Division=CODE: the number in the address bar of Exact Online after \"division=\"";
    (Refusal::InvalidKeywordValue, message.to_owned())
}

/// Whether a property is among the attributes, under any of its names.
fn is_given(pairs: &Pairs, property: &str) -> bool {
    pairs.iter().any(|(key, _)| settings::find(key).is_some_and(|one| one.name == property))
}

fn write(installer: &dyn Installer, data_source: &str, pairs: &Pairs) -> Done {
    let written = pairs.iter().all(|(key, value)| installer.write(data_source, key, value));
    if written { Ok(()) } else { Err(failed(data_source, "written")) }
}

/// What the data source holds already, behind what is given.
fn read(installer: &dyn Installer, data_source: &str, pairs: &mut Pairs) {
    for property in settings::PROPERTIES {
        let names = std::iter::once(property.name).chain(property.aliases.iter().copied());
        let value = names.map(|name| installer.read(data_source, name)).find(|value| !value.is_empty());
        if let (false, Some(value)) = (is_given(pairs, property.name), value) {
            pairs.push((property.name.to_owned(), value));
        }
    }
    let description = installer.read(data_source, DESCRIPTION);
    if !description.is_empty() && !pairs.iter().any(|(key, _)| key.eq_ignore_ascii_case(DESCRIPTION)) {
        pairs.push((DESCRIPTION.to_owned(), description));
    }
}

/// Values are checked as a connection would check them, and a key that no property has is a mistake. Gives the division.
fn check(pairs: &[(String, String)]) -> Result<DivisionSetting, (Refusal, String)> {
    let refused = |message: String| Err((Refusal::InvalidKeywordValue, message));
    match Settings::from_pairs(pairs, &[]) {
        Err(error) => refused(error.to_string()),
        Ok((found, notices)) => match notices.into_iter().find(|notice| notice.message.starts_with("unknown")) {
            Some(notice) => refused(notice.message),
            None => Ok(found.division),
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
            let value = match (data_source, key) {
                ("Books", "Region") => "NL",
                ("Books", "Description") => "Of the company",
                ("Books", "Driver") => r"C:\Exact Online ODBC\ExactODBC.dll",
                ("Taken", "Driver") => "Exact Online",
                ("Stock", "Driver") => "SQL Server",
                _ => "",
            };
            value.to_owned()
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
        let description = pair("Description", "Of the company");
        assert_eq!(shown.take(), [pair("DSN", "Books"), pair("Division", "1"), pair("Region", "NL"), description]);
        let expected = ["add New Exact Online", "New Division=5512", "New Readonly=false", "remove Books"];
        assert_eq!((done, notes), (true, expected.map(str::to_owned).to_vec()));
        let cancelled = asked(ADD, &[], Some(&|_| Ok(None)));
        assert_eq!(cancelled, (false, vec!["UserCanceled".to_owned()]));
        let broken = asked(ADD, &[], Some(&|_| Err("no window".to_owned())));
        assert_eq!(broken, (false, vec!["RequestFailed".to_owned()]));
    }

    #[test]
    fn a_dialog_replaces_the_data_source_that_it_shows_and_no_other() {
        let answering = |request, shown: &str, name: &str| {
            let ask =
                |_: &Pairs| Ok(Some(vec![("DSN".to_owned(), name.to_owned()), ("Division".into(), "5512".into())]));
            asked(request, &[&format!("DSN={shown}")], Some(&ask))
        };
        let (done, notes) = answering(CONFIGURE, "Books", "BOOKS");
        assert!(
            done && notes.first().unwrap() == "add BOOKS Exact Online" && notes.last().unwrap() != "remove Books",
            "{notes:?}"
        );
        for (request, shown, name) in
            [(CONFIGURE, "Books", "Taken"), (CONFIGURE, "Books", "Stock"), (ADD, "", "Taken"), (ADD, "New", "Stock")]
        {
            assert_eq!(answering(request, shown, name), (false, vec!["InvalidDsn".to_owned()]), "{name}");
        }
        let unseen = |_: &Pairs| -> Result<Option<Pairs>, String> { panic!("the dialog was opened") };
        assert_eq!(asked(ADD, &["DSN=Taken"], Some(&unseen)), (false, vec!["InvalidDsn".to_owned()]));
    }

    #[test]
    fn a_data_source_of_another_driver_is_left_alone() {
        for (request, name, done) in
            [(ADD, "Books", true), (ADD, "Taken", true), (ADD, "Stock", false), (CONFIGURE, "Stock", false)]
        {
            assert_eq!(run(request, &[&format!("DSN={name}"), "Division=5512"]).0, done, "{name}");
        }
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
            (ADD, vec!["DSN=x", "Region=NL"], Refusal::InvalidKeywordValue),
            (ADD, vec!["DSN=x", "Database="], Refusal::InvalidKeywordValue),
            (CONFIGURE, vec!["DSN=x", "Division="], Refusal::InvalidKeywordValue),
            (CONFIGURE, vec!["DSN=x", "Colour=red"], Refusal::InvalidKeywordValue),
            (CONFIGURE, vec!["DSN=x", "Region"], Refusal::InvalidKeywordValue),
            (9, vec!["DSN=x"], Refusal::InvalidRequestType),
        ] {
            assert_eq!(run(request, &attributes), (false, vec![format!("{error:?}")]), "{attributes:?}");
        }
    }
}
