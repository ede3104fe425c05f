//! Comma-separated values with a header (RFC 4180).

use std::io::{self, Write};

use anyhow::Result;

use super::{Column, Output};

/// NULL is an empty field.
pub struct Csv<W: Write>(csv::Writer<W>);

/// The error of the system behind one of csv's, which does not show it as its cause.
fn of_system(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

impl<W: Write> Csv<W> {
    pub fn new(writer: W, columns: &[Column]) -> Result<Csv<W>> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(columns.iter().map(|column| &column.name)).map_err(of_system)?;
        Ok(Csv(writer))
    }
}

impl<W: Write> Output for Csv<W> {
    fn row(&mut self, values: &[Option<String>]) -> Result<()> {
        let fields = values.iter().map(|value| value.as_deref().unwrap_or_default());
        Ok(self.0.write_record(fields).map_err(of_system)?)
    }

    fn finish(&mut self) -> Result<()> {
        Ok(self.0.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_need_it() {
        let mut text = Vec::new();
        let columns = [Column::new("Code", Kind::Text), Column::new("N", Kind::Integer)];
        let mut csv = Csv::new(&mut text, &columns).unwrap();
        csv.row(&[Some("a,\"b\"\nc".to_owned()), None]).unwrap();
        csv.finish().unwrap();
        drop(csv);
        assert_eq!(String::from_utf8(text).unwrap(), "Code,N\n\"a,\"\"b\"\"\nc\",\n");
    }
}
