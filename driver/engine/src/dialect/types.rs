//! Type names of ODBC, SQL Server and MySQL, and what CAST and CONVERT make of them.

use datafusion::sql::sqlparser::ast::{CastKind, CharacterLength, DataType, ExactNumberInfo, Expr, TimezoneInfo};

use super::functions::filled;
use crate::error::Result;

/// The service's own dates are milliseconds; nanoseconds would not reach the years before 1678 and after 2262.
const MOMENT: DataType = DataType::Timestamp(Some(3), TimezoneInfo::None);

/// A type as DataFusion knows it, and what else its name asks for.
struct Target {
    data_type: DataType,
    /// Characters after which a text is cut.
    length: Option<u64>,
    guid: bool,
}

impl Target {
    fn of(data_type: &DataType) -> Self {
        let plain = |data_type| Target { data_type, length: None, guid: false };
        use DataType as T;
        plain(match data_type {
            T::Character(length)
            | T::Char(length)
            | T::CharacterVarying(length)
            | T::CharVarying(length)
            | T::Varchar(length)
            | T::Nvarchar(length) => return Target::text(characters(length.as_ref())),
            T::Clob(_)
            | T::CharacterLargeObject(_)
            | T::CharLargeObject(_)
            | T::TinyText
            | T::MediumText
            | T::LongText
            | T::Text
            | T::String(_) => T::Varchar(None),
            T::Uuid => return Target::guid(),
            T::Timestamp(None, TimezoneInfo::None) | T::Datetime(_) => MOMENT,
            T::Time(Some(_), zone) => T::Time(None, *zone),
            T::Bit(_) => T::Boolean,
            T::TinyInt(width) => T::TinyIntUnsigned(*width),
            T::MediumInt(width) => T::Int(*width),
            T::Signed | T::SignedInteger => T::BigInt(None),
            T::Unsigned | T::UnsignedInteger => T::BigIntUnsigned(None),
            T::Dec(info) | T::Decimal(info) | T::Numeric(info) => T::Decimal(*info),
            // FLOAT is the wide one unless fewer than 25 bits are asked for.
            T::Float(ExactNumberInfo::Precision(bits)) if *bits <= 24 => T::Real,
            T::Float(_) | T::Double(_) => T::DoublePrecision,
            T::Binary(_) | T::Blob(_) | T::TinyBlob | T::MediumBlob | T::LongBlob | T::Varbinary(_) | T::Bytes(_) => {
                T::Bytea
            }
            T::Custom(name, arguments) => match Target::named(&name.to_string(), arguments) {
                Some(target) => return target,
                None => data_type.clone(),
            },
            other => other.clone(),
        })
    }

    fn text(length: Option<u64>) -> Self {
        Target { data_type: DataType::Varchar(None), length, guid: false }
    }

    fn guid() -> Self {
        Target { data_type: DataType::Varchar(None), length: None, guid: true }
    }

    fn named(name: &str, arguments: &[String]) -> Option<Self> {
        let first = arguments.first().and_then(|argument| argument.parse().ok());
        let data_type = match name {
            "nchar" | "sql_char" | "sql_varchar" | "sql_wchar" | "sql_wvarchar" => return Some(Target::text(first)),
            "ntext" | "sysname" | "sql_longvarchar" | "sql_wlongvarchar" => return Some(Target::text(None)),
            "uniqueidentifier" | "sql_guid" => return Some(Target::guid()),
            "datetime2" | "smalldatetime" | "datetimeoffset" | "sql_timestamp" | "sql_type_timestamp" => MOMENT,
            "sql_date" | "sql_type_date" => DataType::Date,
            "sql_time" | "sql_type_time" => DataType::Time(None, TimezoneInfo::None),
            "sql_bit" => DataType::Boolean,
            "sql_tinyint" => DataType::TinyIntUnsigned(None),
            "sql_smallint" => DataType::SmallInt(None),
            "sql_integer" => DataType::Integer(None),
            "sql_bigint" => DataType::BigInt(None),
            "sql_real" => DataType::Real,
            "sql_float" | "sql_double" => DataType::DoublePrecision,
            "number" | "sql_decimal" | "sql_numeric" => DataType::Decimal(exact_number(arguments)),
            "sql_binary" | "sql_varbinary" | "sql_longvarbinary" | "image" => DataType::Bytea,
            "money" => DataType::Decimal(ExactNumberInfo::PrecisionAndScale(19, 4)),
            "smallmoney" => DataType::Decimal(ExactNumberInfo::PrecisionAndScale(10, 4)),
            _ => return None,
        };
        Some(Target { data_type, length: None, guid: false })
    }
}

