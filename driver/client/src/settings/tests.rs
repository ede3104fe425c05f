use super::*;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn read(connection: &[(&str, &str)]) -> Result<(Settings, Vec<Notice>)> {
    Settings::from_pairs(&pairs(connection), &[])
}

#[test]
fn every_default_is_a_value_that_its_property_takes() {
    let written: Vec<_> = PROPERTIES.iter().filter(|p| !p.default.is_empty()).map(|p| (p.name, p.default)).collect();
    let (from_text, notices) = read(&written).unwrap();
    let (from_nothing, _) = read(&[]).unwrap();
    assert_eq!(format!("{from_text:?}"), format!("{from_nothing:?}"));
    assert_eq!(notices, []);
    assert_eq!(from_nothing.base_url, "https://start.exactonline.nl");
    assert_eq!(from_nothing.division, DivisionSetting::Current);
    assert_eq!(from_nothing.memory_limit, 1 << 30);
    assert_eq!(from_nothing.default_string_size, DEFAULT_STRING_SIZE);
}

#[test]
fn no_key_stands_for_two_properties() {
    let mut spellings: Vec<String> = PROPERTIES
        .iter()
        .flat_map(|p| std::iter::once(&p.name).chain(p.aliases))
        .map(|spelling| spelling.to_lowercase())
        .collect();
    let count = spellings.len();
    spellings.sort();
    spellings.dedup();
    assert_eq!(spellings.len(), count);
}

#[test]
fn keys_ignore_case_spaces_and_underscores_and_the_connection_wins() {
    let dsn = pairs(&[("Division", "1"), ("default_string_size", "99"), ("Driver", "Exact Online")]);
    let connection = pairs(&[("DATABASE", "5512, 5513,5512"), ("o auth client id", "{abc}"), ("PWD", "geheim")]);
    let (settings, notices) = Settings::from_pairs(&connection, &dsn).unwrap();
    assert_eq!(settings.division, DivisionSetting::Codes(vec![5512, 5513]));
    assert_eq!(settings.default_string_size, 99);
    assert_eq!(settings.oauth_client_id.as_deref(), Some("{abc}"));
    assert_eq!(settings.oauth_client_secret.as_ref().map(Secret::reveal), Some("geheim"));
    assert!(!format!("{settings:?}").contains("geheim"));
    assert_eq!(notices, []);
}

#[test]
fn unknown_and_ineffective_keys_are_told() {
    let (_, notices) = read(&[("Divison", "5"), ("RTK", "x"), ("Qqq", "1")]).unwrap();
    let told: Vec<_> = notices.iter().map(|notice| (notice.sqlstate, notice.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("01S00", "unknown property Divison was ignored; did you mean Division?"),
            ("01S00", "property RTK is accepted and has no effect"),
            ("01S00", "unknown property Qqq was ignored"),
        ]
    );
}

#[test]
fn what_is_out_of_range_is_refused_with_the_property_and_what_it_takes() {
    let cases = [
        (("Region", "Mars"), "HY000", "Netherlands (NL)"),
        (("Division", "12a"), "HY000", "5512,5513"),
        (("Division", "0"), "HY000", "ALL"),
        (("Timeout", "0"), "HY000", "from 1 to 3600"),
        (("Timeout", "ten"), "HY000", "from 1 to 3600"),
        (("Pushdown", "maybe"), "HY000", "true or false"),
        (("MapGuid", "TEXT"), "HY000", "CHAR, GUID"),
        (("MemoryLimit", "1 TB"), "HY000", "512 MB"),
        (("Journal", "yes please"), "HY000", "number of days"),
        (("BaseUrl", "http://start.exactonline.nl"), "08001", "unencrypted"),
        (("BaseUrl", "http://127.0.0.1.example.org"), "08001", "unencrypted"),
        (("BaseUrl", "ftp://localhost"), "08001", "https://"),
        (("BaseUrl", "https://user:pw@localhost"), "08001", "bare address"),
        (("BaseUrl", "nonsense"), "08001", "not an address"),
        (("UID", "jan@example.org"), "28000", "exact-odbc login"),
    ];
    for ((key, value), sqlstate, allowed) in cases {
        let error = read(&[(key, value)]).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.sqlstate(), sqlstate, "{key}={value}: {text}");
        assert!(text.contains(find(key).unwrap().name) && text.contains(allowed), "{key}={value}: {text}");
    }
}

#[test]
fn regions_bases_and_stores_are_understood() {
    let base = |key, value| read(&[(key, value)]).unwrap().0.base_url;
    assert_eq!(base("Region", "uk"), "https://start.exactonline.co.uk");
    assert_eq!(base("Region", "united states"), "https://start.exactonline.com");
    assert_eq!(base("BaseUrl", "http://127.0.0.1:8080/"), "http://127.0.0.1:8080");
    assert_eq!(base("BaseUrl", "http://[::1]:8080/api/v1/"), "http://[::1]:8080");
    let store = |value| read(&[("OAuthSettingsLocation", value)]).unwrap().0.oauth_settings_location;
    assert_eq!(store("memory://a"), Some(StoreLocation::Memory("a".into())));
    assert_eq!(store("/x/y.json"), Some(StoreLocation::File("/x/y.json".into())));
    assert_eq!(store(""), None);
    let (settings, _) = read(&[("OAuthTokenTimestamp", "1700000000"), ("MaxRows", "0"), ("Journal", "30")]).unwrap();
    assert_eq!(settings.oauth_token_timestamp, Some(1_700_000_000_000));
    assert_eq!(settings.max_rows, None);
    assert_eq!(settings.journal, Journal::Kept { days: 30, at: None });
}
