//! unixODBC's configuration files as text: sections are changed in place, everything else stays as it was.

use anyhow::{Result, bail};

use crate::manager::{Pairs, check_name};

/// The longest value that unixODBC reads back whole (INI_MAX_PROPERTY_VALUE less its terminator).
const LONGEST_VALUE: usize = 999;

/// The lines of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ini {
    lines: Vec<String>,
}

impl Ini {
    /// Any text is a file; lines that mean nothing are kept.
    pub fn parse(text: &str) -> Ini {
        Ini { lines: text.lines().map(str::to_owned).collect() }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// The names of the sections, in order.
    pub fn sections(&self) -> Vec<String> {
        self.lines.iter().filter_map(|line| heading(line)).map(str::to_owned).collect()
    }

    /// What a section holds; `None` if there is no such section. Names are compared without case, as unixODBC does.
    pub fn section(&self, name: &str) -> Option<Pairs> {
        let (start, end) = self.extent(name)?;
        let body = self.lines.get(start + 1..end)?;
        Some(body.iter().filter_map(|line| pair(line)).map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    /// Sets keys of a section, which is made if it is missing. Other keys and comments of the section stay.
    ///
    /// Refuses names and values that unixODBC could not read back.
    pub fn set(&mut self, name: &str, pairs: &[(&str, &str)]) -> Result<()> {
        check_name(name)?;
        for (key, value) in pairs {
            check_pair(key, value)?;
        }
        if self.extent(name).is_none() {
            self.begin_section(name);
        }
        for (key, value) in pairs {
            self.set_one(name, key, value);
        }
        Ok(())
    }

    /// Removes a section with all its lines; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some((start, end)) = self.extent(name) else { return false };
        self.lines.drain(start..end);
        true
    }

    /// Removes a key of a section, where it stands.
    pub fn unset(&mut self, name: &str, key: &str) {
        let Some((start, end)) = self.extent(name) else { return };
        let body = self.lines.get(start + 1..end).unwrap_or_default();
        let found = body.iter().position(|line| pair(line).is_some_and(|(known, _)| known.eq_ignore_ascii_case(key)));
        if let Some(at) = found {
            self.lines.remove(start + 1 + at);
        }
    }

    fn begin_section(&mut self, name: &str) {
        if self.lines.last().is_some_and(|line| !line.trim().is_empty()) {
            self.lines.push(String::new());
        }
        self.lines.push(format!("[{name}]"));
    }

    fn set_one(&mut self, name: &str, key: &str, value: &str) {
        let Some((start, end)) = self.extent(name) else { return };
        let body = self.lines.get_mut(start + 1..end).unwrap_or_default();
        let known = body.iter_mut().find(|line| pair(line).is_some_and(|(known, _)| known.eq_ignore_ascii_case(key)));
        match known {
            Some(line) => *line = format!("{key} = {value}"),
            None => {
                let blank = body.iter().rev().take_while(|line| line.trim().is_empty()).count();
                self.lines.insert(end - blank, format!("{key} = {value}"));
            }
        }
    }

    /// The line of the heading, and the line after the section's last. Comments that stand right above the next
    /// heading belong to that one.
    fn extent(&self, name: &str) -> Option<(usize, usize)> {
        let start = self.lines.iter().position(|line| heading(line).is_some_and(|h| h.eq_ignore_ascii_case(name)))?;
        let after = self.lines.get(start + 1..)?;
        let Some(next) = after.iter().position(|line| heading(line).is_some()) else {
            return Some((start, self.lines.len()));
        };
        let body = after.get(..next)?;
        let introduction = body.iter().rev().take_while(|line| is_comment(line)).count();
        // Without a blank line before it a comment is the section's own last line.
        let is_apart = body.len() > introduction && body.get(body.len() - introduction - 1)?.trim().is_empty();
        Some((start, start + 1 + next - if is_apart { introduction } else { 0 }))
    }
}

fn heading(line: &str) -> Option<&str> {
    Some(line.trim().strip_prefix('[')?.split_once(']')?.0.trim())
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with([';', '#'])
}

fn pair(line: &str) -> Option<(&str, &str)> {
    if is_comment(line) || heading(line).is_some() {
        return None;
    }
    let (key, value) = line.split_once('=')?;
    Some((key.trim(), value.trim()))
}

fn check_pair(key: &str, value: &str) -> Result<()> {
    if value.chars().any(|c| matches!(c, '\n' | '\r' | '\0')) {
        bail!("the value of {key} has several lines; unixODBC's files hold one line per value");
    }
    if value.len() > LONGEST_VALUE {
        bail!("the value of {key} is {} bytes long; unixODBC reads {LONGEST_VALUE} at most", value.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "; drivers of this machine\n[A]\nDriver=a.so\n# keep\nUsageCount=2\n\n; about B\n[B]\nDriver = b.so\n";

    #[test]
    fn what_is_not_touched_stays() {
        let mut ini = Ini::parse(FILE);
        assert_eq!(ini.text(), FILE);
        ini.set("C", &[("Driver", "c.so"), ("Threading", "0")]).unwrap();
        assert_eq!(ini.text(), format!("{FILE}\n[C]\nDriver = c.so\nThreading = 0\n"));
        assert!(ini.remove("c"));
        assert_eq!(ini.text(), format!("{FILE}\n"));
    }

    #[test]
    fn a_key_is_changed_in_place_and_added_at_the_end_of_its_section() {
        let mut ini = Ini::parse(FILE);
        ini.set("a", &[("DRIVER", "new.so"), ("Threading", "0")]).unwrap();
        let changed = FILE.replace("Driver=a.so", "DRIVER = new.so").replace("Count=2\n", "Count=2\nThreading = 0\n");
        assert_eq!(ini.text(), changed);
        let again = ini.clone();
        ini.set("A", &[("DRIVER", "new.so"), ("Threading", "0")]).unwrap();
        assert_eq!(ini, again);
    }

    #[test]
    fn a_key_is_removed_and_nothing_else() {
        let mut ini = Ini::parse(FILE);
        ini.unset("a", "usagecount");
        ini.unset("A", "Setup");
        ini.unset("Z", "Driver");
        assert_eq!(ini.text(), FILE.replace("UsageCount=2\n", ""));
    }

    #[test]
    fn removing_a_section_leaves_the_comment_of_the_next() {
        let mut ini = Ini::parse(FILE);
        assert!(ini.remove("A"));
        assert_eq!(ini.text(), "; drivers of this machine\n; about B\n[B]\nDriver = b.so\n");
        assert!(!ini.remove("A"));
    }

    #[test]
    fn sections_are_read_without_comments() {
        let ini = Ini::parse(FILE);
        assert_eq!(ini.sections(), ["A", "B"]);
        let found = ini.section("A").unwrap();
        assert_eq!(found, [("Driver".into(), "a.so".into()), ("UsageCount".into(), "2".into())]);
        assert_eq!(ini.section("Z"), None);
    }

    #[test]
    fn what_unixodbc_could_not_read_back_is_refused() {
        let mut ini = Ini::parse("");
        for name in ["", "a]b", " a", "a=b", &"x".repeat(33)] {
            assert!(ini.set(name, &[("Driver", "a")]).is_err(), "{name}");
        }
        for value in ["a\nb", &"x".repeat(1_000)] {
            assert!(ini.set("A", &[("Driver", value)]).is_err());
        }
        assert_eq!(ini.text(), "");
    }
}
