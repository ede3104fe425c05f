//! SQLNumResultCols, SQLDescribeCol and SQLColAttribute.

use std::borrow::Cow;

use super::{Outcome, Return, StatementCall, put_text};
use crate::abi::memory::Pointer;
use crate::abi::text::TextOut;
use crate::handle::column::ResultColumn;
use crate::handle::condition::{Failure, INVALID_FIELD, INVALID_INDEX, NOT_A_CURSOR};
use crate::spec::{NO_NULLS, NULLABLE, desc, sql_type};

pub fn num_result_cols(call: &mut StatementCall<'_>, count: Pointer) -> Outcome {
    count.write(i16::try_from(call.statement.columns.len()).unwrap_or(i16::MAX));
    Ok(Return::Done)
}

/// Where SQLDescribeCol writes; each may be null.
pub struct Description {
    pub name: TextOut,
    pub data_type: Pointer,
    pub size: Pointer,
    pub digits: Pointer,
    pub nullable: Pointer,
}

pub fn describe_col(call: &mut StatementCall<'_>, number: u16, out: &Description) -> Outcome {
    let columns = call.statement.columns.clone();
    let column = column(&columns, call.statement.attributes.use_bookmarks, number)?;
    put_text(&out.name, &column.label, &mut call.statement.diagnostics)?;
    let code = column.facts.row.code;
    out.data_type.write(if call.core.is_odbc2() { sql_type::odbc2(code) } else { code });
    out.size.write(column.facts.size as usize);
    out.digits.write(column.facts.digits.unwrap_or(0));
    out.nullable.write(if column.nullable { NULLABLE } else { NO_NULLS });
    Ok(Return::Done)
}

/// A column, or column 0 where bookmarks are on.
fn column(columns: &[ResultColumn], use_bookmarks: usize, number: u16) -> Result<Cow<'_, ResultColumn>, Failure> {
    if columns.is_empty() {
        return Err(NOT_A_CURSOR.into());
    }
    ResultColumn::find(columns, use_bookmarks, number.into()).ok_or_else(|| match number {
        0 => INVALID_INDEX.because("bookmarks are off; set SQL_ATTR_USE_BOOKMARKS"),
        _ => INVALID_INDEX.because(format!("there are {} columns, not {number}", columns.len())),
    })
}

/// A field of a column: what SQLColAttribute and the IRD tell.
#[derive(Debug, PartialEq, Eq)]
pub enum Field {
    Text(String),
    Number(i64),
}

/// SQLColAttribute, also under the identifiers of SQLColAttributes (ODBC 2).
pub fn col_attribute(
    call: &mut StatementCall<'_>,
    number: u16,
    field: u16,
    text: &TextOut,
    numeric: Pointer,
) -> Outcome {
    let columns = call.statement.columns.clone();
    if field == desc::COUNT.cast_unsigned() || field == desc::odbc2::COUNT {
        numeric.write(columns.len().cast_signed());
        return Ok(Return::Done);
    }
    let column = column(&columns, call.statement.attributes.use_bookmarks, number)?;
    match column_field(&column, field, call.core.is_odbc2()).ok_or_else(|| INVALID_FIELD.because(field))? {
        Field::Text(value) => put_text(text, &value, &mut call.statement.diagnostics)?,
        Field::Number(value) => numeric.write(isize::try_from(value).unwrap_or(isize::MAX)),
    }
    Ok(Return::Done)
}

/// The value of a field of a column.
pub fn column_field(column: &ResultColumn, field: u16, odbc2: bool) -> Option<Field> {
    text_field(column, field).map(|text| Field::Text(text.to_owned())).or_else(|| {
        let number = number_field(column, field, odbc2)?;
        Some(Field::Number(number))
    })
}

fn text_field(column: &ResultColumn, field: u16) -> Option<&str> {
    let row = column.facts.row;
    if field == desc::odbc2::NAME {
        return Some(&column.label);
    }
    Some(match field.cast_signed() {
        desc::NAME | desc::LABEL => &column.label,
        desc::BASE_COLUMN_NAME => &column.base_name,
        desc::TABLE_NAME | desc::BASE_TABLE_NAME => &column.table,
        desc::SCHEMA_NAME => &column.schema,
        desc::CATALOG_NAME => &column.catalog,
        desc::TYPE_NAME => row.name,
        desc::LOCAL_TYPE_NAME => "",
        desc::LITERAL_PREFIX => row.prefix.unwrap_or_default(),
        desc::LITERAL_SUFFIX => row.suffix.unwrap_or_default(),
        _ => return None,
    })
}

fn number_field(column: &ResultColumn, field: u16, odbc2: bool) -> Option<i64> {
    let facts = &column.facts;
    let code = facts.row.code;
    let nullable = i64::from(if column.nullable { NULLABLE } else { NO_NULLS });
    match field {
        // ODBC 2: the length is in bytes, the precision is the column size.
        desc::odbc2::LENGTH => return Some(facts.octets.into()),
        desc::odbc2::PRECISION => return Some(facts.size.into()),
        desc::odbc2::SCALE => return Some(facts.digits.unwrap_or(0).into()),
        desc::odbc2::NULLABLE => return Some(nullable),
        _ => {}
    }
    let (verbose, sub_code) = sql_type::verbose(code);
    Some(match field.cast_signed() {
        desc::CONCISE_TYPE if odbc2 => sql_type::odbc2(code).into(),
        desc::CONCISE_TYPE => code.into(),
        desc::TYPE => verbose.into(),
        desc::DATETIME_INTERVAL_CODE => sub_code.into(),
        desc::DATETIME_INTERVAL_PRECISION => 0,
        desc::LENGTH => facts.size.into(),
        desc::OCTET_LENGTH => facts.octets.into(),
        desc::DISPLAY_SIZE => facts.display.into(),
        desc::PRECISION => facts.precision().into(),
        desc::SCALE => facts.scale().into(),
        desc::NULLABLE => nullable,
        desc::UNNAMED => i64::from(if column.label.is_empty() { desc::IS_UNNAMED } else { desc::NAMED }),
        // Types that are not numbers count as unsigned.
        desc::UNSIGNED => facts.row.unsigned.unwrap_or(true).into(),
        desc::FIXED_PREC_SCALE | desc::AUTO_UNIQUE_VALUE | desc::ROWVER => 0,
        desc::UPDATABLE => column.updatable.into(),
        desc::CASE_SENSITIVE => (facts.is_text() && column.case_sensitive).into(),
        desc::SEARCHABLE => facts.row.searchable.into(),
        desc::NUM_PREC_RADIX => facts.row.radix.unwrap_or(0).into(),
        desc::MINIMUM_SCALE => facts.row.scales.map_or(0, |(least, _)| least).into(),
        desc::MAXIMUM_SCALE => facts.row.scales.map_or(0, |(_, greatest)| greatest).into(),
        desc::PARAMETER_TYPE => 0,
        _ => return None,
    })
}
