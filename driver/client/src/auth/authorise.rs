//! A sign-in through the browser: the address that it begins at, and the one that it ends at (fact sheet 2.1, 2.2, 2.9).

use oauth2::{AuthUrl, Client, ClientId, CsrfToken, RedirectUrl, basic::BasicClient};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::{import, resolve};
use crate::error::{Error, Result};
use crate::settings::{Secret, Settings};

/// A sign-in through the browser that has begun.
#[derive(Debug)]
pub struct Authorisation {
    /// Where the user signs in and consents.
    pub url: Url,
    /// Where the browser comes back to: the registered redirect address.
    pub callback_url: Url,
    client_id: String,
    state: CsrfToken,
}

impl Authorisation {
    /// Begins a sign-in with these settings' app registration. Nothing is sent.
    pub fn begin(settings: &Settings) -> Result<Self> {
        let stored = resolve::store_for_new(settings)?.load()?;
        let app = resolve::app(settings, stored.as_ref())?;
        let callback_url = import::callback_url(settings, stored.as_ref()).ok_or_else(import::no_callback_url)?;
        let invalid = |property: &str, error: &dyn std::fmt::Display| Error::InvalidProperty {
            property: property.to_owned(),
            reason: error.to_string(),
            sqlstate: "28000",
        };
        let address = AuthUrl::new(format!("{}/api/oauth2/auth", settings.base_url));
        let client: BasicClient = Client::new(ClientId::new(app.id.clone()));
        let redirect = RedirectUrl::new(callback_url.clone()).map_err(|error| invalid("CallbackURL", &error))?;
        let callback = redirect.url().clone();
        let (url, state) = client
            .set_auth_uri(address.map_err(|error| invalid("BaseUrl", &error))?)
            .set_redirect_uri(redirect)
            .authorize_url(CsrfToken::new_random)
            .add_extra_param("force_login", "0")
            .url();
        Ok(Self { url, callback_url: callback, client_id: app.id, state })
    }

    /// The client id that signs in.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The port on which a listener on this machine can take the browser's return, where the redirect address is one
    /// of the loopback interface without TLS.
    pub fn loopback_port(&self) -> Option<u16> {
        let is_loopback = match self.callback_url.host()? {
            Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let is_plain = self.callback_url.scheme() == "http" && is_loopback;
        is_plain.then(|| self.callback_url.port_or_known_default()).flatten()
    }

    /// The code in the address that the browser ended at. An address of another sign-in is refused.
    pub fn code(&self, address: &str) -> Result<Secret> {
        let answer = Parameters::of(address);
        if let Some(error) = answer.get("error") {
            let description = answer.get("error_description").map(|text| format!(": {text}")).unwrap_or_default();
            return Err(refused(format!("Exact Online has ended the sign-in with \"{error}\"{description}")));
        }
        let (Some(code), Some(state)) = (answer.get("code"), answer.get("state")) else {
            let reason = format!(
                "this is not the address that the browser ends at: it begins with {} and holds code=... and state=... Copy \
                 all of it",
                self.callback_url
            );
            return Err(refused(reason));
        };
        if state != *self.state.secret() {
            let reason =
                "this is the address of another sign-in (its state differs). Begin anew with: exact-odbc login";
            return Err(refused(reason.into()));
        }
        Ok(Secret::new(code))
    }
}

/// The code in what a user got from a sign-in done elsewhere: the address that the browser ended at, or the code alone.
pub fn code_of(text: &str) -> Secret {
    Secret::new(Parameters::of(text).get("code").unwrap_or_else(|| text.trim().to_owned()))
}

fn refused(reason: String) -> Error {
    Error::NotSignedIn { reason }
}

/// The parameters of an address. A plus sign stays one: codes hold plus signs and never blanks.
struct Parameters<'a>(&'a str);

impl<'a> Parameters<'a> {
    fn of(address: &'a str) -> Self {
        let address = address.trim();
        let query = address.split_once('?').map_or(address, |(_, query)| query);
        Self(query.split('#').next().unwrap_or_default())
    }

    fn get(&self, name: &str) -> Option<String> {
        let mut pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(key, _)| *key == name)?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(callback_url: &str) -> Result<Authorisation> {
        let pairs = [
            ("OAuthClientId", "{my-app}"),
            ("OAuthClientSecret", "geheim"),
            ("OAuthSettingsLocation", "memory://authorise"),
            ("CallbackURL", callback_url),
        ];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Authorisation::begin(&Settings::from_pairs(&pairs, &[]).unwrap().0)
    }

    #[test]
    fn the_address_holds_what_the_service_asks_for_and_no_secret() {
        let begun = begin("https://example.org/back").unwrap();
        let pairs: Vec<(String, String)> = begun.url.query_pairs().into_owned().collect();
        let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert!(begun.url.as_str().starts_with("https://start.exactonline.nl/api/oauth2/auth?"));
        assert_eq!(value("client_id"), Some("{my-app}"));
        assert_eq!(value("redirect_uri"), Some("https://example.org/back"));
        assert_eq!((value("response_type"), value("force_login")), (Some("code"), Some("0")));
        assert_eq!((value("state"), value("scope")), (Some(begun.state.secret().as_str()), None));
        assert!(!begun.url.as_str().contains("geheim"));
        assert_ne!(begin("https://example.org/back").unwrap().state.secret(), begun.state.secret());
    }

    #[test]
    fn a_code_is_decoded_once() {
        let begun = begin("https://example.org/back").unwrap();
        let state = begun.state.secret();
        for (code, expected) in [("stamp.a%21%2F%2Bb", "stamp.a!/+b"), ("a!/+b", "a!/+b"), ("a%2525", "a%25")] {
            let address = format!(" https://example.org/back?code={code}&state={state}#end \n");
            assert_eq!(begun.code(&address).unwrap(), Secret::new(expected), "{code}");
        }
    }

    #[test]
    fn an_address_that_does_not_fit_is_refused() {
        let begun = begin("https://example.org/back").unwrap();
        let cases = [
            ("https://example.org/back?code=x&state=other", "another sign-in"),
            ("https://example.org/back?code=x", "Copy all of it"),
            ("https://example.org/back", "https://example.org/back"),
            ("", "Copy all of it"),
            (
                "https://example.org/back?error=access_denied&error_description=No%20thanks",
                "access_denied\": No thanks",
            ),
        ];
        for (address, words) in cases {
            let error = begun.code(address).unwrap_err();
            assert_eq!(error.sqlstate(), "28000");
            assert!(error.to_string().contains(words), "{address}: {error}");
        }
        assert!(begin("").unwrap_err().to_string().contains("CallbackURL"));
        assert!(begin("not an address").unwrap_err().to_string().contains("CallbackURL"));
    }

    #[test]
    fn only_a_plain_loopback_address_can_be_listened_on() {
        let cases = [
            ("http://localhost:8415/", Some(8415)),
            ("http://127.0.0.1:33333", Some(33333)),
            ("http://[::1]:5000/back", Some(5000)),
            ("http://localhost/", Some(80)),
            ("https://localhost:8415/", None),
            ("http://example.org:8415/", None),
            ("https://example.org/", None),
        ];
        for (callback_url, port) in cases {
            assert_eq!(begin(callback_url).unwrap().loopback_port(), port, "{callback_url}");
        }
    }

    #[test]
    fn a_code_may_come_with_or_without_its_address() {
        for text in ["https://x.org/?state=s&code=a%21b", "code=a%21b", "a!b\n"] {
            assert_eq!(code_of(text), Secret::new("a!b"), "{text}");
        }
    }
}
