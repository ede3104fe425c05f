//! Types of columns: as the service names them, as SQL sees them, as Arrow holds them.

use arrow::datatypes::{DataType, TimeUnit};

/// The primitive types of the service (fact sheet 6.3). There is no `Edm.Decimal` anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdmType {
    String,
    Guid,
    DateTime,
    Double,
    Int16,
    Int32,
    Int64,
    Byte,
    Boolean,
    Binary,
}

impl EdmType {
    /// The type of the Arrow array that holds a column of this type.
    pub fn arrow_type(self) -> DataType {
        match self {
            Self::String | Self::Guid => DataType::Utf8,
            Self::DateTime => DataType::Timestamp(TimeUnit::Millisecond, None),
            Self::Double => DataType::Float64,
            Self::Int16 => DataType::Int16,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Byte => DataType::UInt8,
            Self::Boolean => DataType::Boolean,
            Self::Binary => DataType::Binary,
        }
    }

    /// The documented name, `Edm.Guid` for instance.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "Edm.String",
            Self::Guid => "Edm.Guid",
            Self::DateTime => "Edm.DateTime",
            Self::Double => "Edm.Double",
            Self::Int16 => "Edm.Int16",
            Self::Int32 => "Edm.Int32",
            Self::Int64 => "Edm.Int64",
            Self::Byte => "Edm.Byte",
            Self::Boolean => "Edm.Boolean",
            Self::Binary => "Edm.Binary",
        }
    }
}

/// The types that SQL users see. Lengths of text count characters, of binary bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlType {
    Boolean,
    /// Unsigned, as `Edm.Byte` is.
    TinyInt,
    SmallInt,
    Integer,
    BigInt,
    Real,
    Double,
    Decimal {
        precision: u8,
        scale: i8,
    },
    Char {
        length: u32,
    },
    VarChar {
        length: u32,
    },
    LongVarChar {
        length: u32,
    },
    /// Text of 36 or `SQL_GUID`; the ODBC layer decides by the property `MapGuid`.
    Guid,
    Date,
    Time {
        precision: u8,
    },
    Timestamp {
        precision: u8,
    },
    VarBinary {
        length: u32,
    },
    LongVarBinary {
        length: u32,
    },
}

/// What the name of a text column tells about its values, for want of lengths in the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextClass {
    /// A short code: country, currency, unit, journal and the like. Fixed-width in the service's database.
    Code,
    /// Notes, remarks, bodies of documents, custom fields.
    Long,
    /// Names, descriptions and everything else.
    Plain,
}

/// Declared length of a code.
pub const CODE_LENGTH: u32 = 60;
/// Declared length of notes, remarks, bodies and custom fields.
pub const LONG_LENGTH: u32 = 65_536;
/// Longer text is declared as long text.
pub const LONGEST_VARCHAR: u32 = 4_000;
/// Declared length of binary values: what one message can carry at most (fact sheet 3.6).
pub const BINARY_LENGTH: u32 = 38 * 1024 * 1024;

impl TextClass {
    /// The class of a text column of this name.
    pub fn of(name: &str) -> Self {
        const LONG_ENDINGS: [&str; 5] = ["Notes", "Note", "Remarks", "Body", "CustomField"];
        const CODE_ENDINGS: [&str; 12] = [
            "Code",
            "code",
            "Currency",
            "Unit",
            "Country",
            "Language",
            "CostCenter",
            "Costcenter",
            "CostUnit",
            "Costunit",
            "Journal",
            "Nationality",
        ];
        const CODES: [&str; 9] = [
            "Gender",
            "State",
            "Status",
            "Type",
            "PaymentCondition",
            "PaymentConditionPurchase",
            "PaymentConditionSales",
            "BalanceSide",
            "BalanceType",
        ];
        let ends_with_one_of = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends_with_one_of(&LONG_ENDINGS) {
            Self::Long
        } else if ends_with_one_of(&CODE_ENDINGS) || CODES.contains(&name) {
            Self::Code
        } else {
            Self::Plain
        }
    }
}

/// Whether a column of this name repeats the code of the account beside whose key it stands: `AccountCode` beside
/// `Account`. What that code is padded with may come along (fact sheet 6.5).
pub(super) fn is_account_code(name: &str) -> bool {
    const ACCOUNTS: [&str; 9] = [
        "Accountant",
        "Customer",
        "DeliverTo",
        "DeliveredTo",
        "DivisionCustomer",
        "InvoiceTo",
        "OrderedBy",
        "Reseller",
        "Supplier",
    ];
    let is_ledger = name.starts_with("GL") || name.starts_with("Gl");
    let of = name.strip_suffix("Code").filter(|_| !is_ledger);
    of.is_some_and(|of| of.ends_with("Account") || ACCOUNTS.contains(&of))
}

/// The SQL type of a column of type `edm`; `known_length` counts characters, `default_length` is the
/// property `DefaultStringSize`.
pub fn sql_type(edm: EdmType, class: TextClass, known_length: Option<u32>, default_length: u32) -> SqlType {
    match edm {
        EdmType::String => {
            let length = known_length.unwrap_or(match class {
                TextClass::Code => CODE_LENGTH,
                TextClass::Long => LONG_LENGTH,
                TextClass::Plain => default_length,
            });
            if length > LONGEST_VARCHAR { SqlType::LongVarChar { length } } else { SqlType::VarChar { length } }
        }
        EdmType::Guid => SqlType::Guid,
        EdmType::DateTime => SqlType::Timestamp { precision: 3 },
        EdmType::Double => SqlType::Double,
        EdmType::Int16 => SqlType::SmallInt,
        EdmType::Int32 => SqlType::Integer,
        EdmType::Int64 => SqlType::BigInt,
        EdmType::Byte => SqlType::TinyInt,
        EdmType::Boolean => SqlType::Boolean,
        EdmType::Binary => SqlType::LongVarBinary { length: BINARY_LENGTH },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_text_column_tells_its_length() {
        let cases = [
            ("Code", SqlType::VarChar { length: 60 }),
            ("VATCode", SqlType::VarChar { length: 60 }),
            ("Country", SqlType::VarChar { length: 60 }),
            ("SearchCode", SqlType::VarChar { length: 60 }),
            ("CountryName", SqlType::VarChar { length: 4000 }),
            ("CurrencyDescription", SqlType::VarChar { length: 4000 }),
            ("Name", SqlType::VarChar { length: 4000 }),
            ("Notes", SqlType::LongVarChar { length: 65_536 }),
            ("MarketingNotes", SqlType::LongVarChar { length: 65_536 }),
            ("CustomField", SqlType::LongVarChar { length: 65_536 }),
        ];
        for (name, expected) in cases {
            assert_eq!(sql_type(EdmType::String, TextClass::of(name), None, 4000), expected, "{name}");
        }
    }

    #[test]
    fn a_length_above_the_varchar_limit_makes_long_text() {
        let long = sql_type(EdmType::String, TextClass::Plain, None, 4001);
        assert_eq!(long, SqlType::LongVarChar { length: 4001 });
        let known = sql_type(EdmType::String, TextClass::Code, Some(18), 4000);
        assert_eq!(known, SqlType::VarChar { length: 18 });
    }
}
