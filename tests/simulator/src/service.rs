//! One request from its address to its reply.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::catalog::Endpoint;
use crate::company::Company;
use crate::failure::Failure;
use crate::faults::Action;
use crate::odata::address::{self, Resource};
use crate::odata::options::QueryOptions;
use crate::options::Switches;
use crate::reply::Reply;
use crate::world::World;
use crate::{control, lists, me, reading, rights, sync, writing};

/// A request as it came in.
pub struct Request {
    /// `http` or `https`.
    pub scheme: &'static str,
    pub method: String,
    pub raw_path: String,
    pub raw_query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> String {
        percent_decode_str(&self.raw_path).decode_utf8_lossy().into_owned()
    }

    /// `http://host` as the client addressed it.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.header("Host").unwrap_or("127.0.0.1"))
    }
}

/// A request on its way through the service.
pub struct Call<'a> {
    pub world: &'a World,
    pub request: &'a Request,
    pub switches: Arc<Switches>,
    pub options: QueryOptions,
    pub faults: &'a [Action],
}

/// What the request log needs beside the reply.
#[derive(Default)]
pub struct Traits {
    pub division: Option<i32>,
    pub is_token: bool,
    pub is_me: bool,
    pub is_control: bool,
}

/// The longest URL (fact sheet 3.6).
const MAX_URL: usize = 6_000;
const MAX_BODY: usize = 10_000_000;

/// Answers a request.
pub fn answer(world: &World, request: &Request, faults: &[Action]) -> (Reply, Traits) {
    let path = request.path();
    let traits = Traits {
        division: division_of(&path),
        is_token: path == "/api/oauth2/token",
        is_me: path == "/api/v1/current/Me",
        is_control: path.starts_with("/_control"),
    };
    if traits.is_control {
        return (control::answer(world, request, &path), traits);
    }
    let options = QueryOptions::parse(&request.raw_query);
    let call = Call { world, request, switches: world.switches(), options, faults };
    let reply = call.route(&path).unwrap_or_else(|failure| failure.reply(&call.switches));
    (reply, traits)
}

/// `5512` of `/api/v1/5512/crm/Accounts` and of `/api/v1/beta/5512/...`.
fn division_of(path: &str) -> Option<i32> {
    let rest = path.strip_prefix("/api/v1/")?;
    rest.strip_prefix("beta/").unwrap_or(rest).split('/').next()?.parse().ok()
}

