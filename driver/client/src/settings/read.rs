//! From pairs of text to typed settings.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use super::property::{self, Group, Key, PropertyType, REGIONS};
use super::{
    DivisionSetting, InitiateOAuth, Journal, LogSettings, MapGuid, OnDivisionError, ProxySettings, Secret, Settings,
    StoreLocation, StringComparison,
};
use crate::error::{Error, Notice, Result};

/// Days that the journal is kept unless told otherwise.
const JOURNAL_DAYS: u32 = 90;

pub(super) fn settings(connection: &[(String, String)], dsn: &[(String, String)]) -> Result<(Settings, Vec<Notice>)> {
    let mut notices = Vec::new();
    let mut given = HashMap::new();
    for (key, value) in connection.iter().chain(dsn) {
        match property::key(key) {
            Key::Known(property) => {
                if property.group == Group::Accepted {
                    notices.push(notice(format!("property {} is accepted and has no effect", property.name)));
                }
                given.entry(property.name).or_insert_with(|| value.trim().to_owned());
            }
            Key::DriverManager => {}
            Key::Unknown => notices.push(notice(unknown(key))),
        }
    }
    Ok((Values(given).settings()?, notices))
}

fn notice(message: String) -> Notice {
    Notice { sqlstate: "01S00", message }
}

fn unknown(key: &str) -> String {
    match property::nearest(key) {
        Some(nearest) => format!("unknown property {key} was ignored; did you mean {nearest}?"),
        None => format!("unknown property {key} was ignored"),
    }
}

fn invalid(property: &str, sqlstate: &'static str, reason: impl Into<String>) -> Error {
    Error::InvalidProperty { property: property.to_owned(), reason: reason.into(), sqlstate }
}

fn not_allowed(property: &str, value: &str, allowed: impl std::fmt::Display) -> Error {
    invalid(property, "HY000", format!("\"{value}\" is not allowed; it takes {allowed}"))
}

