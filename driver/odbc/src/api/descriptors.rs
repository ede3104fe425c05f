//! SQLGetDescField, SQLSetDescField, SQLGetDescRec, SQLSetDescRec and SQLCopyDesc.

use std::sync::Arc;

use exact_engine::model::SqlType;

use super::describe::{Field, column_field};
use super::{DescriptorCall, Outcome, Return, put_text};
use crate::abi::memory::Pointer;
use crate::abi::text::{TextIn, TextOut};
use crate::handle::column::ResultColumn;
use crate::handle::condition::{
    FUNCTION_SEQUENCE, Failure, GENERAL_ERROR, INCONSISTENT_DESCRIPTOR, INVALID_ATTRIBUTE_VALUE, INVALID_CURSOR_STATE,
    INVALID_FIELD, INVALID_INDEX, INVALID_PARAMETER_TYPE, IRD_IS_READ_ONLY, NOT_IMPLEMENTED,
};
use crate::handle::descriptor::{Descriptor, Record, Role};
use crate::handle::statement::Statement;
use crate::info::types::{Facts, type_row};
use crate::spec::attribute::stmt;
use crate::spec::desc::{self, Access};
use crate::spec::sequence::State;
use crate::spec::{NO_NULLS, NULLABLE, param, sql_type};

/// A value of a field, as wide as ODBC says it is.
enum Value {
    Short(i16),
    Long(i32),
    Length(usize),
    Pointer(Pointer),
    Text(String),
}

impl DescriptorCall<'_> {
    fn descriptor(&mut self) -> Result<&mut Descriptor, Failure> {
        self.descriptors.get_mut(self.index).ok_or_else(|| GENERAL_ERROR.because("the descriptor is gone"))
    }

    fn role(&self) -> Role {
        self.descriptors.get(self.index).map_or(Role::Explicit, |one| one.role)
    }

    /// The statement that an automatic descriptor belongs to.
    fn statement(&self) -> Option<&Statement> {
        self.statements.get(self.descriptors.get(self.index)?.statement?)
    }

    fn state(&self) -> Option<State> {
        self.statement().map(Statement::state)
    }

    /// The columns behind an IRD.
    fn columns(&self) -> Arc<[ResultColumn]> {
        self.statement().map(|statement| statement.columns.clone()).unwrap_or_else(|| Arc::new([]))
    }

    /// What the engine inferred for the parameters, with which the IPD is populated where the application has set nothing:
    /// type, and whether it may be NULL. Nothing where SQL_ATTR_ENABLE_AUTO_IPD is off.
    fn inferred(&self) -> Vec<(SqlType, bool)> {
        let statement = self.statement().filter(|_| self.role() == Role::ImplementationParameter);
        let statement = statement.filter(|statement| statement.attributes.enable_auto_ipd != 0);
        statement.and_then(|statement| statement.parameter_types().ok()).unwrap_or_default()
    }

    /// A field of a parameter as it was inferred.
    fn inferred_field(&self, number: usize, field: i16) -> Option<Result<Value, Failure>> {
        let (sql_type, nullable) = *self.inferred().get(number.checked_sub(1)?)?;
        let facts = Facts::of(sql_type, &self.core.open.as_ref()?.naming);
        Some(facts_field(&facts, nullable, field))
    }
}

/// SQLGetDescField.
pub fn get_field(
    call: &mut DescriptorCall<'_>,
    number: i16,
    field: i16,
    value: Pointer,
    text: &TextOut,
    length: Pointer,
) -> Outcome {
    if call.role().access(field) == Access::None {
        return Err(INVALID_FIELD.because(field));
    }
    let found = if desc::is_of_header(field) { header_field(call, field)? } else { record_field(call, number, field)? };
    let Some(found) = found else { return Ok(Return::NoData) };
    let size = match found {
        Value::Text(name) => {
            let diagnostics = &mut call.descriptor()?.diagnostics;
            put_text(text, &name, diagnostics)?;
            return Ok(Return::Done);
        }
        Value::Short(number) => {
            value.write(number);
            2
        }
        Value::Long(number) => {
            value.write(number);
            4
        }
        Value::Length(number) => {
            value.write(number);
            8
        }
        Value::Pointer(pointer) => {
            value.write(pointer.address());
            8
        }
    };
    length.write::<i32>(size);
    Ok(Return::Done)
}