impl Call<'_> {
    fn route(&self, path: &str) -> Result<Reply, Failure> {
        let now = self.world.clock.now();
        match path {
            "/api/oauth2/auth" => return Ok(self.world.oauth.authorise(&self.options, now, &self.switches)),
            "/api/oauth2/token" if self.request.method != "POST" => return Err(method_not_allowed()),
            "/api/oauth2/token" => {
                let form = QueryOptions::parse(&String::from_utf8_lossy(&self.request.body));
                return Ok(self.world.oauth.token(&form, now, &self.switches));
            }
            _ => {}
        }
        if self.request.raw_path.len() + self.request.raw_query.len() + self.request.origin().len() > MAX_URL {
            return Err(Failure::plain(414, "Request-URI Too Long"));
        }
        if self.request.body.len() > MAX_BODY {
            return Err(Failure::plain(413, "Request Entity Too Large"));
        }
        let rest = path.strip_prefix("/api/v1/").ok_or_else(Failure::not_found)?;
        let Some(client) = self.client(now) else { return Ok(self.unauthorized()) };
        if rest == "current/Me" {
            return me::answer(self);
        }
        let (rest, is_beta) = rest.strip_prefix("beta/").map_or((rest, false), |rest| (rest, true));
        let call = Call { switches: self.switches_for(&client), options: self.options.clone(), ..*self };
        let (division, resource) = rest.split_once('/').unwrap_or((rest, ""));
        let division: i32 = division.parse().map_err(|_| Failure::not_found())?;
        call.in_division(&client, division, resource, is_beta)
    }

    /// The switches as they are for one app.
    fn switches_for(&self, client: &str) -> Arc<Switches> {
        let clients = &self.switches.mandatory_filtering_clients;
        if !self.switches.mandatory_filtering || clients.is_empty() || clients.contains(client) {
            return self.switches.clone();
        }
        Arc::new(Switches { mandatory_filtering: false, ..(*self.switches).clone() })
    }

    fn client(&self, now: i64) -> Option<String> {
        let token = self.request.header("Authorization")?.strip_prefix("Bearer ")?;
        self.world.oauth.client_of(token.trim(), now)
    }

    fn unauthorized(&self) -> Reply {
        if self.switches.html_unauthorized {
            let page = "<html><head><title>Object moved</title></head><body><h2>Object moved to \
                        <a href=\"/docs/Login.aspx\">here</a>.</h2></body></html>";
            return Reply::new(401, "text/html; charset=utf-8", page.as_bytes().to_vec());
        }
        Failure::new(401, "Unauthorized", "Niet geautoriseerd").reply(&self.switches)
    }

    fn in_division(&self, client: &str, division: i32, resource: &str, is_beta: bool) -> Result<Reply, Failure> {
        let now = self.world.clock.now();
        let Some(company) = self.world.company(division) else {
            let failure =
                Failure::new(403, "Forbidden - no access to this division.", "Geen toegang tot deze administratie.");
            return Err(failure.because("NoDivisionAccess"));
        };
        let list = resource.split('(').next().unwrap_or(resource);
        if self.switches.error_velocity && self.world.limits.is_blocked(client, division, list, now) {
            return Ok(Reply::empty(429));
        }
        let verdict = self.world.limits.count(client, division, now, &self.switches);
        let mut reply = if verdict.is_refused {
            Reply::empty(429)
        } else {
            self.resource(&company, resource, is_beta).unwrap_or_else(|failure| failure.reply(&self.switches))
        };
        if matches!(reply.status, 400 | 401 | 403 | 404) {
            self.world.limits.error(client, division, list, now);
        }
        reply.headers.extend(verdict.headers);
        Ok(reply)
    }

    fn resource(&self, company: &Company, path: &str, is_beta: bool) -> Result<Reply, Failure> {
        let resource = address::parse(path, is_beta).ok_or_else(Failure::not_found)?;
        if resource.endpoint().is_some_and(|endpoint| endpoint.is_historic && !self.switches.historic_endpoints) {
            return Err(Failure::not_found());
        }
        let is_plain = matches!(resource, Resource::Service { metadata: true, .. } | Resource::Count { .. });
        let accept = self.request.header("Accept").unwrap_or_default();
        if is_plain && self.switches.strict_accept && accept.contains("json") && !accept.contains("*/*") {
            return Err(Failure::plain(415, "Unsupported media type requested."));
        }
        match resource {
            Resource::Service { service, metadata } => self.service(&service, metadata),
            Resource::List { endpoint } if self.request.method == "POST" => {
                self.permit(endpoint, "POST")?;
                rights::check(self, endpoint)?;
                writing::post(self, company, endpoint)
            }
            Resource::List { endpoint } => {
                self.permit(endpoint, "GET")?;
                if let Some(empty) = rights::check(self, endpoint)? {
                    return Ok(empty);
                }
                match endpoint.path.as_str() {
                    "read/sync/Sync/SyncTimestamp" => sync::timestamp(self, company, endpoint),
                    "sync/Deleted" => {
                        sync::cut_log(company, endpoint, self.world.clock.now());
                        lists::answer(self, company, endpoint)
                    }
                    _ => lists::answer(self, company, endpoint),
                }
            }
            Resource::Count { endpoint } => {
                self.permit(endpoint, "GET")?;
                rights::check(self, endpoint)?;
                lists::count(self, company, endpoint)
            }
            Resource::Row { endpoint, keys } => {
                let method = self.request.method.as_str();
                self.permit(endpoint, if matches!(method, "PUT" | "DELETE") { method } else { "GET" })?;
                rights::check(self, endpoint)?;
                match method {
                    "PUT" => writing::put(self, company, endpoint, &keys),
                    "DELETE" => writing::delete(self, company, endpoint, &keys),
                    _ => lists::single(self, company, endpoint, &keys),
                }
            }
            Resource::Navigation { endpoint, keys, property } => {
                self.permit(endpoint, "GET")?;
                rights::check(self, endpoint)?;
                lists::navigate(self, company, endpoint, &keys, &property)
            }
        }
    }

    /// Refuses a verb that the endpoint does not list.
    fn permit(&self, endpoint: &Endpoint, wanted: &str) -> Result<(), Failure> {
        let method = self.request.method.as_str();
        if method == wanted && endpoint.allows(method) {
            return Ok(());
        }
        Err(method_not_allowed())
    }

    fn service(&self, service: &str, metadata: bool) -> Result<Reply, Failure> {
        if self.request.method != "GET" {
            return Err(method_not_allowed());
        }
        Ok(if metadata { reading::metadata::document(service) } else { reading::atom::service(service) })
    }
}

fn method_not_allowed() -> Failure {
    Failure::new(405, "Method Not Allowed", "Methode niet toegestaan")
}
