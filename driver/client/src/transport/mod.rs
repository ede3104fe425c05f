//! Talking to the service.

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::error::{Error, Notice, Result};
use crate::settings::Settings;

/// One signed-in identity, shared by all connections of the process that have the same base URL, client id and store.
#[derive(Debug)]
pub struct Session {
    division: i32,
}

impl Session {
    pub async fn open(settings: &Settings, runtime: Handle) -> Result<(Arc<Session>, Vec<Notice>)> {
        let _ = (settings, runtime);
        Err(Error::NotCapable { what: "opening a session".into() })
    }

    pub fn division(&self) -> i32 {
        self.division
    }

    pub fn user_name(&self) -> Option<String> {
        None
    }

    pub fn calls_made(&self) -> u64 {
        0
    }
}
