//! Every command line that README, guide, scripts and tests show is one that the program understands.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::cli::Cli;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The files below these folders with one of these ends.
fn files(folders: &[&str], ends: &[&str]) -> Vec<PathBuf> {
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if ends.iter().any(|end| path.to_string_lossy().ends_with(end)) {
            found.push(path);
        }
    }
    found
}

/// What stands behind the program's name in a line of a shell, up to where the shell's own signs begin.
fn after_the_name(line: &str) -> Option<String> {
    let start = line.find("exact-odbc").filter(|start| {
        let before = line.get(..*start).unwrap_or_default();
        before.is_empty() || before.ends_with(['/', ' ', '"', '`'])
    })?;
    let rest = line.get(start + "exact-odbc".len()..)?;
    let rest = rest.strip_prefix(".exe").unwrap_or(rest);
    let rest = rest.strip_prefix('"').unwrap_or(rest).strip_prefix(' ')?;
    let mut quote = None;
    let end = rest.char_indices().find(|(_, c)| match (quote, c) {
        (None, '"' | '\'') => {
            quote = Some(*c);
            false
        }
        (Some(open), c) if open == *c => {
            quote = None;
            false
        }
        (None, '|' | ';' | '&' | '>' | '#' | '`' | ')') => true,
        _ => false,
    });
    Some(rest.get(..end.map_or(rest.len(), |(at, _)| at))?.trim().to_owned())
}

/// `X` stands for what is not known here, and may be no value of its argument.
fn check(place: &str, mut arguments: Vec<String>) {
    use clap::error::ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion, InvalidValue, MissingRequiredArgument,
        MissingSubcommand, ValueValidation,
    };
    // What a script hands on.
    arguments.retain(|argument| argument != "$@");
    let line = arguments.join(" ");
    // Windows alone has this one.
    if cfg!(not(windows)) && line.starts_with("dsn edit") {
        return;
    }
    if let Err(error) = Cli::try_parse_from(std::iter::once("exact-odbc".to_owned()).chain(arguments.clone())) {
        let is_unknown = matches!(error.kind(), InvalidValue | ValueValidation) && arguments.iter().any(|a| a == "X");
        // A text that only names the command.
        let is_name = arguments.len() <= 2
            && matches!(
                error.kind(),
                InvalidValue | MissingRequiredArgument | MissingSubcommand | DisplayHelpOnMissingArgumentOrSubcommand
            );
        let is_fine = is_unknown || is_name || matches!(error.kind(), DisplayHelp | DisplayVersion);
        assert!(is_fine, "{place}: exact-odbc {line}\n{error}");
    }
}

/// Whether a line is a command: the first word is one of the program's.
fn is_command(arguments: &[String]) -> bool {
    use clap::CommandFactory;
    arguments.first().is_some_and(|first| Cli::command().find_subcommand(first).is_some())
}

#[test]
fn of_the_documents() {
    let mut seen = 0;
    let mut documents = files(&["connectors", "guide", "python", "installer"], &[".md", ".sh"]);
    documents
        .extend(["README.md", "installer/packages/test", "installer/packages/build"].map(|file| root().join(file)));
    for file in documents {
        let text = fs::read_to_string(&file).unwrap();
        // In the text of a document a command stands between backquotes; a line of code is indented.
        let is_document = file.extension().is_some_and(|end| end == "md");
        let lines = text.lines().flat_map(|line| {
            let is_code = !is_document || line.starts_with("    ");
            let parts: Vec<&str> = if is_code { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
            parts
        });
        for arguments in lines.filter_map(after_the_name).filter_map(|line| shell_words::split(&line).ok()) {
            if is_command(&arguments) {
                seen += 1;
                check(&file.display().to_string(), arguments);
            }
        }
    }
    assert!(seen > 30, "only {seen} command lines were found");
}

/// The arguments of a call in Python: texts as they are, anything else as `X`. `None` where a list is spread out.
fn arguments(call: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut depth = 0_i32;
    let mut quote: Option<char> = None;
    let mut part = String::new();
    for c in call.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if quote.is_none() && (depth < 0 || (depth == 0 && c == ',')) {
            found.push(std::mem::take(&mut part).trim().to_owned());
            if depth < 0 {
                break;
            }
        } else {
            part.push(c);
        }
    }
    let given = found.into_iter().filter(|part| !part.is_empty());
    let is_text = |part: &str| part.starts_with('"') && part.ends_with('"') && part.matches('"').count() == 2;
    let is_named =
        |part: &str| part.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase()));
    let mut arguments = Vec::new();
    for part in given {
        if part.starts_with('*') {
            return None;
        }
        match part {
            part if is_text(&part) => arguments.push(part.trim_matches('"').to_owned()),
            part if is_named(&part) => {}
            _ => arguments.push("X".to_owned()),
        }
    }
    Some(arguments)
}

#[test]
fn of_the_tests() {
    let mut seen = 0;
    for file in files(&["tests"], &[".py"]) {
        let text = fs::read_to_string(&file).unwrap();
        for name in ["program(", "exact_odbc("] {
            for (at, _) in text.match_indices(name) {
                let call = text.get(at + name.len()..).unwrap_or_default();
                if let Some(arguments) = arguments(call).filter(|arguments| is_command(arguments)) {
                    seen += 1;
                    check(&file.display().to_string(), arguments);
                }
            }
        }
    }
    assert!(seen > 30, "only {seen} command lines were found");
}

#[test]
fn what_does_not_parse_is_found() {
    assert_eq!(after_the_name("sudo exact-odbc query --csv \"a | b\" | head").unwrap(), "query --csv \"a | b\"");
    assert_eq!(arguments("\"dsn\", \"add\", name, f\"B={x(1, 2)}\", check=False)").unwrap(), ["dsn", "add", "X", "X"]);
    let outcome = Cli::try_parse_from(["exact-odbc", "query", "--csv", "SELECT 1"]);
    assert_eq!(outcome.unwrap_err().kind(), clap::error::ErrorKind::UnknownArgument);
}