fn header_field(call: &mut DescriptorCall<'_>, field: i16) -> Result<Option<Value>, Failure> {
    let columns = call.columns().len();
    let parameters = if field == desc::COUNT { call.inferred().len() } else { 0 };
    let role = call.role();
    let descriptor = call.descriptor()?;
    let header = &descriptor.header;
    Ok(Some(match field {
        desc::ALLOC_TYPE => Value::Short(descriptor.alloc_type()),
        desc::COUNT if role == Role::ImplementationRow => Value::Short(short(columns)),
        desc::COUNT => Value::Short(short(descriptor.count().max(parameters))),
        desc::ARRAY_SIZE => Value::Length(header.array_size),
        desc::ARRAY_STATUS_PTR => Value::Pointer(header.array_status),
        desc::BIND_OFFSET_PTR => Value::Pointer(header.bind_offset),
        desc::BIND_TYPE => Value::Long(i32::try_from(header.bind_type).unwrap_or(i32::MAX)),
        desc::ROWS_PROCESSED_PTR => Value::Pointer(header.rows_processed),
        _ => return Ok(None),
    }))
}

fn short(number: usize) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

/// A field of a record; `None` beyond the highest record.
fn record_field(call: &mut DescriptorCall<'_>, number: i16, field: i16) -> Result<Option<Value>, Failure> {
    let Ok(number) = usize::try_from(number) else { return Err(INVALID_INDEX.into()) };
    if call.role() == Role::ImplementationRow {
        return column_value(call, number, field);
    }
    let inferred = call.inferred_field(number, field);
    let descriptor = call.descriptor()?;
    let unset = descriptor.record(number).is_none_or(|record| record.concise_type == sql_type::UNKNOWN);
    if let Some(inferred) = inferred.filter(|_| unset) {
        return inferred.map(Some);
    }
    if number > descriptor.count() {
        return Ok(None);
    }
    let Some(record) = descriptor.record(number) else { return Ok(None) };
    let row = type_row(sql_type::odbc3(record.concise_type));
    Ok(Some(match field {
        desc::CONCISE_TYPE => Value::Short(record.concise_type),
        desc::TYPE => Value::Short(record.verbose_type),
        desc::DATETIME_INTERVAL_CODE => Value::Short(record.datetime_interval_code),
        desc::DATETIME_INTERVAL_PRECISION => Value::Long(record.datetime_interval_precision),
        desc::LENGTH => Value::Length(record.length),
        desc::OCTET_LENGTH => Value::Length(record.octet_length.unsigned_abs()),
        desc::PRECISION => Value::Short(record.precision),
        desc::SCALE => Value::Short(record.scale),
        desc::NUM_PREC_RADIX => {
            Value::Long(record.radix.unwrap_or_else(|| row.and_then(|row| row.radix).unwrap_or(0).into()))
        }
        desc::DATA_PTR => Value::Pointer(record.data),
        desc::INDICATOR_PTR => Value::Pointer(record.indicator),
        desc::OCTET_LENGTH_PTR => Value::Pointer(record.octet_length_pointer),
        desc::PARAMETER_TYPE => Value::Short(record.parameter_type),
        desc::NAME => Value::Text(record.name.clone()),
        desc::UNNAMED => Value::Short(if record.name.is_empty() { desc::IS_UNNAMED } else { desc::NAMED }),
        desc::NULLABLE => Value::Short(record.nullable),
        desc::TYPE_NAME => Value::Text(row.map_or(String::new(), |row| row.name.to_owned())),
        desc::UNSIGNED => Value::Short(row.is_some_and(|row| row.unsigned.unwrap_or(true)).into()),
        desc::CASE_SENSITIVE => Value::Long(row.is_some_and(|row| row.case_sensitive).into()),
        desc::FIXED_PREC_SCALE | desc::ROWVER => Value::Short(0),
        desc::LOCAL_TYPE_NAME => Value::Text(String::new()),
        _ => return Err(INVALID_FIELD.because(field)),
    }))
}

