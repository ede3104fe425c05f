//! The time of the storm: a number in a file, which the test moves in steps and all processes read.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use exact_client::transport::{Clock, Sleep};

/// How often a sleeper looks at the clock.
const LOOK: Duration = Duration::from_millis(3);

/// The clock in a file.
#[derive(Debug)]
pub struct StepClock(Mutex<File>);

impl StepClock {
    pub fn open(path: &Path) -> Self {
        Self(Mutex::new(File::open(path).unwrap()))
    }
}

impl Clock for StepClock {
    fn now_ms(&self) -> i64 {
        let mut bytes = [0; 8];
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.rewind().unwrap();
        file.read_exact(&mut bytes).unwrap();
        i64::from_le_bytes(bytes)
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        let until = self.now_ms() + i64::try_from(duration.as_millis()).unwrap();
        Box::pin(async move {
            while self.now_ms() < until {
                tokio::time::sleep(LOOK).await;
            }
        })
    }
}
