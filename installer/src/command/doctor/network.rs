//! The way to the service.

use exact_client::checks;
use exact_client::settings::Settings;

use super::Finding;

/// Region, proxy, and whether the site answers.
pub async fn check(settings: &Settings) -> Vec<Finding> {
    let mut found = vec![region(settings), proxy(settings, &|name| std::env::var(name).ok())];
    let encrypted = if settings.base_url.starts_with("https:") { "TLS" } else { "without TLS, on this machine" };
    found.push(match checks::reach(settings).await {
        Ok(()) => Finding::ok("TLS", format!("{} answers ({encrypted})", settings.base_url)),
        Err(error) => Finding::fail("TLS", error.to_string(), remedy(&error.to_string())),
    });
    found
}

fn region(settings: &Settings) -> Finding {
    let is_own = settings.base_url.starts_with("https://start.exactonline.");
    let text = if is_own { settings.region.to_owned() } else { format!("BaseUrl {}", settings.base_url) };
    Finding::ok("Region", text)
}

fn proxy(settings: &Settings, environment: &dyn Fn(&str) -> Option<String>) -> Finding {
    const WHAT: &str = "Proxy";
    if let Some(server) = &settings.proxy.server {
        let user = if settings.proxy.user.is_some() { ", with a user name" } else { "" };
        return Finding::ok(WHAT, format!("{server}:{}{user}", settings.proxy.port));
    }
    let scheme = if settings.base_url.starts_with("https:") { ["HTTPS_PROXY", "https_proxy"] } else { ["", ""] };
    let names = [scheme[0], scheme[1], "ALL_PROXY", "all_proxy"];
    let set = names.into_iter().filter(|name| !name.is_empty()).find(|name| environment(name).is_some());
    Finding::ok(
        WHAT,
        match set {
            Some(name) if settings.proxy.auto_detect => format!("that of the environment variable {name}"),
            Some(name) => format!("none; {name} is passed over by ProxyAutoDetect=false"),
            None => "none".to_owned(),
        },
    )
}

/// What may help, by the words of the error.
fn remedy(text: &str) -> &'static str {
    let text = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["certificate", "unknownissuer", "unknown issuer"]) {
        "if your network looks into TLS, name its certificate authority: SSLServerCert=FILE.pem; else check this machine's \
         clock and its package ca-certificates"
    } else if says(&["dns", "lookup", "name or service", "resolve"]) {
        "the name cannot be looked up: check the network, and Region or BaseUrl"
    } else if says(&["407", "proxy"]) {
        "check ProxyServer, ProxyPort, ProxyUser and ProxyPassword"
    } else {
        "check the network, a firewall, the proxy settings, and Region or BaseUrl"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_that_applies_is_named() {
        let text = |pairs: &[(&str, &str)], set: &str| {
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let settings = Settings::from_pairs(&pairs, &[]).unwrap().0;
            proxy(&settings, &|name| (name == set).then(|| "http://user:geheim@proxy".to_owned())).text
        };
        assert_eq!(text(&[], ""), "none");
        assert_eq!(text(&[], "HTTPS_PROXY"), "that of the environment variable HTTPS_PROXY");
        assert!(text(&[("ProxyAutoDetect", "false")], "HTTPS_PROXY").starts_with("none; "));
        let given = [("ProxyServer", "proxy.example"), ("ProxyPort", "8080"), ("ProxyUser", "u")];
        assert_eq!(text(&given, "HTTPS_PROXY"), "proxy.example:8080, with a user name");
    }
}
