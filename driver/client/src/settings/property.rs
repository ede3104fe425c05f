//! The one table of connection properties. Parser, dialogs, help and README are made from it.

/// How the value of a property is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyType {
    Text,
    /// true or false, also on/off, yes/no, 1/0.
    Switch,
    /// A whole number within these limits.
    Number {
        least: u64,
        most: u64,
    },
    /// Bytes, optionally with K, M or G (also KiB, MB ...).
    Size,
    /// One of `Property::allowed`.
    Choice,
    /// Text values separated by commas.
    List,
    File,
}

/// Where a property stands in dialogs and help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Company,
    SignIn,
    Writing,
    Limits,
    Tables,
    Types,
    Network,
    Logging,
    /// Known from other drivers, taken without effect.
    Accepted,
}

/// One connection property.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    pub name: &'static str,
    /// Other spellings; all keys are compared without case, spaces and underscores.
    pub aliases: &'static [&'static str],
    pub property_type: PropertyType,
    /// As it would be written; empty if there is none.
    pub default: &'static str,
    /// The words that a `Choice` takes; the help text's examples for others.
    pub allowed: &'static [&'static str],
    pub help: &'static str,
    pub secret: bool,
    pub group: Group,
}

use Group::{Accepted, Company, Limits, Logging, Network, SignIn, Tables, Types, Writing};
use PropertyType::{Choice, File, List, Number, Size, Switch, Text};

const fn property(
    name: &'static str,
    aliases: &'static [&'static str],
    property_type: PropertyType,
    default: &'static str,
    group: Group,
    help: &'static str,
) -> Property {
    Property { name, aliases, property_type, default, allowed: &[], help, secret: false, group }
}

const fn choice(
    name: &'static str,
    allowed: &'static [&'static str],
    default: &'static str,
    group: Group,
    help: &'static str,
) -> Property {
    Property { allowed, ..property(name, &[], Choice, default, group, help) }
}

