//! How a simulator is set up: its size, and the switches for behaviour on which sources disagree.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What a simulator starts with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// 1.0 is 2,000 accounts, 20,000 invoices and 200,000 ledger lines in the main division; 0.01 is the least.
    pub scale: f64,
    /// All data follow from it.
    pub seed: u64,
    pub switches: Switches,
    /// Divisions of the licence, the main, the empty and the forbidden one included; at least 4.
    pub divisions: u32,
    /// Prints every request as a JSON line to standard output.
    pub print_requests: bool,
    /// Serves over TLS, with a certificate that [`crate::AUTHORITY`] has signed.
    pub tls: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            scale: 1.0,
            seed: 1,
            switches: Switches::default(),
            divisions: 4,
            print_requests: false,
            tls: false,
        }
    }
}

impl Options {
    /// The default size with a named set of switches; `None` for a name that does not exist.
    pub fn profile(name: &str) -> Option<Options> {
        Switches::profile(name).map(|switches| Options { switches, ..Options::default() })
    }
}

/// What an error reply carries (fact sheet 7.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorBody {
    Json,
    Text,
    Html,
    Empty,
}

/// Behaviour on which sources disagree or which the vendor switches per client, each with its number in the fact sheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// 3.3: a request with `$top` within one page answers `{"d":[...]}`.
    pub bare_array_for_top: bool,
    /// 3.2: `substringof`, `startswith` and `endswith` work; else 501.
    pub substring_functions: bool,
    /// 3.2: endpoints with a list of mandatory filter columns demand one of them.
    pub mandatory_filtering: bool,
    /// 3.2: the client ids for which the vendor has switched that on; empty for all.
    pub mandatory_filtering_clients: BTreeSet<String>,
    /// 3.1: these endpoints demand `$select` or `$top=1`.
    pub wide_endpoints: BTreeSet<String>,
    /// 3.3: these endpoints refuse `$skip`.
    pub skip_refused: BTreeSet<String>,
    /// 3.3: a last page that is exactly full has a `__next` to an empty page.
    pub eager_next: bool,
    /// 3.3: `__next` repeats `$top` as it was asked, so that following it never ends early; on sync it always does.
    pub next_repeats_top: bool,
    /// 3.3: lists under `read/` come in pages of 60 too; else all at once.
    pub read_is_paged: bool,
    /// Catalog: endpoints that only older references know still answer; else 404.
    pub historic_endpoints: bool,
    /// 3.2: text is compared with regard to case.
    pub case_sensitive: bool,
    /// 3.2: comparisons with null are unknown, as in SQL; else `ne` holds for null.
    pub sql_nulls: bool,
    /// 3.2: `datetime'2026-01-31'` is understood; else 400.
    pub date_only_literals: bool,
    /// 6.3: a double without a fraction is written as an integer.
    pub doubles_as_integers: bool,
    /// 1.4, 3.4: `$metadata` and `$count` refuse a request for JSON with 415.
    pub strict_accept: bool,
    /// 7.6.
    pub error_body: ErrorBody,
    /// 7.6: the user's language, `en` or `nl`.
    pub language: String,
    /// 2.4: `expires_in` is a number.
    pub numeric_expires_in: bool,
    /// 2.5: a refresh within 570 seconds is refused.
    pub early_refresh_refused: bool,
    /// 2.6: the previous refresh token works once more, until the new one is used.
    pub previous_refresh_token_once: bool,
    /// 2.6: a second sign-in of the same user and app ends the first chain.
    pub one_chain_per_app: bool,
    /// 2.13: a 401 is an HTML page.
    pub html_unauthorized: bool,
    /// 7.1: limits are enforced; the headers are sent in any case.
    pub rate_limits: bool,
    pub minute_limit: u32,
    pub day_limit: u32,
    /// 2.8.
    pub token_limit: u32,
    /// 7.2: a 429 carries the other limit's headers too, with zeros; else they are missing.
    pub other_limit_zeroed: bool,
    /// 5.6: sync endpoints give null for columns that are looked up in another table.
    pub sync_lookups_null: bool,
    /// 7.4: the eleventh error within an hour blocks the endpoint for an hour.
    pub error_velocity: bool,
    /// 2.11: scopes that the app was not given, as the catalog names them.
    pub missing_scopes: BTreeSet<String>,
    /// 2.12: endpoints on which the user has no rights.
    pub missing_rights: BTreeSet<String>,
    /// 6.7: a key that the client sends in a POST is kept; else the server gives its own.
    pub client_keys_kept: bool,
    /// 6.7: a sales invoice's line that names an item and no ledger account gets the item's revenue account; else 500.
    pub ledger_account_of_item: bool,
    /// Answers wait so long.
    pub page_latency_ms: u64,
}

