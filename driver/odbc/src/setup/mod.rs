//! The set-up entry points that unixODBC's installer library calls in the library that `Setup` names: ConfigDSN and
//! ConfigDriver. They never open a window: what is to be set stands in the attributes.

use exact_engine::settings::{self, Settings};

/// What the installer library does for a set-up library. Its answers are `false` where it has refused.
pub trait Installer {
    /// Makes an empty data source of this driver.
    fn add(&self, data_source: &str, driver: &str) -> bool;
    fn remove(&self, data_source: &str) -> bool;
    fn write(&self, data_source: &str, key: &str, value: &str) -> bool;
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
}

const ADD: u16 = 1;
const CONFIGURE: u16 = 2;
const REMOVE: u16 = 3;

/// ConfigDSN: adds, changes or removes a data source. `attributes` are `key=value`; one of them is `DSN`.
pub fn config_dsn(installer: &dyn Installer, request: u16, driver: &str, attributes: &[String]) -> bool {
    let done = configure(installer, request, driver, attributes);
    if let Err((error, message)) = &done {
        installer.refuse(*error, message);
    }
    done.is_ok()
}

fn configure(
    installer: &dyn Installer,
    request: u16,
    driver: &str,
    attributes: &[String],
) -> Result<(), (Refusal, String)> {
    let mut pairs = Vec::new();
    for attribute in attributes {
        let Some((key, value)) = attribute.split_once('=') else {
            return Err((Refusal::InvalidKeywordValue, format!("\"{attribute}\" is not of the form key=value")));
        };
        pairs.push((key.trim().to_owned(), value.trim().to_owned()));
    }
    let is_dsn = |key: &str| key.eq_ignore_ascii_case("DSN");
    let data_source = pairs.iter().find(|(key, _)| is_dsn(key)).map(|(_, value)| value.clone()).unwrap_or_default();
    pairs.retain(|(key, _)| !is_dsn(key));
    if data_source.is_empty() || !installer.is_valid(&data_source) {
        return Err((
            Refusal::InvalidDsn,
            format!("\"{data_source}\" is no name of a data source; give it as DSN=name"),
        ));
    }
    let failed = |what: &str| (Refusal::RequestFailed, format!("data source {data_source} could not be {what}"));
    match request {
        REMOVE => return if installer.remove(&data_source) { Ok(()) } else { Err(failed("removed")) },
        ADD | CONFIGURE => check(&pairs)?,
        other => return Err((Refusal::InvalidRequestType, format!("{other} is no request of ConfigDSN"))),
    }
    if request == ADD {
        if !installer.add(&data_source, driver) {
            return Err(failed("added"));
        }
        // A data source that is made through a form reads only, unless writes are asked for (product.md section 3).
        if !pairs.iter().any(|(key, _)| settings::find(key).is_some_and(|property| property.name == "Readonly")) {
            pairs.push(("Readonly".to_owned(), "true".to_owned()));
        }
    }
    for (key, value) in &pairs {
        if !installer.write(&data_source, key, value) {
            return Err(failed("written"));
        }
    }
    Ok(())
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
        fn is_valid(&self, data_source: &str) -> bool {
            !data_source.contains('[')
        }
        fn refuse(&self, error: Refusal, _: &str) {
            self.note(format!("{error:?}"));
        }
    }

    fn run(request: u16, attributes: &[&str]) -> (bool, Vec<String>) {
        let notebook = Notebook::default();
        let attributes: Vec<String> = attributes.iter().map(|one| (*one).to_owned()).collect();
        (config_dsn(&notebook, request, "Exact Online", &attributes), notebook.0.into_inner())
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
