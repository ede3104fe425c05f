//! The short lists of the company: ledger accounts, journals, VAT codes and the like. Each is sorted by code.

/// Code, description, type (fact sheet: an Int32 enumeration), whether it belongs to the balance sheet.
pub const GL_ACCOUNTS: &[(&str, &str, i64, bool)] = &[
    ("0100", "Gebouwen", 30, true),
    ("0200", "Machines", 30, true),
    ("0300", "Inventaris \"kantoor\"", 30, true),
    ("0400", "Vervoermiddelen", 30, true),
    ("0500", "Aandelenkapitaal", 52, true),
    ("0510", "Overige reserves", 52, true),
    ("0700", "Lening o/g", 55, true),
    ("1000", "Kas", 10, true),
    ("1100", "Bank", 12, true),
    ("1300", "Debiteuren", 20, true),
    ("1500", "Te betalen BTW", 24, true),
    ("1520", "Te vorderen BTW", 24, true),
    ("1600", "Crediteuren", 22, true),
    ("1700", "Te betalen lonen", 25, true),
    ("2000", "Kruisposten", 14, true),
    ("3000", "Voorraad handelsgoederen", 32, true),
    ("4000", "Lonen en salarissen", 121, false),
    ("4010", "Sociale lasten", 121, false),
    ("4100", "Huur", 121, false),
    ("4200", "Energie & water", 121, false),
    ("4300", "Kantoorkosten", 121, false),
    ("4400", "Reis- en verblijfkosten", 121, false),
    ("4500", "Advieskosten", 121, false),
    ("4600", "Afschrijvingen", 122, false),
    ("4700", "Rente 100%", 125, false),
    ("7000", "Inkoopwaarde omzet", 111, false),
    ("7100", "Inkoop diensten", 111, false),
    ("8000", "Omzet handelsgoederen", 110, false),
    ("8100", "Omzet diensten", 110, false),
    ("8200", "Omzet buitenland (0%)", 110, false),
    ("8300", "Omzet_overig", 110, false),
    ("9900", "Résultat à répartir — “diversen”", 130, false),
];

/// The type of the revenue accounts.
pub const GL_TYPE_REVENUE: i64 = 110;
pub const GL_BANK: u64 = 8;
pub const GL_RECEIVABLE: u64 = 9;
pub const GL_VAT_PAYABLE: u64 = 10;
pub const GL_VAT_RECEIVABLE: u64 = 11;
pub const GL_PAYABLE: u64 = 12;
pub const GL_COST: u64 = 25;
pub const GL_REVENUE: u64 = 27;
/// The cost accounts that memorials book on.
pub const GL_EXPENSES: std::ops::Range<u64> = 16..25;

/// Code, description, type.
pub const JOURNALS: &[(&str, &str, i64)] = &[
    ("10", "Kas", 10),
    ("20", "Bank", 12),
    ("60", "Inkoopboek", 22),
    ("70", "Verkoopboek", 20),
    ("90", "Memoriaal", 90),
    ("95", "Openingsbalans", 90),
];
pub const JOURNAL_BANK: u64 = 1;
pub const JOURNAL_PURCHASE: u64 = 2;
pub const JOURNAL_SALE: u64 = 3;
pub const JOURNAL_MEMORIAL: u64 = 4;

/// Code, description, percentage in hundredths.
pub const VAT_CODES: &[(&str, &str, i64)] = &[
    ("0", "Geen BTW", 0),
    ("1", "BTW laag tarief, exclusief", 9),
    ("2", "BTW hoog tarief, exclusief", 21),
    ("4", "BTW hoog tarief, inclusief", 21),
    ("7", "Levering binnen de EU", 0),
];
pub const VAT_NONE: u64 = 0;
pub const VAT_LOW: u64 = 1;
pub const VAT_HIGH: u64 = 2;

