//! SQLBindParameter, SQLDescribeParam, SQLParamData and SQLPutData, and the collection of values before an
//! execution.

use exact_engine::Value;

use super::fetch::numeric;
use super::{Outcome, Return, StatementCall, execute};
use crate::abi::memory::Pointer;
use crate::convert::default_c_type;
use crate::convert::parameter::{self, Declared};
use crate::handle::condition::{
    Condition, FUNCTION_SEQUENCE, Failure, INVALID_C_TYPE, INVALID_DEFAULT, INVALID_INDEX, INVALID_LENGTH,
    INVALID_NULL_POINTER, INVALID_PARAMETER_TYPE, INVALID_PRECISION, INVALID_SQL_TYPE, NOT_IMPLEMENTED, NULL_IN_PIECES,
    PIECES_NOT_ALLOWED,
};
use crate::handle::descriptor::{Descriptor, Places, Record};
use crate::handle::statement::{NeedData, Sending};
use crate::info::types::{Facts, is_of_parameters};
use crate::spec::c_type::CType;
use crate::spec::{DATA_AT_EXEC, DEFAULT_PARAM, LEN_DATA_AT_EXEC_OFFSET, NTS, NULL_DATA, NULLABLE, param, sql_type};

/// The arguments of SQLBindParameter.
pub struct Binding {
    pub number: u16,
    pub direction: i16,
    pub c_type: i16,
    pub sql_type: i16,
    pub column_size: usize,
    pub digits: i16,
    pub data: Pointer,
    pub room: isize,
    pub length: Pointer,
}

/// Writes the two records that are the binding: the C side in the APD, the SQL side in the IPD.
pub fn bind(call: &mut StatementCall<'_>, binding: &Binding) -> Outcome {
    check(binding)?;
    let number = usize::from(binding.number);
    if let Some(record) = call.apd()?.record_mut(number) {
        record.set_concise_type(binding.c_type);
        record.data = binding.data;
        record.octet_length = binding.room;
        record.octet_length_pointer = binding.length;
        record.indicator = binding.length;
    }
    if let Some(record) = call.ipd()?.record_mut(number) {
        record.set_concise_type(binding.sql_type);
        record.parameter_type = binding.direction;
        record.length = binding.column_size;
        record.precision = match record.verbose_type {
            sql_type::DATETIME | sql_type::INTERVAL => binding.digits,
            _ => i16::try_from(binding.column_size).unwrap_or(i16::MAX),
        };
        record.scale = binding.digits;
    }
    Ok(Return::Done)
}

fn check(binding: &Binding) -> Result<(), Failure> {
    if binding.number == 0 {
        return Err(INVALID_INDEX.because("parameters are counted from 1"));
    }
    if CType::of(binding.c_type).is_none() {
        return Err(INVALID_C_TYPE.because(binding.c_type));
    }
    if !is_of_parameters(binding.sql_type) {
        return Err(INVALID_SQL_TYPE.because(binding.sql_type));
    }
    if binding.room < 0 {
        return Err(INVALID_LENGTH.into());
    }
    let exact = [sql_type::NUMERIC, sql_type::DECIMAL].contains(&binding.sql_type);
    if exact && (binding.column_size > 38 || binding.digits > 38) {
        return Err(INVALID_PRECISION.because("at most 38 digits"));
    }
    match binding.direction {
        param::INPUT => {}
        param::INPUT_OUTPUT | param::OUTPUT => return Err(NOT_IMPLEMENTED.because("output parameters")),
        _ => return Err(INVALID_PARAMETER_TYPE.into()),
    }
    if binding.data.is_null() && binding.length.is_null() {
        return Err(INVALID_NULL_POINTER.because("neither a buffer nor a length is given"));
    }
    Ok(())
}

