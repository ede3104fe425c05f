//! The rate headers of an answer (fact sheet 7.2). Each is read for itself: on a refusal some are missing or 0.

/// What an answer says about the limits; times are milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateHeaders {
    pub day_limit: Option<u32>,
    pub day_remaining: Option<u32>,
    pub day_reset: Option<i64>,
    pub minute_limit: Option<u32>,
    pub minute_remaining: Option<u32>,
    pub minute_reset: Option<i64>,
}

impl RateHeaders {
    /// `header` looks a header of the answer up.
    pub fn read<'a>(header: impl Fn(&'static str) -> Option<&'a str>) -> Self {
        let number = |name| header(name).and_then(|text| text.trim().parse::<i64>().ok());
        let count = |name| number(name).and_then(|number| u32::try_from(number).ok());
        let time = |name| number(name).filter(|ms| *ms > 0);
        Self {
            day_limit: count("X-RateLimit-Limit").filter(|limit| *limit > 0),
            day_remaining: count("X-RateLimit-Remaining"),
            day_reset: time("X-RateLimit-Reset"),
            minute_limit: count("X-RateLimit-Minutely-Limit").filter(|limit| *limit > 0),
            minute_remaining: count("X-RateLimit-Minutely-Remaining"),
            minute_reset: time("X-RateLimit-Minutely-Reset"),
        }
    }
}
