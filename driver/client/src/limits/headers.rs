//! The rate headers of an answer (fact sheet 7.2). Each is read for itself: on a refusal some are missing or 0.

use std::time::Duration;

/// What an answer says about one window; `None` where it says nothing usable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub limit: Option<u32>,
    pub remaining: Option<u32>,
    /// When the window ends, in milliseconds since 1970 on the service's clock.
    pub reset_ms: Option<i64>,
}

impl Told {
    /// Whether the number of calls left is meant: a refusal carries zeros for the window that it is not about.
    pub(super) fn remaining(&self) -> Option<u32> {
        self.remaining.filter(|_| self.limit.is_some() || self.reset_ms.is_some())
    }

    /// Whether a refusal is about this window.
    pub(super) fn is_spent(&self) -> bool {
        self.reset_ms.is_some() && self.remaining.unwrap_or(0) == 0
    }
}

/// What an answer says about the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateHeaders {
    pub minute: Told,
    pub day: Told,
    /// The service's clock when it answered, in milliseconds since 1970, to the second.
    pub date_ms: Option<i64>,
}

impl RateHeaders {
    /// `header` looks a header of the answer up.
    pub fn read<'a>(header: impl Fn(&'static str) -> Option<&'a str>) -> Self {
        let number = |name| header(name).and_then(|text| text.trim().parse::<i64>().ok());
        let told = |limit, remaining, reset| Told {
            limit: number(limit).and_then(|limit| u32::try_from(limit).ok()).filter(|limit| *limit > 0),
            remaining: number(remaining).and_then(|left| u32::try_from(left).ok()),
            reset_ms: number(reset).filter(|ms| *ms > 0),
        };
        let minute = told("X-RateLimit-Minutely-Limit", "X-RateLimit-Minutely-Remaining", "X-RateLimit-Minutely-Reset");
        let day = told("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset");
        Self { minute, day, date_ms: header("Date").and_then(date) }
    }

    /// Whether it names any limit at all. A refusal that does not is no refusal of a limit.
    pub(crate) fn tells(&self) -> bool {
        self.minute != Told::default() || self.day != Told::default()
    }
}

/// How long `Retry-After` asks to be left alone: seconds, or a date on the clock that `Date` tells (RFC 9110 10.2.3). The
/// service is not known to send it; gateways before it do.
pub(crate) fn retry_after<'a>(header: impl Fn(&'static str) -> Option<&'a str>, now_ms: i64) -> Option<Duration> {
    let text = header("Retry-After")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now_ms = header("Date").and_then(date).unwrap_or(now_ms);
    Some(Duration::from_millis(u64::try_from(date(text)? - now_ms).unwrap_or(0)))
}

fn date(text: &str) -> Option<i64> {
    let moment = httpdate::parse_http_date(text).ok()?;
    let since = moment.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_come_again_is_read_in_both_forms() {
        const DATE: &str = "Fri, 12 May 2023 08:18:25 GMT";
        let read = |after: &'static str, date: Option<&'static str>| {
            let header = |name| if name == "Date" { date } else { Some(after) };
            retry_after(header, 1_683_879_500_000).map(|pause| pause.as_secs())
        };
        assert_eq!(read(" 7 ", None), Some(7));
        assert_eq!(read("Fri, 12 May 2023 08:18:45 GMT", Some(DATE)), Some(20), "on the clock of the answer");
        assert_eq!(read("Fri, 12 May 2023 08:18:45 GMT", None), Some(25), "on ours");
        assert_eq!(read("Fri, 12 May 2023 08:00:00 GMT", Some(DATE)), Some(0), "it has passed");
        for nonsense in ["", "-1", "soon", "1.5"] {
            assert_eq!(read(nonsense, None), None, "{nonsense}");
        }
    }

    #[test]
    fn each_header_is_read_for_itself() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            RateHeaders::read(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
        };
        let recorded = read(&[
            ("X-RateLimit-Limit", "5000"),
            ("X-RateLimit-Remaining", "4999"),
            ("X-RateLimit-Reset", "1683936000000"),
            ("X-RateLimit-Minutely-Limit", "60"),
            ("X-RateLimit-Minutely-Remaining", "59"),
            ("X-RateLimit-Minutely-Reset", "1683879540000"),
            ("Date", "Fri, 12 May 2023 08:18:25 GMT"),
        ]);
        assert_eq!(recorded.minute, Told { limit: Some(60), remaining: Some(59), reset_ms: Some(1_683_879_540_000) });
        assert_eq!(recorded.day.reset_ms, Some(1_683_936_000_000));
        assert_eq!(recorded.date_ms, Some(1_683_879_505_000));

        let zeros = [
            ("X-RateLimit-Limit", "0"),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", "0"),
            ("X-RateLimit-Minutely-Remaining", "x"),
        ];
        let refused = read(&zeros);
        assert_eq!((refused.day.remaining(), refused.day.is_spent(), refused.minute.remaining()), (None, false, None));
        assert!(!read(&[("Date", "yesterday")]).tells());
    }
}
