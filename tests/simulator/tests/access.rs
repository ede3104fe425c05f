//! Requirements 1 to 6, 18 to 20, 25 and 26: addresses, sign-in, limits and refusals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code)]

mod common;

use std::time::Duration;

use common::{Answer, Client, small};
use exact_simulator::{FORBIDDEN_DIVISION, Options, Switches};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn days(days: u64) -> Duration {
    seconds(days * 86_400)
}

#[test]
fn r01_paths_and_metadata() {
    let client = Client::small();
    assert_eq!(client.get("CRM/Accounts?$select=ID&$top=1").status, 200, "the service in any case");
    assert_eq!(client.get("crm/accounts?$select=ID&$top=1").status, 404, "the entity exactly");
    assert_eq!(client.get("crm/Nothing").status, 404);
    assert_eq!(client.get("nothing/Accounts").status, 404);
    assert_eq!(client.get("financial/BudgetScenarios").status, 404);
    assert_eq!(client.get("system/Users").status, 200, "historic endpoints answer unless switched off");
    let beta = format!("{}/api/v1/beta/5512/budget/BudgetScenarios", client.simulator.base_url());
    assert_eq!(client.get_url(&beta).status, 200);
    let metadata = client.get("crm/$metadata");
    assert!(metadata.header("content-type").unwrap().starts_with("application/xml"));
    let text = metadata.text();
    assert!(text.contains("<EntityType Name=\"Account\"><Key><PropertyRef Name=\"ID\"/></Key>"));
    assert!(text.contains("<Property Name=\"Blocked\" Type=\"Edm.Boolean\" Nullable=\"true\"/>"));
    assert!(text.contains("<EntitySet Name=\"Accounts\" EntityType=\"Exact.Web.Api.Models.Account\"/>"));
    assert!(!text.contains("\"SalesInvoice\""), "one document per service");
    let inner = client.get("bulk/CRM/$metadata").text();
    assert!(inner.contains("<EntityType Name=\"Account\">") && !inner.contains("TransactionLine"));
    assert_eq!(client.get("nothing/$metadata").status, 404);
    assert!(client.get("crm/").text().contains("<collection href=\"Contacts\">"));
}

fn authorise(client: &Client, state: &str) -> String {
    let url = format!(
        "{}/api/oauth2/auth?client_id={}&redirect_uri=https%3A%2F%2Flocalhost%3A8000%2Fback&response_type=code&force_login=0&state={state}",
        client.simulator.base_url(),
        common::CLIENT_ID
    );
    let answer = client.send("GET", &url, &[], None);
    assert_eq!(answer.status, 302);
    answer.header("location").unwrap().to_owned()
}

fn redeem(client: &Client, location: &str) -> Answer {
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let code = percent_decode(code);
    assert!(code.contains('!') && code.contains('/') && code.contains('+'), "{code}");
    let redirect = ("redirect_uri", "https://localhost:8000/back");
    client.token_call(&[("grant_type", "authorization_code"), ("code", &code), redirect])
}

fn percent_decode(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |mut out, part| {
        out.push(char::from(u8::from_str_radix(&part[..2], 16).unwrap()));
        out.push_str(&part[2..]);
        out
    })
}

#[test]
fn r02_codes_and_access_tokens() {
    let mut client = Client::small();
    let location = authorise(&client, "a%20b");
    assert!(location.starts_with("https://localhost:8000/back?code="), "{location}");
    assert!(location.ends_with("&state=a%20b"), "{location}");
    let tokens = redeem(&client, &location);
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    assert_eq!(tokens.json()["expires_in"], "600", "a string");
    assert_eq!(tokens.json()["token_type"], "bearer");
    assert!(tokens.json()["access_token"].as_str().unwrap().len() > 900, "about a kilobyte");
    assert_eq!(redeem(&client, &location).status, 400, "once");

    let late = authorise(&client, "x");
    client.simulator.advance_clock(seconds(180));
    assert_eq!(redeem(&client, &late).status, 400, "three minutes");

    let fresh = redeem(&client, &authorise(&client, "x"));
    client.token = fresh.json()["access_token"].as_str().unwrap().to_owned();
    client.simulator.advance_clock(seconds(590));
    assert_eq!(client.get("hrm/Divisions").status, 200);
    client.simulator.advance_clock(seconds(10));
    assert_eq!(client.get("hrm/Divisions").status, 401, "ten minutes");
}

