//! Arguments of catalog functions (ODBC: "Arguments in Catalog Functions").

/// An argument that names are compared with, without case: the names of the service are unique without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// A null pointer: every name.
    Any,
    /// Exactly this name.
    Name(String),
    /// `%`, `_` and the escape `\`.
    Search(Vec<Piece>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `%`
    Rest,
    /// `_`
    One,
    Character(char),
}

impl Pattern {
    /// A pattern value argument.
    #[must_use]
    pub fn search(argument: Option<String>) -> Pattern {
        let Some(text) = argument else { return Pattern::Any };
        let mut pieces = Vec::with_capacity(text.len());
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            pieces.push(match character {
                '%' => Piece::Rest,
                '_' => Piece::One,
                '\\' => match characters.next() {
                    Some(escaped) => Piece::Character(escaped.to_ascii_lowercase()),
                    None => Piece::Character('\\'),
                },
                other => Piece::Character(other.to_ascii_lowercase()),
            });
        }
        Pattern::Search(pieces)
    }

    /// An ordinary argument: a name without wild cards.
    #[must_use]
    pub fn ordinary(argument: Option<String>) -> Pattern {
        argument.map_or(Pattern::Any, Pattern::Name)
    }

    /// An identifier argument (SQL_ATTR_METADATA_ID): quotes and blanks around it do not count.
    #[must_use]
    pub fn identifier(argument: Option<String>) -> Pattern {
        argument.map_or(Pattern::Any, |text| {
            let text = text.trim();
            let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            Pattern::Name(inner.map_or_else(|| text.to_owned(), |inner| inner.replace("\"\"", "\"")))
        })
    }

    /// The one name that matches, if the pattern has no wild card.
    #[must_use]
    pub fn single(&self) -> Option<String> {
        let character = |piece: &Piece| match piece {
            Piece::Character(character) => Some(*character),
            Piece::Rest | Piece::One => None,
        };
        match self {
            Pattern::Any => None,
            Pattern::Name(name) => Some(name.clone()),
            Pattern::Search(pieces) => pieces.iter().map(character).collect(),
        }
    }

    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Name(own) => own.eq_ignore_ascii_case(name),
            Pattern::Search(pieces) => search(pieces, name),
        }
    }
}

/// Greedy matching that goes back to the last `%` only.
fn search(pieces: &[Piece], name: &str) -> bool {
    let characters: Vec<char> = name.chars().map(|character| character.to_ascii_lowercase()).collect();
    let (mut piece, mut place) = (0, 0);
    let mut last_rest: Option<(usize, usize)> = None;
    loop {
        let fits = match (pieces.get(piece), characters.get(place)) {
            (None, None) => return true,
            (Some(Piece::Rest), _) => {
                last_rest = Some((piece, place));
                piece += 1;
                continue;
            }
            (Some(Piece::One), Some(_)) => true,
            (Some(Piece::Character(wanted)), Some(character)) => wanted == character,
            _ => false,
        };
        if fits {
            (piece, place) = (piece + 1, place + 1);
            continue;
        }
        match last_rest {
            Some((rest, from)) if from < characters.len() => {
                last_rest = Some((rest, from + 1));
                (piece, place) = (rest + 1, from + 1);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            ("%", "Accounts", true),
            ("", "Accounts", false),
            ("acc%", "Accounts", true),
            ("%s", "Accounts", true),
            ("%ount%", "Accounts", true),
            ("Account_", "Accounts", true),
            ("Account_", "Account", false),
            ("read\\_financial", "read_financial", true),
            ("read\\_financial", "readxfinancial", false),
            ("a%b%c", "aXbXbc", true),
            ("a%b%c", "aXbXb", false),
            ("%%", "", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(Pattern::search(Some(pattern.to_owned())).matches(name), expected, "{pattern} {name}");
        }
        assert!(Pattern::search(None).matches("x"));
        assert_eq!(Pattern::search(Some("55\\_3".to_owned())).single().as_deref(), Some("55_3"));
        assert_eq!(Pattern::search(Some("55%".to_owned())).single(), None);
        assert!(Pattern::identifier(Some(" \"Accounts\" ".to_owned())).matches("accounts"));
        assert!(!Pattern::ordinary(Some("%".to_owned())).matches("Accounts"));
    }
}
