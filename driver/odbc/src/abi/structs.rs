//! Structures that applications and driver exchange in buffers (`sqltypes.h`).

use super::memory::Plain;

/// `SQL_DATE_STRUCT`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Date {
    pub year: i16,
    pub month: u16,
    pub day: u16,
}

/// `SQL_TIME_STRUCT`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    pub hour: u16,
    pub minute: u16,
    pub second: u16,
}

/// `SQL_TIMESTAMP_STRUCT`; the fraction is in nanoseconds.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timestamp {
    pub year: i16,
    pub month: u16,
    pub day: u16,
    pub hour: u16,
    pub minute: u16,
    pub second: u16,
    pub fraction: u32,
}

/// `SQLGUID`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guid {
    pub d1: u32,
    pub d2: u16,
    pub d3: u16,
    pub d4: [u8; 8],
}

/// `SQL_NUMERIC_STRUCT`: sign 1 is positive, the value is little-endian and unscaled.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numeric {
    pub precision: u8,
    pub scale: i8,
    pub sign: u8,
    pub value: [u8; 16],
}

/// `SQL_INTERVAL_STRUCT`; year and month, or day to second with its fraction, in `fields`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    pub kind: i32,
    pub sign: i16,
    pub padding: i16,
    pub fields: [u32; 5],
}

// SAFETY: plain old data without invalid bit patterns.
unsafe impl Plain for Date {}
unsafe impl Plain for Time {}
unsafe impl Plain for Timestamp {}
unsafe impl Plain for Guid {}
unsafe impl Plain for Numeric {}
unsafe impl Plain for Interval {}
