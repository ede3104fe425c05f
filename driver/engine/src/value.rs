//! A parameter's value on its way from the application into a plan.

/// The value of one `?` marker, in the widest form of its family.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Unsigned(u64),
    Real(f64),
    Decimal {
        unscaled: i128,
        scale: i8,
    },
    Text(String),
    Binary(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since midnight.
    Time(i64),
    /// Seconds since 1970-01-01T00:00:00 without a time zone, and nanoseconds within the second.
    Timestamp(i64, u32),
    /// The sixteen bytes in the order of the text form.
    Guid([u8; 16]),
}