/// A field of a column of the IRD.
fn column_value(call: &DescriptorCall<'_>, number: usize, field: i16) -> Result<Option<Value>, Failure> {
    let columns = call.columns();
    match call.state() {
        Some(State::S1) => return Err(FUNCTION_SEQUENCE.because("nothing is prepared or executed")),
        Some(State::S4) => return Err(INVALID_CURSOR_STATE.because("the statement returned no rows")),
        _ => {}
    }
    let bookmarks = call.statement().map_or(stmt::UB_OFF, |statement| statement.attributes.use_bookmarks);
    let Some(column) = ResultColumn::find(&columns, bookmarks, number) else { return Ok(None) };
    let odbc2 = call.core.is_odbc2();
    let value = column_field(&column, field.cast_unsigned(), odbc2).ok_or_else(|| INVALID_FIELD.because(field))?;
    Ok(Some(match value {
        Field::Text(text) => Value::Text(text),
        Field::Number(number) => sized(field, number),
    }))
}

fn facts_field(facts: &Facts, nullable: bool, field: i16) -> Result<Value, Failure> {
    let (verbose, sub_code) = sql_type::verbose(facts.row.code);
    let number = match field {
        desc::TYPE_NAME => return Ok(Value::Text(facts.row.name.to_owned())),
        desc::NAME | desc::LOCAL_TYPE_NAME => return Ok(Value::Text(String::new())),
        desc::CONCISE_TYPE => facts.row.code.into(),
        desc::TYPE => verbose.into(),
        desc::DATETIME_INTERVAL_CODE => sub_code.into(),
        desc::LENGTH => facts.size.into(),
        desc::OCTET_LENGTH => facts.octets.into(),
        desc::PRECISION => facts.precision().into(),
        desc::SCALE => facts.scale().into(),
        desc::NULLABLE => i64::from(if nullable { NULLABLE } else { NO_NULLS }),
        desc::PARAMETER_TYPE => param::INPUT.into(),
        desc::UNNAMED => desc::IS_UNNAMED.into(),
        desc::UNSIGNED => facts.row.unsigned.unwrap_or(true).into(),
        desc::CASE_SENSITIVE => facts.is_text().into(),
        desc::NUM_PREC_RADIX => facts.row.radix.unwrap_or(0).into(),
        desc::FIXED_PREC_SCALE | desc::ROWVER | desc::DATETIME_INTERVAL_PRECISION => 0,
        _ => return Err(INVALID_FIELD.because(field)),
    };
    Ok(sized(field, number))
}

/// A number as wide as its field is (ODBC: SQLSetDescField, "Record Fields").
fn sized(field: i16, number: i64) -> Value {
    match field {
        desc::LENGTH | desc::OCTET_LENGTH | desc::DISPLAY_SIZE => Value::Length(usize::try_from(number).unwrap_or(0)),
        desc::AUTO_UNIQUE_VALUE | desc::CASE_SENSITIVE | desc::NUM_PREC_RADIX | desc::DATETIME_INTERVAL_PRECISION => {
            Value::Long(i32::try_from(number).unwrap_or(i32::MAX))
        }
        _ => Value::Short(i16::try_from(number).unwrap_or(i16::MAX)),
    }
}

/// SQLSetDescField.
pub fn set_field(call: &mut DescriptorCall<'_>, number: i16, field: i16, value: Pointer, text: TextIn) -> Outcome {
    let role = call.role();
    // Setting the pointer of a parameter's implementation record only checks the record.
    let checks = field == desc::DATA_PTR && role == Role::ImplementationParameter;
    match role.access(field) {
        Access::Write => {}
        _ if checks => {}
        _ if role == Role::ImplementationRow => return Err(IRD_IS_READ_ONLY.into()),
        Access::Read => return Err(INVALID_FIELD.because(format!("field {field} can only be read"))),
        Access::None => return Err(INVALID_FIELD.because(field)),
    }
    let descriptor = call.descriptor()?;
    if desc::is_of_header(field) {
        set_header_field(descriptor, field, value)?;
        return Ok(Return::Done);
    }
    let Ok(number) = usize::try_from(number) else { return Err(INVALID_INDEX.into()) };
    if number == 0 && !role.is_application() {
        return Err(INVALID_INDEX.because("the record 0 belongs to row descriptors"));
    }
    let Some(record) = descriptor.record_mut(number) else { return Err(INVALID_INDEX.into()) };
    if field == desc::NAME {
        record.name = text.read()?.unwrap_or_default();
        return Ok(Return::Done);
    }
    set_record_field(record, role, field, value)?;
    Ok(Return::Done)
}