#[test]
fn r03_refresh_tokens() {
    let client = Client::new(Options { scale: 0.01, ..Options::default() });
    let first = client.simulator.sign_in().refresh_token;
    let answer = client.refresh(&first);
    assert_eq!(answer.status, 200);
    let second = answer.json()["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(first, second, "it rotates");

    client.simulator.advance_clock(seconds(560));
    let early = client.refresh(&second);
    assert_eq!((early.status, early.header("reason")), (400, Some("TooEarlyToRefreshTokens")));
    assert_eq!(early.json()["error"], "access_denied");
    assert_eq!(early.json()["error_description"], "Rate limit exceeded: access_token not expired");

    client.simulator.advance_clock(seconds(11));
    let third = client.refresh(&second).json()["refresh_token"].as_str().unwrap().to_owned();
    let spent = client.refresh(&second);
    assert_eq!(spent.status, 401);
    assert_eq!(spent.json()["error"], "unauthorized_client");
    assert_eq!(spent.json()["error_description"], "Old refresh token used.");

    client.simulator.advance_clock(days(30));
    let expired = client.refresh(&third);
    assert_eq!((expired.status, expired.json()["error"].as_str()), (400, Some("invalid_request")));
    assert_eq!(client.refresh("nonsense").json()["error"], "invalid_grant");

    client.simulator.advance_clock(days(1));
    let statuses: Vec<u16> = (0..201).map(|_| client.refresh("nonsense").status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 200);
    assert_eq!(statuses[200], 429, "200 token calls a day");
}

#[test]
fn r03_previous_token_once_and_one_chain_are_switches() {
    let client = Client::with(|switches| switches.previous_refresh_token_once = true);
    let first = client.simulator.sign_in().refresh_token;
    assert_eq!(client.refresh(&first).status, 200);
    assert_eq!(client.refresh(&first).status, 200, "the previous token once more");
    assert_eq!(client.refresh(&first).status, 401);

    let client = Client::with(|switches| switches.one_chain_per_app = true);
    let first = client.simulator.sign_in().refresh_token;
    client.simulator.sign_in();
    assert_eq!(client.refresh(&first).json()["error"], "invalid_grant", "a second sign-in ends the first chain");
}

#[test]
fn r04_bad_bearer() {
    let client = Client::small();
    let url = format!("{}/api/v1/5512/hrm/Divisions", client.simulator.base_url());
    assert_eq!(client.send("GET", &url, &[], None).status, 401);
    assert_eq!(client.send("GET", &url, &[("authorization", "Bearer x")], None).status, 401);
    let small = format!("bearer {}", client.token);
    assert_eq!(client.send("GET", &url, &[("authorization", &small)], None).status, 401, "capital B");
    client.simulator.set_switches(Switches { html_unauthorized: true, ..Switches::default() });
    let page = client.send("GET", &url, &[], None);
    assert_eq!(page.status, 401);
    assert!(page.text().contains("/docs/Login.aspx"));
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
}

#[test]
fn r05_me_and_divisions() {
    let client = Client::new(Options { scale: 0.01, ..Options::default() });
    let url = format!("{}/api/v1/current/Me?$select=CurrentDivision,ServerTime", client.simulator.base_url());
    for _ in 0..70 {
        let me = client.get_url(&url);
        assert_eq!(me.rows().len(), 1);
        assert_eq!(me.rows()[0]["CurrentDivision"], 5512);
        assert_eq!(me.rows()[0]["__metadata"]["type"], "Exact.Web.Api.System.Me");
        assert_eq!(me.header("x-ratelimit-limit"), None, "not counted");
    }
    let codes: Vec<i64> = client.rows("hrm/Divisions").iter().map(|row| row["Code"].as_i64().unwrap()).collect();
    assert_eq!(codes, [5512, 5513, 5515], "without the forbidden one");
    for division in [FORBIDDEN_DIVISION, 99] {
        let answer = client.get_in(division, "crm/Accounts");
        assert_eq!((answer.status, answer.header("reason")), (403, Some("NoDivisionAccess")));
    }
    assert_eq!(client.get_in(5513, "crm/Accounts").rows().len(), 0, "the empty one");
    assert!(!client.get_in(5513, "financial/GLAccounts?$select=Code").rows().is_empty());
    assert_eq!(client.get("hrm/Divisions(5513)").json()["d"]["Code"], 5513);
}

#[test]
fn r05_an_accountant_sees_a_thousand_divisions() {
    let client = Client::new(Options { divisions: 1_000, ..small() });
    let (rows, pages) = client.all("hrm/Divisions?$select=Code");
    assert_eq!((rows.len(), pages), (999, 17));
    assert_eq!(client.get_in(6_000, "crm/Accounts?$select=ID&$top=1").rows().len(), 1);
}

#[test]
fn r06_atom_without_json() {
    let client = Client::small();
    let url = format!("{}/api/v1/5512/crm/Accounts?$select=Name,Created&$top=1", client.simulator.base_url());
    let bearer = client.bearer();
    for accept in [None, Some("application/atom+xml"), Some("*/*")] {
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(accept.map(|accept| ("accept", accept)));
        let answer = client.send("GET", &url, &headers, None);
        assert!(answer.header("content-type").unwrap().starts_with("application/atom+xml"), "{accept:?}");
        assert!(answer.text().contains("<d:Name m:type=\"Edm.String\">O'Neill &amp; Zonen"), "{}", answer.text());
    }
    let headers = [("authorization", bearer.as_str()), ("accept", "application/xml")];
    assert_eq!(client.send("GET", &url, &headers, None).status, 415);
    assert!(client.get_url(&url).header("content-type").unwrap().starts_with("application/json"));
}

fn number(answer: &Answer, header: &str) -> i64 {
    answer.header(header).unwrap_or_else(|| panic!("{header}")).parse().unwrap()
}

#[test]
fn r18_rate_limits() {
    let client = Client::new(Options { scale: 0.01, ..Options::default() });
    client.simulator.freeze_clock(true);
    let now = client.simulator.now();
    let first = client.get("hrm/Divisions");
    assert_eq!(number(&first, "x-ratelimit-limit"), 5_000);
    assert_eq!(number(&first, "x-ratelimit-remaining"), 4_999);
    assert_eq!(number(&first, "x-ratelimit-minutely-limit"), 60);
    assert_eq!(number(&first, "x-ratelimit-minutely-remaining"), 59);
    assert_eq!(number(&first, "x-ratelimit-minutely-reset"), (now / 60_000 + 1) * 60_000, "the clock's minute");
    assert_eq!(number(&first, "x-ratelimit-reset"), (now / 86_400_000 + 1) * 86_400_000, "midnight UTC");
    for _ in 1..60 {
        assert_eq!(client.get("hrm/Divisions").status, 200);
    }
    let refused = client.get("hrm/Divisions");
    assert_eq!((refused.status, refused.body.len()), (429, 0));
    assert_eq!(number(&refused, "x-ratelimit-minutely-remaining"), 0);
    assert_eq!(refused.header("x-ratelimit-remaining"), None, "only the tripped limit");
    assert_eq!(client.get_in(5513, "hrm/Divisions").status, 200, "per division");
    client.simulator.set_switches(Switches { other_limit_zeroed: true, ..Switches::default() });
    assert_eq!(number(&client.get("hrm/Divisions"), "x-ratelimit-reset"), 0);

    client.simulator.advance_clock(Duration::from_millis((60_000 - now % 60_000) as u64));
    assert_eq!(client.get("hrm/Divisions").status, 200, "the next minute");
    client.simulator.set_switches(Switches { day_limit: 62, ..Switches::default() });
    assert_eq!(client.get("hrm/Divisions").status, 200);
    let spent = client.get("hrm/Divisions");
    assert_eq!(spent.status, 429);
    assert_eq!(number(&spent, "x-ratelimit-remaining"), 0);
    assert_eq!(spent.header("x-ratelimit-minutely-remaining"), None);
}

#[test]
fn r18_the_day_ends_at_midnight_utc() {
    let mut client = Client::with(|switches| (switches.rate_limits, switches.day_limit) = (true, 1));
    assert_eq!(client.get("hrm/Divisions").status, 200);
    assert_eq!(client.get("hrm/Divisions").status, 429);
    client.simulator.advance_clock(days(1));
    client.token = client.sign_in();
    assert_eq!(client.get("hrm/Divisions").status, 200);
}

#[test]
fn r19_error_velocity() {
    let mut client = Client::with(|switches| switches.error_velocity = true);
    for _ in 0..11 {
        assert_eq!(client.get("crm/Accounts?$select=Nope").status, 400);
    }
    assert_eq!(client.get("crm/Accounts?$select=ID").status, 429, "blocked, for right queries too");
    assert_eq!(client.get("crm/Contacts?$select=ID").status, 200, "other endpoints are not");
    client.simulator.advance_clock(seconds(3_500));
    client.token = client.sign_in();
    assert_eq!(client.get("crm/Accounts?$select=ID").status, 429, "which prolongs the block");
    client.simulator.advance_clock(seconds(3_500));
    client.token = client.sign_in();
    assert_eq!(client.get("crm/Accounts?$select=ID").status, 429);
    client.simulator.advance_clock(seconds(3_600));
    client.token = client.sign_in();
    assert_eq!(client.get("crm/Accounts?$select=ID").status, 200);
}

#[test]
fn r20_scopes_and_rights() {
    let client = Client::with(|switches| {
        switches.missing_scopes.insert("Organization administration".to_owned());
        switches.missing_rights.extend(["crm/Accounts".to_owned(), "logistics/Items".to_owned()]);
    });
    let refused = client.get("system/Divisions");
    assert_eq!(refused.status, 403);
    let text = "Forbidden - Application Scope Violated. Cannot read 'organization.administration' scope.";
    assert_eq!(refused.error(), text);
    assert_eq!(client.get("hrm/Divisions").status, 200, "needs no scope");
    assert_eq!(client.rows("crm/Accounts?$select=ID").len(), 0, "an empty list on accounts");
    assert_eq!(client.get("logistics/Items?$select=ID").status, 403);
}

#[test]
fn r25_long_urls_and_verbs() {
    let client = Client::small();
    let long = format!("crm/Accounts?$select=ID&$filter=Name eq '{}'", "x".repeat(6_000));
    assert!(matches!(client.get(&long).status, 400 | 414));
    let fits = format!("crm/Accounts?$select=ID&$filter=Name eq '{}'", "x".repeat(5_800));
    assert_eq!(client.get(&fits).status, 200);
    let nothing = serde_json::json!({});
    assert_eq!(client.write("POST", "financialtransaction/TransactionLines", &nothing, &[]).status, 405);
    assert_eq!(client.write("PATCH", "crm/Accounts", &nothing, &[]).status, 405);
    assert_eq!(client.get("salesinvoice/PrintedSalesInvoices").status, 405, "an action");
}

#[test]
fn r26_dutch_messages() {
    let client = Client::with(|switches| switches.language = "nl".to_owned());
    let body = serde_json::json!({"Phone": "1"});
    assert_eq!(client.write("POST", "crm/Accounts", &body, &[]).error(), "Verplicht: Name");
    assert_eq!(client.get("crm/Accounts(guid'00000000-0000-0000-0000-000000000001')").error(), "Niet gevonden.");
    client.simulator.set_switches(Switches { rate_limits: false, ..Switches::default() });
    assert_eq!(client.write("POST", "crm/Accounts", &body, &[]).error(), "Mandatory: Name");
}