const fn secret(name: &'static str, aliases: &'static [&'static str], help: &'static str) -> Property {
    Property { secret: true, ..property(name, aliases, Text, "", SignIn, help) }
}

const fn accepted(name: &'static str) -> Property {
    property(name, &[], Text, "", Accepted, "Accepted for compatibility; has no effect")
}

/// Default of `DefaultStringSize`, in characters.
pub const DEFAULT_STRING_SIZE: u32 = 4_000;

/// The region's names and the hosts behind them (fact sheet 1.1).
pub(super) const REGIONS: [(&str, &str, &str); 7] = [
    ("Netherlands", "NL", "https://start.exactonline.nl"),
    ("Belgium", "BE", "https://start.exactonline.be"),
    ("Germany", "DE", "https://start.exactonline.de"),
    ("United Kingdom", "UK", "https://start.exactonline.co.uk"),
    ("United States", "US", "https://start.exactonline.com"),
    ("Spain", "ES", "https://start.exactonline.es"),
    ("France", "FR", "https://start.exactonline.fr"),
];

const REGION_WORDS: &[&str] = &[
    "Netherlands",
    "Belgium",
    "Germany",
    "United Kingdom",
    "United States",
    "Spain",
    "France",
    "NL",
    "BE",
    "DE",
    "UK",
    "US",
    "ES",
    "FR",
];

const YEAR_OF_SECONDS: u64 = 31_536_000;
const ANY_COUNT: PropertyType = Number { least: 0, most: i64::MAX as u64 };

/// Every property that the driver knows.
#[rustfmt::skip]
pub static PROPERTIES: &[Property] = &[
    choice("Region", REGION_WORDS, "Netherlands", Company, "Country of the Exact Online site"),
    property("Division", &["Database"], List, "", Company, "Division code, several separated by commas, or ALL; unset: the one stored at sign-in"),
    choice("OnDivisionError", &["warn", "fail"], "warn", Company, "Of several divisions one cannot be read: warn and return the rest, or fail"),
    property("Catalogs", &[], Switch, "on", Company, "off: no division in names and metadata, so that a workbook moves between companies"),
    property("BaseUrl", &["URL"], Text, "", Company, "Another root than the region's, for tests and gateways; http only to the loopback interface"),
    choice("InitiateOAuth", &["OFF", "REFRESH", "GETANDREFRESH"], "REFRESH", SignIn, "OFF: use the tokens given; REFRESH: keep stored tokens fresh; GETANDREFRESH: also sign in when nothing is stored"),
    property("OAuthClientId", &["UID", "User", "ClientId"], Text, "", SignIn, "Client id of your app registration"),
    secret("OAuthClientSecret", &["PWD", "Password", "ClientSecret"], "Client secret of your app registration"),
    property("CallbackURL", &["OAuthCallbackURL"], Text, "", SignIn, "Redirect address of your app registration"),
    property("OAuthSettingsLocation", &[], File, "", SignIn, "File that keeps the sign-in, or memory://name; unset: one file per site and client id in your state folder. While the file is empty or missing and no client id is given, your only sign-in of the site serves"),
    secret("OAuthAccessToken", &[], "Access token, if you bring your own"),
    secret("OAuthRefreshToken", &[], "Refresh token, if you bring your own"),
    property("OAuthExpiresIn", &[], Number { least: 0, most: YEAR_OF_SECONDS }, "", SignIn, "Seconds that the given access token lives"),
    property("OAuthTokenTimestamp", &[], ANY_COUNT, "", SignIn, "When the given access token was issued, in seconds or milliseconds since 1970"),
    secret("OAuthVerifier", &[], "Code of a sign-in done elsewhere"),
    property("Readonly", &[], Switch, "false", Writing, "true: refuse every write"),
    property("DryRun", &[], Switch, "false", Writing, "true: a write reports method, URL and body instead of sending"),
    property("Journal", &[], Text, "on", Writing, "Local record of writes: on (kept 90 days), off, the days to keep it, or the path of its file"),
    property("Timeout", &[], Number { least: 1, most: 3_600 }, "60", Network, "Seconds for one HTTP request"),
    property("MaxRows", &[], ANY_COUNT, "", Limits, "Rows of a result at most; 0: no limit"),
    property("Pagesize", &[], Number { least: 1, most: 1_000_000 }, "", Limits, "Rows handed on at a time at most"),
    property("MaxApiCalls", &[], ANY_COUNT, "", Limits, "Refuse a query whose plan needs more calls; 0: no limit"),
    property("BudgetReserve", &[], Number { least: 0, most: 1_000_000 }, "0", Limits, "Calls of the day that this connection leaves untouched"),
    property("Pushdown", &[], Switch, "on", Limits, "off: fetch and compute locally, for comparison"),
    choice("StringComparison", &["Binary", "Service"], "Binary", Types, "Binary: case-sensitive everywhere; Service: as the service compares"),
    property("MemoryLimit", &[], Size, "1 GiB", Limits, "Memory of the local engine per connection"),
    property("Tables", &[], List, "", Tables, "Only these tables are listed"),
    property("Schemas", &["BrowsableSchemas"], List, "", Tables, "Only these schemas are listed"),
    property("HistoricTables", &[], Switch, "off", Tables, "on: list tables that the reference no longer carries"),
    property("DefaultStringSize", &["MaximumColumnSize"], Number { least: 1, most: 1_073_741_823 }, "4000", Types, "Declared length of text whose length is not known otherwise"),
    property("MapToWVarchar", &[], Switch, "true", Types, "Declare text as wide types"),
    choice("MapGuid", &["CHAR", "GUID"], "CHAR", Types, "CHAR: text of 36; GUID: SQL_GUID"),
    property("UpperCaseIdentifiers", &[], Switch, "false", Tables, "Report names in upper case"),
    property("EnableForeignKeyDetection", &[], Switch, "true", Tables, "Report foreign keys"),
    property("IncludeDualTable", &[], Switch, "false", Tables, "List a table DUAL with one row"),
    property("MapBigintToVarchar", &[], Switch, "false", Types, "Declare 64-bit integers as text"),
    property("LimitKeySize", &[], Number { least: 1, most: 65_536 }, "", Types, "Declared length of text keys at most"),
    property("ProxyServer", &[], Text, "", Network, "Host of the web proxy"),
    property("ProxyPort", &[], Number { least: 1, most: 65_535 }, "80", Network, "Port of the web proxy"),
    property("ProxyUser", &[], Text, "", Network, "User at the web proxy"),
    Property { group: Network, ..secret("ProxyPassword", &[], "Password at the web proxy") },
    property("ProxyAutoDetect", &[], Switch, "true", Network, "Without ProxyServer: use the system's proxy"),
    property("ProxyExceptions", &[], Text, "", Network, "Hosts that are reached without the proxy, separated by ; or ,"),
    property("SSLServerCert", &[], File, "", Network, "PEM file with an extra certificate authority"),
    property("Logfile", &[], File, "", Logging, "File that the driver writes its log to"),
    property("Verbosity", &[], Number { least: 1, most: 5 }, "1", Logging, "1 statements and calls; 2 plans; 3 headers; 5 trace and rows. Never tokens"),
    property("MaxLogFileSize", &[], Size, "100 MB", Logging, "A log file that reaches this size is closed and a new one begun"),
    property("MaxLogFileCount", &[], Number { least: 1, most: 1_000 }, "10", Logging, "Log files kept"),
    accepted("RTK"),
    accepted("BatchSize"),
    accepted("ConnectionLifeTime"),
    accepted("UseConnectionPooling"),
    accepted("PoolIdleTimeout"),
    accepted("PoolMaxSize"),
    accepted("PoolMinSize"),
    accepted("PoolWaitTime"),
    accepted("DefaultDomain"),
    accepted("SupportEnhancedSQL"),
    accepted("Location"),
    accepted("Other"),
];

/// Keys that the driver manager uses and we only pass over.
const DRIVER_MANAGER_KEYS: [&str; 7] = ["DSN", "DRIVER", "FILEDSN", "SAVEFILE", "DESCRIPTION", "SETUP", "THREADING"];

/// What a key of a connection string stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Known(&'static Property),
    DriverManager,
    Unknown,
}

fn plain(key: &str) -> String {
    key.chars().filter(|c| *c != ' ' && *c != '_').flat_map(char::to_lowercase).collect()
}

fn spellings(property: &Property) -> impl Iterator<Item = &'static str> + use<> {
    std::iter::once(property.name).chain(property.aliases.iter().copied())
}

/// Looks a key up, without regard to case, spaces and underscores.
pub(super) fn key(text: &str) -> Key {
    let wanted = plain(text);
    if DRIVER_MANAGER_KEYS.iter().any(|known| known.eq_ignore_ascii_case(&wanted)) {
        return Key::DriverManager;
    }
    let named = |property: &&Property| spellings(property).any(|spelling| plain(spelling) == wanted);
    PROPERTIES.iter().find(named).map_or(Key::Unknown, Key::Known)
}

/// The property of that name or alias.
pub fn find(name: &str) -> Option<&'static Property> {
    match key(name) {
        Key::Known(property) => Some(property),
        Key::DriverManager | Key::Unknown => None,
    }
}

/// The known key that resembles `key` most.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    let wanted = plain(key);
    PROPERTIES
        .iter()
        .filter(|property| property.group != Accepted)
        .flat_map(spellings)
        .map(|spelling| (strsim::jaro_winkler(&wanted, &plain(spelling)), spelling))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, spelling)| spelling)
}