/// SQLDescribeParam: the types that the engine inferred. Each output may be null.
pub fn describe(
    call: &mut StatementCall<'_>,
    number: u16,
    data_type: Pointer,
    size: Pointer,
    digits: Pointer,
    nullable: Pointer,
) -> Outcome {
    let types = call.statement.parameter_types()?;
    let Some((inferred, may_be_null)) = usize::from(number).checked_sub(1).and_then(|index| types.get(index)) else {
        return Err(INVALID_INDEX.because(format!("the text has {} parameter markers", types.len())));
    };
    let facts = Facts::of(*inferred, &call.core.open()?.naming);
    let code = if call.core.is_odbc2() { sql_type::odbc2(facts.row.code) } else { facts.row.code };
    data_type.write(code);
    size.write(facts.size as usize);
    digits.write(facts.digits.unwrap_or(0));
    nullable.write(if *may_be_null { NULLABLE } else { 0 });
    Ok(Return::Done)
}

/// What collecting the parameters gives. A set that the application wants ignored is `None`.
pub enum Gathered {
    Complete(Vec<Option<Vec<Value>>>),
    NeedData(NeedData),
}

/// How one parameter of one set is given.
enum Given {
    Value(Value),
    /// SQLPutData will bring it.
    Later,
}

/// Collects the values of every set, up to the first parameter whose data is still to come.
pub fn gather(call: &mut StatementCall<'_>) -> Result<Gathered, Failure> {
    let markers = call.statement.marker_count();
    let bound = call.apd()?.count();
    call.statement.check_bound(bound)?;
    let sets = if markers == 0 { 1 } else { call.apd()?.header.array_size.max(1) };
    collect(call, NeedData { complete: Vec::new(), values: Vec::new(), sending: None }, markers, sets)
}

/// Goes on collecting from where `state` stands.
fn collect(
    call: &mut StatementCall<'_>,
    mut state: NeedData,
    markers: usize,
    sets: usize,
) -> Result<Gathered, Failure> {
    while state.complete.len() < sets {
        let set = state.complete.len();
        if is_ignored(call, set)? {
            state.complete.push(None);
            continue;
        }
        while state.values.len() < markers {
            let number = state.values.len() + 1;
            match given(call, number, set) {
                Ok(Given::Value(value)) => state.values.push(value),
                Ok(Given::Later) => return Ok(Gathered::NeedData(state)),
                Err(failure) => return Err(failed(call, failure.at_column(number), set, sets)?),
            }
        }
        state.complete.push(Some(std::mem::take(&mut state.values)));
    }
    finish_status(call, sets)?;
    Ok(Gathered::Complete(state.complete))
}

/// The failure of a set, which ends the collection: the sets after it are not used.
fn failed(call: &mut StatementCall<'_>, mut failure: Failure, set: usize, sets: usize) -> Result<Failure, Failure> {
    let header = call.ipd()?.header;
    header.rows_processed.write(set + 1);
    for later in 0..sets {
        let status = match later.cmp(&set) {
            std::cmp::Ordering::Less => param::DIAG_UNAVAILABLE,
            std::cmp::Ordering::Equal => param::ERROR,
            std::cmp::Ordering::Greater => param::UNUSED,
        };
        header.array_status.at((later * size_of::<u16>()).cast_signed()).write(status);
    }
    failure.row = (sets > 1).then_some(set + 1);
    Ok(failure)
}

fn is_ignored(call: &mut StatementCall<'_>, set: usize) -> Result<bool, Failure> {
    let operations = call.apd()?.header.array_status;
    let operation = operations.at((set * size_of::<u16>()).cast_signed()).read::<u16>();
    Ok(operation == Some(param::IGNORE))
}

/// Every set is processed; those that fail later get their own status.
fn finish_status(call: &mut StatementCall<'_>, sets: usize) -> Result<(), Failure> {
    let header = call.ipd()?.header;
    header.rows_processed.write(sets);
    for set in 0..sets {
        let ignored = is_ignored(call, set)?;
        let status = if ignored { param::UNUSED } else { param::SUCCESS };
        header.array_status.at((set * size_of::<u16>()).cast_signed()).write(status);
    }
    Ok(())
}

