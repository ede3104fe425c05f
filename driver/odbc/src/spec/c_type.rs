//! C types: what the application's buffers hold.

use crate::abi::text::Encoding;

/// A C type code of the application, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CType {
    Char,
    WChar,
    /// `SQL_C_WCHAR` of an application whose wide characters have four bytes.
    WChar32,
    Bit,
    Tiny,
    UTiny,
    Short,
    UShort,
    Long,
    ULong,
    Big,
    UBig,
    Float,
    Double,
    Numeric,
    Date,
    Time,
    Timestamp,
    Binary,
    Guid,
    Interval(Interval),
    Default,
    /// `SQL_ARD_TYPE` / `SQL_APD_TYPE`: as the descriptor record says.
    Descriptor,
}

/// Interval C types by their code (1 = year ... 13 = minute to second).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval(pub u8);

impl CType {
    /// The type of a code; `None` for a code that ODBC does not know (state HY003).
    #[must_use]
    pub fn of(code: i16) -> Option<CType> {
        Some(match code {
            1 => CType::Char,
            -8 => CType::WChar,
            -7 => CType::Bit,
            -6 | -26 => CType::Tiny,
            -28 => CType::UTiny,
            5 | -15 => CType::Short,
            -17 => CType::UShort,
            4 | -16 => CType::Long,
            -18 => CType::ULong,
            -25 => CType::Big,
            -27 => CType::UBig,
            7 => CType::Float,
            8 => CType::Double,
            2 => CType::Numeric,
            9 | 91 => CType::Date,
            10 | 92 => CType::Time,
            11 | 93 => CType::Timestamp,
            -2 => CType::Binary,
            -11 => CType::Guid,
            101..=113 => CType::Interval(Interval((code - 100).unsigned_abs() as u8)),
            99 => CType::Default,
            -99 | -100 => CType::Descriptor,
            _ => return None,
        })
    }

    /// This type where wide characters have the encoding that the connection speaks.
    #[must_use]
    pub fn spoken_as(self, wide: Encoding) -> CType {
        if self == CType::WChar && wide == Encoding::Utf32 { CType::WChar32 } else { self }
    }

    /// How text of this type is encoded.
    #[must_use]
    pub fn encoding(self) -> Encoding {
        match self {
            CType::WChar => Encoding::Utf16,
            CType::WChar32 => Encoding::Utf32,
            _ => Encoding::Utf8,
        }
    }

    /// Bytes of a value of this type; 0 for types whose length varies. Array elements of fixed
    /// types stand this far apart in column-wise binding.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            CType::Bit | CType::Tiny | CType::UTiny => 1,
            CType::Short | CType::UShort => 2,
            CType::Long | CType::ULong | CType::Float => 4,
            CType::Big | CType::UBig | CType::Double => 8,
            CType::Numeric => 19,
            CType::Date | CType::Time => 6,
            CType::Timestamp | CType::Guid => 16,
            CType::Interval(_) => 28,
            CType::Char | CType::WChar | CType::WChar32 | CType::Binary | CType::Default | CType::Descriptor => 0,
        }
    }
}
