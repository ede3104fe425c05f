//! `exact-odbc explain`: what SQL will take in API calls, told for a person, through the driver manager like `query`.

use std::collections::HashMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use odbc_api::{ConnectionOptions, Cursor, Environment, ResultSetMetadata};

use super::query::{self, told};
use crate::cli::ExplainArguments;
use crate::output;

/// A step by the names of its columns; those without a value are left out.
type Step = HashMap<String, String>;

/// Prints the explanation on standard output, in colours where it is a terminal.
pub fn run(arguments: &ExplainArguments) -> Result<()> {
    let outcome = steps(arguments).and_then(|steps| print(&steps, &mut anstream::stdout().lock()));
    query::WARNINGS.show();
    outcome
}

fn steps(arguments: &ExplainArguments) -> Result<Vec<Step>> {
    let connection_string = query::connection_string(&arguments.source)?;
    let environment = Environment::new().map_err(told)?;
    let connection =
        environment.connect_with_connection_string(&connection_string, ConnectionOptions::default()).map_err(told)?;
    let analyze = if arguments.analyze { "ANALYZE " } else { "" };
    let sql = format!("EXPLAIN {analyze}{}", arguments.sql);
    let progress = output::progress("waiting for Exact Online");
    let executed = connection.execute(&sql, (), None);
    progress.finish_and_clear();
    let Some(mut cursor) = executed.map_err(told)? else { return Ok(Vec::new()) };
    let names: Vec<String> = cursor.column_names().map_err(told)?.collect::<Result<_, _>>().map_err(told)?;
    let mut steps = Vec::new();
    let mut buffer = Vec::new();
    while let Some(mut row) = cursor.next_row().map_err(told)? {
        let mut step = Step::new();
        for (name, column) in names.iter().zip(1_u16..) {
            if row.get_text(column, &mut buffer).map_err(told)? {
                step.insert(name.clone(), String::from_utf8_lossy(&buffer).into_owned());
            }
        }
        steps.push(step);
    }
    Ok(steps)
}

const HEAD: Style = Style::new().bold();
const READ: Style = AnsiColor::Cyan.on_default().bold();
const LOCAL: Style = AnsiColor::Yellow.on_default();
const PUSHED: Style = AnsiColor::Green.on_default();
const FAINT: Style = Style::new().dimmed();

fn print(steps: &[Step], out: &mut impl Write) -> Result<()> {
    for step in steps {
        print_step(step, out)?;
    }
    Ok(out.flush()?)
}

fn print_step(step: &Step, out: &mut impl Write) -> io::Result<()> {
    let get = |name: &str| step.get(name).map(String::as_str);
    let operation = get("Operation").unwrap_or_default();
    let style = if get("AccessPath").is_some() { READ } else { HEAD };
    let number = get("Step").unwrap_or_default();
    let table = get("Table").map(|table| format!(" {table}")).unwrap_or_default();
    let path = get("AccessPath").map(|path| format!(" over the {path} path")).unwrap_or_default();
    let divisions = get("Divisions").map(|divisions| format!(" in {divisions}")).unwrap_or_default();
    writeln!(out, "{number:>3}  {style}{operation}{table}{style:#}{path}{divisions}")?;
    let mut line = |label: &str, style: Style, text: &str| writeln!(out, "     {label:<9}{style}{text}{style:#}");
    if let Some(detail) = get("Detail").filter(|detail| !detail.is_empty()) {
        line("", FAINT, detail)?;
    }
    for (label, name, style) in [("service", "Pushed", PUSHED), ("here", "Local", LOCAL)] {
        if let Some(text) = get(name) {
            line(label, style, text)?;
        }
    }
    if let Some(text) = expected(step) {
        line("expected", Style::new(), &text)?;
    }
    if let Some(text) = actual(step) {
        line("actual", HEAD, &text)?;
    }
    Ok(())
}

fn expected(step: &Step) -> Option<String> {
    let calls = step.get("Calls")?;
    let mut parts = vec![counted(calls, "call")];
    parts.extend(step.get("Pages").map(|pages| counted(pages, "page")));
    parts.extend(step.get("Rows").map(|rows| counted(rows, "row")));
    parts.extend(step.get("Minutes").map(|minutes| counted(minutes, "minute")));
    let basis = step.get("Basis").map(|basis| format!(" ({basis})")).unwrap_or_default();
    Some(parts.join(", ") + &basis)
}

fn actual(step: &Step) -> Option<String> {
    let seconds = step.get("ActualSeconds")?;
    let seconds = seconds.parse::<f64>().map_or_else(|_| seconds.clone(), |seconds| format!("{seconds:.2}"));
    let number = |name: &str| step.get(name).map_or("0", String::as_str);
    Some(format!(
        "{}, {}, {}, {seconds} s",
        counted(number("ActualCalls"), "call"),
        counted(number("ActualRows"), "row"),
        counted(number("ActualBytes"), "byte"),
    ))
}

fn counted(number: &str, noun: &str) -> String {
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(pairs: &[(&str, &str)]) -> Step {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn printed(step: &Step) -> String {
        let mut text = anstream::StripStream::new(Vec::new());
        print_step(step, &mut text).unwrap();
        String::from_utf8(text.into_inner()).unwrap()
    }

    #[test]
    fn a_read_is_told_with_its_request_and_its_cost() {
        let read = step(&[
            ("Step", "1"),
            ("Operation", "Read"),
            ("Table", "crm.Accounts"),
            ("AccessPath", "bulk"),
            ("Divisions", "5512"),
            ("Detail", "GET https://h/api"),
            ("Pushed", "1 of 9 columns"),
            ("Rows", "1"),
            ("Pages", "1"),
            ("Calls", "1"),
            ("Basis", "certain"),
            ("ActualCalls", "2"),
            ("ActualRows", "60"),
            ("ActualBytes", "700"),
            ("ActualSeconds", "0.125"),
        ]);
        let expected = "  1  Read crm.Accounts over the bulk path in 5512\n\
                        \u{20}             GET https://h/api\n\
                        \u{20}    service  1 of 9 columns\n\
                        \u{20}    expected 1 call, 1 page, 1 row (certain)\n\
                        \u{20}    actual   2 calls, 60 rows, 700 bytes, 0.12 s\n";
        assert_eq!(printed(&read), expected);
    }

    #[test]
    fn what_the_service_does_has_another_colour_than_what_is_done_here() {
        let read = step(&[
            ("Step", "1"),
            ("Operation", "Read"),
            ("AccessPath", "bulk"),
            ("Pushed", "1 of 9 columns"),
            ("Local", "Name > 'm'"),
        ]);
        let mut text = Vec::new();
        print_step(&read, &mut text).unwrap();
        let expected = "  1  \u{1b}[1m\u{1b}[36mRead\u{1b}[0m over the bulk path\n\
                        \u{20}    service  \u{1b}[32m1 of 9 columns\u{1b}[0m\n\
                        \u{20}    here     \u{1b}[33mName > 'm'\u{1b}[0m\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn what_is_done_here_costs_no_call() {
        let filter = step(&[("Step", "2"), ("Operation", "Filter"), ("Detail", "Name = 'x'"), ("Local", "Name = 'x'")]);
        assert_eq!(printed(&filter), "  2  Filter\n              Name = 'x'\n     here     Name = 'x'\n");
    }
}
