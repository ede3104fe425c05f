//! Connection properties: from a connection string and a DSN to typed settings.

mod connection_string;
#[cfg(not(windows))]
mod dsn;
mod property;
mod read;
#[cfg(windows)]
mod registry;
mod secret;

use std::path::PathBuf;
use std::time::Duration;

pub use connection_string::{connection_string, parse_connection_string};
#[cfg(not(windows))]
pub use dsn::read_dsn;
pub use property::{DEFAULT_STRING_SIZE, Group, PROPERTIES, Property, PropertyType, find};
#[cfg(windows)]
pub(crate) use registry::library;
#[cfg(windows)]
pub use registry::read_dsn;
pub use secret::Secret;

use crate::error::{Notice, Result};

/// Which divisions a connection reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DivisionSetting {
    /// The one stored at sign-in.
    Current,
    Codes(Vec<i32>),
    All,
}

/// What happens when one of several divisions cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDivisionError {
    Warn,
    Fail,
}

/// How much of the sign-in the driver does itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitiateOAuth {
    Off,
    Refresh,
    GetAndRefresh,
}

/// Where the sign-in is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StoreLocation {
    File(PathBuf),
    /// In this process only, under this name.
    Memory(String),
}

/// The local record of writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Journal {
    Off,
    Kept {
        days: u32,
        /// The file; `None`: beside the sign-in.
        at: Option<PathBuf>,
    },
}

/// How strings compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringComparison {
    Binary,
    Service,
}

/// How a Guid is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapGuid {
    Char,
    Guid,
}

/// The web proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxySettings {
    pub server: Option<String>,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// Without a server: the system's.
    pub auto_detect: bool,
    pub exceptions: Vec<String>,
}

/// The log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    pub file: Option<PathBuf>,
    pub verbosity: u8,
    /// In bytes.
    pub max_file_size: u64,
    pub max_file_count: u32,
}

/// The settings of one connection: every property that has an effect, with its default filled in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The region's English name.
    pub region: &'static str,
    /// Root of all URLs, without a slash at its end: of `BaseUrl`, else of the region.
    pub base_url: String,
    pub division: DivisionSetting,
    pub on_division_error: OnDivisionError,
    pub catalogs: bool,
    pub initiate_oauth: InitiateOAuth,
    pub oauth_client_id: Option<String>,
    pub oauth_client_secret: Option<Secret>,
    pub callback_url: Option<String>,
    pub oauth_settings_location: Option<StoreLocation>,
    pub oauth_access_token: Option<Secret>,
    pub oauth_refresh_token: Option<Secret>,
    pub oauth_expires_in: Option<Duration>,
    /// Milliseconds since 1970.
    pub oauth_token_timestamp: Option<i64>,
    pub oauth_verifier: Option<Secret>,
    pub readonly: bool,
    pub dry_run: bool,
    pub journal: Journal,
    pub timeout: Duration,
    pub max_rows: Option<u64>,
    pub page_size: Option<u32>,
    pub max_api_calls: Option<u64>,
    pub budget_reserve: u32,
    pub pushdown: bool,
    pub string_comparison: StringComparison,
    /// In bytes.
    pub memory_limit: u64,
    /// Empty: all.
    pub tables: Vec<String>,
    /// Empty: all.
    pub schemas: Vec<String>,
    pub historic_tables: bool,
    pub default_string_size: u32,
    pub map_to_wvarchar: bool,
    pub map_guid: MapGuid,
    pub upper_case_identifiers: bool,
    pub enable_foreign_key_detection: bool,
    pub include_dual_table: bool,
    pub map_bigint_to_varchar: bool,
    pub limit_key_size: Option<u32>,
    pub proxy: ProxySettings,
    pub ssl_server_cert: Option<PathBuf>,
    pub log: LogSettings,
}

impl Settings {
    /// The settings that a connection string and a DSN give together; the connection string wins. A value out of
    /// range is an error that names the property and what is allowed; an unknown key gives a notice 01S00.
    pub fn from_pairs(connection: &[(String, String)], dsn: &[(String, String)]) -> Result<(Self, Vec<Notice>)> {
        read::settings(connection, dsn)
    }
}

#[cfg(test)]
mod tests;