/// How a parameter is bound.
struct Parts {
    places: Places,
    c_type: CType,
    /// What it is declared as, or else what was inferred.
    declared: Declared,
    /// Precision and scale of the descriptor, which count for `SQL_C_NUMERIC` where they are set.
    numeric: Option<(u8, i8)>,
}

fn parts(call: &mut StatementCall<'_>, number: usize) -> Result<Parts, Failure> {
    let described = call.statement.parameter_types()?;
    let (bound_type, leading) = call.ipd()?.record(number).map_or((sql_type::UNKNOWN, 0), |record| {
        (record.concise_type, u8::try_from(record.datetime_interval_precision).unwrap_or(0))
    });
    let naming = call.core.open()?.naming;
    let inferred = described.get(number.wrapping_sub(1)).map(|(inferred, _)| Facts::of(*inferred, &naming).row.code);
    let code = match bound_type {
        sql_type::UNKNOWN => inferred.unwrap_or(sql_type::VARCHAR),
        bound => bound,
    };
    let wide = call.core.wide;
    let apd: &Descriptor = call.apd()?;
    let record: &Record = apd.record(number).ok_or_else(|| INVALID_INDEX.because("the parameter is not bound"))?;
    let c_type = match CType::of(record.concise_type) {
        Some(CType::Default | CType::Descriptor) | None => default_c_type(code),
        Some(c_type) => c_type,
    };
    let c_type = c_type.spoken_as(wide);
    let places = Places::of(record, &apd.header, apd.offset(), c_type);
    Ok(Parts { places, c_type, declared: Declared { code, leading }, numeric: numeric(record) })
}

fn given(call: &mut StatementCall<'_>, number: usize, set: usize) -> Result<Given, Failure> {
    let Parts { places, c_type, declared, numeric } = parts(call, number)?;
    let indicator: Option<isize> = places.indicator(set).read();
    let length: Option<isize> = places.octet_length(set).read();
    match indicator {
        Some(NULL_DATA) => return Ok(Given::Value(Value::Null)),
        Some(DEFAULT_PARAM) => return default_of(call, number).map(Given::Value),
        _ => {}
    }
    if length.is_some_and(|length| length == DATA_AT_EXEC || length <= LEN_DATA_AT_EXEC_OFFSET) {
        return Ok(Given::Later);
    }
    let value = parameter::read(c_type, places.data(set), length, declared)?;
    Ok(Given::Value(parameter::coerce(rescaled(value, c_type, numeric), declared.code)?))
}

/// SQL_DEFAULT_PARAM: an argument of `{call ...}` that is left out, where it may be.
fn default_of(call: &StatementCall<'_>, number: usize) -> Result<Value, Failure> {
    if call.statement.is_omittable(number) {
        return Ok(Value::Null);
    }
    Err(INVALID_DEFAULT.because("it is no argument of {call ...} that may be left out"))
}

/// The value of a `SQL_NUMERIC_STRUCT` has the scale of the descriptor, if that gives one.
fn rescaled(value: Value, c_type: CType, numeric: Option<(u8, i8)>) -> Value {
    match (value, numeric) {
        (Value::Decimal { unscaled, .. }, Some((_, scale))) if c_type == CType::Numeric => {
            Value::Decimal { unscaled, scale }
        }
        (value, _) => value,
    }
}

/// SQLParamData: ends the parameter that was sent, and names the next one by the pointer that it was
/// bound with, or runs the statement.
pub fn param_data(call: &mut StatementCall<'_>, token: Pointer) -> Outcome {
    let Some(mut state) = call.statement.need_data.take() else {
        return Err(FUNCTION_SEQUENCE.because("no parameter data is awaited"));
    };
    let ended = end_sending(call, &mut state).and_then(|()| collect_again(call, state));
    match ended {
        Ok(Gathered::Complete(sets)) => execute::run(call, sets),
        Ok(Gathered::NeedData(mut state)) => {
            let places = parts(call, state.values.len() + 1)?.places;
            token.write(places.data(state.complete.len()).address());
            state.sending = Some(Sending { bytes: Vec::new(), null: false, begun: false });
            call.statement.need_data = Some(state);
            Ok(Return::NeedData)
        }
        Err(failure) => {
            give_up(call);
            Err(failure)
        }
    }
}