fn set_header_field(descriptor: &mut Descriptor, field: i16, value: Pointer) -> Result<(), Failure> {
    let header = &mut descriptor.header;
    let number = value.address();
    match field {
        desc::COUNT => descriptor.set_count(usize::from(number as u16)),
        desc::ARRAY_SIZE if number == 0 => return Err(INVALID_ATTRIBUTE_VALUE.into()),
        desc::ARRAY_SIZE => header.array_size = number,
        desc::ARRAY_STATUS_PTR => header.array_status = value,
        desc::BIND_OFFSET_PTR => header.bind_offset = value,
        desc::BIND_TYPE => header.bind_type = number as u32 as usize,
        desc::ROWS_PROCESSED_PTR => header.rows_processed = value,
        _ => return Err(INVALID_FIELD.because(field)),
    }
    Ok(())
}

/// Setting a field of a bound record other than its buffers unbinds it; setting the data pointer checks
/// that the record is consistent.
fn set_record_field(record: &mut Record, role: Role, field: i16, value: Pointer) -> Result<(), Failure> {
    let number = value.address();
    let small = number as i16;
    match field {
        desc::DATA_PTR => {
            if !value.is_null() || !role.is_application() {
                record.check(role)?;
            }
            record.data = value;
            return Ok(());
        }
        desc::INDICATOR_PTR => {
            record.indicator = value;
            return Ok(());
        }
        desc::OCTET_LENGTH_PTR => {
            record.octet_length_pointer = value;
            return Ok(());
        }
        desc::OCTET_LENGTH => {
            record.octet_length = number.cast_signed();
            return Ok(());
        }
        desc::CONCISE_TYPE => record.set_concise_type(small),
        desc::TYPE => set_type(record, small),
        desc::DATETIME_INTERVAL_CODE => {
            let concise = sql_type::concise(record.verbose_type, small);
            record.set_concise_type(concise.ok_or_else(|| Failure::from(INCONSISTENT_DESCRIPTOR))?);
        }
        desc::DATETIME_INTERVAL_PRECISION => record.datetime_interval_precision = number as i32,
        desc::LENGTH => record.length = number,
        desc::PRECISION => record.precision = small,
        desc::SCALE => record.scale = small,
        desc::NUM_PREC_RADIX => record.radix = Some(number as i32),
        desc::PARAMETER_TYPE => match small {
            param::INPUT => record.parameter_type = small,
            param::INPUT_OUTPUT | param::OUTPUT => return Err(NOT_IMPLEMENTED.because("output parameters")),
            _ => return Err(INVALID_PARAMETER_TYPE.into()),
        },
        desc::UNNAMED if small == desc::IS_UNNAMED => record.name.clear(),
        _ => return Err(INVALID_FIELD.because(field)),
    }
    record.data = Pointer::NULL;
    Ok(())
}

/// Setting the type brings the fields that depend on it to their defaults.
fn set_type(record: &mut Record, verbose: i16) {
    record.set_concise_type(verbose);
    record.verbose_type = verbose;
    match verbose {
        // The sub-code that makes a concise type of it comes next.
        sql_type::DATETIME | sql_type::INTERVAL => record.datetime_interval_code = 0,
        sql_type::NUMERIC | sql_type::DECIMAL => (record.precision, record.scale) = (38, 0),
        _ => {}
    }
}

/// Where SQLGetDescRec writes; each may be null.
pub struct RecordOut {
    pub name: TextOut,
    pub kind: Pointer,
    pub sub_code: Pointer,
    pub length: Pointer,
    pub precision: Pointer,
    pub scale: Pointer,
    pub nullable: Pointer,
}