/// Wide endpoints on which the refusal was seen (fact sheet 3.1).
const WIDE: &[&str] = &[
    "generaljournalentry/GeneralJournalEntries",
    "salesorder/GoodsDeliveries",
    "logistics/SalesItemPrices",
    "cashflow/DirectDebitMandates",
    "bulk/CRM/Contacts",
];
/// Endpoints taken for younger than March 2017, which refuse `$skip` (fact sheet 3.3).
const YOUNG: &[&str] = &[
    "salesorder/DropShipments",
    "salesorder/SalesOrderOrderChargeLines",
    "sales/SalesChannels",
    "hrm/LeaveRegistrations",
    "subscription/Subscriptions",
];

fn set(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            bare_array_for_top: false,
            substring_functions: false,
            mandatory_filtering: false,
            mandatory_filtering_clients: BTreeSet::new(),
            wide_endpoints: set(WIDE),
            skip_refused: set(YOUNG),
            eager_next: false,
            next_repeats_top: false,
            read_is_paged: true,
            historic_endpoints: true,
            case_sensitive: false,
            sql_nulls: true,
            date_only_literals: true,
            doubles_as_integers: true,
            strict_accept: false,
            error_body: ErrorBody::Json,
            language: "en".to_owned(),
            numeric_expires_in: false,
            early_refresh_refused: true,
            previous_refresh_token_once: false,
            one_chain_per_app: false,
            html_unauthorized: false,
            rate_limits: true,
            minute_limit: 60,
            day_limit: 5_000,
            token_limit: 200,
            other_limit_zeroed: false,
            sync_lookups_null: false,
            error_velocity: false,
            missing_scopes: BTreeSet::new(),
            missing_rights: BTreeSet::new(),
            client_keys_kept: true,
            ledger_account_of_item: true,
            page_latency_ms: 0,
        }
    }
}

/// The named sets.
pub const PROFILES: &[(&str, &str)] = &[
    ("default", "what most sources agree on"),
    ("strict", "every restriction that anyone has seen, all at once"),
    ("lenient", "nothing is refused that anyone has seen working, and no limits"),
    ("2021", "as clients of 2021 describe it: bare arrays, mandatory filtering, Dutch texts"),
];

impl Switches {
    /// The set that `EXACT_PROFILE` names, so that the driver's tests run under any; the default where it is not set.
    ///
    /// # Errors
    /// The name, when there is no such profile.
    pub fn of_environment() -> Result<Switches, String> {
        let name = std::env::var("EXACT_PROFILE").unwrap_or_else(|_| "default".to_owned());
        Switches::profile(&name).ok_or(name)
    }

    /// A named set of switches.
    pub fn profile(name: &str) -> Option<Switches> {
        let default = Switches::default();
        Some(match name {
            "default" => default,
            "strict" => Switches {
                bare_array_for_top: true,
                mandatory_filtering: true,
                eager_next: true,
                next_repeats_top: true,
                historic_endpoints: false,
                strict_accept: true,
                case_sensitive: true,
                date_only_literals: false,
                language: "nl".to_owned(),
                one_chain_per_app: true,
                other_limit_zeroed: true,
                sync_lookups_null: true,
                error_velocity: true,
                client_keys_kept: false,
                ledger_account_of_item: false,
                ..default
            },
            "lenient" => Switches {
                substring_functions: true,
                wide_endpoints: BTreeSet::new(),
                skip_refused: BTreeSet::new(),
                sql_nulls: false,
                doubles_as_integers: false,
                numeric_expires_in: true,
                early_refresh_refused: false,
                previous_refresh_token_once: true,
                rate_limits: false,
                read_is_paged: false,
                ..default
            },
            "2021" => {
                Switches { bare_array_for_top: true, mandatory_filtering: true, language: "nl".to_owned(), ..default }
            }
            _ => return None,
        })
    }
}
