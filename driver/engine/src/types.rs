//! What DataFusion computes, brought to the few types that the ODBC floor knows.

use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, TimeUnit};
use exact_client::model::{Column, Entity, SqlType, model};
use exact_client::settings::Settings;

/// The longest text of a computed column whose length nothing limits.
const COMPUTED_TEXT: u32 = 4000;

/// Keys of the Arrow field metadata by which a result column remembers the column it came from.
pub const SCHEMA_KEY: &str = "exact.schema";
pub const TABLE_KEY: &str = "exact.table";
pub const COLUMN_KEY: &str = "exact.column";

/// The catalog column that an output field carries unchanged, if it does.
pub fn origin(field: &Field) -> Option<(&'static Entity, &'static Column)> {
    let metadata = field.metadata();
    let entity = model().find(metadata.get(SCHEMA_KEY).map(String::as_str), metadata.get(TABLE_KEY)?)?;
    let (_, column) = entity.column(metadata.get(COLUMN_KEY)?)?;
    (column.arrow_type() == *field.data_type()).then_some((entity, column))
}

/// The Arrow type in which a computed column leaves the engine.
pub fn delivered(data_type: &DataType) -> DataType {
    use DataType as T;
    match data_type {
        T::Boolean
        | T::UInt8
        | T::Int16
        | T::Int32
        | T::Int64
        | T::Float32
        | T::Float64
        | T::Utf8
        | T::Binary
        | T::Date32
        | T::Decimal128(..)
        | T::Time64(TimeUnit::Nanosecond) => data_type.clone(),
        T::Int8 => T::Int16,
        T::UInt16 => T::Int32,
        T::UInt32 | T::UInt64 => T::Int64,
        T::Float16 => T::Float32,
        T::Decimal32(precision, scale) | T::Decimal64(precision, scale) => T::Decimal128(*precision, *scale),
        T::Decimal256(_, scale) => T::Decimal128(DECIMAL128_MAX_PRECISION, *scale),
        T::Date64 => T::Timestamp(TimeUnit::Millisecond, None),
        T::Time32(_) | T::Time64(_) => T::Time64(TimeUnit::Nanosecond),
        T::Timestamp(TimeUnit::Second, _) => T::Timestamp(TimeUnit::Millisecond, None),
        T::Timestamp(unit, _) => T::Timestamp(*unit, None),
        T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => T::Binary,
        _ => T::Utf8,
    }
}

/// The SQL type of a column that was computed, from its delivered Arrow type.
pub fn computed(data_type: &DataType) -> SqlType {
    use DataType as T;
    match data_type {
        T::Boolean => SqlType::Boolean,
        T::UInt8 => SqlType::TinyInt,
        T::Int16 => SqlType::SmallInt,
        T::Int32 => SqlType::Integer,
        T::Int64 => SqlType::BigInt,
        T::Float32 => SqlType::Real,
        T::Float64 => SqlType::Double,
        T::Decimal128(precision, scale) => SqlType::Decimal { precision: *precision, scale: *scale },
        T::Date32 => SqlType::Date,
        T::Time64(_) => SqlType::Time { precision: 0 },
        T::Timestamp(unit, _) => SqlType::Timestamp {
            precision: match unit {
                TimeUnit::Second | TimeUnit::Millisecond => 3,
                TimeUnit::Microsecond => 6,
                TimeUnit::Nanosecond => 9,
            },
        },
        T::Binary => SqlType::LongVarBinary { length: 65_536 },
        _ => SqlType::VarChar { length: COMPUTED_TEXT },
    }
}

/// The SQL type of an output field: the catalog's where the field is a column of it.
pub fn sql_type(field: &Field, settings: &Settings) -> SqlType {
    match origin(field) {
        Some((_, column)) => column.sql_type(settings),
        None => computed(&delivered(field.data_type())),
    }
}
