//! `exact-odbc doctor`: one page that finds what is wrong.

mod company;
mod machine;
mod network;
mod sign_in;

use anyhow::{Result, bail};
use exact_client::settings::Settings;

use super::dsn;
use crate::cli::DoctorArguments;
use crate::output;
use crate::session;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ok,
    /// It works, and there is something to know.
    Warn,
    Fail,
}

/// A line of the page.
#[derive(Debug)]
pub struct Finding {
    what: &'static str,
    state: State,
    text: String,
    /// What to do about it.
    remedy: Option<String>,
}

impl Finding {
    pub fn ok(what: &'static str, text: impl Into<String>) -> Self {
        Self { what, state: State::Ok, text: text.into(), remedy: None }
    }

    pub fn warn(what: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, state: State::Warn, text: text.into(), remedy: Some(remedy.into()) }
    }

    pub fn fail(what: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, state: State::Fail, text: text.into(), remedy: Some(remedy.into()) }
    }

    /// A check that came to an error, whose text says what to do.
    pub fn error(what: &'static str, error: &dyn std::fmt::Display) -> Self {
        Self { what, state: State::Fail, text: error.to_string(), remedy: None }
    }
}

/// Prints a line for each check, as soon as it is made. Fails if one of them has failed.
pub fn run(arguments: &DoctorArguments) -> Result<()> {
    let mut page = Page::default();
    page.add(machine::check())?;
    let settings = match source(arguments) {
        Ok((settings, finding)) => {
            page.add([finding])?;
            settings
        }
        Err(error) => {
            page.add([Finding::error("Data source", &format!("{error:#}"))])?;
            return page.close();
        }
    };
    let runtime = session::runtime()?;
    let reached = runtime.block_on(network::check(&settings));
    let goes_on = reached.iter().all(|finding| finding.state != State::Fail);
    page.add(reached)?;
    let (found, sign_in) = sign_in::check(&settings);
    page.add(found)?;
    if goes_on && sign_in {
        runtime.block_on(company::check(&settings, runtime.handle().clone(), &mut page))?;
    }
    page.close()
}

/// The settings that are looked into: of the data source named, of the only one, or those given.
fn source(arguments: &DoctorArguments) -> Result<(Settings, Finding)> {
    let mut pairs = dsn::properties(&arguments.properties, &mut std::io::stdin().lock())?;
    let named = match (&arguments.dsn, dsn::names()?) {
        (Some(name), _) => Some(name.clone()),
        (None, names) if pairs.is_empty() && names.len() == 1 => names.into_iter().next(),
        (None, names) if pairs.is_empty() && names.len() > 1 => {
            bail!("there are several; choose one with --dsn: {}", names.join(", "))
        }
        _ => None,
    };
    if let Some(name) = &named {
        pairs.extend(dsn::pairs(name)?);
    }
    let (settings, notices) = Settings::from_pairs(&pairs, &[])?;
    let text = match (&named, pairs.is_empty()) {
        (Some(name), _) => format!("{name}: {}", settings.base_url),
        (None, true) => format!("none yet; the defaults are looked into: {}", settings.base_url),
        (None, false) => format!("none; the properties given are looked into: {}", settings.base_url),
    };
    let finding = match notices.first() {
        Some(notice) => Finding::warn("Data source", format!("{text}; {}", notice.message), "take it out or mend it"),
        None if named.is_none() && pairs.is_empty() => {
            Finding::warn("Data source", text, "make one with: exact-odbc dsn add NAME Region=NL Division=CODE")
        }
        None => Finding::ok("Data source", text),
    };
    Ok((settings, finding))
}

/// What was found so far.
#[derive(Default)]
pub struct Page {
    warnings: usize,
    failures: usize,
}

impl Page {
    pub fn add(&mut self, findings: impl IntoIterator<Item = Finding>) -> Result<()> {
        for finding in findings {
            let state = match finding.state {
                State::Ok => "ok  ",
                State::Warn => "warn",
                State::Fail => "FAIL",
            };
            self.warnings += usize::from(finding.state == State::Warn);
            self.failures += usize::from(finding.state == State::Fail);
            output::line(format_args!("{state}  {:<15} {}", finding.what, finding.text))?;
            if let Some(remedy) = finding.remedy {
                output::line(format_args!("      {:<15} -> {remedy}", ""))?;
            }
        }
        Ok(())
    }

    fn close(self) -> Result<()> {
        output::line("")?;
        let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        match (self.failures, self.warnings) {
            (0, 0) => output::line("All is well."),
            (0, warnings) => output::line(format_args!("It works; {}.", plural(warnings, "warning", "warnings"))),
            (failures, _) => bail!("{} failed", plural(failures, "check", "checks")),
        }
    }
}