/// SQLGetDescRec.
pub fn get_record(call: &mut DescriptorCall<'_>, number: i16, out: &RecordOut) -> Outcome {
    let mut field = |field| {
        record_field(call, number, field).or_else(|failure| match failure.state {
            // Application records have neither a name nor nullability.
            "HY091" => Ok(Some(Value::Short(0))),
            _ => Err(failure),
        })
    };
    let shorts = [
        (desc::TYPE, out.kind),
        (desc::DATETIME_INTERVAL_CODE, out.sub_code),
        (desc::PRECISION, out.precision),
        (desc::SCALE, out.scale),
        (desc::NULLABLE, out.nullable),
    ];
    for (identifier, place) in shorts {
        match field(identifier)? {
            Some(Value::Short(value)) => place.write(value),
            Some(_) => {}
            None => return Ok(Return::NoData),
        }
    }
    if let Some(Value::Length(octets)) = field(desc::OCTET_LENGTH)? {
        out.length.write(octets);
    }
    let name = match field(desc::NAME)? {
        Some(Value::Text(name)) => name,
        _ => String::new(),
    };
    put_text(&out.name, &name, &mut call.descriptor()?.diagnostics)?;
    Ok(Return::Done)
}

/// The arguments of SQLSetDescRec.
pub struct RecordIn {
    pub number: i16,
    pub kind: i16,
    pub sub_code: i16,
    pub length: isize,
    pub precision: i16,
    pub scale: i16,
    pub data: Pointer,
    pub octet_length: Pointer,
    pub indicator: Pointer,
}

/// SQLSetDescRec.
pub fn set_record(call: &mut DescriptorCall<'_>, given: &RecordIn) -> Outcome {
    let role = call.role();
    if role == Role::ImplementationRow {
        return Err(IRD_IS_READ_ONLY.into());
    }
    if given.number == 0 && role == Role::ImplementationParameter {
        return Err(INVALID_INDEX.because("the record 0 belongs to row descriptors"));
    }
    let Ok(number) = usize::try_from(given.number) else { return Err(INVALID_INDEX.into()) };
    let concise =
        sql_type::concise(given.kind, given.sub_code).ok_or_else(|| Failure::from(INCONSISTENT_DESCRIPTOR))?;
    let mut record = Record::new(role);
    record.set_concise_type(concise);
    record.octet_length = given.length;
    record.length = given.length.max(0).unsigned_abs();
    (record.precision, record.scale) = (given.precision, given.scale);
    record.data = given.data;
    record.octet_length_pointer = given.octet_length;
    record.indicator = given.indicator;
    record.check(role)?;
    if let Some(place) = call.descriptor()?.record_mut(number) {
        *place = record;
    }
    Ok(Return::Done)
}

/// What SQLCopyDesc takes from its source.
pub struct Copied {
    header: crate::handle::descriptor::Header,
    records: Vec<Record>,
}

/// The fields of a descriptor, to be copied; those of an IRD become records of their types.
pub fn copy_from(call: &mut DescriptorCall<'_>) -> Result<Copied, Failure> {
    let role = call.role();
    let columns = call.columns();
    if role == Role::ImplementationRow {
        match call.state() {
            Some(State::S1) => return Err(FUNCTION_SEQUENCE.because("nothing is prepared or executed")),
            Some(State::S2 | State::S4) => return Err(INVALID_CURSOR_STATE.because("the statement has no columns")),
            _ => {}
        }
    }
    let descriptor = call.descriptor()?;
    let records = match role {
        Role::ImplementationRow => std::iter::once(Record::new(role)).chain(columns.iter().map(of_column)).collect(),
        _ => descriptor.records.clone(),
    };
    Ok(Copied { header: descriptor.header, records })
}

fn of_column(column: &ResultColumn) -> Record {
    let mut record = Record::new(Role::ImplementationRow);
    record.set_concise_type(column.facts.row.code);
    record.length = column.facts.size as usize;
    record.octet_length = column.facts.octets as isize;
    (record.precision, record.scale) = (column.facts.precision(), column.facts.scale());
    record.name.clone_from(&column.label);
    record
}

/// Puts copied fields into the target; HY016 for an IRD.
pub fn copy_to(call: &mut DescriptorCall<'_>, copied: Copied) -> Outcome {
    if call.role() == Role::ImplementationRow {
        return Err(IRD_IS_READ_ONLY.into());
    }
    let descriptor = call.descriptor()?;
    descriptor.header = copied.header;
    descriptor.records = copied.records;
    Ok(Return::Done)
}