/// After a failure data is no longer awaited: the statement is prepared as before, or as new if it was not.
fn give_up(call: &mut StatementCall<'_>) {
    call.statement.need_data = None;
    if call.statement.prepared.as_ref().is_some_and(|prepared| !prepared.stays) {
        call.statement.close();
    }
}

fn end_sending(call: &mut StatementCall<'_>, state: &mut NeedData) -> Result<(), Failure> {
    if let Some(sending) = state.sending.take() {
        let number = state.values.len() + 1;
        state.values.push(sent(call, number, sending).map_err(|failure| failure.at_column(number))?);
    }
    Ok(())
}

fn collect_again(call: &mut StatementCall<'_>, state: NeedData) -> Result<Gathered, Failure> {
    let markers = call.statement.marker_count();
    let sets = call.apd()?.header.array_size.max(1);
    collect(call, state, markers, sets)
}

fn sent(call: &mut StatementCall<'_>, number: usize, sending: Sending) -> Result<Value, Failure> {
    let Parts { c_type, declared, numeric, .. } = parts(call, number)?;
    if sending.null {
        return Ok(Value::Null);
    }
    let value = parameter::for_type(c_type, &sending.bytes, declared)?;
    Ok(parameter::coerce(rescaled(value, c_type, numeric), declared.code)?)
}

/// SQLPutData: a piece of text or binary data, or a whole value of another type.
pub fn put_data(call: &mut StatementCall<'_>, data: Pointer, length: isize) -> Outcome {
    let Some(number) = call.statement.need_data.as_ref().map(|state| state.values.len() + 1) else {
        return Err(FUNCTION_SEQUENCE.because("no parameter data is awaited"));
    };
    let c_type = parts(call, number)?.c_type;
    let length = match length {
        DEFAULT_PARAM => {
            default_of(call, number).inspect_err(|_| give_up(call))?;
            NULL_DATA
        }
        other => other,
    };
    let Some(sending) = call.statement.need_data.as_mut().and_then(|state| state.sending.as_mut()) else {
        return Err(FUNCTION_SEQUENCE.because("call SQLParamData first"));
    };
    match put(sending, c_type, data, length) {
        Ok(()) => {
            sending.begun = true;
            Ok(Return::Done)
        }
        // NULL after a piece changes nothing; every other failure ends the execution.
        Err(condition) if condition == NULL_IN_PIECES => Err(condition.into()),
        Err(condition) => {
            give_up(call);
            Err(Failure::from(condition).at_column(number))
        }
    }
}

fn put(sending: &mut Sending, c_type: CType, data: Pointer, length: isize) -> Result<(), Condition> {
    if sending.null || (length == NULL_DATA && sending.begun) {
        return Err(NULL_IN_PIECES);
    }
    if length == NULL_DATA {
        sending.null = true;
        return Ok(());
    }
    let variable = c_type.size() == 0;
    if sending.begun && !variable {
        return Err(PIECES_NOT_ALLOWED);
    }
    let bytes = match length {
        _ if !variable => c_type.size(),
        length if length >= 0 => length.unsigned_abs(),
        length if length != NTS as isize => return Err(INVALID_LENGTH),
        _ => c_type.encoding().terminated_length(data) * c_type.encoding().unit(),
    };
    if data.is_null() && bytes > 0 {
        return Err(INVALID_NULL_POINTER);
    }
    data.with_bytes(bytes, |piece| sending.bytes.extend_from_slice(piece));
    Ok(())
}