pub const CURRENCIES: &[(&str, &str)] = &[
    ("CHF", "Zwitserse frank"),
    ("EUR", "Euro"),
    ("GBP", "Brits pond"),
    ("JPY", "Japanse yen"),
    ("USD", "Amerikaanse dollar"),
];

/// Code, description, days.
pub const PAYMENT_CONDITIONS: &[(&str, &str, i64)] =
    &[("00", "Contant", 0), ("14", "14 dagen", 14), ("30", "30 dagen", 30), ("60", "60 dagen", 60)];

pub const UNITS: &[(&str, &str)] =
    &[("doos", "Doos"), ("kg", "Kilogram"), ("m", "Meter"), ("pc", "Stuk"), ("uur", "Uur")];
pub const WAREHOUSES: &[(&str, &str)] = &[("1", "Hoofdmagazijn"), ("2", "Rotterdam"), ("9", "Retouren")];
pub const COST_CENTERS: &[(&str, &str)] =
    &[("001", "Algemeen"), ("100", "Verkoop"), ("200", "Productie"), ("300", "R&D"), ("900", "Directie")];
pub const COST_UNITS: &[(&str, &str)] = &[("A", "Project A"), ("B", "Project B"), ("C", "O'Connor")];
pub const ITEM_GROUPS: &[(&str, &str)] =
    &[("DIENST", "Diensten"), ("HANDEL", "Handelsgoederen"), ("HULP", "Hulpstoffen"), ("OVERIG", "Overig")];

pub const FIRST_NAMES: &[&str] = &[
    "Anna", "Bram", "Chloé", "Daan", "Eva", "Fatima", "Günther", "Hanna", "Ivo", "Jeroen", "Karin", "Lotte", "Mehmet",
    "Noor", "Óscar", "Pieter", "Quinten", "Roos", "Sven", "Tess",
];
pub const LAST_NAMES: &[&str] = &[
    "Jansen",
    "de Vries",
    "van den Berg",
    "Bakker",
    "Visser",
    "O'Brien",
    "Müller",
    "Dubois",
    "García",
    "Yılmaz",
    "Smit",
    "Meijer",
    "van 't Hof",
    "Łukasik",
    "Dekker",
];
pub const TRADES: &[&str] = &[
    "Installatietechniek",
    "Bouw",
    "Transport",
    "Advies",
    "Horeca",
    "Metaal",
    "Software",
    "Tuinen",
    "Drukkerij",
    "Elektro",
    "Schilders",
    "Verpakkingen",
];
pub const LEGAL_FORMS: &[&str] = &["BV", "NV", "VOF", "B.V.", "GmbH", "Ltd."];
pub const CITIES: &[&str] = &[
    "Amsterdam",
    "Rotterdam",
    "'s-Hertogenbosch",
    "Utrecht",
    "Den Haag  ",
    "Groningen",
    "Antwerpen",
    "Köln",
    "Saint-Étienne",
    "Zwolle",
];
pub const STREETS: &[&str] = &["Dorpsstraat", "Kerkweg", "Stationsplein", "Industrieweg", "Lindelaan", "Marktstraat"];
/// Right-padded to three, as the service gives them (fact sheet 6.5).
pub const COUNTRIES: &[&str] = &["NL ", "NL ", "NL ", "NL ", "NL ", "BE ", "DE ", "FR ", "GB ", "US "];
pub const WORDS: &[&str] = &[
    "levering",
    "onderhoud",
    "maart",
    "termijn",
    "advies",
    "installatie",
    "onderdelen",
    "abonnement",
    "reparatie",
    "voorschot",
    "correctie",
    "project",
    "week",
    "herinnering",
    "50%",
    "korting",
    "A_B",
    "d'Or",
];
pub const PRODUCTS: &[&str] = &[
    "Schroef M6",
    "Kabel 3x1,5",
    "Laptop 14\"",
    "Uur advies",
    "Printer",
    "Bureau 160x80",
    "Lamp LED",
    "Slang 1/2\"",
    "Verf wit 5 l",
    "Tegel 60 × 60",
];
