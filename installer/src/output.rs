//! Standard output, which may be closed before all is said.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

/// Prints a line.
pub fn line(text: impl Display) -> Result<()> {
    Ok(writeln!(io::stdout(), "{text}")?)
}

/// Shows that work goes on, on standard error, if that is a terminal. `what` may name `{human_pos}`, the position.
pub fn progress(what: &str) -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.enable_steady_tick(Duration::from_millis(200));
    match ProgressStyle::with_template(&format!("{{spinner}} {what}, {{elapsed}}")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Whether the reader of standard output has gone away, as `head` does when it has seen enough.
pub fn is_closed(error: &anyhow::Error) -> bool {
    /// What Windows says of a pipe whose reader has gone.
    const PIPE_NOT_CONNECTED: i32 = 233;
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| {
        cause.kind() == ErrorKind::BrokenPipe || cfg!(windows) && cause.raw_os_error() == Some(PIPE_NOT_CONNECTED)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let closed = || io::Error::from(ErrorKind::BrokenPipe);
        assert!(is_closed(&closed().into()));
        assert!(is_closed(&anyhow::Error::new(closed()).context("while printing")));
        assert!(!is_closed(&anyhow::anyhow!("another")));
    }
}
