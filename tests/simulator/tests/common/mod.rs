//! A small client for the tests, which knows HTTP and nothing of the simulator's insides.

use exact_simulator::{MAIN_DIVISION, Options, Simulator, Switches};
use serde_json::Value;

/// A reply, read to the end.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// `d.results`, or the bare array.
    pub fn rows(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.text());
        let json = self.json();
        let d = &json["d"];
        d.as_array().or_else(|| d["results"].as_array()).unwrap_or_else(|| panic!("{json}")).clone()
    }

    pub fn next(&self) -> Option<String> {
        self.json()["d"]["__next"].as_str().map(str::to_owned)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The text of an error body.
    pub fn error(&self) -> String {
        assert!(self.status >= 400, "{}", self.text());
        self.json()["error"]["message"]["value"].as_str().unwrap().to_owned()
    }
}

/// A simulator with a signed-in client.
pub struct Client {
    pub simulator: Simulator,
    pub token: String,
    agent: ureq::Agent,
}

/// Options for a small company without limits.
pub fn small() -> Options {
    let switches = Switches { rate_limits: false, ..Switches::default() };
    Options { scale: 0.01, switches, ..Options::default() }
}

impl Client {
    pub fn new(options: Options) -> Client {
        let simulator = Simulator::start(options).unwrap();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let mut client = Client { simulator, token: String::new(), agent };
        client.token = client.sign_in();
        client
    }

    pub fn small() -> Client {
        Client::new(small())
    }

    /// A company with switches changed from the default (limits are off).
    pub fn with(change: impl FnOnce(&mut Switches)) -> Client {
        let mut options = small();
        change(&mut options.switches);
        Client::new(options)
    }

    pub fn sign_in(&self) -> String {
        let sign_in = self.simulator.sign_in();
        let answer = self.refresh(&sign_in.refresh_token);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub fn refresh(&self, refresh_token: &str) -> Answer {
        self.token_call(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }

    pub fn token_call(&self, fields: &[(&str, &str)]) -> Answer {
        let app = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
        let pairs: Vec<String> =
            fields.iter().chain(&app).map(|(name, value)| format!("{name}={}", escape(value))).collect();
        let url = format!("{}/api/oauth2/token", self.simulator.base_url());
        let form = ("content-type", "application/x-www-form-urlencoded");
        self.send("POST", &url, &[form], Some(pairs.join("&").as_bytes()))
    }

    /// Below `/api/v1/5512/`, asking for JSON. Blanks are escaped; everything else must be already.
    pub fn get(&self, path: &str) -> Answer {
        self.get_in(MAIN_DIVISION, path)
    }

    pub fn get_in(&self, division: i32, path: &str) -> Answer {
        self.get_url(&format!("{}/api/v1/{division}/{path}", self.simulator.base_url()))
    }

    pub fn get_url(&self, url: &str) -> Answer {
        self.send("GET", url, &[("accept", "application/json"), ("authorization", &self.bearer())], None)
    }

    pub fn rows(&self, path: &str) -> Vec<Value> {
        self.get(path).rows()
    }

    /// All rows, following `__next`, and the number of pages.
    pub fn all(&self, path: &str) -> (Vec<Value>, usize) {
        let mut answer = self.get(path);
        let (mut rows, mut pages) = (answer.rows(), 1);
        while let Some(next) = answer.next() {
            answer = self.get_url(&next);
            rows.extend(answer.rows());
            pages += 1;
        }
        (rows, pages)
    }

    pub fn write(&self, method: &str, path: &str, body: &Value, more: &[(&str, &str)]) -> Answer {
        let url = format!("{}/api/v1/{MAIN_DIVISION}/{path}", self.simulator.base_url());
        let bearer = self.bearer();
        let mut headers = vec![
            ("accept", "application/json"),
            ("content-type", "application/json"),
            ("authorization", bearer.as_str()),
        ];
        headers.extend_from_slice(more);
        let text = body.to_string();
        let body = (!body.is_null()).then_some(text.as_bytes());
        self.send(method, &url, &headers, body)
    }

    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        self.try_send(method, url, headers, body).unwrap()
    }

    pub fn try_send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(url.replace(' ', "%20"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = match body {
            Some(body) => self.agent.run(request.body(body).unwrap())?,
            None => self.agent.run(request.body(()).unwrap())?,
        };
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec()?;
        Ok(Answer { status, headers, body })
    }
}

pub const CLIENT_ID: &str = "5a1c7f40-0000-4000-8000-00000000da7a";
pub const CLIENT_SECRET: &str = "simulated-secret";

pub fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A column of all rows, as text.
pub fn column(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].as_str().unwrap_or_else(|| panic!("{name} in {row}")).to_owned()).collect()
}

/// Cents of an amount.
pub fn cents(value: &Value) -> i64 {
    (value.as_f64().unwrap_or_else(|| panic!("{value}")) * 100.0).round() as i64
}