fn exact_number(arguments: &[String]) -> ExactNumberInfo {
    let number = |index: usize| arguments.get(index).and_then(|argument| argument.trim().parse().ok());
    match (number(0), number(1)) {
        (Some(precision), Some(scale)) => {
            ExactNumberInfo::PrecisionAndScale(precision, i64::try_from(scale).unwrap_or(0))
        }
        (Some(precision), None) => ExactNumberInfo::Precision(precision),
        (None, _) => ExactNumberInfo::PrecisionAndScale(38, 10),
    }
}

fn characters(length: Option<&CharacterLength>) -> Option<u64> {
    match length {
        Some(CharacterLength::IntegerLength { length, .. }) => Some(*length),
        Some(CharacterLength::Max) | None => None,
    }
}

/// Whether a name that stands where a type may is one: `CONVERT(datetime2, x)` beside `CONVERT(x, SQL_DATE)`.
pub fn is_type(data_type: &DataType) -> bool {
    match data_type {
        DataType::Custom(name, arguments) => Target::named(&name.to_string(), arguments).is_some(),
        _ => true,
    }
}

/// The type of a literal such as `TIMESTAMP '…'`.
pub fn map(data_type: &mut DataType) {
    *data_type = Target::of(data_type).data_type;
}

/// CAST and CONVERT in the one form that DataFusion knows. `CONVERT(type, value, style)` of SQL Server gives or reads
/// dates in that style, lengths cut, and guids get their one spelling.
pub fn convert(expr: &mut Expr) -> Result<()> {
    let (value, data_type, kind, style) = match &*expr {
        Expr::Cast { expr: value, data_type, kind, .. } => (value.as_ref(), data_type, kind.clone(), None),
        Expr::Convert { expr: value, data_type: Some(data_type), is_try, styles, .. } => {
            let kind = if *is_try { CastKind::TryCast } else { CastKind::Cast };
            (value.as_ref(), data_type, kind, styles.first())
        }
        // CONVERT(text USING utf8): all text is Unicode.
        Expr::Convert { expr: value, data_type: None, .. } => {
            *expr = Expr::Nested(value.clone());
            return Ok(());
        }
        _ => return Ok(()),
    };
    let target = Target::of(data_type);
    let value = match style {
        Some(style) => styled(value, &target.data_type, style)?,
        None => value.clone(),
    };
    let cast = Expr::Cast { kind, expr: Box::new(value), data_type: target.data_type, array: false, format: None };
    *expr = match (target.length, target.guid) {
        (Some(length), _) => filled(&format!("left(_1, {length})"), &[cast])?,
        (None, true) => filled("lower(btrim(_1, '{}'))", &[cast])?,
        (None, false) => cast,
    };
    Ok(())
}

fn styled(value: &Expr, target: &DataType, style: &Expr) -> Result<Expr> {
    let arguments = [value.clone(), style.clone()];
    match target {
        DataType::Varchar(_) => filled("styled_text(_1, _2)", &arguments),
        DataType::Date | DataType::Timestamp(..) | DataType::Time(..) => filled("styled_moment(_1, _2)", &arguments),
        _ => Ok(value.clone()),
    }
}
