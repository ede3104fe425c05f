//! An aligned table for people.

use std::io::Write;

use anyhow::Result;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Column, Output};

/// Rows that are kept back to find the widths of the columns; later rows flow through.
const ROWS_MEASURED: usize = 500;
/// The widest a column gets on a terminal; longer values end in an ellipsis there.
const WIDEST: usize = 60;

/// An aligned table.
pub struct Table<W: Write> {
    writer: W,
    columns: Vec<Column>,
    widths: Vec<usize>,
    waiting: Vec<Vec<String>>,
    is_measured: bool,
    widest: usize,
}

impl<W: Write> Table<W> {
    /// `is_terminal`: long values are cut, so that rows stay on their line.
    pub fn new(writer: W, columns: Vec<Column>, is_terminal: bool) -> Table<W> {
        let widths = columns.iter().map(|column| column.name.width()).collect();
        let widest = if is_terminal { WIDEST } else { usize::MAX };
        Table { writer, columns, widths, waiting: Vec::new(), is_measured: false, widest }
    }

    fn print_head(&mut self) -> Result<()> {
        self.is_measured = true;
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        self.print(&names)?;
        let rules: Vec<String> = self.widths.iter().map(|width| "-".repeat(*width)).collect();
        self.print(&rules)?;
        for row in std::mem::take(&mut self.waiting) {
            self.print(&row)?;
        }
        Ok(())
    }

    fn print(&mut self, values: &[String]) -> Result<()> {
        let mut line = String::new();
        for ((value, column), width) in values.iter().zip(&self.columns).zip(&self.widths) {
            let padding = " ".repeat(width.saturating_sub(value.width()));
            let (before, after) = if column.kind.is_number() { (padding.as_str(), "") } else { ("", padding.as_str()) };
            line.extend([before, value, after, "  "]);
        }
        writeln!(self.writer, "{}", line.trim_end())?;
        Ok(())
    }
}

impl<W: Write> Output for Table<W> {
    fn row(&mut self, values: &[Option<String>]) -> Result<()> {
        let values: Vec<String> = values.iter().map(|value| shown(value.as_deref(), self.widest)).collect();
        if self.is_measured {
            return self.print(&values);
        }
        for (width, value) in self.widths.iter_mut().zip(&values) {
            *width = (*width).max(value.width());
        }
        self.waiting.push(values);
        if self.waiting.len() == ROWS_MEASURED { self.print_head() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<()> {
        if !self.is_measured {
            self.print_head()?;
        }
        Ok(self.writer.flush()?)
    }
}

/// On one line, at most `widest` wide. NULL is told from an empty text.
fn shown(value: Option<&str>, widest: usize) -> String {
    let Some(value) = value else { return "NULL".to_owned() };
    let line = value.replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
    if line.width() <= widest {
        return line;
    }
    let mut width = 1;
    let kept = line.chars().take_while(|c| {
        width += c.width().unwrap_or(0);
        width <= widest
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    fn columns() -> Vec<Column> {
        vec![Column::new("Code", Kind::Text), Column::new("N", Kind::Integer)]
    }

    fn row(code: &str, number: Option<&str>) -> [Option<String>; 2] {
        [Some(code.to_owned()), number.map(str::to_owned)]
    }

    fn table(is_terminal: bool, rows: &[[Option<String>; 2]]) -> String {
        let mut text = Vec::new();
        let mut table = Table::new(&mut text, columns(), is_terminal);
        rows.iter().for_each(|values| table.row(values).unwrap());
        table.finish().unwrap();
        drop(table);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let text = table(true, &[row("Zürich", Some("12")), row("a\nb", None), row("株式", Some("3"))]);
        assert_eq!(text, "Code       N\n------  ----\nZürich    12\na b     NULL\n株式       3\n");
        assert_eq!(table(true, &[]), "Code  N\n----  -\n");
    }

    #[test]
    fn long_values_are_cut_on_a_terminal_only() {
        let long = "x".repeat(100);
        let cut = table(true, &[row(&long, None)]);
        assert!(cut.contains(&format!("{}…  NULL", "x".repeat(59))), "{cut}");
        assert!(table(false, &[row(&long, None)]).contains(&long));
    }

    #[test]
    fn rows_flow_once_the_widths_are_known() {
        let rows: Vec<_> = (0..ROWS_MEASURED + 2).map(|n| row(&"c".repeat(n.min(7)), Some("1"))).collect();
        let text = table(true, &rows);
        assert_eq!(text.lines().count(), rows.len() + 2);
        // Seven of the code, two blanks, one digit.
        assert!(text.lines().skip(1).all(|line| line.chars().count() == 10), "{text}");
    }
}