/// The text given for each property, by its name.
struct Values(HashMap<&'static str, String>);

impl Values {
    fn settings(&self) -> Result<Settings> {
        let (region, region_url) = self.region()?;
        self.refuse_mail_address()?;
        Ok(Settings {
            region,
            base_url: self.base_url(region_url)?,
            division: self.division()?,
            on_division_error: self.choice("OnDivisionError", &[OnDivisionError::Warn, OnDivisionError::Fail])?,
            catalogs: self.switch("Catalogs")?,
            initiate_oauth: self
                .choice("InitiateOAuth", &[InitiateOAuth::Off, InitiateOAuth::Refresh, InitiateOAuth::GetAndRefresh])?,
            oauth_client_id: self.text("OAuthClientId"),
            oauth_client_secret: self.secret("OAuthClientSecret"),
            callback_url: self.text("CallbackURL"),
            oauth_settings_location: self.text("OAuthSettingsLocation").map(|text| store_location(&text)),
            oauth_access_token: self.secret("OAuthAccessToken"),
            oauth_refresh_token: self.secret("OAuthRefreshToken"),
            oauth_expires_in: self.number::<u64>("OAuthExpiresIn")?.map(Duration::from_secs),
            oauth_token_timestamp: self.number("OAuthTokenTimestamp")?.map(in_milliseconds),
            oauth_verifier: self.secret("OAuthVerifier"),
            readonly: self.switch("Readonly")?,
            dry_run: self.switch("DryRun")?,
            journal: self.journal()?,
            timeout: Duration::from_secs(self.required("Timeout")?),
            max_rows: self.number("MaxRows")?.filter(|rows| *rows > 0),
            page_size: self.number("Pagesize")?,
            max_api_calls: self.number("MaxApiCalls")?.filter(|calls| *calls > 0),
            budget_reserve: self.required("BudgetReserve")?,
            pushdown: self.switch("Pushdown")?,
            string_comparison: self
                .choice("StringComparison", &[StringComparison::Binary, StringComparison::Service])?,
            memory_limit: self.size("MemoryLimit")?,
            tables: self.list("Tables", &[',']),
            schemas: self.list("Schemas", &[',']),
            historic_tables: self.switch("HistoricTables")?,
            default_string_size: self.required("DefaultStringSize")?,
            map_to_wvarchar: self.switch("MapToWVarchar")?,
            map_guid: self.choice("MapGuid", &[MapGuid::Char, MapGuid::Guid])?,
            upper_case_identifiers: self.switch("UpperCaseIdentifiers")?,
            enable_foreign_key_detection: self.switch("EnableForeignKeyDetection")?,
            include_dual_table: self.switch("IncludeDualTable")?,
            map_bigint_to_varchar: self.switch("MapBigintToVarchar")?,
            limit_key_size: self.number("LimitKeySize")?,
            proxy: self.proxy()?,
            ssl_server_cert: self.text("SSLServerCert").map(PathBuf::from),
            log: self.log()?,
        })
    }

    /// The text given, else the default; `None` if it is empty.
    fn text(&self, name: &str) -> Option<String> {
        let given = self.0.get(name).filter(|text| !text.is_empty());
        let default = || property::find(name).map(|property| property.default.to_owned());
        given.cloned().or_else(default).filter(|text| !text.is_empty())
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    fn switch(&self, name: &'static str) -> Result<bool> {
        let text = self.text(name).unwrap_or_default();
        switch(&text).ok_or_else(|| not_allowed(name, &text, "true or false (also on, off, yes, no, 1, 0)"))
    }

    /// The one of `values` whose word stands at the same place of the property's list.
    fn choice<T: Copy>(&self, name: &'static str, values: &[T]) -> Result<T> {
        let text = self.text(name).unwrap_or_default();
        let allowed = property::find(name).map_or(&[][..], |property| property.allowed);
        let place = allowed.iter().position(|word| word.eq_ignore_ascii_case(&text));
        let value = place.and_then(|place| values.get(place));
        value.copied().ok_or_else(|| not_allowed(name, &text, allowed.join(", ")))
    }

    fn number<T: TryFrom<u64>>(&self, name: &'static str) -> Result<Option<T>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let (least, most) = match property::find(name).map(|property| property.property_type) {
            Some(PropertyType::Number { least, most }) => (least, most),
            _ => (0, u64::MAX),
        };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        let allowed = || format!("a whole number from {least} to {most}");
        number.map(Some).ok_or_else(|| not_allowed(name, &text, allowed()))
    }

    fn required<T: TryFrom<u64>>(&self, name: &'static str) -> Result<T> {
        self.number(name)?.ok_or_else(|| invalid(name, "HY000", "a value is missing"))
    }

    fn size(&self, name: &'static str) -> Result<u64> {
        let text = self.text(name).unwrap_or_default();
        let size = size(&text).filter(|bytes| *bytes >= 1024 * 1024);
        size.ok_or_else(|| not_allowed(name, &text, "bytes, at least 1 MB, with K, M or G if you like: 512 MB, 1 GiB"))
    }

    fn list(&self, name: &str, separators: &[char]) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let items = text.split(separators).map(str::trim).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    }

    fn region(&self) -> Result<(&'static str, &'static str)> {
        let text = self.text("Region").unwrap_or_default();
        let found = REGIONS
            .iter()
            .find(|(name, short, _)| name.eq_ignore_ascii_case(&text) || short.eq_ignore_ascii_case(&text));
        let allowed = || REGIONS.map(|(name, short, _)| format!("{name} ({short})")).join(", ");
        found.map(|(name, _, url)| (*name, *url)).ok_or_else(|| not_allowed("Region", &text, allowed()))
    }

    /// The root of all URLs. Tokens must not travel in the clear, so `http` reaches no further than this machine.
    fn base_url(&self, of_region: &str) -> Result<String> {
        let Some(text) = self.text("BaseUrl") else { return Ok(of_region.to_owned()) };
        let refused = |reason: &str| Err(invalid("BaseUrl", "08001", format!("\"{text}\" {reason}")));
        let Ok(url) = url::Url::parse(&text) else {
            return refused("is not an address; write for instance https://start.exactonline.nl");
        };
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return refused("must be a bare address without user, password, ? or #");
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return refused("would send tokens unencrypted; http is allowed only to 127.0.0.1, ::1 or localhost");
            }
            _ => return refused("must begin with https://"),
        }
        let trimmed = url.as_str().trim_end_matches('/');
        Ok(trimmed.strip_suffix("/api/v1").unwrap_or(trimmed).to_owned())
    }

    fn division(&self) -> Result<DivisionSetting> {
        let codes = self.list("Division", &[',', ';', ' ']);
        match codes.as_slice() {
            [] => return Ok(DivisionSetting::Current),
            [all] if all.eq_ignore_ascii_case("ALL") => return Ok(DivisionSetting::All),
            _ => {}
        }
        let mut numbers = Vec::with_capacity(codes.len());
        for code in &codes {
            let number: i32 = code.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
                not_allowed("Division", code, "a division code such as 5512, a list such as 5512,5513, or ALL")
            })?;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        Ok(DivisionSetting::Codes(numbers))
    }

    fn refuse_mail_address(&self) -> Result<()> {
        let mail = self.text("OAuthClientId").is_some_and(|id| id.contains('@'));
        if !mail {
            return Ok(());
        }
        Err(invalid(
            "OAuthClientId",
            "28000",
            "UID takes the client id of an app registration, not an e-mail address; the password of Exact Online \
             belongs nowhere here. Leave UID and PWD empty and sign in once with: exact-odbc login",
        ))
    }

    fn journal(&self) -> Result<Journal> {
        let text = self.text("Journal").unwrap_or_default();
        match (text.parse::<u32>(), switch(&text)) {
            (_, Some(false)) => Ok(Journal::Off),
            (_, Some(true)) => Ok(Journal::Kept { days: JOURNAL_DAYS, at: None }),
            (Ok(days @ 2..=3_650), None) => Ok(Journal::Kept { days, at: None }),
            _ if text.contains(std::path::is_separator) => {
                Ok(Journal::Kept { days: JOURNAL_DAYS, at: Some(text.into()) })
            }
            _ => Err(not_allowed("Journal", &text, "on, off, a number of days from 2 to 3650, or the path of a file")),
        }
    }

    fn proxy(&self) -> Result<ProxySettings> {
        Ok(ProxySettings {
            server: self.text("ProxyServer"),
            port: self.required("ProxyPort")?,
            user: self.text("ProxyUser"),
            password: self.secret("ProxyPassword"),
            auto_detect: self.switch("ProxyAutoDetect")?,
            exceptions: self.list("ProxyExceptions", &[';', ',']),
        })
    }

    fn log(&self) -> Result<LogSettings> {
        Ok(LogSettings {
            file: self.text("Logfile").map(PathBuf::from),
            verbosity: self.required("Verbosity")?,
            max_file_size: self.size("MaxLogFileSize")?,
            max_file_count: self.required("MaxLogFileCount")?,
        })
    }
}

fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}

fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

fn store_location(text: &str) -> StoreLocation {
    match text.strip_prefix("memory://") {
        Some(name) => StoreLocation::Memory(name.to_owned()),
        None => StoreLocation::File(PathBuf::from(text)),
    }
}

/// Other drivers write this stamp in seconds or in milliseconds; seconds stay below this limit for 3,000 years.
fn in_milliseconds(stamp: i64) -> i64 {
    const FIRST_IN_MILLISECONDS: i64 = 100_000_000_000;
    if stamp < FIRST_IN_MILLISECONDS { stamp.saturating_mul(1000) } else { stamp }
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
