//! How a language writes numbers and dates.

/// A language of the countries in which Exact Online is sold.
#[derive(Debug)]
pub struct Culture {
    name: &'static str,
    pub months: [&'static str; 12],
    pub short_months: [&'static str; 12],
    /// From Sunday.
    pub days: [&'static str; 7],
    pub short_days: [&'static str; 7],
    pub decimal: &'static str,
    pub group: &'static str,
    pub currency: &'static str,
    pub currency_last: bool,
    pub short_date: &'static str,
    pub long_date: &'static str,
}

impl Culture {
    /// The culture of a name such as `nl-NL`, by its language; American English for any other.
    pub fn named(name: &str) -> &'static Culture {
        let language = name.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let exact = CULTURES.iter().find(|culture| culture.name.eq_ignore_ascii_case(name));
        let of_language = || CULTURES.iter().find(|culture| culture.name.split('-').next() == Some(language.as_str()));
        exact.or_else(of_language).unwrap_or(&AMERICAN)
    }
}

const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ENGLISH_SHORT_MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ENGLISH_DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ENGLISH_SHORT_DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

static AMERICAN: Culture = Culture {
    name: "en-US",
    months: ENGLISH_MONTHS,
    short_months: ENGLISH_SHORT_MONTHS,
    days: ENGLISH_DAYS,
    short_days: ENGLISH_SHORT_DAYS,
    decimal: ".",
    group: ",",
    currency: "$",
    currency_last: false,
    short_date: "M/d/yyyy",
    long_date: "dddd, MMMM d, yyyy",
};

static CULTURES: [Culture; 5] = [
    Culture {
        name: "nl-NL",
        months: [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
        short_months: ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
        days: ["zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"],
        short_days: ["zo", "ma", "di", "wo", "do", "vr", "za"],
        decimal: ",",
        group: ".",
        currency: "€ ",
        currency_last: false,
        short_date: "d-M-yyyy",
        long_date: "dddd d MMMM yyyy",
    },
    Culture {
        name: "de-DE",
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        short_months: ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"],
        days: ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"],
        short_days: ["So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"],
        decimal: ",",
        group: ".",
        currency: " €",
        currency_last: true,
        short_date: "dd.MM.yyyy",
        long_date: "dddd, d. MMMM yyyy",
    },
    Culture {
        name: "fr-FR",
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        short_months: [
            "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
        ],
        days: ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
        short_days: ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
        decimal: ",",
        group: "\u{a0}",
        currency: " €",
        currency_last: true,
        short_date: "dd/MM/yyyy",
        long_date: "dddd d MMMM yyyy",
    },
    Culture {
        name: "es-ES",
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        short_months: ["ene.", "feb.", "mar.", "abr.", "may.", "jun.", "jul.", "ago.", "sep.", "oct.", "nov.", "dic."],
        days: ["domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"],
        short_days: ["dom.", "lun.", "mar.", "mié.", "jue.", "vie.", "sáb."],
        decimal: ",",
        group: ".",
        currency: " €",
        currency_last: true,
        short_date: "dd/MM/yyyy",
        long_date: "dddd, d 'de' MMMM 'de' yyyy",
    },
    Culture {
        name: "en-GB",
        months: ENGLISH_MONTHS,
        short_months: ENGLISH_SHORT_MONTHS,
        days: ENGLISH_DAYS,
        short_days: ENGLISH_SHORT_DAYS,
        decimal: ".",
        group: ",",
        currency: "£",
        currency_last: false,
        short_date: "dd/MM/yyyy",
        long_date: "dd MMMM yyyy",
    },
];
