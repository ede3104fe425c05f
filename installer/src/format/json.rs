//! A JSON array of objects, one line each.

use std::io::Write;

use anyhow::Result;

use super::{Column, Kind, Output};

pub struct Json<W: Write> {
    writer: W,
    columns: Vec<Column>,
    is_first: bool,
}

impl<W: Write> Json<W> {
    pub fn new(mut writer: W, columns: Vec<Column>) -> Result<Json<W>> {
        writer.write_all(b"[")?;
        Ok(Json { writer, columns, is_first: true })
    }

    fn value(&mut self, kind: Kind, value: Option<&str>) -> Result<()> {
        match (kind, value) {
            (_, None) => self.writer.write_all(b"null")?,
            (Kind::Bit, Some(bit)) => self.writer.write_all(if bit == "0" { b"false" } else { b"true" })?,
            // As it was written, so that no digit is lost.
            (kind, Some(number)) if kind.is_number() && is_json_number(number) => {
                self.writer.write_all(number.as_bytes())?;
            }
            (_, Some(text)) => serde_json::to_writer(&mut self.writer, text)?,
        }
        Ok(())
    }
}

fn is_json_number(text: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(text).is_ok()
}

impl<W: Write> Output for Json<W> {
    fn row(&mut self, values: &[Option<String>]) -> Result<()> {
        self.writer.write_all(if self.is_first { b"\n{" } else { b",\n{" })?;
        self.is_first = false;
        for (index, value) in values.iter().enumerate() {
            let Some(Column { name, kind }) = self.columns.get(index).cloned() else { break };
            if index > 0 {
                self.writer.write_all(b", ")?;
            }
            serde_json::to_writer(&mut self.writer, &name)?;
            self.writer.write_all(b": ")?;
            self.value(kind, value.as_deref())?;
        }
        Ok(self.writer.write_all(b"}")?)
    }

    fn finish(&mut self) -> Result<()> {
        self.writer.write_all(b"\n]\n")?;
        Ok(self.writer.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: &[[Option<&str>; 3]]) -> String {
        let columns = vec![
            Column::new("a \"b\"", Kind::Text),
            Column::new("n", Kind::Decimal { precision: 38, scale: 2 }),
            Column::new("yes", Kind::Bit),
        ];
        let mut text = Vec::new();
        let mut json = Json::new(&mut text, columns).unwrap();
        for row in rows {
            json.row(&row.map(|value| value.map(str::to_owned))).unwrap();
        }
        json.finish().unwrap();
        drop(json);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn numbers_keep_their_digits_and_bits_are_booleans() {
        let text = written(&[
            [Some("x\n\u{1F600}"), Some("123456789012345678901234567890.10"), Some("1")],
            [None, Some("NaN"), Some("0")],
        ]);
        assert_eq!(
            text,
            "[\n{\"a \\\"b\\\"\": \"x\\n\u{1F600}\", \"n\": 123456789012345678901234567890.10, \"yes\": true},\n\
             {\"a \\\"b\\\"\": null, \"n\": \"NaN\", \"yes\": false}\n]\n"
        );
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        assert_eq!(written(&[]), "[\n]\n");
    }
}
